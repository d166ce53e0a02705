//! What the hunks between two texts mean: figures, dates, negations, quotations, names, or just other words.

use std::collections::HashMap;
use std::ops::Range;

use super::figures::{Found, Reading};
use super::findings::{Findings, MAX_FIGURES};
use super::lexicon::Class;
use super::names::{self, Known};
use super::pair::Pair;
use super::script::{self, Hunk};
use super::side::Side;
use super::token::TokenKind;
use super::typo;
use crate::model::{Figure, Kind};

/// Longer hunks are not looked at for misspelt words.
const MAX_RESPELT_WORDS: usize = 8;
/// Most words that stand twice by a slip.
const MAX_DOUBLED: usize = 3;
/// How many sentences off the old form of a sentence is looked for.
const NEARBY: usize = 20;
/// Longer ones are not looked at for names.
const MAX_RENAMED_TOKENS: usize = 12;

/// Looks at the hunks of one pair of texts.
pub(super) struct Examination<'a, 't> {
    old: Side<'a, 't>,
    new: Side<'a, 't>,
    /// Raw texts of the article, to look up how it writes a word elsewhere.
    known: &'a Known<'t>,
    /// Capitals tell names from words here.
    capitals_tell: bool,
    findings: Findings,
    /// Figures that came or went without a counterpart, with the tokens before them to find one.
    lone: Vec<Lone>,
}

/// A figure that came or went without a counterpart in its hunk.
struct Lone {
    figure: Figure,
    /// The sentence of the new text in which it came, or from which it went.
    sentence: usize,
}

/// The tokens of a hunk that stand in sentences which stayed.
struct Place<'h> {
    old: &'h [usize],
    new: &'h [usize],
    /// The first token of the hunk, or the one that follows it.
    after_old: usize,
    after_new: usize,
}

impl<'a, 't> Examination<'a, 't> {
    pub fn of(pair: &'a Pair<'a, 't>, old: Reading<'a, 't>, new: Reading<'a, 't>, known: &'a Known<'t>) -> Self {
        Self {
            old: Side::of(old, &pair.old_sentences),
            new: Side::of(new, &pair.new_sentences),
            known,
            capitals_tell: true,
            findings: Findings::default(),
            lone: Vec::new(),
        }
    }

    /// A heading in Title Case hides which words are names.
    pub fn of_heading(
        pair: &'a Pair<'a, 't>,
        old: Reading<'a, 't>,
        new: Reading<'a, 't>,
        known: &'a Known<'t>,
    ) -> Self {
        let capitals_tell = !names::is_title_case(&old) && !names::is_title_case(&new);
        Self { capitals_tell, ..Self::of(pair, old, new, known) }
    }

    /// Classifies one hunk, by those of its tokens that `stays` lets through on each side.
    pub fn examine(&mut self, hunk: &Hunk, old_stays: impl Fn(usize) -> bool, new_stays: impl Fn(usize) -> bool) {
        let old: Vec<usize> = hunk.old.clone().filter(|index| old_stays(*index)).collect();
        let new: Vec<usize> = hunk.new.clone().filter(|index| new_stays(*index)).collect();
        if old.is_empty() && new.is_empty() {
            return;
        }
        let place = Place { old: &old, new: &new, after_old: hunk.old.start, after_new: hunk.new.start };
        let known = self.findings.take_kinds();
        let lone = self.lone.len();
        self.classify(&place, hunk);
        let found = self.findings.take_kinds();
        let is_unexplained = found.is_empty() && self.lone.len() == lone;
        known.into_iter().chain(found).for_each(|kind| self.findings.note(kind));
        if is_unexplained {
            self.findings.note(Kind::Wording);
        }
    }

    /// Only what can be said of a long clause that came or went: whether a quotation of so many words did.
    pub fn examine_clause(&mut self, hunk: &Hunk, least_quoted: usize) {
        let quoted = |side: &Side, range: &Range<usize>| side.quoted_words(&range.clone().collect::<Vec<_>>()).len();
        if quoted(&self.old, &hunk.old) >= least_quoted || quoted(&self.new, &hunk.new) >= least_quoted {
            self.findings.note(Kind::Quote);
        }
    }

