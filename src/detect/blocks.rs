//! The blocks of a page, and how they are told apart from look to look.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::diff;
use crate::model::{Capture, PageBlock, Paragraph, size};

/// Most texts that are looked up in a run: each costs time in proportion to it.
const MAX_SEARCHES: usize = 300;

/// The blocks of a page with their digests; of a capture without a page, its paragraphs.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    pub list: Cow<'a, [PageBlock]>,
    pub keys: Vec<u64>,
}

impl<'a> Blocks<'a> {
    pub fn of(capture: &'a Capture) -> Self {
        let block = |paragraph: &Paragraph| PageBlock {
            role: paragraph.role,
            text: paragraph.text.clone(),
            group: 0,
            is_prose: true,
            is_article: true,
            at: paragraph.at,
        };
        let list: Cow<'_, [PageBlock]> = match capture.page.is_empty() {
            true => Cow::Owned(capture.text.paragraphs.iter().map(block).collect()),
            false => Cow::Borrowed(capture.page.as_slice()),
        };
        let keys = list.iter().map(|block| key(&block.text)).collect();
        Self { list, keys }
    }

    /// What the extractor took for the article.
    pub fn chosen(&self) -> Vec<u64> {
        let blocks = self.list.iter().zip(&self.keys);
        blocks.filter(|(block, _)| block.is_article).map(|(_, key)| *key).collect()
    }

    /// A block as a paragraph of the text.
    pub fn paragraph(&self, block: usize) -> Paragraph {
        let block = &self.list[block];
        Paragraph { role: block.role, text: block.text.clone(), at: block.at }
    }

    /// Prose beside the article, and whatever stands between its blocks or in one element with them: places and digests.
    pub fn beside(&self) -> Vec<(usize, u64)> {
        let page = &self.list;
        let own: HashSet<u64> = page.iter().filter(|block| block.is_article).map(|block| block.group).collect();
        let first = page.iter().position(|block| block.is_article).unwrap_or(page.len());
        let last = page.iter().rposition(|block| block.is_article).unwrap_or(0);
        let is_among = |index: usize| (first..last).contains(&index);
        let blocks = page.iter().zip(&self.keys).enumerate().filter(|(_, (block, _))| !block.is_article);
        let beside =
            blocks.filter(|(index, (block, _))| block.is_prose || own.contains(&block.group) || is_among(*index));
        beside.map(|(index, (_, key))| (index, *key)).collect()
    }
}

/// Tells blocks apart that a reader would tell apart.
pub(super) fn key(text: &str) -> u64 {
    digest(&[diff::fold(text).as_bytes()])
}

pub(super) fn digest(parts: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let bytes = *hasher.finalize().as_bytes();
    u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
}

/// Marks what stands behind a paragraph, which is not the paragraph.
pub(super) fn place(key: u64) -> u64 {
    key.rotate_left(17) ^ 0x9e37_79b9_7f4a_7c15
}

/// The words of some texts in one run, in which others are looked up however they are cut into blocks.
#[derive(Debug)]
pub(super) struct Run {
    words: String,
    searches: usize,
}

/// A text with fewer words stands at many places of a page; only an equal block is the same.
const TELLING_WORDS: usize = 5;

impl Run {
    pub fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut words = String::from(BETWEEN);
        texts.for_each(|text| push_words(text, &mut words));
        Self { words, searches: 0 }
    }

    pub fn holds(&mut self, text: &str) -> bool {
        if size(text) < TELLING_WORDS {
            return false;
        }
        let mut wanted = String::from(BETWEEN);
        push_words(text, &mut wanted);
        self.searches += 1;
        self.searches <= MAX_SEARCHES && wanted.len() > BETWEEN.len_utf8() && self.words.contains(&wanted)
    }
}

const BETWEEN: char = '\u{1}';

/// Each word with a mark behind it. A sign or point at a digit belongs to the figure: 1.5 is not 15, nor -5 what 5 is.
fn push_words(text: &str, words: &mut String) {
    let folded = diff::fold(text);
    let mut characters = folded.chars().peekable();
    while let Some(character) = characters.next() {
        let is_sign = !character.is_whitespace() && characters.peek().is_some_and(|next| next.is_numeric());
        if character.is_alphanumeric() || is_sign {
            words.push(character);
        } else if !words.ends_with(BETWEEN) {
            words.push(BETWEEN);
        }
    }
    if !words.ends_with(BETWEEN) {
        words.push(BETWEEN);
    }
}
