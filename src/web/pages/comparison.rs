//! `/articles/{id}/diff`: the words between two versions, within their sentences or side by side, fit to be cited.

use axum::extract::{Path, RawQuery, State};
use axum::response::Html;
use maud::{Markup, html};

use super::super::lookup::{found, row, text};
use super::super::parameters::{Parameters, bad};
use super::super::refusal::Refusal;
use super::super::site::Site;
use super::article::compare;
use super::layout::{self, Place};
use super::parts::{self, Side, Times};
use crate::archive::{self, Between};
use crate::diff;
use crate::model::{ArticleText, Diff, ParagraphChange, ParagraphOp, Version, WordChange};
use crate::store::{History, VersionRow};
use crate::words::{self, changed_fields, count, is_unchanged, move_note, unchanged_note};

/// How the words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Inline,
    SideBySide,
}

/// Texts together, in bytes, from which on a comparison waits for its turn as searches do.
const LONG: usize = 200_000;
/// Bytes of text in paragraphs that a page shows; the command line has no such bound.
const MOST_SHOWN: usize = 600_000;

/// Hexadecimal digits of a version's hash in an address.
const CITED: usize = 16;

/// `/articles/{id}/diff?from=&to=&view=&hash=`; the last revision where no versions are named.
pub(in super::super) async fn comparison(
    State(site): State<Site>,
    Path(id): Path<i64>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &["from", "to", "view", "hash"])?;
    let (from, to) = (parameters.number("from", 1..=u32::MAX)?, parameters.number("to", 1..=u32::MAX)?);
    let view = match parameters.text("view") {
        None | Some("inline") => View::Inline,
        Some("side") => View::SideBySide,
        Some(_) => return Err(bad("`view` has to be `inline` or `side`")),
    };
    let history = found(&site, id).await?;
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (row(&history, from)?, row(&history, to)?),
        (None, None) => archive::last_revision(&history)
            .ok_or_else(|| Refusal::not_found("this article was not revised").hint("it has nothing to compare yet"))?,
        _ => return Err(bad("`from` and `to` go together")),
    };
    let times = Times::of(&site);
    let cited = parameters.text("hash").map(|hash| hash == hash_of(from, to));
    let shown = shown(&site, &history, from, to, view, times).await?;
    let content = html! {
        (head(&history, from, to, times))
        @if cited == Some(false) {
            p.warning { "The hash in the address is not that of these versions: what is stored is not what was cited, or the address was altered." }
        }
        (switch(id, from, to, view))
        (shown)
        (citation(&site, &history, from, to, cited, times))
        section aria-labelledby="others" { h2 #others { "Other versions" } (compare(&history)) }
    };
    let headline = words::clean(to.headline.as_deref().unwrap_or("(no headline)"));
    let title = format!("Versions {} and {}: {headline}", from.number, to.number);
    Ok(layout::headed(Place::Articles, &title, &content))
}

fn head(history: &History, from: &VersionRow, to: &VersionRow, times: Times) -> Markup {
    let id = history.article.id.0;
    html! {
        p.kicker {
            (parts::text(history.article.url.host_str().unwrap_or_default())) " · "
            a href=(parts::article_path(id)) { "article " (id) }
        }
        h1 dir="auto" { (parts::headline(to.headline.as_deref())) }
        p.facts {
            @for (at, row) in [from, to].into_iter().enumerate() {
                @if at > 0 { " → " }
                a href={ "/articles/" (id) "/versions/" (row.number) } { "version " (row.number) } ", " (times.moment(row.observed_at))
            }
        }
    }
}

