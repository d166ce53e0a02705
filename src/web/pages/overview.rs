//! The first page: what changed today, by article, rule and feed, and how the daemon fares.

use std::time::Duration;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::super::refusal::Refusal;
use super::super::site::Site;
use super::calendar::{beginning_of_day, beginning_of_hour, last_days};
use super::chart;
use super::layout::{self, Place};
use super::parts::{self, Times};
use crate::model::{Notice, Subject};
use crate::store::{Activity, ArticleFilter, ArticleRow, Spans, Step, Steps, StoreStatus};
use crate::words::{count, grouped};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Revisions and new articles on the page.
const MOST_STEPS: u32 = 40;
const NEWEST: u32 = 15;
/// Rules and feeds with the most news.
const MOST_NAMES: usize = 10;

/// `/`
pub(in super::super) async fn overview(State(site): State<Site>) -> Result<Html<String>, Refusal> {
    let times = Times::of(&site);
    let store = &site.daemon.store;
    let today = beginning_of_day(times.now, times.zone);
    let status = store.status().await?;
    let steps = store.steps(Steps::Revisions, today, times.now + HOUR, MOST_STEPS).await?;
    let filter = ArticleFilter { limit: Some(NEWEST), ..ArticleFilter::default() };
    let newest = store.articles(filter).await?;
    let hours = Spans::equal(beginning_of_hour(times.now) - HOUR * 23, HOUR, 24);
    let hours = store.activity(hours).await?;
    let days = store.activity(last_days(times.now, times.zone, 14)).await?;
    let since_midnight = Spans::equal(today, HOUR * 48, 1);
    let rules = totals(store.activity_of_rules(since_midnight.clone()).await?);
    let feeds = totals(store.activity_of_feeds(since_midnight).await?);
    let content = html! {
        (notices(&status.notices))
        (figures(&status, times))
        section aria-labelledby="timeline" {
            h2 #timeline { "The last 24 hours" }
            (chart::bars("First versions and revisions in each of the last 24 hours", &hours, times, "%H:%M", 4))
        }
        section aria-labelledby="days" {
            h2 #days { "The last 14 days" }
            (chart::bars("First versions and revisions on each of the last 14 days", &days, times, "%-d %b", 2))
        }
        section aria-labelledby="changed" {
            h2 #changed { "Changed today" }
            @if steps.is_empty() {
                (parts::empty("No publisher has changed an article today."))
            } @else {
                ol.steps { @for step in &steps { (one_step(step, times)) } }
                @if steps.len() == MOST_STEPS as usize {
                    p { a href="/articles?revised=true" { "All articles that were revised" } }
                }
            }
        }
        div.columns {
            section aria-labelledby="by-rule" {
                h2 #by-rule { "Alerts today, by rule" }
                (by_name(&rules, "Rule", "No rule has alerted today.", parts::rule_link))
            }
            section aria-labelledby="by-feed" {
                h2 #by-feed { "News today, by feed" }
                (by_name(&feeds, "Feed", "No feed has brought anything today.", parts::feed_link))
            }
        }
        section aria-labelledby="newest" {
            h2 #newest { "Newest activity" }
            @if newest.is_empty() {
                (parts::empty("Nothing is stored yet. Articles stand here once a feed was polled."))
            } @else {
                ol.articles { @for article in &newest { (one_article(article, times)) } }
                p { a href="/articles" { "All articles" } }
            }
        }
    };
    Ok(layout::page(Place::Overview, "Overview", &content))
}

fn totals(named: Vec<(String, Vec<Activity>)>) -> Vec<(String, Activity)> {
    let total = |(name, spans): (String, Vec<Activity>)| spans.first().map(|span| (name, *span));
    let mut totals: Vec<(String, Activity)> = named.into_iter().filter_map(total).collect();
    totals.sort_by(|(a, x), (b, y)| (y.new + y.revised).cmp(&(x.new + x.revised)).then_with(|| a.cmp(b)));
    totals.truncate(MOST_NAMES);
    totals
}

