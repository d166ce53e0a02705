//! Where sentences end.

use std::ops::Range;

use super::lexicon::Class;
use super::token::{Text, TokenKind, Vocabulary};

/// The sentences of a text as ranges of its tokens, in order and without gaps.
pub(super) fn sentences(text: &Text, vocabulary: &Vocabulary) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut index = 0;
    while index < text.tokens.len() {
        let end = end_after(text, vocabulary, index);
        index = end.unwrap_or(index + 1);
        if end.is_some() {
            sentences.push(start..index);
            start = index;
        }
    }
    if start < text.tokens.len() {
        sentences.push(start..text.tokens.len());
    }
    sentences
}

/// Where the next sentence begins if the token at `index` ends one.
fn end_after(text: &Text, vocabulary: &Vocabulary, index: usize) -> Option<usize> {
    let token = text.tokens[index];
    if token.kind != TokenKind::Mark {
        return None;
    }
    let mark = vocabulary.text(token.key);
    let ends_without_space = matches!(mark, "。" | "！" | "？" | "｡");
    let ends = ends_without_space || matches!(mark, "." | "!" | "?" | "..." | "؟" | "۔" | "।" | "։" | "።");
    if !ends || (mark == "." && is_abbreviated(text, vocabulary, index)) {
        return None;
    }
    let next = index + 1 + closers(text, vocabulary, index + 1);
    if next >= text.tokens.len() || ends_without_space {
        return Some(next);
    }
    let begins_anew = !text.source[text.tokens[next].start..].starts_with(char::is_lowercase);
    (text.is_spaced(next) && begins_anew).then_some(next)
}

/// How many tokens close a quotation or bracket right after the end of a sentence.
fn closers(text: &Text, vocabulary: &Vocabulary, from: usize) -> usize {
    let closes = |index: usize| {
        matches!(vocabulary.text(text.tokens[index].key), "\"" | "'" | ")" | "]" | "」" | "』" | "）")
            && !text.is_spaced(index)
    };
    (from..text.tokens.len()).take_while(|index| closes(*index)).count()
}

/// `Mr.`, `J.`, `Nr. 5`, `12. Mai`: a full stop that ends no sentence.
fn is_abbreviated(text: &Text, vocabulary: &Vocabulary, stop: usize) -> bool {
    if stop == 0 || text.is_spaced(stop) {
        return false;
    }
    let before = text.tokens[stop - 1];
    if before.kind == TokenKind::Number {
        let next = text.tokens.get(stop + 1).map(|token| vocabulary.classes(token.key));
        return next.is_some_and(|classes| classes.has(Class::Month) || classes.has(Class::WeakMonth));
    }
    let word = vocabulary.text(before.key);
    let is_initial = word.chars().nth(1).is_none() && word.starts_with(char::is_uppercase);
    is_initial || vocabulary.classes(before.key).has(Class::Abbreviation)
}
