//! What the hunks between two texts mean: figures, dates, negations, quotations, names, or just other words.

use std::collections::HashMap;
use std::ops::Range;

use super::figures::{Found, Reading};
use super::lexicon::Class;
use super::names::{self, Known};
use super::pair::Pair;
use super::quotes::Quotes;
use super::script::Hunk;
use super::token::TokenKind;
use super::typo;
use crate::model::{Figure, Kind};

const MAX_FIGURES: usize = 50;
const MAX_CONTEXT_CHARS: usize = 300;
/// Longer hunks are not looked at for misspelt words.
const MAX_RESPELT_WORDS: usize = 8;

/// Kinds and figures as they are found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kinds: Vec<Kind>,
    pub figures: Vec<Figure>,
}

impl Findings {
    pub fn note(&mut self, kind: Kind) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    pub fn forget(&mut self, kinds: &[Kind]) {
        self.kinds.retain(|kind| !kinds.contains(kind));
    }

    pub fn into_kinds(mut self) -> Vec<Kind> {
        self.kinds.sort_unstable();
        self.kinds
    }

    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    pub fn merge(&mut self, other: Findings) {
        other.kinds.into_iter().for_each(|kind| self.note(kind));
        for figure in other.figures {
            let is_known =
                self.figures.iter().any(|known| known.before == figure.before && known.after == figure.after);
            if !is_known && self.figures.len() < MAX_FIGURES {
                self.figures.push(figure);
            }
        }
    }
}

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
    lone: Vec<Figure>,
}

struct Side<'a, 't> {
    reading: Reading<'a, 't>,
    sentences: &'a [Range<usize>],
    quotes: Quotes,
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
        let side = |reading: Reading<'a, 't>, sentences: &'a [Range<usize>]| Side {
            reading,
            sentences,
            quotes: Quotes::of(reading.text, reading.vocabulary),
        };
        Self {
            old: side(old, &pair.old_sentences),
            new: side(new, &pair.new_sentences),
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
        let known = std::mem::take(&mut self.findings.kinds);
        let lone = self.lone.len();
        self.classify(&place, hunk);
        let is_unexplained = self.findings.kinds.is_empty() && self.lone.len() == lone;
        let found = std::mem::replace(&mut self.findings.kinds, known);
        found.into_iter().for_each(|kind| self.findings.note(kind));
        if is_unexplained {
            self.findings.note(Kind::Wording);
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
        if self.quoted(&self.old, &old) != self.quoted(&self.new, &new) {
            self.findings.note(Kind::Quote);
        }
    }

    pub fn finish(mut self) -> Findings {
        let lone = self.lone.len();
        let figures = pair_lone(self.lone);
        if figures.len() < lone {
            self.findings.note(Kind::Wording);
        }
        for figure in figures {
            self.findings.note(Kind::Figures);
            self.findings.figures.push(figure);
        }
        self.findings.figures.truncate(MAX_FIGURES);
        self.findings
    }

    fn classify(&mut self, place: &Place, hunk: &Hunk) {
        if self.quote_marks(&self.old, place.old) != self.quote_marks(&self.new, place.new) {
            self.findings.note(Kind::Quote);
        }
        let lone = self.lone.len();
        let residue = self.figures_and_dates(place);
        if self.is_negated(place, hunk) {
            self.findings.note(Kind::Negation);
        }
        let (old_words, new_words) = (self.words(&self.old, &residue.0), self.words(&self.new, &residue.1));
        let is_explained = !self.findings.kinds.is_empty() || self.lone.len() > lone;
        let only_figures_differ = old_words.join("") == new_words.join("");
        if only_figures_differ && !is_explained {
            // Capitals, hyphens, one figure in two spellings.
            return self.findings.note(Kind::Punctuation);
        }
        if self.is_respelt(&old_words, &new_words, place) {
            return self.findings.note(Kind::Typo);
        }
        if self.touches_quotation(&self.old, place.old) || self.touches_quotation(&self.new, place.new) {
            self.findings.note(Kind::Quote);
        }
        if only_figures_differ {
            return;
        }
        if self.is_renamed(place) {
            self.findings.note(Kind::Name);
        }
    }

    /// Notes figures and dates that differ; returns the tokens that belong to none.
    fn figures_and_dates(&mut self, place: &Place) -> (Vec<usize>, Vec<usize>) {
        let (old_dates, mut old_figures) = split(self.old.reading.figures(place.old));
        let (new_dates, mut new_figures) = split(self.new.reading.figures(place.new));
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
            self.note_figure(before, after);
        }
        (uncovered(place.old, &[old_dates, old_figures]), uncovered(place.new, &[new_dates, new_figures]))
    }

    fn note_figure(&mut self, before: Option<&Found>, after: Option<&Found>) {
        if before.is_none_or(|found| found.is_weak) && after.is_none_or(|found| found.is_weak) {
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
            return self.lone.push(figure);
        }
        self.findings.note(Kind::Figures);
        self.findings.figures.push(figure);
    }

    /// Whether a negation came or went, or a word turned into its opposite.
    fn is_negated(&self, place: &Place, hunk: &Hunk) -> bool {
        if self.old.negations(place.old, &hunk.old) != self.new.negations(place.new, &hunk.new) {
            return true;
        }
        let (old, new) = (self.words(&self.old, place.old), self.words(&self.new, place.new));
        let lexicon = self.new.reading.lexicon();
        old.len() == new.len() && old.iter().zip(&new).any(|(a, b)| a != b && typo::is_negating_pair(a, b, lexicon))
    }

    /// The words among these tokens, in lower case.
    fn words(&self, side: &Side, tokens: &[usize]) -> Vec<String> {
        let words = tokens.iter().filter(|index| side.reading.text.tokens[**index].is_word());
        words.map(|index| side.reading.lower(*index).replace(['\'', '.'], "")).collect()
    }

    fn is_respelt(&self, old: &[String], new: &[String], place: &Place) -> bool {
        if old.is_empty() || old.len() != new.len() || old.len() > MAX_RESPELT_WORDS {
            return false;
        }
        let lexicon = self.new.reading.lexicon();
        let are_names = self.capitals_tell && self.new.has_name(place.new, self.known);
        old.iter().zip(new).all(|(a, b)| a == b || typo::is_respelling(a, b, lexicon, are_names))
    }

    fn is_renamed(&self, place: &Place) -> bool {
        if place.old.is_empty() || place.new.is_empty() || place.old.len().max(place.new.len()) > 12 {
            return false;
        }
        let names_differ = self.capitals_tell
            && (self.old.has_name(place.old, self.known) || self.new.has_name(place.new, self.known));
        let is_attributed = |side: &Side, tokens: &[usize]| names::is_attributed(&side.reading, tokens);
        names_differ || is_attributed(&self.old, place.old) && is_attributed(&self.new, place.new)
    }

    fn quote_marks(&self, side: &Side, tokens: &[usize]) -> usize {
        tokens.iter().filter(|index| side.quotes.is_mark(**index)).count()
    }

    fn touches_quotation(&self, side: &Side, tokens: &[usize]) -> bool {
        tokens.iter().any(|index| side.quotes.is_inside(*index) && side.reading.text.tokens[*index].is_word())
    }

    fn quoted(&self, side: &Side, tokens: &[usize]) -> Vec<u32> {
        let quoted = tokens.iter().filter(|index| side.quotes.is_inside(**index));
        quoted.map(|index| side.reading.text.tokens[*index].key).collect()
    }
}

