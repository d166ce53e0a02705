//! Splits folded text into the words that rules compare.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::fold::{Mapped, is_unspaced};

/// A word of a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Bytes of the folded text.
    pub folded: Range<usize>,
    pub joint: Joint,
}

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// Something else, or nothing precedes.
    Apart,
    /// Nothing: both are characters of one run.
    Glued,
    /// A single apostrophe.
    Apostrophe,
}

/// Where words end inside the words of UAX #29.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Splitting {
    Prose,
    /// Of a URL: also at dots and underscores.
    Address,
}

/// The words of a folded text: UAX #29, then split at apostrophes and colons, characters of unspaced scripts one by
/// one (each with its marks), the possessive 's dropped.
pub(super) fn words(text: &Mapped, splitting: Splitting) -> Vec<Word> {
    let mut splitter = Splitter { text: &text.text, splitting, words: Vec::new() };
    for (at, segment) in text.text.unicode_word_indices() {
        splitter.split(at, segment);
    }
    splitter.words
}

struct Splitter<'a> {
    text: &'a str,
    splitting: Splitting,
    words: Vec<Word>,
}

impl Splitter<'_> {
    fn split(&mut self, at: usize, segment: &str) {
        let mut start = at;
        let mut after_unspaced = false;
        for (offset, c) in segment.char_indices() {
            let here = at + offset;
            let end = here + c.len_utf8();
            if after_unspaced && is_combining_mark(c) {
                self.extend_last(end);
                start = end;
                continue;
            }
            after_unspaced = is_unspaced(c);
            if after_unspaced || self.is_divider(c) {
                self.push(start..here);
                if after_unspaced {
                    self.push(here..end);
                }
                start = end;
            }
        }
        self.push(start..at + segment.len());
    }

    fn is_divider(&self, c: char) -> bool {
        match self.splitting {
            // UAX #29 joins Hebrew letters over a double quote, of which only gershayim belong to the word.
            Splitting::Prose => matches!(c, '\'' | ':' | '"'),
            Splitting::Address => !c.is_alphanumeric() && !is_combining_mark(c),
        }
    }

    fn extend_last(&mut self, end: usize) {
        if let Some(last) = self.words.last_mut() {
            last.folded.end = end;
        }
    }

    fn push(&mut self, folded: Range<usize>) {
        let word = &self.text[folded.clone()];
        if !word.contains(char::is_alphanumeric) {
            return;
        }
        let joint = self.joint(folded.start);
        if word == "s" && joint == Joint::Apostrophe {
            return;
        }
        self.words.push(Word { folded, joint });
    }

    fn joint(&self, start: usize) -> Joint {
        match self.words.last().map(|last| &self.text[last.folded.end..start]) {
            Some("") => Joint::Glued,
            Some("'") => Joint::Apostrophe,
            _ => Joint::Apart,
        }
    }
}