fn by_name(totals: &[(String, Activity)], what: &str, none: &str, link: impl Fn(&str) -> Markup) -> Markup {
    html! {
        @if totals.is_empty() { (parts::empty(none)) } @else {
            table {
                thead { tr { th scope="col" { (what) } th.number scope="col" { "New" } th.number scope="col" { "Revised" } } }
                tbody {
                    @for (name, total) in totals {
                        tr { th scope="row" { (link(name)) } td.number { (grouped(total.new)) } td.number { (grouped(total.revised)) } }
                    }
                }
            }
        }
    }
}

/// What an operator should know, before all else.
pub(super) fn notices(notices: &[Notice]) -> Markup {
    html! {
        @if !notices.is_empty() {
            section.notices aria-labelledby="notices" {
                h2 #notices { (count(notices.len() as u64, "open notice")) }
                ul { @for notice in notices { li { (about(&notice.subject)) ": " (parts::text(&notice.text)) } } }
            }
        }
    }
}

fn about(subject: &Subject) -> Markup {
    match subject {
        Subject::Article(id) => html! { a href=(parts::article_path(id.0)) { "article " (id.0) } },
        Subject::Host(host) => html! { "the site " (parts::text(host)) },
        Subject::Feed(name) => html! { "the feed " (parts::feed_link(name)) },
        Subject::Rule(name) => html! { "the rule " (parts::rule_link(name)) },
        Subject::System(name) => html! { (parts::text(name)) },
    }
}

fn figures(status: &StoreStatus, times: Times) -> Markup {
    let StoreStatus { feeds, queue, .. } = status;
    let failing = if feeds.failing > 0 { format!(", {} failing", grouped(feeds.failing)) } else { String::new() };
    let failed = if queue.failed > 0 { format!(", {} failed", grouped(queue.failed)) } else { String::new() };
    html! {
        dl.figures {
            div { dt { "Feeds" } dd { a href="/feeds" { (grouped(feeds.healthy)) " healthy" (failing) } } }
            div { dt { "Stored" } dd { (count(status.articles, "article")) " in " (count(status.versions, "version")) } }
            div { dt { "Messages" } dd { a href="/alerts" { (grouped(queue.pending)) " pending, " (grouped(queue.held)) " held" (failed) } } }
            div { dt { "Last poll" } dd { (times.ago_or_never(status.last_poll)) } }
            div { dt { "Last alert" } dd { (times.ago_or_never(status.last_alert)) } }
        }
    }
}

fn one_step(step: &Step, times: Times) -> Markup {
    let (id, row) = (step.article.0, &step.version);
    let before = step.headline_before.as_deref().filter(|before| Some(*before) != row.headline.as_deref());
    html! {
        li {
            p.headline dir="auto" {
                a href=(parts::diff_path(id, row.number.saturating_sub(1).max(1), row.number)) { (parts::headline(row.headline.as_deref())) }
            }
            @if row.hidden.is_some() { p.facts { "hidden" } } @else {
                @if let Some(before) = before { p.before dir="auto" { "before: " del { (parts::text(before)) } } }
                @if let Some(change) = &row.change {
                    (parts::figures(change.figures.get(..3).unwrap_or(&change.figures)))
                    p.facts { (parts::change(change)) }
                }
            }
            p.facts {
                (times.ago(row.observed_at)) " · " a href=(parts::article_path(id)) { "version " (row.number) }
                @if !step.feeds.is_empty() { " · " (parts::listed(step.feeds.iter().map(|feed| parts::feed_link(feed)))) }
            }
        }
    }
}

/// An article of a list, in two lines.
pub(super) fn one_article(article: &ArticleRow, times: Times) -> Markup {
    html! {
        li {
            p.headline dir="auto" {
                a href=(parts::article_path(article.id.0)) { (parts::headline(article.headline.as_deref())) }
            }
            p.facts { (facts(article, times)) }
        }
    }
}

/// When, how often, from where.
pub(super) fn facts(article: &ArticleRow, times: Times) -> Markup {
    html! {
        (times.ago(article.last_changed))
        @if article.versions > 1 { " · " (count(article.versions.into(), "version")) }
        @if !article.feeds.is_empty() { " · " (parts::listed(article.feeds.iter().map(|feed| parts::feed_link(feed)))) }
        @if article.gone { " · " strong { "taken down" } }
        @if article.problem.is_some() { " · " span.mark.notable { "cannot be read now" } }
    }
}