impl Side<'_, '_> {
    /// A unit that came or went changes the number that stands before the hunk.
    fn add_figure_before(&self, index: usize, figures: &mut Vec<Found>) {
        let number = index.checked_sub(1).map(|before| self.reading.figures(&[before])).unwrap_or_default();
        figures.splice(0..0, number.into_iter().filter(|found| !found.is_date));
    }

    fn has_name(&self, tokens: &[usize], known: &Known) -> bool {
        tokens.iter().any(|index| names::is_name(&self.reading, *index, self.sentences, known))
    }

    /// How many negations stand on these tokens; in scripts without spaces, in the stretch with two characters
    /// on each side, so that 否认 is seen when one of its characters changes.
    fn negations(&self, tokens: &[usize], range: &Range<usize>) -> usize {
        let text = self.reading.text;
        let is_spaceless = |index: &usize| text.tokens[*index].kind == TokenKind::Character;
        let words =
            tokens.iter().filter(|index| !is_spaceless(index) && self.reading.is(**index, Class::Negation)).count();
        let around = range.start.saturating_sub(2)..(range.end + 2).min(text.tokens.len());
        if around.len() > 400 || !around.clone().any(|index| is_spaceless(&index)) {
            return words;
        }
        words + self.reading.lexicon().occurrences(text.slice(around), Class::Negation)
    }

    fn sentence_of(&self, index: usize) -> String {
        let at = self.sentences.partition_point(|sentence| sentence.end <= index);
        let sentence = self.sentences.get(at).cloned().unwrap_or_default();
        excerpt(self.reading, sentence, index)
    }
}

/// At most 300 characters of a sentence, around one of its tokens.
fn excerpt(reading: Reading, sentence: Range<usize>, index: usize) -> String {
    let whole = reading.text.slice(sentence.clone());
    if whole.chars().nth(MAX_CONTEXT_CHARS).is_none() {
        return whole.to_owned();
    }
    let start = sentence.start.max(index.saturating_sub(20));
    let tail = reading.text.slice(start..sentence.end);
    let lead = if start > sentence.start { "…" } else { "" };
    let cut: String = tail.chars().take(MAX_CONTEXT_CHARS - 2).collect();
    let end = cut.rfind(' ').filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{lead}{}…", &cut[..end])
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

fn split(found: Vec<Found>) -> (Vec<Found>, Vec<Found>) {
    found.into_iter().partition(|found| found.is_date)
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
    for hunk in super::script::hunks(&old_keys, &new_keys) {
        let (before, after) = (&old[hunk.old], &new[hunk.new]);
        differing.extend((0..before.len().max(after.len())).map(|at| (before.get(at), after.get(at))));
    }
    differing
}

/// A figure that only changed its place in the sentence is none; one that went and one that came are left alone.
fn pair_lone(lone: Vec<Figure>) -> Vec<Figure> {
    let mut kept: Vec<Figure> = Vec::new();
    for figure in lone {
        let moved = kept.iter().position(|other| {
            (figure.before.is_some() && figure.before == other.after)
                || (figure.after.is_some() && figure.after == other.before)
        });
        match moved {
            Some(at) => drop(kept.remove(at)),
            None => kept.push(figure),
        }
    }
    kept
}
