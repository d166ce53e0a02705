//! Whether a query holds for a version, and where its terms stand.

use std::ops::Range;

use smol_str::SmolStr;

use super::node::Scope;
use super::program::{Op, OpId, OpKind, Program};
use super::reading::Reading;
use super::subject::Place;
use super::{near, phrase};
use crate::model::{Match, MatchField};

/// As many matches as a rule tells of; and as many findings as one term looks for.
pub(super) const MAX_MATCHES: usize = 200;

/// Beyond this many, findings are no longer collected: they would not be told anyway.
const MAX_COLLECTED: usize = 4_000;

/// A program held against a version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evaluation<'e> {
    pub program: &'e Program,
    pub reading: &'e Reading<'e>,
}

/// Words in a row in one block: `first` to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub first: u32,
    pub last: u32,
}

/// What a regular expression found: bytes of the stored text.
struct Hit {
    block: u32,
    bytes: Range<u32>,
}

/// Where findings go: `None` where only it is asked whether the query holds, which is known sooner. Where they are
/// collected every branch is asked, so that every term that stands in the text is told.
pub(super) type Findings<'f> = Option<&'f mut Vec<Match>>;

impl<'e> Evaluation<'e> {
    /// Whether the query holds.
    pub fn holds(&self, root: OpId) -> bool {
        self.node(root, None)
    }

    /// Where its terms stand; `None` when it does not hold. Sorted, without repeats, at most [`MAX_MATCHES`].
    pub fn matches(&self, root: OpId) -> Option<Vec<Match>> {
        self.matches_by(root, &mut Vec::new())
    }

    /// As [`matches`](Self::matches), collected in `room`, which is left empty and can be used again.
    pub fn matches_by(&self, root: OpId, room: &mut Vec<Match>) -> Option<Vec<Match>> {
        let held = self.node(root, Some(room));
        tidy(room);
        let mut found = Vec::with_capacity(room.len());
        found.append(room);
        held.then_some(found)
    }

    /// Whether the node holds; what it found is added to `found`, and nothing where it does not hold.
    fn node(&self, at: OpId, found: Findings<'_>) -> bool {
        let Some(found) = found else { return self.ask(at, None) };
        let mark = found.len();
        let held = self.ask(at, Some(found));
        if !held {
            found.truncate(mark);
        }
        held
    }

    fn ask(&self, at: OpId, mut found: Findings<'_>) -> bool {
        let op = self.program.op(at);
        match op.kind {
            OpKind::All => self.program.children(at).all(|child| self.node(child, found.as_deref_mut())),
            OpKind::Any => self.at_least(1, at, found),
            OpKind::AtLeast => self.at_least(self.program.count(op), at, found),
            OpKind::Not => !self.program.children(at).any(|child| self.node(child, None)),
            OpKind::Near => near::holds(self, at, found),
            OpKind::Word | OpKind::Phrase => match found {
                None => self.is_there(op),
                Some(found) => self.report_all(op, found),
            },
            OpKind::Regex => self.regex_holds(op, found),
            OpKind::Fact => self.fact_holds(op, found),
            OpKind::Feed => self.feed_holds(op, found),
        }
    }

    fn at_least(&self, count: usize, at: OpId, found: Findings<'_>) -> bool {
        let children = self.program.children(at);
        match found {
            None => children.filter(|child| self.node(*child, None)).take(count).count() >= count,
            Some(found) => children.filter(|child| self.node(*child, Some(found))).count() >= count,
        }
    }

    /// Whether the word or phrase stands anywhere it may.
    fn is_there(&self, op: Op) -> bool {
        let range = self.range(op.scope);
        if op.kind == OpKind::Word {
            return self.reading.any(self.program.term(op), &range, |at| self.is_asked(op, at, at));
        }
        let mut is_there = false;
        phrase::find(self.program.phrase(op), self.program, self.reading, &range, |occurrence| {
            is_there = self.is_asked(op, occurrence.first, occurrence.last);
            is_there
        });
        is_there
    }

    /// Where the words, or what the expression finds, stand, in order.
    pub fn occurrences(&self, op: Op) -> Vec<Occurrence> {
        let mut found = Vec::new();
        if op.kind == OpKind::Regex {
            let words = self.hits(op, usize::MAX).into_iter();
            let words = words.filter_map(|hit| self.reading.words_at(hit.block, &hit.bytes));
            found.extend(words.map(|(first, last)| Occurrence { first, last }));
        } else {
            self.each_occurrence(op, |occurrence| {
                found.push(occurrence);
                false
            });
        }
        found
    }

    /// Hands over where the word or phrase stands, in order, until one is enough.
    fn each_occurrence(&self, op: Op, mut is_enough: impl FnMut(Occurrence) -> bool) {
        let range = self.range(op.scope);
        let mut is_enough =
            |occurrence: Occurrence| self.is_asked(op, occurrence.first, occurrence.last) && is_enough(occurrence);
        match op.kind {
            OpKind::Word => {
                self.reading.each(self.program.term(op), &range, |at| is_enough(Occurrence { first: at, last: at }))
            }
            OpKind::Phrase => phrase::find(self.program.phrase(op), self.program, self.reading, &range, is_enough),
            _ => {}
        }
    }

    /// Adds a match for each occurrence of the word or phrase; whether there was one.
    fn report_all(&self, op: Op, found: &mut Vec<Match>) -> bool {
        let mut told = 0;
        let mut term = None;
        self.each_occurrence(op, |occurrence| {
            self.add_words(found, op.scope, term.get_or_insert_with(|| self.program.label(op)), occurrence);
            told += 1;
            told >= MAX_MATCHES
        });
        told > 0
    }

