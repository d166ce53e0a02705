//! The difference of two texts that belong together: sentences first, then words.

use std::collections::HashMap;
use std::ops::Range;

use super::script::{self, Hunk};
use super::sentence;
use super::token::{Text, Vocabulary};

/// Two texts of one place, with what differs between them.
#[derive(Debug)]
pub(super) struct Pair<'a, 't> {
    pub old: &'a Text<'t>,
    pub new: &'a Text<'t>,
    pub old_sentences: Vec<Range<usize>>,
    pub new_sentences: Vec<Range<usize>>,
    pub hunks: Vec<Hunk>,
}

impl<'a, 't> Pair<'a, 't> {
    pub fn compare(old: &'a Text<'t>, new: &'a Text<'t>, vocabulary: &Vocabulary) -> Self {
        let old_sentences = sentence::sentences(old, vocabulary);
        let new_sentences = sentence::sentences(new, vocabulary);
        let hunks = by_sentences(old, new, &old_sentences, &new_sentences);
        Self { old, new, old_sentences, new_sentences, hunks }
    }
}

/// Equal sentences hold the texts together; between them words are compared, and no hunk reaches over them.
fn by_sentences(old: &Text, new: &Text, old_sentences: &[Range<usize>], new_sentences: &[Range<usize>]) -> Vec<Hunk> {
    let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut number = |text: &Text, sentence: &Range<usize>| {
        let next = numbers.len() as u32;
        *numbers.entry(text.keys(sentence.clone())).or_insert(next)
    };
    let old_numbers: Vec<u32> = old_sentences.iter().map(|sentence| number(old, sentence)).collect();
    let new_numbers: Vec<u32> = new_sentences.iter().map(|sentence| number(new, sentence)).collect();
    let mut found = Vec::new();
    for gap in script::hunks(&old_numbers, &new_numbers) {
        let old_tokens = tokens_of(old_sentences, &gap.old, old.tokens.len());
        let new_tokens = tokens_of(new_sentences, &gap.new, new.tokens.len());
        let inner = script::hunks(&old.keys(old_tokens.clone()), &new.keys(new_tokens.clone()));
        let inner = inner.into_iter().map(|hunk| Hunk {
            old: hunk.old.start + old_tokens.start..hunk.old.end + old_tokens.start,
            new: hunk.new.start + new_tokens.start..hunk.new.end + new_tokens.start,
        });
        found.extend(script::join_close(inner, old));
    }
    found
}

/// The tokens that a range of sentences covers; an empty range is the place before its first sentence.
fn tokens_of(sentences: &[Range<usize>], range: &Range<usize>, tokens: usize) -> Range<usize> {
    let start = sentences.get(range.start).map_or(tokens, |sentence| sentence.start);
    let end = if range.is_empty() { start } else { sentences[range.end - 1].end };
    start..end
}