/// The words, or why there are none to be shown.
async fn shown(
    site: &Site,
    history: &History,
    from: &VersionRow,
    to: &VersionRow,
    view: View,
    times: Times,
) -> Result<Markup, Refusal> {
    if let Some(hiding) = [from, to].into_iter().find_map(|row| row.hidden.as_ref()) {
        return Ok(parts::hidden(hiding, times));
    }
    let read = async {
        let (old, new) = (text(site, history, from).await?, text(site, history, to).await?);
        Ok::<(Version, Version), Refusal>((old, new))
    };
    let (old, new) = match read.await {
        Err(refusal) if refusal.is_of_damage() => {
            return Ok(html! { p.warning { (layout::sentence(&refusal.message)) } });
        }
        read => read?,
    };
    let between = archive::change_between(&site.daemon.store, history, (from, &old), (to, &new)).await?;
    let (id, from, to) = (history.article.id.0, from.number, to.number);
    // Long texts take a while: a few at a time, and where nobody else's request waits for them.
    let turn = match length(&old.text) + length(&new.text) > LONG {
        true => site.searches.clone().acquire_owned().await.ok(),
        false => None,
    };
    let shown = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let words = diff::align(&old.text, &new.text);
        html! {
            (told(&between))
            div.text lang=[&new.text.language] {
                @if view == View::SideBySide { (side_names(from, to)) }
                @for (name, changes) in changed_fields(&words) { (field(name, changes, view)) }
                @if is_unchanged(&words) { p.note lang="en" { "No words differ." } }
                @else { (paragraphs(&words, view, &format!("wirewatch diff {id}@{from}..{to}"))) }
            }
        }
    });
    shown.await.map_err(|_| Refusal::internal("these versions could not be compared"))
}

/// Of its paragraphs, in bytes.
fn length(text: &ArticleText) -> usize {
    text.paragraphs.iter().map(|paragraph| paragraph.text.len()).sum()
}

