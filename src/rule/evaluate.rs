//! Whether a query holds for a version, and where its terms stand.

use std::ops::Range;

use regex::Regex;

use super::near;
use super::node::{Asked, EventName, Leaf, Node, NodeKind, Scope};
use super::pattern::Pattern;
use super::stream::Stream;
use super::subject::{Place, Subject};
use crate::model::{Event, Match, MatchField};

/// As many matches as a rule tells of; and as many findings as one term looks for in one field.
pub(super) const MAX_MATCHES: usize = 200;

/// Beyond this many, findings are no longer collected: they would not be told anyway.
const MAX_COLLECTED: usize = 4_000;

/// Words in a row in one of the subject's texts: `first` to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub place: Place,
    pub block: usize,
    pub first: usize,
    pub last: usize,
}

/// Whether the node holds; what it found is added to `found`, and nothing where it does not hold.
pub(super) fn holds(node: &Node, subject: &Subject, found: &mut Vec<Match>) -> bool {
    let mark = found.len();
    let held = match &node.kind {
        NodeKind::Leaf(leaf) => leaf_holds(leaf, subject, found),
        NodeKind::All(children) => children.iter().all(|child| holds(child, subject, found)),
        NodeKind::Any(children) => count_holding(children, subject, found) > 0,
        NodeKind::AtLeast(count, children) => count_holding(children, subject, found) >= *count,
        NodeKind::Not(child) => !holds(child, subject, &mut Vec::new()),
        NodeKind::Near(near) => near::holds(near, subject, found),
    };
    if !held {
        found.truncate(mark);
    }
    held
}

/// Sorted, without repeats, at most [`MAX_MATCHES`].
pub(super) fn tidied(mut found: Vec<Match>) -> Vec<Match> {
    found.sort_unstable_by(|a, b| {
        (a.field, a.start, a.end, &a.term, &a.text).cmp(&(b.field, b.start, b.end, &b.term, &b.text))
    });
    found.dedup();
    found.truncate(MAX_MATCHES);
    found
}

/// All branches are asked, so that every term that stands in the text is told.
fn count_holding(children: &[Node], subject: &Subject, found: &mut Vec<Match>) -> usize {
    children.iter().filter(|child| holds(child, subject, found)).count()
}

fn leaf_holds(leaf: &Leaf, subject: &Subject, found: &mut Vec<Match>) -> bool {
    match &leaf.asked {
        Asked::Words(scope, pattern) => {
            let occurrences =
                scope.places().iter().flat_map(|place| words_in(*place, *scope, pattern, subject, MAX_MATCHES));
            report(occurrences, leaf, *scope, subject, found)
        }
        Asked::Regex(scope, regex) => regex_holds(*scope, regex, leaf, subject, found),
        Asked::Site(host) => site_holds(host, leaf, subject, found),
        Asked::Feed(pattern) => feed_holds(pattern, leaf, subject, found),
        Asked::Language(tag) => language_holds(tag, leaf, subject, found),
        Asked::Event(name) => event_holds(*name, leaf, subject, found),
    }
}

/// Every place where the leaf's words stand, in order; none for facts.
pub(super) fn occurrences(leaf: &Leaf, subject: &Subject) -> Vec<Occurrence> {
    match &leaf.asked {
        Asked::Words(scope, pattern) => {
            let places = scope.places().iter();
            places.flat_map(|place| words_in(*place, *scope, pattern, subject, usize::MAX)).collect()
        }
        Asked::Regex(scope, regex) => {
            let places = scope.places().iter();
            let all = places.flat_map(|place| regex_in(*place, *scope, regex, subject, usize::MAX));
            let spans = all.filter_map(|(place, block, bytes)| {
                let (first, last) = subject.stream(place).words_in(block, &bytes)?;
                Some(Occurrence { place, block, first, last })
            });
            spans.collect()
        }
        Asked::Site(_) | Asked::Feed(_) | Asked::Language(_) | Asked::Event(_) => Vec::new(),
    }
}

/// Adds a match for each occurrence; whether there was one.
pub(super) fn report(
    occurrences: impl IntoIterator<Item = Occurrence>,
    leaf: &Leaf,
    scope: Scope,
    subject: &Subject,
    found: &mut Vec<Match>,
) -> bool {
    let mut any = false;
    for Occurrence { place, block, first, last } in occurrences {
        any = true;
        let words = &subject.stream(place).words;
        add(found, located(leaf, scope, place, block, words[first].start..words[last].end, subject));
    }
    any
}

fn add(found: &mut Vec<Match>, found_now: Match) {
    if found.len() < MAX_COLLECTED {
        found.push(found_now);
    }
}

fn words_in(place: Place, scope: Scope, pattern: &Pattern, subject: &Subject, limit: usize) -> Vec<Occurrence> {
    let stream = subject.stream(place);
    if !scope.is_change() {
        let found = pattern.find(stream, limit);
        return found.into_iter().map(|(first, last)| occurrence(place, stream, first, last)).collect();
    }
    let changed = subject.changed(place);
    if !changed.contains(&true) {
        return Vec::new();
    }
    let found = pattern.find(stream, usize::MAX).into_iter();
    let changed = found.filter(|(first, last)| changed[*first..=*last].iter().all(|word| *word));
    changed.map(|(first, last)| occurrence(place, stream, first, last)).take(limit).collect()
}