    /// Only what can be said of two texts that have little in common: figures against figures, quotations.
    pub fn examine_rewritten(&mut self) {
        let old: Vec<usize> = (0..self.old.reading.text.tokens.len()).collect();
        let new: Vec<usize> = (0..self.new.reading.text.tokens.len()).collect();
        let place = Place { old: &old, new: &new, after_old: 0, after_new: 0 };
        self.figures_and_dates(&place);
        self.lone.clear();
        self.findings.forget(&[Kind::Date]);
        if self.old.quoted_words(&old) != self.new.quoted_words(&new) {
            self.findings.note(Kind::Quote);
        }
    }

    pub fn finish(mut self) -> Findings {
        let (kept, moved) = without_moved(std::mem::take(&mut self.lone));
        for sentence in moved {
            self.examine_moved_figures(sentence);
        }
        for lone in kept {
            self.findings.note(Kind::Figures);
            self.findings.figures.push(lone.figure);
        }
        self.findings.figures.truncate(MAX_FIGURES);
        self.findings
    }

    /// A figure changed its place in a sentence: with the others in the same order it only moved along with its
    /// words; in another order, `51 to 49` became `49 to 51`.
    fn examine_moved_figures(&mut self, sentence: usize) {
        let new = self.new.values_in(sentence);
        let values = |found: &[Found]| found.iter().map(|one| one.value.clone()).collect::<Vec<_>>();
        let new_values = values(&new);
        let mut sorted = new_values.clone();
        sorted.sort();
        let nearby = sentence.saturating_sub(NEARBY)..(sentence + NEARBY).min(self.old.sentences.len());
        let old = nearby.map(|at| self.old.values_in(at)).find(|old| {
            let mut old = values(old);
            old.sort();
            old == sorted
        });
        let Some(old) = old.filter(|old| values(old) != new_values) else {
            return self.findings.note(Kind::Wording);
        };
        let place = Place { old: &[], new: &[], after_old: 0, after_new: 0 };
        for (before, after) in old.iter().zip(&new).filter(|(before, after)| before.value != after.value) {
            self.note_figure(Some(before), Some(after), &place);
        }
    }

    fn classify(&mut self, place: &Place, hunk: &Hunk) {
        if self.old.quotation_marks(place.old) != self.new.quotation_marks(place.new) {
            self.findings.note(Kind::Quote);
        }
        if self.is_respelt(place) || self.is_doubled(hunk) {
            return self.findings.note(Kind::Typo);
        }
        let lone = self.lone.len();
        let residue = self.figures_and_dates(place);
        if self.is_negated(place, hunk) {
            self.findings.note(Kind::Negation);
        }
        let (old_words, new_words) = (self.old.words(&residue.0), self.new.words(&residue.1));
        let is_explained = !self.findings.kinds().is_empty() || self.lone.len() > lone;
        let only_figures_differ = old_words.join("") == new_words.join("");
        if only_figures_differ && !is_explained {
            // Capitals, hyphens, one figure in two spellings.
            return self.findings.note(Kind::Punctuation);
        }
        if !self.old.quoted_words(place.old).is_empty() || !self.new.quoted_words(place.new).is_empty() {
            self.findings.note(Kind::Quote);
        }
        if only_figures_differ || self.is_only_negated(place) {
            return;
        }
        if self.is_renamed(place) {
            self.findings.note(Kind::Name);
        }
    }

