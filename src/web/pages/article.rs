//! `/articles/{id}`: an article, its versions, and its text with how old each paragraph is.

use std::collections::HashSet;

use axum::extract::{Path, State};
use axum::response::Html;
use maud::{Markup, html};

use super::super::lookup::found;
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::chart;
use super::layout::{self, Place};
use super::muting;
use super::parts::{self, Times};
use crate::archive;
use crate::model::{ArticleId, ArticleText, Mute, Paragraph, Version};
use crate::store::{Archived, History, MuteTarget, OutboxRow, Store, StoreError, VersionRow};
use crate::words::{self, count};

/// Earlier versions that are read to tell since when a paragraph stands there.
const LOOKED_BACK: usize = 30;
/// Versions in the table; of more the latest stand there.
const MOST_VERSIONS: usize = 500;
const MOST_ALERTS: u32 = 20;
/// Versions that are offered as a list to choose from; of more the number is typed.
const MOST_CHOICES: usize = 200;

/// `/articles/{id}`
pub(in super::super) async fn article(State(site): State<Site>, Path(id): Path<i64>) -> Result<Html<String>, Refusal> {
    let times = Times::of(&site);
    let store = &site.daemon.store;
    let history = found(&site, id).await?;
    let id = history.article.id;
    let stored = store.article(id).await?.ok_or_else(|| Refusal::not_found("the article has just been removed"))?;
    let rules = archive::rules_of(store, &site.setup().rules(), &stored).await?;
    let mutes = archive::mutes_of(store, &history, times.now).await?;
    let alerts = store.outbox_of_article(id, MOST_ALERTS).await?;
    let latest = stored.latest.as_ref().map(|latest| &latest.text);
    let since = match latest {
        Some(text) => since(store, id, &history, text).await?,
        None => Vec::new(),
    };
    let content = html! {
        (head(&history, &rules, &mutes, times))
        @if history.versions.len() > 1 { (chart::axis(id.0, &history.versions, times)) (compare(&history)) }
        (versions(&history, times))
        section aria-labelledby="text" {
            h2 #text { "As it reads now" }
            @match latest {
                Some(text) => (full(text, &since)),
                None => (parts::empty(history.article.problem.as_deref().unwrap_or("It has not been read yet."))),
            }
        }
        (alerted(&alerts, times))
        (muting::form_for(&site, &MuteTarget::Article(id), "this article"))
    };
    let title = history.article.headline.as_deref().unwrap_or("(no headline)");
    Ok(layout::headed(Place::Articles, &words::clean(title), &content))
}

fn head(history: &History, rules: &[String], mutes: &[Mute], times: Times) -> Markup {
    let History { article, aliases, versions, notices } = history;
    html! {
        p.kicker { (parts::text(article.url.host_str().unwrap_or_default())) }
        h1 dir="auto" { (parts::headline(article.headline.as_deref())) }
        dl.facts {
            dt { "Original" } dd { (parts::original(&article.url)) }
            @if !aliases.is_empty() {
                dt { "Also at" } dd { ul.plain { @for alias in aliases { li { (parts::original(&alias.url)) } } } }
            }
            @if !article.feeds.is_empty() {
                dt { "Announced by" } dd { (parts::listed(article.feeds.iter().map(|feed| parts::feed_link(feed)))) }
            }
            @if let Some(byline) = versions.iter().rev().find_map(|row| row.byline.as_deref()) {
                dt { "By" } dd { (parts::text(byline)) }
            }
            @if let Some(published) = versions.iter().find_map(|row| row.published_at) {
                dt { "Published" } dd { (times.moment(published)) " " span.faint { "as the publisher says" } }
            }
            dt { "First seen" } dd { (times.both(article.first_seen)) }
            @if article.revisions > 0 { dt { "Last changed" } dd { (times.both(article.last_changed)) } }
            @if let Some(checked) = article.last_check { dt { "Last looked at" } dd { (times.both(checked)) } }
            @if !rules.is_empty() {
                dt { "Matches" } dd { (parts::listed(rules.iter().map(|rule| parts::rule_link(rule)))) }
            }
            @if let Some(same) = article.same_as {
                dt { "The same as" } dd { a href=(parts::article_path(same.0)) { "article " (same.0) } ", where what comes is told" }
            }
        }
        @if article.gone { p.warning { "The publisher has taken this article down." } }
        @if let Some(at) = article.pruned_at {
            p.warning { "Older than " code { "retention" } " in [store]: what was stored of it was taken away " (times.both(at)) "." }
        }
        @if let Some(problem) = &article.problem { p.warning { (layout::sentence(problem)) } }
        (muting::notes(mutes, times))
        @for notice in notices.iter().filter(|notice| notice.closed_at.is_none()) {
            p.note { (layout::sentence(&notice.text)) }
        }
    }
}

