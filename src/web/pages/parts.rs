//! What pages are put together from: times, marks, words, lists. Whatever a stranger wrote is cleaned here, and stands in
//! an element of its own, so that each text finds its own direction.

use std::ops::Range;

use chrono_tz::Tz;
use maud::{Markup, PreEscaped, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::super::site::Site;
use crate::model::{Change, Figure, Op, Role, Severity, Timestamp, WordChange};
use crate::store::Hiding;
use crate::words::{self, clean, short_span};

/// How times are told: in the zone of the configuration, and from now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub zone: Tz,
    pub now: Timestamp,
}

impl Times {
    pub fn of(site: &Site) -> Self {
        Self { zone: site.setup().config.timezone, now: site.daemon.clock.now() }
    }

    /// `22 Nov 2026, 14:05 CET`
    pub fn words(&self, at: Timestamp) -> String {
        at.to_utc().with_timezone(&self.zone).format("%-d %b %Y, %H:%M %Z").to_string()
    }

    fn relative(&self, at: Timestamp) -> String {
        if at > self.now {
            return format!("in {}", short_span(at.since(self.now)));
        }
        match self.now.since(at).as_secs() {
            0 => "now".to_owned(),
            _ => format!("{} ago", short_span(self.now.since(at))),
        }
    }

    /// The moment itself.
    pub fn moment(&self, at: Timestamp) -> Markup {
        html! { time datetime=(at) { (self.words(at)) } }
    }

    /// `2 h ago`, with the moment for whoever points at it.
    pub fn ago(&self, at: Timestamp) -> Markup {
        html! { time datetime=(at) title=(self.words(at)) { (self.relative(at)) } }
    }

    /// Both.
    pub fn both(&self, at: Timestamp) -> Markup {
        html! { (self.moment(at)) " " span.faint { "(" (self.relative(at)) ")" } }
    }

    /// `2 h ago`, or a word for never.
    pub fn ago_or_never(&self, at: Option<Timestamp>) -> Markup {
        match at {
            Some(at) => self.ago(at),
            None => html! { "never" },
        }
    }
}

/// A name within a path.
pub(super) fn segment(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

pub(super) fn article_path(id: i64) -> String {
    format!("/articles/{id}")
}

pub(in super::super) fn diff_path(id: i64, from: u32, to: u32) -> String {
    format!("/articles/{id}/diff?from={from}&to={to}")
}

/// A text of strangers, in its own direction.
pub(super) fn text(text: &str) -> Markup {
    html! { bdi { (clean(text)) } }
}

pub(super) fn headline(headline: Option<&str>) -> Markup {
    match headline.map(clean).filter(|headline| !headline.trim().is_empty()) {
        Some(headline) => html! { bdi { (headline) } },
        None => html! { span.faint { "(no headline)" } },
    }
}

/// The publisher's page. Only web addresses become links: a `javascript:` one must not.
pub(super) fn original(url: &Url) -> Markup {
    let shown = clean(url.as_str());
    match url.scheme() {
        "http" | "https" => html! { a.url href=(url) rel="noreferrer noopener" { (shown) } },
        _ => html! { span.url { (shown) } },
    }
}

pub(super) fn rule_link(name: &str) -> Markup {
    html! { a href={ "/rules/" (segment(name)) } { (text(name)) } }
}

pub(super) fn feed_link(name: &str) -> Markup {
    html! { a href={ "/feeds/" (segment(name)) } { (text(name)) } }
}

/// By commas.
pub(super) fn listed(items: impl Iterator<Item = Markup>) -> Markup {
    html! { @for (at, item) in items.enumerate() { @if at > 0 { ", " } (item) } }
}

/// How much a change weighs. The word says it; the colour and the sign before it only help the eye.
pub(super) fn severity(severity: Option<Severity>) -> Markup {
    let (class, sign) = match severity {
        Some(Severity::Major) => ("mark major", "▲"),
        Some(Severity::Notable) => ("mark notable", "◆"),
        Some(Severity::Minor) => ("mark minor", "●"),
        None => ("mark minor", "○"),
    };
    html! { span class=(class) { span aria-hidden="true" { (sign) " " } (words::severity(severity).1) } }
}

/// A state in a word, with its tone.
pub(super) fn state((tone, word): (words::Tone, &str)) -> Markup {
    let (class, sign) = match tone {
        words::Tone::Good => ("mark good", "✓"),
        words::Tone::Warning => ("mark notable", "◆"),
        words::Tone::Bad => ("mark major", "▲"),
        words::Tone::Faint => ("mark minor", "●"),
    };
    html! { span class=(class) { span aria-hidden="true" { (sign) " " } (word) } }
}

/// What changed, in a line: severity, kinds, words, and whether the publisher said so.
pub(super) fn change(change: &Change) -> Markup {
    html! {
        (severity(change.severity)) " · " (words::kinds(change))
        @if let Some(balance) = words::word_balance(change) { " · " (balance) }
        @if change.silent { " · " span.silent { "silent: not marked by the publisher" } }
        @if let Some(earlier) = change.restores { " · the same as version " (earlier) " again" }
    }
}

/// The figures that changed, each with its sentence.
pub(super) fn figures(figures: &[Figure]) -> Markup {
    html! {
        @if !figures.is_empty() {
            ul.figures { @for figure in figures { li { (one_figure(figure)) } } }
        }
    }
}

/// `12 → 21`
pub(super) fn one_figure(figure: &Figure) -> Markup {
    let Figure { before, after, context } = figure;
    let went = |figure: &String| html! { del { (text(figure)) } };
    let came = |figure: &String| html! { ins { (text(figure)) } };
    html! {
        @match (before, after) {
            (Some(before), Some(after)) => { (went(before)) " → " (came(after)) }
            (None, Some(after)) => { (came(after)) " added" }
            (Some(before), None) => { (went(before)) " removed" }
            (None, None) => {}
        }
        @if !context.is_empty() { " " span.faint { "in “" (text(context)) "”" } }
    }
}

/// Which words of a difference are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    Before,
    After,
}

