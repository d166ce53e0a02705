//! `/rules/{name}`: one rule explained, its alerts over time, and why it matches an article or not. `/rules/{name}.atom` is
//! what it alerted on, as a feed.

use std::collections::HashMap;

use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::super::atom;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::articles::teaching;
use super::calendar::last_days;
use super::chart;
use super::explanation;
use super::layout::{self, Place};
use super::muting;
use super::parts::{self, Times};
use crate::archive::Seen;
use crate::model::{ArticleId, Muted};
use crate::rule::{Note, Query, RuleRef};
use crate::store::{AlertRow, Archived, MuteTarget, Store, StoreError};
use crate::words::{self, count};

const DAYS: u64 = 30;
const MOST_ALERTS: u32 = 30;

/// `/rules/{name}` and `/rules/{name}.atom`
pub(in super::super) async fn rule(
    State(site): State<Site>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refusal> {
    let is_configured = site.setup().rules().iter().any(|rule| rule.name == name);
    // A rule whose own name ends so is shown; its feed has the ending twice.
    if let (false, Some(name)) = (is_configured, name.strip_suffix(".atom")) {
        return atom::rule(&site, name, request).await;
    }
    let parameters = Parameters::read(query.as_deref(), &["article"])?;
    Ok(page(&site, &name, parameters.text("article")).await?.into_response())
}

async fn page(site: &Site, name: &str, article: Option<&str>) -> Result<Html<String>, Refusal> {
    let (store, times, setup) = (&site.daemon.store, Times::of(site), site.setup());
    let rules = setup.rules();
    let configured = rules.iter().find(|rule| rule.name == name);
    let alerts = store.alerts_of_rule(name, MOST_ALERTS).await?;
    if configured.is_none() && alerts.is_empty() {
        return Err(Refusal::not_found(&format!("there is no rule `{name}`")).listed_at("rules"));
    }
    // It was read when the configuration was.
    let parsed = configured.and_then(|rule| Query::parse(rule.query, &setup.config.sets).ok());
    let days = store.activity_of_each_rule(vec![name.to_owned()], last_days(times.now, times.zone, DAYS)).await?;
    let mut mutes = store.mutes(times.now, false).await?;
    mutes.retain(|mute| matches!(&mute.muted, Muted::Rule { name: muted } if muted == name));
    let why = match (&parsed, article) {
        (Some(parsed), Some(typed)) => Some(why(store, &parsed.query, typed).await?),
        _ => None,
    };
    let headlines = headlines(store, &alerts).await?;
    let content = html! {
        p.kicker { "Rule" }
        h1 dir="auto" { (parts::text(name)) }
        @match (configured, &parsed) {
            (Some(rule), Some(parsed)) => {
                pre.query dir="auto" tabindex="0" { (words::clean(rule.query)) }
                (facts(rule))
                (muting::notes(&mutes, times))
                @let doubts: Vec<Note> = parsed.warnings.iter().cloned().chain(parsed.query.idle_on(rule.on)).collect();
                @if !doubts.is_empty() { (teaching(rule.query, &doubts, "Is that what you mean?")) }
                section aria-labelledby="explained" {
                    h2 #explained { "What it asks for" }
                    (explanation::meaning(&parsed.query))
                }
                (asked(name, article, why.as_ref()))
            },
            _ => p.warning { "The configuration has no such rule any more. What it alerted on is kept." },
        }
        section aria-labelledby="days" {
            h2 #days { "Alerts in the last 30 days" }
            @for days in &days { (chart::bars("Alerts on each of the last 30 days", days, times, "%-d %b", 5)) }
        }
        (alerted(name, &alerts, &headlines, times))
        @if configured.is_some() { (muting::form_for(site, &MuteTarget::Rule(name.to_owned()), "this rule")) }
    };
    Ok(layout::headed(Place::Rules, &words::clean(name), &content))
}

fn facts(rule: RuleRef<'_>) -> Markup {
    let on = rule.on.iter().map(|event| words::event(*event)).collect::<Vec<_>>().join(", ");
    html! {
        dl.facts {
            dt { "Alerts on" } dd { (on) ", from " (words::severity(Some(rule.min_severity)).1) " revisions on" }
            dt { "Feeds" } dd {
                @if rule.feeds.is_empty() { "all" }
                @else { (parts::listed(rule.feeds.iter().map(|feed| parts::text(&feed.to_string())))) }
            }
            dt { "To" } dd { (parts::listed(rule.to.iter().map(|to| parts::text(to)))) @if rule.urgent { ", urgent: also in quiet hours" } }
        }
    }
}

/// Why the query matches the latest version of an article or not; `Err` says why that cannot be told.
async fn why(store: &Store, query: &Query, typed: &str) -> Result<Result<explanation::Asked, String>, StoreError> {
    let (name, number) = versioned(typed);
    let Some(id) = store.find_article(name).await? else {
        return Ok(Err(format!("there is no article `{name}`; write its number or its address")));
    };
    let version = store.version(id, number).await?;
    let Some((version, article)) = version.zip(store.article(id).await?) else {
        return Ok(Err(match number {
            Some(number) => format!("article {} has no version {number}", id.0),
            None => format!("article {} has no version that can be read", id.0),
        }));
    };
    let rows = store.history(id).await?.map(|history| history.versions).unwrap_or_default();
    let row = rows.iter().find(|row| row.number == version.number);
    if let Some(hiding) = row.and_then(|row| row.hidden.as_ref()) {
        return Ok(Err(format!("version {} is shown no more: {}", version.number, hiding.why)));
    }
    let seen = Seen::new(store, &article, version, query.uses_change()).await?;
    Ok(Ok(explanation::Asked { article: id, explanation: seen.explain(query), version: seen.version }))
}

/// `80@2` is the second version of article 80, as on the command line; an address may have an `@` of its own.
fn versioned(typed: &str) -> (&str, Option<u32>) {
    let typed = typed.trim();
    let named = typed.rsplit_once('@').and_then(|(name, number)| Some((name, number.parse().ok()?)));
    named.map_or((typed, None), |(name, number)| (name, Some(number)))
}

fn asked(name: &str, typed: Option<&str>, why: Option<&Result<explanation::Asked, String>>) -> Markup {
    html! {
        section aria-labelledby="explain" {
            h2 #explain { "Why it matches an article, or not" }
            form.act action={ "/rules/" (parts::segment(name)) "#explain" } method="get" {
                p.grows {
                    label for="article" { "The article's number or address, with " code { "@2" } " for its second version" }
                    input #article name="article" value=(typed.unwrap_or_default()) required maxlength="2000" autocomplete="off" spellcheck="false";
                }
                p { button type="submit" { "Explain" } }
            }
            @match why {
                Some(Ok(asked)) => (explanation::verdicts(asked)),
                Some(Err(problem)) => p.warning { (layout::sentence(problem)) },
                None => {},
            }
        }
    }
}

/// The headlines of the versions that were alerted on; of a hidden one there is none.
async fn headlines(store: &Store, alerts: &[AlertRow]) -> Result<HashMap<(ArticleId, u32), String>, StoreError> {
    let mut articles: Vec<ArticleId> = alerts.iter().map(|alert| alert.article).collect();
    articles.sort_unstable();
    articles.dedup();
    let of_article = |archived: Archived<'_>| {
        let id = archived.row.id;
        let shown = archived.versions()?.into_iter().filter(|row| row.hidden.is_none());
        Ok(shown.filter_map(|row| Some(((id, row.number), row.headline?))).collect::<Vec<_>>())
    };
    Ok(store.look_at(articles, of_article).await?.seen.into_iter().flatten().collect())
}