/// Chooses two versions to compare.
pub(super) fn compare(history: &History) -> Markup {
    let id = history.article.id.0;
    let shown = history.versions.iter().filter(|row| row.hidden.is_none());
    let numbers: Vec<u32> = shown.map(|row| row.number).collect();
    let (Some(first), Some(latest)) = (numbers.first().copied(), numbers.last().copied()) else { return html! {} };
    let before = numbers.iter().rev().nth(1).copied().unwrap_or(first);
    let choice = |name: &str, chosen: u32| {
        html! {
            @if numbers.len() > MOST_CHOICES {
                input id=(name) name=(name) type="number" min=(first) max=(latest) value=(chosen) required;
            } @else { select id=(name) name=(name) {
                @for number in numbers.iter().rev() { option value=(number) selected[*number == chosen] { "version " (number) } }
            } }
        }
    };
    html! {
        form.compare action={ "/articles/" (id) "/diff" } method="get" {
            p { label for="from" { "Compare" } (choice("from", before)) }
            p { label for="to" { "with" } (choice("to", latest)) }
            p { button type="submit" { "Show the difference" } }
            @if first + 1 < latest {
                p { a href=(parts::diff_path(id, first, latest)) { "First and latest" } }
            }
        }
    }
}

fn versions(history: &History, times: Times) -> Markup {
    let id = history.article.id.0;
    let left_out = history.versions.len().saturating_sub(MOST_VERSIONS);
    let rows = &history.versions[left_out..];
    html! {
        section aria-labelledby="versions" {
            h2 #versions { (count(history.versions.len() as u64, "version")) }
            @if left_out > 0 { p.note { "The latest " (rows.len()) " of them; `wirewatch history " (id) "` has all." } }
            div.scrolls tabindex="0" role="group" aria-labelledby="versions" {
                table.versions {
                    thead { tr {
                        th scope="col" { "Version" } th scope="col" { "Seen" } th scope="col" { "What changed" }
                        th scope="col" { "Hash" }
                    } }
                    tbody {
                        @for (at, row) in rows.iter().enumerate().rev() {
                            @let before = rows[..at].last();
                            (one_version(id, row, before, times))
                        }
                    }
                }
            }
        }
    }
}

fn one_version(id: i64, row: &VersionRow, before: Option<&VersionRow>, times: Times) -> Markup {
    let is_other_headline = before.is_none_or(|before| before.headline != row.headline);
    html! {
        tr {
            th scope="row" { a href={ "/articles/" (id) "/versions/" (row.number) } { (row.number) } }
            td.when { (times.moment(row.observed_at)) br; span.faint { (times.ago(row.observed_at)) } }
            td {
                @if let Some(hiding) = &row.hidden {
                    span.faint { "hidden " (times.moment(hiding.hidden_at)) ": " (parts::text(&hiding.why)) }
                } @else {
                    @if is_other_headline {
                        p.headline dir="auto" { (parts::headline(row.headline.as_deref())) }
                    }
                    @match &row.change {
                        None => p.facts { (words::length(row.words)) ", read from " (words::source(row.source)) },
                        Some(change) => {
                            (parts::figures(&change.figures))
                            p.facts { (parts::change(change)) }
                            @if let Some(before) = before {
                                p.facts { a href=(parts::diff_path(id, before.number, row.number)) {
                                    "What changed" span.unseen { " from version " (before.number) " to " (row.number) }
                                } }
                            }
                        }
                    }
                }
            }
            td { code title=(row.sha256) { (row.sha256.get(..12).unwrap_or_default()) } }
        }
    }
}