    /// Notes figures and dates that differ; returns the tokens that belong to none.
    fn figures_and_dates(&mut self, place: &Place) -> (Vec<usize>, Vec<usize>) {
        let (old_dates, mut old_figures) = dates_and_figures(&self.old, place.old);
        let (new_dates, mut new_figures) = dates_and_figures(&self.new, place.new);
        let reaches_back =
            |figures: &[Found], start: usize| figures.first().is_some_and(|found| found.tokens.start < start);
        match (reaches_back(&old_figures, place.after_old), reaches_back(&new_figures, place.after_new)) {
            (true, false) => self.new.add_figure_before(place.after_new, &mut new_figures),
            (false, true) => self.old.add_figure_before(place.after_old, &mut old_figures),
            _ => {}
        }
        if !old_dates.iter().map(|date| &date.value).eq(new_dates.iter().map(|date| &date.value)) {
            self.findings.note(Kind::Date);
        }
        for (before, after) in unmatched(&old_figures, &new_figures) {
            self.note_figure(before, after, place);
        }
        (uncovered(place.old, &[old_dates, old_figures]), uncovered(place.new, &[new_dates, new_figures]))
    }

    fn note_figure(&mut self, before: Option<&Found>, after: Option<&Found>, place: &Place) {
        if !counts(before, after) {
            return;
        }
        if self.findings.figures.len().max(self.lone.len()) >= MAX_FIGURES {
            return self.findings.note(Kind::Figures);
        }
        let context = match (before, after) {
            (_, Some(after)) => self.new.sentence_of(after.tokens.start),
            (Some(before), None) => self.old.sentence_of(before.tokens.start),
            (None, None) => return,
        };
        let (old, new) = (self.old.reading.text, self.new.reading.text);
        let short = (before.map(|one| old.slice(one.shown.clone())), after.map(|one| new.slice(one.shown.clone())));
        let (before, after) = match short {
            // Only the unit makes them differ.
            (old_shown, new_shown) if old_shown == new_shown => (
                before.map(|one| old.slice(one.with_units.clone())),
                after.map(|one| new.slice(one.with_units.clone())),
            ),
            differing => differing,
        };
        let is_lone = before.is_none() || after.is_none();
        let figure = Figure { before: before.map(str::to_owned), after: after.map(str::to_owned), context };
        if is_lone {
            let sentence = self.new.sentence_at(place.after_new);
            return self.lone.push(Lone { figure, sentence });
        }
        self.findings.note(Kind::Figures);
        self.findings.figures.push(figure);
    }

    /// Whether a negation came or went, or a word turned into its opposite.
    fn is_negated(&self, place: &Place, hunk: &Hunk) -> bool {
        if self.old.negations(place.old, &hunk.old) != self.new.negations(place.new, &hunk.new) {
            return true;
        }
        let (old, new) = (self.old.words(place.old), self.new.words(place.new));
        let lexicon = self.new.reading.lexicon();
        old.len() == new.len() && old.iter().zip(&new).any(|(a, b)| a != b && typo::is_negating_pair(a, b, lexicon))
    }

    /// Whether each word that differs turned into its opposite.
    fn is_only_negated(&self, place: &Place) -> bool {
        let (old, new) = (self.old.words(place.old), self.new.words(place.new));
        let lexicon = self.new.reading.lexicon();
        old.len() == new.len() && old.iter().zip(&new).all(|(a, b)| a == b || typo::is_negating_pair(a, b, lexicon))
    }

    fn is_respelt(&self, place: &Place) -> bool {
        let (old, new) = (self.old.words(place.old), self.new.words(place.new));
        if old == new || old.len() != new.len() || old.len() > MAX_RESPELT_WORDS {
            return false;
        }
        let lexicon = self.new.reading.lexicon();
        let are_names = self.capitals_tell && self.new.has_name(place.new, self.known);
        old.iter().zip(&new).all(|(a, b)| a == b || typo::is_respelling(a, b, lexicon, are_names))
    }