/// Words with what became of them.
pub(super) fn marked(changes: &[WordChange], side: Side) -> Markup {
    html! {
        @for change in changes {
            @match (change.op, side) {
                (Op::Equal, _) => { (clean_lines(&change.text)) }
                (Op::Insert, Side::Both | Side::After) => { ins { (clean_lines(&change.text)) } }
                (Op::Delete, Side::Both | Side::Before) => { del { (clean_lines(&change.text)) } }
                _ => {}
            }
        }
    }
}

/// Within a paragraph a line's end is a blank.
fn clean_lines(text: &str) -> String {
    clean(&text.replace(['\n', '\r', '\t'], " "))
}

/// A text with the places that were found in it.
pub(super) fn with_hits(text: &str, hits: &[Range<usize>]) -> Markup {
    let mut done = 0;
    let mut parts = String::new();
    for hit in hits {
        let (Some(before), Some(found)) = (text.get(done..hit.start), text.get(hit.clone())) else { continue };
        let found = html! { (clean_lines(before)) mark { (clean_lines(found)) } };
        parts.push_str(&found.into_string());
        done = hit.end;
    }
    html! { (PreEscaped(parts)) (clean_lines(text.get(done..).unwrap_or_default())) }
}

/// What a paragraph is, as its class.
pub(super) fn class(role: Role) -> Option<&'static str> {
    match role {
        Role::Heading => Some("heading"),
        Role::Quotation => Some("quotation"),
        Role::ListItem | Role::TableRow => Some("item"),
        Role::Caption => Some("caption"),
        Role::Paragraph | Role::Post => None,
    }
}

/// Why a version is not shown.
pub(super) fn hidden(hiding: &Hiding, times: Times) -> Markup {
    html! {
        p.warning {
            "This version is shown no more: hidden"
            @if let Some(who) = &hiding.who { " by " (text(who)) }
            " on " (times.moment(hiding.hidden_at)) ", because: " (text(&hiding.why))
            ". Its hash remains, and so the chain of hashes can be checked."
        }
    }
}

/// A list that has nothing in it says why.
pub(super) fn empty(why: &str) -> Markup {
    html! { p.empty { (why) } }
}

/// The way to the next page of a list.
pub(super) fn more(address: Option<&str>) -> Markup {
    html! {
        @if let Some(address) = address {
            nav.more aria-label="Pages" { a href=(address) rel="next" { "Further →" } }
        }
    }
}
