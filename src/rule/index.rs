//! The words by which an archive finds the versions that a query may match.

use std::collections::BTreeSet;

use url::Url;

use super::address;
use super::fold::is_unspaced;
use super::scan::scan;
use super::words::Joint;
use crate::model::ArticleText;

/// Of longer words this many bytes are kept, in the index as well as in what is asked of it.
const MAX_WORD_BYTES: usize = 64;

/// Every word of a version and its article's address, as queries compare them, each once.
///
/// Characters of scripts without spaces stand singly and with the one behind them, so that a run of them is found by its
/// pairs. No word holds white space. What is no part of a version (its feeds and their tags) is left out.
pub fn index_words(text: &ArticleText, url: &Url) -> BTreeSet<String> {
    let mut index = BTreeSet::new();
    let fields = [&text.headline, &text.summary, &text.byline, &text.correction];
    let fields = fields.into_iter().flatten().chain(&text.tags);
    let blocks = fields.map(String::as_str).chain(text.paragraphs.iter().map(|paragraph| paragraph.text.as_str()));
    blocks.for_each(|block| add_block(block, &mut index));
    address::scan(url.as_str(), &mut String::new(), |folded, word| {
        add(&folded[word.letters_from..word.letters_to], &mut index);
    });
    index
}

fn add_block(block: &str, index: &mut BTreeSet<String>) {
    let mut before = String::new();
    scan(block, &mut String::new(), |folded, word| {
        let letters = &folded[word.letters_from..word.letters_to];
        add(letters, index);
        if word.joint == Joint::Glued
            && let Some(pair) = pair(&before, letters)
        {
            index.insert(pair);
        }
        before.clear();
        before.push_str(letters);
    });
}

fn add(word: &str, index: &mut BTreeSet<String>) {
    let word = kept(word);
    if !index.contains(&*word) {
        index.insert(word.into_owned());
    }
}

/// Two characters of a run as one word of the index; `None` for what is no run.
pub(super) fn pair(first: &str, second: &str) -> Option<String> {
    let is_run = first.contains(is_unspaced) && second.contains(is_unspaced);
    is_run.then(|| kept(&format!("{first}{second}")).into_owned())
}

/// A word as the index keeps it: not too long, and in one piece.
pub(super) fn kept(word: &str) -> std::borrow::Cow<'_, str> {
    let end = (0..=word.len().min(MAX_WORD_BYTES)).rev().find(|end| word.is_char_boundary(*end)).unwrap_or(0);
    let word = &word[..end];
    if word.contains(is_blank) { word.replace(is_blank, "\u{fffd}").into() } else { word.into() }
}

/// What would part a word in two where words are written in a row.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}
