//! What states, kinds and events are called when people read them.

use crate::cli::text::{Mark, count, grouped};
use crate::model::{
    self, AliasKind, Change, DeliveryState, Event, FeedKind, Kind, MatchField, Quality, Severity, Source,
};
use crate::store::{FeedState, QualityCount, Unreadable};

pub fn event(event: Event) -> &'static str {
    match event {
        Event::New => "new",
        Event::Revised => "revised",
        Event::Gone => "gone",
        Event::Back => "back",
    }
}

pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Headline => "headline",
        Kind::Figures => "figures",
        Kind::Date => "date",
        Kind::Negation => "negation",
        Kind::Quote => "quotation",
        Kind::Name => "name",
        Kind::Correction => "correction note",
        Kind::Summary => "summary",
        Kind::Byline => "byline",
        Kind::Addition => "text added",
        Kind::Removal => "text removed",
        Kind::Rewrite => "rewritten",
        Kind::Wording => "wording",
        Kind::Move => "paragraphs moved",
        Kind::Typo => "spelling",
        Kind::Punctuation => "punctuation",
        Kind::Markup => "markup",
        Kind::Restored => "restored",
        Kind::Gone => "taken down",
        Kind::Back => "online again",
        Kind::Technical => "read differently by wirewatch",
    }
}

/// How an address came to be known as an article's.
pub fn alias(kind: AliasKind) -> &'static str {
    match kind {
        AliasKind::Redirect => "redirect",
        AliasKind::Canonical => "canonical link",
        AliasKind::OgUrl => "og:url",
        AliasKind::Amp => "AMP page",
        AliasKind::Entry => "link in its feed",
        AliasKind::Text => "same text",
    }
}

/// What else is said of a change.
pub fn mark(mark: model::Mark) -> &'static str {
    match mark {
        model::Mark::Shortened => "much shorter than before",
        model::Mark::Alternating => "the page goes to and fro",
        model::Mark::Reused => "another story at the same address",
        model::Mark::ReadAnew => "read anew",
        model::Mark::Braked => "revised all the time",
    }
}

/// All kinds of a change and its marks, by commas.
pub fn kinds(change: &Change) -> String {
    let kinds = change.kinds.iter().map(|each| kind(*each));
    kinds.chain(change.marks.iter().map(|each| mark(*each))).collect::<Vec<_>>().join(", ")
}

pub fn severity(severity: Option<Severity>) -> (Mark, &'static str) {
    match severity {
        Some(Severity::Major) => (Mark::Bad, "major"),
        Some(Severity::Notable) => (Mark::Warning, "notable"),
        Some(Severity::Minor) => (Mark::Faint, "minor"),
        None => (Mark::Faint, "technical"),
    }
}

pub fn feed_state(state: FeedState) -> (Mark, &'static str) {
    match state {
        FeedState::Healthy => (Mark::Good, "healthy"),
        FeedState::Failing => (Mark::Bad, "failing"),
        FeedState::Gone => (Mark::Bad, "gone"),
        FeedState::Paused => (Mark::Faint, "paused"),
    }
}

pub fn delivery_state(state: DeliveryState) -> (Mark, &'static str) {
    match state {
        DeliveryState::Pending => (Mark::Warning, "pending"),
        DeliveryState::Sent => (Mark::Good, "sent"),
        DeliveryState::Failed => (Mark::Bad, "failed"),
        DeliveryState::Held => (Mark::Warning, "held"),
    }
}

pub fn field(field: MatchField) -> &'static str {
    match field {
        MatchField::Title => "headline",
        MatchField::Summary => "summary",
        MatchField::Body => "text",
        MatchField::Author => "byline",
        MatchField::Tag => "tag",
        MatchField::Url => "address",
        MatchField::Site => "site",
        MatchField::Feed => "feed",
        MatchField::Lang => "language",
        MatchField::Added => "added words",
        MatchField::Removed => "removed words",
        MatchField::Event => "event",
    }
}

/// How fit a page is to be read, as a clause: "the page is …".
pub fn quality(quality: Quality) -> (Mark, &'static str) {
    match quality {
        Quality::Good => (Mark::Good, "fit to be read"),
        Quality::Empty => (Mark::Bad, "empty"),
        Quality::Challenge => (Mark::Bad, "a challenge to browsers"),
        Quality::Consent => (Mark::Bad, "a request for consent"),
        Quality::Paywall => (Mark::Bad, "cut off by a paywall"),
        Quality::NotFound => (Mark::Bad, "a “not found” page"),
        Quality::OtherArticle => (Mark::Bad, "another article"),
        Quality::Error => (Mark::Bad, "the site's own error page"),
        Quality::OtherLanguage => (Mark::Bad, "in another language than before"),
        Quality::Repeated => (Mark::Bad, "the same as other articles of the site"),
        Quality::Shortened => (Mark::Warning, "much shorter than before"),
    }
}

/// How many articles could not be read, by what was in the way: `3 paywall, 1 challenge`.
pub fn unreadable(unreadable: &Unreadable) -> String {
    let count = |count: &QualityCount| format!("{} {}", grouped(count.articles), count.quality.replace('_', " "));
    unreadable.by_quality.iter().map(count).collect::<Vec<_>>().join(", ")
}

pub fn feed_kind(kind: FeedKind) -> &'static str {
    match kind {
        FeedKind::Rss => "RSS",
        FeedKind::Rdf => "RSS 1.0 (RDF)",
        FeedKind::Atom => "Atom",
        FeedKind::Json => "JSON Feed",
        FeedKind::Sitemap => "news sitemap",
        FeedKind::Cdf => "CDF",
    }
}

pub fn source(source: Source) -> &'static str {
    match source {
        Source::Page => "the page",
        Source::Feed => "the feed",
    }
}

/// The same as a word of its own, as JSON has it.
pub fn source_word(source: Source) -> &'static str {
    match source {
        Source::Page => "page",
        Source::Feed => "feed",
    }
}

/// `dozens → 26; 3 → 5`
pub fn figures(change: &Change) -> String {
    let side = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "–".to_owned());
    let figures = change.figures.iter().map(|figure| format!("{} → {}", side(&figure.before), side(&figure.after)));
    figures.collect::<Vec<_>>().join("; ")
}

/// `412 words`; a version that is headline and summary has no text.
pub fn length(words: usize) -> String {
    if words == 0 { "no text".to_owned() } else { count(words as u64, "word") }
}

/// `12 words added, 9 removed`, or `None` where no word came or went.
pub fn word_balance(change: &Change) -> Option<String> {
    let (added, removed) = (change.added_words as u64, change.removed_words as u64);
    match (added, removed) {
        (0, 0) => None,
        (added, 0) => Some(format!("{} added", count(added, "word"))),
        (0, removed) => Some(format!("{} removed", count(removed, "word"))),
        (added, removed) => Some(format!("{} added, {removed} removed", count(added, "word"))),
    }
}