    /// Adds a match for each occurrence.
    pub fn report(&self, occurrences: &[Occurrence], op: Op, found: &mut Vec<Match>) {
        let term = self.program.label(op);
        occurrences.iter().for_each(|occurrence| self.add_words(found, op.scope, &term, *occurrence));
    }

    fn add_words(&self, found: &mut Vec<Match>, scope: Scope, term: &SmolStr, occurrence: Occurrence) {
        let (first, last) = (self.reading.word(occurrence.first), self.reading.word(occurrence.last));
        self.add(found, scope, term, Hit { block: first.block, bytes: first.start..last.end });
    }

    /// The words in which a scope looks.
    fn range(&self, scope: Scope) -> Range<u32> {
        let (first, last) = scope.span();
        self.reading.words_of(first, last)
    }

    /// Whether the words count for the scope of what asks for them.
    fn is_asked(&self, op: Op, first: u32, last: u32) -> bool {
        if !op.scope.is_change() {
            return true;
        }
        let changed = self.reading.changed();
        let changed = if self.program.is_exact(op) { &changed.written } else { &changed.folded };
        changed[first as usize..=last as usize].iter().all(|is_changed| *is_changed)
    }

    /// What the expression matches, in order, at most `limit` in a place.
    fn hits(&self, op: Op, limit: usize) -> Vec<Hit> {
        let (regex, mut found) = (self.program.regex(op), Vec::new());
        for place in op.scope.places() {
            let before = found.len();
            for (block, plain) in self.reading.blocks_of(*place).zip(self.reading.plain(*place)) {
                let base = self.reading.blocks[block as usize].base;
                let spans = regex.find_iter(&plain.text).filter(|hit| !hit.is_empty());
                let hits = spans.map(|span| {
                    let origin = plain.origin(span.range());
                    Hit { block, bytes: base + origin.start as u32..base + origin.end as u32 }
                });
                let hits = hits.filter(|hit| self.is_hit_asked(op, hit));
                found.extend(hits.take(limit - (found.len() - before)));
            }
        }
        found
    }

    fn is_hit_asked(&self, op: Op, hit: &Hit) -> bool {
        let words = || self.reading.words_at(hit.block, &hit.bytes);
        !op.scope.is_change() || words().is_some_and(|(first, last)| self.is_asked(op, first, last))
    }

    fn regex_holds(&self, op: Op, found: Findings<'_>) -> bool {
        let Some(found) = found else { return !self.hits(op, 1).is_empty() };
        let (hits, term) = (self.hits(op, MAX_MATCHES), self.program.label(op));
        let held = !hits.is_empty();
        hits.into_iter().for_each(|hit| self.add(found, op.scope, &term, hit));
        held
    }

    fn fact_holds(&self, op: Op, found: Findings<'_>) -> bool {
        let held = self.reading.has(self.program.term(op));
        if let Some(found) = found.filter(|_| held) {
            found.extend(self.told_fact(op));
        }
        held
    }

    /// A fact as a match: what of the stored host or language it is about.
    fn told_fact(&self, op: Op) -> Option<Match> {
        let (field, about) = (self.program.fact_field(op), self.program.fact(op));
        let (stored, start) = match field {
            MatchField::Site => (self.reading.subject.host(), self.reading.subject.host().len() - about.len()),
            MatchField::Lang => (self.reading.subject.language(), 0),
            _ => (about, 0),
        };
        let end = start + about.len();
        let text = stored.get(start..end)?.into();
        Some(Match { field, term: self.program.label(op), text, start, end })
    }

    fn feed_holds(&self, op: Op, found: Findings<'_>) -> bool {
        let phrase = self.program.phrase(op);
        let is_named = |block: &u32| phrase::is_whole_block(phrase, self.program, self.reading, *block);
        let mut named = self.reading.blocks_of(Place::Feed).filter(is_named);
        let Some(found) = found else { return named.next().is_some() };
        let before = found.len();
        found.extend(named.map(|block| {
            let text = self.reading.blocks[block as usize].text;
            Match {
                field: MatchField::Feed,
                term: self.program.label(op),
                text: text.into(),
                start: 0,
                end: text.len(),
            }
        }));
        found.len() > before
    }

    fn add(&self, found: &mut Vec<Match>, scope: Scope, term: &SmolStr, hit: Hit) {
        if found.len() >= MAX_COLLECTED {
            return;
        }
        let place = self.reading.place_of(hit.block);
        let text = self.reading.slice(hit.block, hit.bytes.clone()).into();
        // `Added` and `Removed` count in the article's text; these stand in a text that no field of a match names.
        let is_unnamed =
            matches!(place, Place::OldTitle | Place::OldSummary | Place::OldCorrection | Place::Correction);
        let (start, end) = if is_unnamed { (0, 0) } else { (hit.bytes.start as usize, hit.bytes.end as usize) };
        found.push(Match { field: field_of(scope, place), term: term.clone(), text, start, end });
    }
}

fn field_of(scope: Scope, place: Place) -> MatchField {
    match (scope, place) {
        (Scope::Removed, _) => MatchField::Removed,
        (Scope::Added, Place::Body | Place::Correction) => MatchField::Added,
        (_, Place::Title) => MatchField::Title,
        (_, Place::Summary) => MatchField::Summary,
        (_, Place::Author) => MatchField::Author,
        (_, Place::Tag) => MatchField::Tag,
        (_, Place::Url) => MatchField::Url,
        (_, Place::Feed) => MatchField::Feed,
        _ => MatchField::Body,
    }
}

fn tidy(found: &mut Vec<Match>) {
    fn key(found: &Match) -> (MatchField, usize, usize, &str, &str) {
        (found.field, found.start, found.end, &found.term, &found.text)
    }
    found.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    found.dedup();
    found.truncate(MAX_MATCHES);
}
