//! What states, kinds and events are called when people read them, on a terminal as in a browser.

use std::fmt::Write as _;
use std::time::Duration;

use crate::model::{
    self, AliasKind, Change, DeliveryState, Diff, Event, FeedKind, Kind, MatchField, Muted, Op, ParagraphChange,
    ParagraphOp, Quality, Severity, Source, Stopped, SubscriptionState, UnsubscribedBy, WordChange,
};
use crate::rule::{Apart, Closest, Explanation, Operator};
use crate::store::{FeedState, QualityCount, Unreadable};

/// How a state is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Warning,
    Bad,
    Faint,
}

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

pub fn severity(severity: Option<Severity>) -> (Tone, &'static str) {
    match severity {
        Some(Severity::Major) => (Tone::Bad, "major"),
        Some(Severity::Notable) => (Tone::Warning, "notable"),
        Some(Severity::Minor) => (Tone::Faint, "minor"),
        None => (Tone::Faint, "technical"),
    }
}

pub fn feed_state(state: FeedState) -> (Tone, &'static str) {
    match state {
        FeedState::Healthy => (Tone::Good, "healthy"),
        FeedState::Failing => (Tone::Bad, "failing"),
        FeedState::Gone => (Tone::Bad, "gone"),
        FeedState::Paused => (Tone::Faint, "paused"),
    }
}

/// A feed whose 304 is not believed.
pub const DISTRUSTED: &str = "it said that nothing had changed when something had, and is fetched in full";

pub fn subscription_state(state: SubscriptionState) -> &'static str {
    match state {
        SubscriptionState::Asking => "was asked",
        SubscriptionState::Active => "tells",
        SubscriptionState::Refused => "refused",
        SubscriptionState::GivenUp => "given up, since it told nothing",
    }
}

