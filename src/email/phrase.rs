//! What happened, said in few words.

use std::collections::BTreeSet;

use url::Host;

use crate::model::{Change, DeliveredArticle, Event, Figure, Kind, Mark};

/// At most so many kinds of change are named in one line; they come most important first.
const MAX_KINDS: usize = 4;

/// `1 story`, `7 stories`: the count with its noun in the right number.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// The publisher as a reader knows it: the host of the article's address without `www.`, which no page can claim
/// falsely; where that is a bare number, the feed as the operator named it.
pub(super) fn publisher(article: &DeliveredArticle) -> String {
    if let (Some(Host::Ipv4(_) | Host::Ipv6(_)), Some(feed)) = (article.url.host(), article.feeds.first()) {
        return feed.name.clone();
    }
    let host = article.url.host_str().unwrap_or("the publisher");
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// `Revised by`, `New from`: how the line on what happened begins.
pub(super) fn opening(event: Event) -> &'static str {
    match event {
        Event::New => "New from",
        Event::Revised => "Revised by",
        Event::Gone => "Taken down by",
        Event::Back => "Back on",
    }
}

/// One word for an event, as digests count them.
pub(super) fn event_word(event: Event) -> &'static str {
    match event {
        Event::New => "new",
        Event::Revised => "revised",
        Event::Gone => "gone",
        Event::Back => "back",
    }
}

/// `headline, 2 figures; no correction note`, or `None` when nothing a reader would name has changed.
pub(super) fn what_changed(article: &DeliveredArticle, change: &Change) -> Option<String> {
    let small = |kind: &Kind| matches!(kind, Kind::Move | Kind::Typo | Kind::Punctuation | Kind::Markup);
    let only_small = change.kinds.iter().all(|kind| small(kind) || unnamed(kind));
    let mut kinds: Vec<&Kind> =
        change.kinds.iter().filter(|kind| !unnamed(kind) && (only_small || !small(kind))).collect();
    // A return to an earlier text and a note say the most; they must not be among those that are cut.
    kinds.sort_by_key(|kind| match kind {
        Kind::Restored => 0,
        Kind::Correction => 1,
        _ => 2,
    });
    let mut names: Vec<String> = kinds.into_iter().map(|kind| name(*kind, article, change)).collect();
    if names.is_empty() {
        return None;
    }
    let more = if names.len() > MAX_KINDS { " and more" } else { "" };
    names.truncate(MAX_KINDS);
    let note = if change.silent { "; no correction note" } else { "" };
    Some(names.join(", ") + more + note)
}

/// What a reader should know of a change beside its kinds.
pub(super) fn mark(mark: Mark) -> Option<&'static str> {
    match mark {
        Mark::Shortened => Some("The text is much shorter than it was."),
        Mark::Alternating => Some("The page went to and fro between two readings before this one stood."),
        Mark::Reused => Some("The address tells another story now."),
        Mark::Braked => Some("The article is revised so often that it is mailed once a day."),
        Mark::ReadAnew => None,
    }
}

/// Said by the event itself, or nothing that happened to the article.
fn unnamed(kind: &Kind) -> bool {
    matches!(kind, Kind::Gone | Kind::Back | Kind::Technical)
}

fn name(kind: Kind, article: &DeliveredArticle, change: &Change) -> String {
    let fixed = match kind {
        Kind::Headline => "headline",
        Kind::Figures if change.figures.is_empty() => "figures",
        Kind::Figures => return count(distinct(&change.figures), "figure", "figures"),
        Kind::Date => "a date",
        Kind::Negation => "a negation",
        Kind::Quote => "a quotation",
        Kind::Name => "a name",
        Kind::Correction => correction(article),
        Kind::Summary => "summary",
        Kind::Byline => "byline",
        Kind::Addition => return format!("{} added", count(change.added_words, "word", "words")),
        Kind::Removal => return format!("{} removed", count(change.removed_words, "word", "words")),
        Kind::Rewrite => "rewritten",
        Kind::Wording => "wording",
        Kind::Move => "a paragraph moved",
        Kind::Typo => "spelling",
        Kind::Punctuation => "punctuation",
        Kind::Markup => "markup",
        Kind::Restored => match change.restores {
            Some(number) => return format!("back to version {number}"),
            None => "back to an earlier text",
        },
        Kind::Gone | Kind::Back | Kind::Technical => "",
    };
    fixed.to_owned()
}

/// How many figures changed, each counted once wherever it stands: “Dozens → 26” in the headline is “dozens → 26” in
/// the text.
fn distinct(figures: &[Figure]) -> usize {
    let folded = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
    figures.iter().map(|figure| (folded(&figure.before), folded(&figure.after))).collect::<BTreeSet<_>>().len()
}

fn correction(article: &DeliveredArticle) -> &'static str {
    let before = article.before.as_ref().and_then(|version| version.text.correction.as_ref());
    match (before, &article.after.text.correction) {
        (None, Some(_)) => "correction note added",
        (Some(_), None) => "correction note removed",
        (Some(_), Some(_)) => "correction note changed",
        (None, None) => "correction",
    }
}