/// What the publisher changed, and what of the difference is our reading's.
fn told(between: &Between) -> Markup {
    html! {
        @if let Some(change) = &between.change {
            @if change.is_technical() {
                p.note { "The publisher changed nothing here: wirewatch reads the page differently since." }
            } @else {
                p.facts { (parts::change(change)) }
                @if !change.figures.is_empty() {
                    section aria-labelledby="figures" { h2 #figures { "Figures" } (parts::figures(&change.figures)) }
                }
            }
        }
        @if !between.read_otherwise.is_empty() {
            p.note {
                "Some of this is not the publisher's: what was read otherwise from version "
                (parts::listed(between.read_otherwise.iter().map(|number| html! { (number) }))) " on."
            }
        }
    }
}

/// Chooses how the words stand.
fn switch(id: i64, from: &VersionRow, to: &VersionRow, view: View) -> Markup {
    let address = |view: &str| format!("{}&view={view}", parts::diff_path(id, from.number, to.number));
    let current = |is: bool| is.then_some("true");
    html! {
        nav.switch aria-label="How the words stand" {
            a href=(address("inline")) aria-current=[current(view == View::Inline)] { "Inline" }
            a href=(address("side")) aria-current=[current(view == View::SideBySide)] { "Side by side" }
        }
        p.legend { "Words that came are " ins { "underlined" } ", words that went are " del { "struck" } "." }
    }
}

fn field(name: &str, changes: &[WordChange], view: View) -> Markup {
    html! {
        h2.field lang="en" { (layout::sentence(name).trim_end_matches('.')) }
        @match view {
            View::Inline => p dir="auto" class=(name) { (parts::marked(changes, Side::Both)) },
            View::SideBySide => (sides(changes, true, true, Some(name))),
        }
    }
}

/// The paragraphs, as many as fit on a page; `command` shows all.
fn paragraphs(words: &Diff, view: View, command: &str) -> Markup {
    let mut rest = fitting(&words.paragraphs);
    let left_out = words.paragraphs.len() - rest.len();
    let mut parts = Vec::new();
    while let Some(first) = rest.first() {
        let equal = rest.iter().take_while(|row| row.op == ParagraphOp::Equal).count();
        if equal > 0 {
            parts.push(html! {
                details { summary lang="en" { "… " (unchanged_note(equal)) " …" } @for row in &rest[..equal] { (paragraph(row, view)) } }
            });
            rest = &rest[equal..];
        } else {
            parts.push(paragraph(first, view));
            rest = &rest[1..];
        }
    }
    let is_changed = words.paragraphs.iter().any(|row| row.op != ParagraphOp::Equal);
    html! {
        @if is_changed { h2.field lang="en" { "Text" } }
        @for part in &parts { (part) }
        @if left_out > 0 {
            p.warning lang="en" {
                (count(left_out as u64, "more paragraph")) " would be too much for a page; " code { (command) } " shows all."
            }
        }
    }
}

/// The first paragraphs that are not too long for a page together, and at least one.
fn fitting(rows: &[ParagraphChange]) -> &[ParagraphChange] {
    let mut bytes = 0;
    let fit = rows.iter().take_while(|row| {
        let is_room = bytes < MOST_SHOWN;
        bytes += row.words.iter().map(|words| words.text.len()).sum::<usize>();
        is_room
    });
    &rows[..fit.count()]
}

fn paragraph(row: &ParagraphChange, view: View) -> Markup {
    let note = move_note(row);
    let words = match view {
        View::Inline => {
            html! { p dir="auto" class=[parts::class(row.role)] { (parts::marked(&row.words, Side::Both)) } }
        }
        View::SideBySide => sides(&row.words, row.before.is_some(), row.after.is_some(), parts::class(row.role)),
    };
    match note {
        Some(note) => html! { div.moved { p.note lang="en" { span aria-hidden="true" { "⇅ " } (note) } (words) } },
        None => words,
    }
}

/// Above the two columns. Who hears the page hears it of every paragraph instead.
fn side_names(from: u32, to: u32) -> Markup {
    html! { div.sides.names lang="en" aria-hidden="true" { span { "Version " (from) } span { "Version " (to) } } }
}

/// What stood there, and what stands there now.
fn sides(changes: &[WordChange], is_before: bool, is_after: bool, class: Option<&str>) -> Markup {
    html! {
        div.sides {
            div.side {
                @if is_before {
                    span.unseen lang="en" { "Before: " }
                    p dir="auto" class=[class] { (parts::marked(changes, Side::Before)) }
                }
            }
            div.side {
                @if is_after {
                    span.unseen lang="en" { "After: " }
                    p dir="auto" class=[class] { (parts::marked(changes, Side::After)) }
                }
            }
        }
    }
}

/// The two hashes, short, as an address holds them.
fn hash_of(from: &VersionRow, to: &VersionRow) -> String {
    let short = |row: &VersionRow| row.sha256.get(..CITED).unwrap_or(&row.sha256).to_owned();
    format!("{}-{}", short(from), short(to))
}

/// What to cite, with an address that tells whether it still shows the same.
fn citation(
    site: &Site,
    history: &History,
    from: &VersionRow,
    to: &VersionRow,
    cited: Option<bool>,
    times: Times,
) -> Markup {
    let path = format!("{}&hash={}", parts::diff_path(history.article.id.0, from.number, to.number), hash_of(from, to));
    let base = site.web().public_url.map(|url| url.as_str().trim_end_matches('/').to_owned()).unwrap_or_default();
    html! {
        section.cite aria-labelledby="cite" {
            h2 #cite { "To cite this" }
            @if cited == Some(true) { p.note { "The hash in the address is that of what is stored." } }
            p {
                (parts::text(history.article.url.host_str().unwrap_or_default())) ", “" (parts::headline(to.headline.as_deref()))
                "”, " (parts::original(&history.article.url)) ", versions of "
                time datetime=(from.observed_at) { (from.observed_at) } " and " time datetime=(to.observed_at) { (to.observed_at) }
                " as kept by wirewatch, seen on " (times.moment(times.now)) "."
            }
            dl.facts {
                dt { "Permanent link" } dd { a href=(path) { (base) (path) } }
                dt { "Version " (from.number) } dd { code { (from.sha256) } }
                dt { "Version " (to.number) } dd { code { (to.sha256) } }
            }
        }
    }
}