pub fn delivery_state(state: DeliveryState) -> (Tone, &'static str) {
    match state {
        DeliveryState::Pending => (Tone::Warning, "pending"),
        DeliveryState::Sent => (Tone::Good, "sent"),
        DeliveryState::Failed => (Tone::Bad, "failed"),
        DeliveryState::Held => (Tone::Warning, "held"),
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
pub fn quality(quality: Quality) -> (Tone, &'static str) {
    match quality {
        Quality::Good => (Tone::Good, "fit to be read"),
        Quality::Empty => (Tone::Bad, "empty"),
        Quality::Challenge => (Tone::Bad, "a challenge to browsers"),
        Quality::Consent => (Tone::Bad, "a request for consent"),
        Quality::Paywall => (Tone::Bad, "cut off by a paywall"),
        Quality::NotFound => (Tone::Bad, "a “not found” page"),
        Quality::OtherArticle => (Tone::Bad, "another article"),
        Quality::Error => (Tone::Bad, "the site's own error page"),
        Quality::OtherLanguage => (Tone::Bad, "in another language than before"),
        Quality::Repeated => (Tone::Bad, "the same as other articles of the site"),
        Quality::Shortened => (Tone::Warning, "much shorter than before"),
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

/// `rule fed-rates`
pub fn muted(muted: &Muted) -> String {
    match muted {
        Muted::Feed { name } => format!("feed {}", clean(name)),
        Muted::Rule { name } => format!("rule {}", clean(name)),
        Muted::Article { article, .. } => format!("article {}", article.0),
        Muted::Burst { name } => format!("burst of {}", clean(name)),
    }
}

/// What an address gets no more of: `rule fed-rates`
pub fn stopped(stopped: &Stopped) -> String {
    match stopped {
        Stopped::Rule(name) => format!("rule {}", clean(name)),
        Stopped::Recipient(name) => format!("recipient {}", clean(name)),
        Stopped::Everything => "everything".to_owned(),
    }
}

pub fn unsubscribed_by(how: UnsubscribedBy) -> &'static str {
    match how {
        UnsubscribedBy::OneClick => "one click",
        UnsubscribedBy::Page => "page",
    }
}

/// What is said in place of a message that was sent and is kept no more.
pub const NO_MESSAGE_ANY_MORE: &str = "The message is kept no more: it may have shown a version that was hidden since.";
/// What is said in place of one that there is not yet.
pub const NO_MESSAGE_YET: &str = "The message is written when it is first sent.";

/// How the parts of a query work together.
pub fn operator(operator: Operator) -> String {
    match operator {
        Operator::Words => "these words".to_owned(),
        Operator::Fact => "this fact".to_owned(),
        Operator::All => "all of these".to_owned(),
        Operator::Any => "any of these".to_owned(),
        Operator::Not => "not this".to_owned(),
        Operator::Near => "these near each other".to_owned(),
        Operator::AtLeast(needed) => format!("at least {needed} of these"),
    }
}

/// Whether a part of a query holds, in a word, and why where that needs one.
pub fn verdict(part: &Explanation) -> (&'static str, String) {
    let holding = part.parts.iter().filter(|part| part.held).count();
    let all = part.parts.len();
    let word = match (part.operator, part.held) {
        (Operator::Words, false) => "not found",
        (Operator::Words, true) => "found",
        (Operator::Fact, false) => "no",
        (Operator::Fact, true) => "yes",
        (_, true) => "holds",
        (_, false) => "fails",
    };
    let because = match (part.operator, part.held) {
        (Operator::Not, true) => "it is not there".to_owned(),
        (Operator::Not, false) => "it is there".to_owned(),
        (Operator::AtLeast(needed), _) => format!("{holding} of {all}, {needed} needed"),
        (Operator::All, false) if all - holding == 1 => format!("1 of {all} does not hold"),
        (Operator::All, false) => format!("{} of {all} do not hold", all - holding),
        (Operator::Any, false) => format!("none of {all} holds"),
        (Operator::Near, false) => part.apart.as_ref().map(apart).unwrap_or_default(),
        _ => String::new(),
    };
    (word, because)
}

fn apart(apart: &Apart) -> String {
    match apart {
        Apart::TooFar(closest) => too_far(closest),
        Apart::InOtherBlocks => "never in one paragraph".to_owned(),
        Apart::Overlapping => "they share a word wherever they are near".to_owned(),
        Apart::NoChain => "each is near the next somewhere, but nowhere all in a row".to_owned(),
    }
}

fn too_far(closest: &Closest) -> String {
    let field = closest.matches.first().map_or("text", |found| field(found.field));
    let distance = count(closest.words as u64, "word");
    if closest.is_reversed {
        return format!("only in the other order, {distance} apart ({field})");
    }
    format!("{distance} apart at the closest ({field}), {} allowed", closest.allowed)
}

/// The fields beside the text that differ, with their names.
pub fn changed_fields(diff: &Diff) -> Vec<(&'static str, &[WordChange])> {
    let fields = [
        ("headline", &diff.headline),
        ("summary", &diff.summary),
        ("byline", &diff.byline),
        ("correction", &diff.correction),
    ];
    let differs = |words: &[WordChange]| words.iter().any(|word| word.op != Op::Equal);
    fields.into_iter().filter(|(_, words)| differs(words)).map(|(name, words)| (name, words.as_slice())).collect()
}

/// Nothing came, went or moved.
pub fn is_unchanged(diff: &Diff) -> bool {
    changed_fields(diff).is_empty() && diff.paragraphs.iter().all(|paragraph| paragraph.op == ParagraphOp::Equal)
}

/// `paragraph 3 moved to 7`, counted from 1 as people do.
pub fn move_note(paragraph: &ParagraphChange) -> Option<String> {
    match (paragraph.op, paragraph.before, paragraph.after) {
        (ParagraphOp::Move, Some(before), Some(after)) => {
            Some(format!("moved: was paragraph {}, is {}", before + 1, after + 1))
        }
        _ => None,
    }
}

/// `12 unchanged paragraphs`
pub fn unchanged_note(paragraphs: usize) -> String {
    count(paragraphs as u64, "unchanged paragraph")
}

/// A span in its largest unit: `45 s`, `3 min`, `2 h`, `12 d`.
pub fn short_span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// `1 article`, `1,204 articles`.
pub fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{} {}", grouped(number), plural(thing)),
    }
}

fn plural(thing: &str) -> String {
    match thing.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if thing.ends_with("ch") || thing.ends_with('s') => format!("{thing}es"),
        _ => format!("{thing}s"),
    }
}

/// A number with its thousands set apart: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Text that a stranger wrote, fit for one line of a terminal or a page: nothing in it moves the cursor, changes colours or
/// titles (C0, C1, and so every escape sequence), breaks the line, or turns the direction of what follows.
///
/// What is taken out is shown in its place: `␛` for an escape, `<U+202E>` for an override. Marks of direction that have no
/// effect beyond their neighbours (LRM, RLM, ALM) are common in Arabic and Hebrew headlines and vanish silently.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        clean_into(&mut cleaned, character);
    }
    cleaned
}

/// The same for one character.
pub fn clean_into(cleaned: &mut String, character: char) {
    match character {
        // The pictures of control characters stand in the same order as the characters.
        '\0'..='\u{1f}' => cleaned.extend(char::from_u32(0x2400 + u32::from(character))),
        '\u{7f}' => cleaned.push('\u{2421}'),
        '\u{200e}' | '\u{200f}' | '\u{61c}' => {}
        _ if is_unsafe(character) => {
            // Writing to a string cannot fail.
            let _ = write!(cleaned, "<U+{:04X}>", u32::from(character));
        }
        _ => cleaned.push(character),
    }
}

/// A control character, a line or paragraph separator, a control of text direction, or an interlinear mark.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
        || matches!(character, '\u{fff9}'..='\u{fffb}')
}
