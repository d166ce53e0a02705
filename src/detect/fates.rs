//! What became of the paragraphs of the latest version: each is looked up in the whole page.

use std::collections::HashMap;

use crate::model::{ArticleText, Paragraph};

use super::blocks::{Blocks, Run, key};
use super::overlap::{self, Sought, Words};

/// What became of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// At this block, word for word.
    At(usize),
    /// Somewhere on the page, at another place or cut into blocks otherwise.
    Elsewhere(Option<usize>),
    Edited(usize),
    Missing,
}

/// Finds the paragraphs of a text on a page, in their order.
pub(super) fn find(old: &ArticleText, page: &Blocks<'_>) -> Vec<Fate> {
    Search { old, page }.all()
}

struct Search<'a> {
    old: &'a ArticleText,
    page: &'a Blocks<'a>,
}

impl Search<'_> {
    /// What became of each paragraph.
    fn all(&self) -> Vec<Fate> {
        let sought = |paragraph: &Paragraph| Sought { key: key(&paragraph.text), weight: paragraph.text.len() };
        let old: Vec<Sought> = self.old.paragraphs.iter().map(sought).collect();
        let mut fates = vec![Fate::Missing; old.len()];
        let mut is_taken = vec![false; self.page.list.len()];
        for (paragraph, block) in overlap::common_in_order(&old, &self.page.keys) {
            fates[paragraph] = Fate::At(block);
            is_taken[block] = true;
        }
        self.find_edited(&mut fates, &mut is_taken);
        self.find_elsewhere(&old, &mut fates, &is_taken);
        fates
    }

    /// Looks on the whole page for the paragraphs that were not found at their places.
    fn find_elsewhere(&self, old: &[Sought], fates: &mut [Fate], is_taken: &[bool]) {
        let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, key) in self.page.keys.iter().enumerate() {
            places.entry(*key).or_default().push(at);
        }
        let mut run = Run::of(self.page.list.iter().map(|block| block.text.as_str()));
        for (paragraph, fate) in fates.iter_mut().enumerate().filter(|(_, fate)| **fate == Fate::Missing) {
            let found = places.get(&old[paragraph].key).map(Vec::as_slice).unwrap_or_default();
            // A text that stands at several places, such as the question before every answer, has not moved to one of them.
            let elsewhere = if let [only] = found { Some(*only) } else { None };
            if !found.is_empty() || run.holds(&self.old.paragraphs[paragraph].text) {
                *fate =
                    Fate::Elsewhere(elsewhere.filter(|block| !is_taken[*block] && self.page.list[*block].is_article));
            }
        }
    }

    /// Pairs the paragraphs between two that stand with the blocks between them, where most words are the same.
    fn find_edited(&self, fates: &mut [Fate], is_taken: &mut [bool]) {
        let mut start = 0;
        let mut first_block = 0;
        for end in 0..=fates.len() {
            let (is_end, end_block) = match fates.get(end) {
                Some(Fate::At(block)) => (true, *block),
                Some(_) => (false, 0),
                None => (true, self.page.list.len()),
            };
            if !is_end {
                continue;
            }
            let missing: Vec<usize> = (start..end).collect();
            let free: Vec<usize> = (first_block..end_block).filter(|block| !is_taken[*block]).collect();
            let old: Vec<Words> = missing.iter().map(|at| Words::of(&self.old.paragraphs[*at].text)).collect();
            let new: Vec<Words> = free.iter().map(|at| Words::of(&self.page.list[*at].text)).collect();
            for (paragraph, block) in overlap::alike(&old, &new) {
                let (paragraph, block) = (missing[paragraph], free[block]);
                let is_same = key(&self.old.paragraphs[paragraph].text) == self.page.keys[block];
                fates[paragraph] = if is_same { Fate::At(block) } else { Fate::Edited(block) };
                is_taken[block] = true;
            }
            (start, first_block) = (end + 1, end_block + 1);
        }
    }
}