    /// Whether words stood twice, or do so now: `the the`.
    fn is_doubled(&self, hunk: &Hunk) -> bool {
        let repeats = |side: &Side, range: &Range<usize>| {
            let (start, end, length) = (range.start, range.end, range.len());
            let is_plain = |index: usize| {
                side.reading.kind(index) == Some(TokenKind::Word)
                    && !side.reading.is(index, Class::Negation)
                    && !side.reading.is(index, Class::Count)
            };
            let equals = |other: usize| range.clone().zip(other..).all(|(a, b)| side.reading.is_same(a, b));
            (1..=MAX_DOUBLED).contains(&length)
                && range.clone().all(is_plain)
                && (start >= length && equals(start - length) || equals(end))
        };
        match (hunk.old.is_empty(), hunk.new.is_empty()) {
            (true, false) => repeats(&self.new, &hunk.new),
            (false, true) => repeats(&self.old, &hunk.old),
            _ => false,
        }
    }

    fn is_renamed(&self, place: &Place) -> bool {
        if place.old.is_empty() || place.new.is_empty() || place.old.len().max(place.new.len()) > MAX_RENAMED_TOKENS {
            return false;
        }
        let names_differ = self.capitals_tell
            && (self.old.has_name(place.old, self.known) || self.new.has_name(place.new, self.known));
        let is_attributed = |side: &Side, tokens: &[usize]| names::is_attributed(&side.reading, tokens);
        names_differ || is_attributed(&self.old, place.old) && is_attributed(&self.new, place.new)
    }
}

/// The tokens that belong to no figure and no date.
fn uncovered(tokens: &[usize], found: &[Vec<Found>; 2]) -> Vec<usize> {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return Vec::new() };
    let mut is_covered = vec![false; last + 1 - first];
    for one in found.iter().flatten().filter(|one| !one.is_weak) {
        let within = one.with_units.start.max(*first)..one.with_units.end.min(last + 1);
        within.for_each(|index| is_covered[index - first] = true);
    }
    tokens.iter().copied().filter(|index| !is_covered[index - first]).collect()
}

/// Figures that differ, old beside new. Equal values in the same order are no difference; what is left between them
/// is paired in order.
fn unmatched<'f>(old: &'f [Found], new: &'f [Found]) -> Vec<(Option<&'f Found>, Option<&'f Found>)> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |found: &'f Found| {
        let next = numbers.len() as u32;
        *numbers.entry(&found.value).or_insert(next)
    };
    let old_keys: Vec<u32> = old.iter().map(&mut number).collect();
    let new_keys: Vec<u32> = new.iter().map(&mut number).collect();
    let mut differing = Vec::new();
    for hunk in script::hunks(&old_keys, &new_keys) {
        let (before, after) = (&old[hunk.old], &new[hunk.new]);
        differing.extend((0..before.len().max(after.len())).map(|at| (before.get(at), after.get(at))));
    }
    differing
}

/// Whether the two make a figure that changed: `one` and `several` count only against another figure, `second` and
/// `third` against each other.
fn counts(before: Option<&Found>, after: Option<&Found>) -> bool {
    let is_strong = |found: Option<&Found>| found.is_some_and(|found| !found.is_weak);
    let has_digit =
        |found: Option<&Found>| found.is_some_and(|found| found.value.contains(|c: char| c.is_ascii_digit()));
    is_strong(before) || is_strong(after) || has_digit(before) && has_digit(after)
}

/// Takes out figures that went and came in one sentence; also returns these sentences.
fn without_moved(lone: Vec<Lone>) -> (Vec<Lone>, Vec<usize>) {
    let mut kept: Vec<Lone> = Vec::new();
    let mut moved = Vec::new();
    for one in lone {
        let (before, after) = (&one.figure.before, &one.figure.after);
        let counterpart = kept.iter().position(|other| {
            let is_same = (before.is_some() && *before == other.figure.after)
                || (after.is_some() && *after == other.figure.before);
            is_same && other.sentence == one.sentence
        });
        match counterpart {
            Some(at) => moved.push(kept.remove(at).sentence),
            None => kept.push(one),
        }
    }
    moved.dedup();
    (kept, moved)
}

fn dates_and_figures(side: &Side, tokens: &[usize]) -> (Vec<Found>, Vec<Found>) {
    side.reading.figures(tokens).into_iter().partition(|found| found.is_date)
}