fn alerted(name: &str, alerts: &[AlertRow], headlines: &HashMap<(ArticleId, u32), String>, times: Times) -> Markup {
    let headline = |alert: &AlertRow| headlines.get(&(alert.article, alert.version)).map(String::as_str);
    let segment = parts::segment(name);
    html! {
        section aria-labelledby="alerts" {
            h2 #alerts { "Last alerts" }
            @if alerts.is_empty() { (parts::empty("It has not alerted yet.")) } @else {
                ol.articles {
                    @for alert in alerts {
                        @let id = alert.article.0;
                        li {
                            p.headline dir="auto" { a href=(parts::article_path(id)) { (parts::headline(headline(alert))) } }
                            p.facts {
                                (times.ago(alert.created_at)) " · " (words::event(alert.event)) ", "
                                a href={ "/articles/" (id) "/versions/" (alert.version) } { "version " (alert.version) }
                            }
                        }
                    }
                }
                @if alerts.len() == MOST_ALERTS as usize { p.facts { "The latest " (count(alerts.len() as u64, "alert")) "." } }
            }
            p {
                a href={ "/articles?rule=" (segment) } { "All articles that it matches or alerted on" } " · "
                a href={ "/rules/" (segment) ".atom" } { "Its alerts as a feed" }
            }
        }
    }
}