/// Since which version each paragraph of the latest stands there; `None`: for longer than was looked back. Nothing where
/// nobody can tell.
async fn since(
    store: &Store,
    id: ArticleId,
    history: &History,
    latest: &ArticleText,
) -> Result<Vec<Option<u32>>, StoreError> {
    let newest = history.article.versions;
    let earlier: Vec<u32> =
        history.versions.iter().rev().skip(1).filter(|row| row.hidden.is_none()).map(|row| row.number).collect();
    let paragraphs: Vec<String> = latest.paragraphs.iter().map(|paragraph| paragraph.text.clone()).collect();
    // In one read: each would wait for its turn among those of all other visitors.
    let look =
        move |archived: Archived<'_>| since_when(&paragraphs, newest, &earlier, |number| archived.version(number));
    Ok(store.look_at(vec![id], look).await?.seen.pop().unwrap_or_default())
}

fn since_when(
    paragraphs: &[String],
    newest: u32,
    earlier: &[u32],
    read: impl Fn(u32) -> Result<Option<Version>, StoreError>,
) -> Result<Vec<Option<u32>>, StoreError> {
    let mut since: Vec<Option<u32>> = vec![Some(newest); paragraphs.len()];
    let mut is_open = vec![true; paragraphs.len()];
    for (back, number) in earlier.iter().enumerate() {
        if !is_open.contains(&true) {
            return Ok(since);
        }
        if back == LOOKED_BACK {
            for (since, _) in since.iter_mut().zip(&is_open).filter(|(_, is_open)| **is_open) {
                *since = None;
            }
            return Ok(since);
        }
        let text = match read(*number) {
            Ok(Some(version)) => version.text,
            // What cannot be read tells nothing; an older one may.
            Ok(None) | Err(StoreError::Unreadable(_)) => continue,
            Err(error) => return Err(error),
        };
        let there: HashSet<&str> = text.paragraphs.iter().map(|each| each.text.as_str()).collect();
        for (at, paragraph) in paragraphs.iter().enumerate() {
            is_open[at] = is_open[at] && there.contains(paragraph.as_str());
            if is_open[at] {
                since[at] = Some(*number);
            }
        }
    }
    Ok(since)
}

/// A text in full. `since` tells of each paragraph since when it stands there, where that is asked for.
pub(super) fn full(text: &ArticleText, since: &[Option<u32>]) -> Markup {
    let is_mixed = since.iter().any(|each| *each != Some(1));
    let note = |at: usize| since.get(at).copied().filter(|_| is_mixed);
    html! {
        div.text lang=[text.language.as_deref()] {
            @if let Some(summary) = &text.summary { p.summary dir="auto" { (words::clean(summary)) } }
            @if let Some(correction) = &text.correction { p.correction dir="auto" { (words::clean(correction)) } }
            @for (at, paragraph) in text.paragraphs.iter().enumerate() { (one_paragraph(paragraph, note(at))) }
        }
    }
}

fn one_paragraph(paragraph: &Paragraph, since: Option<Option<u32>>) -> Markup {
    let words = parts::with_hits(&paragraph.text, &[]);
    html! {
        @match since {
            None => p dir="auto" class=[parts::class(paragraph.role)] { (words) },
            Some(since) => div.aged {
                p dir="auto" class=[parts::class(paragraph.role)] { (words) }
                p.since lang="en" {
                    @match since { Some(version) => { "since version " (version) }, None => "for long" }
                }
            },
        }
    }
}

/// What was told of the article.
fn alerted(alerts: &[OutboxRow], times: Times) -> Markup {
    html! {
        @if !alerts.is_empty() {
            section aria-labelledby="alerts" {
                h2 #alerts { "Alerts" }
                ul.plain {
                    @for alert in alerts {
                        li {
                            a href={ "/alerts/" (alert.id) } { (times.moment(alert.created_at)) } ": "
                            (words::event(alert.event)) ", version " (alert.version) ", rule " (parts::rule_link(&alert.rule))
                            ", to " (parts::text(&alert.recipient)) " · " (parts::state(words::delivery_state(alert.state)))
                        }
                    }
                }
            }
        }
    }
}
