//! Drops what was put between the article's paragraphs: teasers, promotions, boxes.
//!
//! A template holds the paragraphs of an article alike: side by side in one element, or each in one of the same class. What
//! is put among them or behind them comes in an element of its own, alone or with its heading.

use std::collections::HashMap;

use crate::model::Role;

use super::content::Chosen;
use super::walk::Block;

/// What holds this share of the letters, in hundredths, is the article's own.
const OWN_SHARE: usize = 20;
/// An element that holds more of the chosen blocks is a part of the article.
const MOST_IN_INSERT: usize = 2;

/// Drops from the chosen blocks those that were put among them.
pub fn drop_inserts(blocks: &[Block], chosen: &mut Vec<Chosen>) {
    let mut letters: HashMap<u64, usize> = HashMap::new();
    let mut groups: HashMap<usize, Group> = HashMap::new();
    for block in chosen.iter().filter_map(|chosen| block_of(blocks, chosen)) {
        *letters.entry(block.kin).or_default() += block.letters;
        let group = groups.entry(block.group).or_default();
        group.blocks += 1;
        group.has_paragraph |= block.role == Role::Paragraph;
    }
    let total: usize = letters.values().sum();
    let is_own = |block: &Block| letters[&block.kin] * 100 >= total * OWN_SHARE;
    let mut has_begun = false;
    chosen.retain(|chosen| {
        let Some(block) = block_of(blocks, chosen) else { return true };
        has_begun |= is_own(block);
        !has_begun || is_own(block) || !groups[&block.group].is_insert(block)
    });
}

/// The chosen blocks of one element.
#[derive(Debug, Default)]
struct Group {
    blocks: usize,
    has_paragraph: bool,
}

impl Group {
    /// A lone heading is often the article's, and so is a quotation.
    fn is_insert(&self, block: &Block) -> bool {
        self.blocks <= MOST_IN_INSERT && self.has_paragraph && matches!(block.role, Role::Paragraph | Role::Heading)
    }
}

fn block_of<'b>(blocks: &'b [Block], chosen: &Chosen) -> Option<&'b Block> {
    chosen.index.and_then(|index| blocks.get(index))
}