fn occurrence(place: Place, stream: &Stream, first: usize, last: usize) -> Occurrence {
    Occurrence { place, block: stream.words[first].block, first, last }
}

/// Where the expression matches something, as bytes of the stored text.
fn regex_in(
    place: Place,
    scope: Scope,
    regex: &Regex,
    subject: &Subject,
    limit: usize,
) -> Vec<(Place, usize, Range<usize>)> {
    let stream = subject.stream(place);
    let is_asked = |block: usize, bytes: &Range<usize>| {
        !scope.is_change()
            || stream
                .words_in(block, bytes)
                .is_some_and(|(first, last)| subject.changed(place)[first..=last].iter().all(|word| *word))
    };
    let mut found = Vec::new();
    for (block, plain) in stream.plain().iter().enumerate() {
        let base = stream.blocks[block].base;
        let spans = regex.find_iter(&plain.text).filter(|hit| !hit.is_empty()).map(|hit| {
            let range = plain.origin(hit.range());
            base + range.start..base + range.end
        });
        let asked = spans.filter(|bytes| is_asked(block, bytes));
        found.extend(asked.map(|bytes| (place, block, bytes)).take(limit - found.len()));
    }
    found
}

fn regex_holds(scope: Scope, regex: &Regex, leaf: &Leaf, subject: &Subject, found: &mut Vec<Match>) -> bool {
    let mut any = false;
    for place in scope.places() {
        for (place, block, bytes) in regex_in(*place, scope, regex, subject, MAX_MATCHES) {
            any = true;
            add(found, located(leaf, scope, place, block, bytes, subject));
        }
    }
    any
}

fn located(leaf: &Leaf, scope: Scope, place: Place, block: usize, bytes: Range<usize>, subject: &Subject) -> Match {
    let text = subject.stream(place).slice(block, bytes.clone()).to_owned();
    let field = match (scope, place) {
        (Scope::Removed, _) => MatchField::Removed,
        (Scope::Added, Place::Body | Place::Correction) => MatchField::Added,
        (_, Place::Title) => MatchField::Title,
        (_, Place::Summary) => MatchField::Summary,
        (_, Place::Author) => MatchField::Author,
        (_, Place::Tag) => MatchField::Tag,
        (_, Place::Url) => MatchField::Url,
        (_, Place::Feed) => MatchField::Feed,
        _ => MatchField::Body,
    };
    // `Added` and `Removed` count in the article's text; these stand in a text that no field of a match names.
    let is_unnamed = matches!(place, Place::OldTitle | Place::OldSummary | Place::OldCorrection | Place::Correction);
    let (start, end) = if is_unnamed { (0, 0) } else { (bytes.start, bytes.end) };
    Match { field, term: leaf.term.clone(), text, start, end }
}

fn site_holds(host: &str, leaf: &Leaf, subject: &Subject, found: &mut Vec<Match>) -> bool {
    let whole = subject.host();
    let Some(rest) = whole.strip_suffix(host) else { return false };
    if !rest.is_empty() && !rest.ends_with('.') {
        return false;
    }
    add(found, fact(MatchField::Site, leaf, whole, rest.len()..whole.len()));
    true
}

fn feed_holds(pattern: &Pattern, leaf: &Leaf, subject: &Subject, found: &mut Vec<Match>) -> bool {
    let stream = subject.stream(Place::Feed);
    let mut any = false;
    for (number, block) in stream.blocks.iter().enumerate() {
        if pattern.is_whole_block(stream, number) {
            any = true;
            add(found, fact(MatchField::Feed, leaf, block.text, 0..block.text.len()));
        }
    }
    any
}

fn language_holds(tag: &str, leaf: &Leaf, subject: &Subject, found: &mut Vec<Match>) -> bool {
    let language = subject.language();
    let Some(start) = language.get(..tag.len()) else { return false };
    let is_subtag_end = matches!(language[tag.len()..].bytes().next(), None | Some(b'-' | b'_'));
    if !is_subtag_end || !start.replace('_', "-").eq_ignore_ascii_case(tag) {
        return false;
    }
    add(found, fact(MatchField::Lang, leaf, language, 0..tag.len()));
    true
}

fn event_holds(name: EventName, leaf: &Leaf, subject: &Subject, found: &mut Vec<Match>) -> bool {
    let held = match name {
        EventName::New => subject.event() == Some(Event::New),
        EventName::Revised => subject.event() == Some(Event::Revised),
        EventName::Gone => subject.event() == Some(Event::Gone),
        EventName::Back => subject.event() == Some(Event::Back),
        EventName::Corrected => subject.is_corrected(),
    };
    if held {
        add(found, fact(MatchField::Event, leaf, name.name(), 0..name.name().len()));
    }
    held
}

fn fact(field: MatchField, leaf: &Leaf, stored: &str, bytes: Range<usize>) -> Match {
    let text = stored[bytes.clone()].to_owned();
    Match { field, term: leaf.term.clone(), text, start: bytes.start, end: bytes.end }
}
