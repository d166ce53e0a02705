//! One of the two texts of a pair, with what can be asked of its tokens.

use std::ops::Range;

use super::figures::{Found, Reading};
use super::lexicon::Class;
use super::names::{self, Known};
use super::quotes::Quotes;
use super::token::TokenKind;

const MAX_CONTEXT_CHARS: usize = 300;
/// Tokens of a sentence that are looked at for figures that changed places.
const MAX_SENTENCE: usize = 400;

/// A text of a pair.
pub(super) struct Side<'a, 't> {
    pub reading: Reading<'a, 't>,
    pub sentences: &'a [Range<usize>],
    pub quotes: Quotes,
}

impl<'a, 't> Side<'a, 't> {
    pub fn of(reading: Reading<'a, 't>, sentences: &'a [Range<usize>]) -> Self {
        Self { reading, sentences, quotes: Quotes::of(reading.text, reading.vocabulary) }
    }

    /// A unit that came or went changes the number that stands before the hunk.
    pub fn add_figure_before(&self, index: usize, figures: &mut Vec<Found>) {
        let number = index.checked_sub(1).map(|before| self.reading.figures(&[before])).unwrap_or_default();
        figures.splice(0..0, number.into_iter().filter(|found| !found.is_date));
    }

    /// The words among these tokens, in lower case.
    pub fn words(&self, tokens: &[usize]) -> Vec<String> {
        let words = tokens.iter().filter(|index| self.reading.text.tokens[**index].is_word());
        words.map(|index| self.reading.lower(*index).replace(['\'', '.'], "")).collect()
    }

    pub fn quotation_marks(&self, tokens: &[usize]) -> usize {
        tokens.iter().filter(|index| self.quotes.is_mark(**index)).count()
    }

    /// The words among these tokens that stand in a quotation.
    pub fn quoted_words(&self, tokens: &[usize]) -> Vec<u32> {
        let all = &self.reading.text.tokens;
        let quoted = tokens.iter().filter(|index| self.quotes.is_inside(**index) && all[**index].is_word());
        quoted.map(|index| all[*index].key).collect()
    }

    pub fn has_name(&self, tokens: &[usize], known: &Known) -> bool {
        tokens.iter().any(|index| names::is_name(&self.reading, *index, self.sentences, known))
    }

    /// How many negations stand on these tokens; in scripts without spaces, in the stretch with two characters
    /// on each side, so that 否认 is seen when one of its characters changes.
    pub fn negations(&self, tokens: &[usize], range: &Range<usize>) -> usize {
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

    pub fn sentence_at(&self, index: usize) -> usize {
        self.sentences.partition_point(|sentence| sentence.end <= index).min(self.sentences.len().saturating_sub(1))
    }

    /// The figures of a sentence by their values, in order.
    pub fn values_in(&self, sentence: usize) -> Vec<Found> {
        let tokens: Vec<usize> = self.sentences.get(sentence).cloned().unwrap_or_default().take(MAX_SENTENCE).collect();
        self.reading.figures(&tokens).into_iter().filter(|found| !found.is_date).collect()
    }

    pub fn sentence_of(&self, index: usize) -> String {
        let sentence = self.sentences.get(self.sentence_at(index)).cloned().unwrap_or_default();
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
