//! Whether a word is a proper name, or a hunk tells who said something.

use std::cell::Cell;
use std::ops::Range;

use super::figures::Reading;
use super::lexicon::{Class, Classes};
use super::token::TokenKind;

/// The texts in which to look up how an article writes a word elsewhere.
#[derive(Debug, Default)]
pub(super) struct Known<'t> {
    texts: Vec<&'t str>,
    /// Bytes that may still be searched.
    budget: Cell<usize>,
}

impl<'t> Known<'t> {
    pub fn new(texts: Vec<&'t str>) -> Self {
        Self { texts, budget: Cell::new(8_000_000) }
    }

    /// Whether the article has the word after a lower-case one; `false` once enough was searched.
    fn writes_inside_a_sentence(&self, word: &str) -> bool {
        self.texts.iter().any(|text| {
            let left = self.budget.get();
            self.budget.set(left.saturating_sub(text.len()));
            left > 0 && stands_inside_a_sentence(text, word)
        })
    }
}

/// Whether the token is written like a proper name: with a capital where the language writes one for names only.
///
/// At the start of a sentence every word has a capital; there a word is a name when a name follows it or the
/// `known` text writes it with a capital inside a sentence.
pub(super) fn is_name(reading: &Reading, index: usize, sentences: &[Range<usize>], known: &Known) -> bool {
    let token = reading.text.tokens[index];
    let word = reading.word(index);
    if token.kind != TokenKind::Word || !word.starts_with(char::is_uppercase) || is_plain_word(reading, index) {
        return false;
    }
    if reading.lexicon().language == "de" {
        return is_german_name(reading, index);
    }
    if !begins_sentence(reading, index, sentences) {
        return true;
    }
    let name_follows = reading.kind(index + 1) == Some(TokenKind::Word)
        && reading.word(index + 1).starts_with(char::is_uppercase)
        && !is_plain_word(reading, index + 1);
    name_follows || known.writes_inside_a_sentence(word)
}

fn is_plain_word(reading: &Reading, index: usize) -> bool {
    let plain =
        [Class::Common, Class::Article, Class::Count, Class::WeakCount, Class::Month, Class::Day, Class::Negation];
    reading.classes(index).meets(plain.into_iter().fold(Classes::default(), Classes::with))
}

/// German writes every noun with a capital: a name is one that stands without article and adjective.
fn is_german_name(reading: &Reading, index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else { return false };
    let word = reading.word(before);
    let follows_article = reading.is(before, Class::Article) || word.ends_with(char::is_numeric);
    let follows_adjective = word.starts_with(char::is_lowercase)
        && ["er", "en", "em", "es", "e"].iter().any(|ending| word.ends_with(ending))
        && !reading.is(before, Class::Common);
    !follows_article && !follows_adjective && reading.kind(before) == Some(TokenKind::Word)
}

fn begins_sentence(reading: &Reading, index: usize, sentences: &[Range<usize>]) -> bool {
    let at = sentences.partition_point(|sentence| sentence.end <= index);
    let start = sentences.get(at).map_or(0, |sentence| sentence.start);
    let marks_only = (start..index).all(|before| reading.kind(before) == Some(TokenKind::Mark));
    let opens_quotation = index > 0 && matches!(reading.word(index - 1), "\"" | ":" | "「" | "'");
    marks_only || opens_quotation
}

/// Whether a text has the word after a lower-case one.
fn stands_inside_a_sentence(text: &str, word: &str) -> bool {
    text.match_indices(word).take(20).any(|(at, _)| {
        let before = text[..at].strip_suffix(' ').and_then(|head| head.chars().next_back());
        let is_whole = !text[at + word.len()..].starts_with(char::is_alphanumeric);
        is_whole && before.is_some_and(|c| c.is_lowercase() || c == ',')
    })
}

/// Whether these tokens name who said something: `police` in `police said` and in `according to police`.
pub(super) fn is_attributed(reading: &Reading, tokens: &[usize]) -> bool {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return false };
    let says = |index: usize| reading.is(index, Class::Attribution);
    let names_a_source = tokens.iter().any(|index| reading.kind(*index) == Some(TokenKind::Word) && !says(*index));
    let is_introduced = (1..=2).any(|back| *first >= back && reading.is(first - back, Class::Source));
    names_a_source && (says(last + 1) || is_introduced || says(*last))
}

/// Whether the heading capitalises its words, so that a capital tells nothing.
pub(super) fn is_title_case(reading: &Reading) -> bool {
    let long_words = || {
        let words = reading.text.tokens.iter().filter(|token| token.kind == TokenKind::Word);
        words.map(|token| reading.vocabulary.text(token.key)).filter(|word| word.chars().count() >= 4)
    };
    let capitals = long_words().filter(|word| word.starts_with(char::is_uppercase)).count();
    capitals * 5 > long_words().count() * 3
}
