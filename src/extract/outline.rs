//! The whole page as a list of blocks, with the article's paragraphs at their places.

use crate::model::{PageBlock, Paragraph, Role, Timestamp};

use super::content;
use super::walk::Block;

/// A paragraph of the article, with the page's block that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// `None` where it stands in no block of the page.
    pub index: Option<usize>,
    pub role: Role,
    pub text: String,
    pub at: Option<Timestamp>,
}

impl Placed {
    pub fn into_paragraph(self) -> Paragraph {
        Paragraph { role: self.role, text: self.text, at: self.at }
    }
}

/// The page's blocks in their order. A paragraph that stands in no block stands behind the paragraph before it.
pub fn page(blocks: &[Block], paragraphs: &[Placed]) -> Vec<PageBlock> {
    let mut page: Vec<(usize, PageBlock)> = Vec::with_capacity(blocks.len());
    let mut taken = vec![false; blocks.len()];
    let mut behind = 0;
    for paragraph in paragraphs {
        let block = paragraph.index.and_then(|index| blocks.get(index));
        if let Some(index) = paragraph.index.filter(|index| *index < blocks.len()) {
            taken[index] = true;
            behind = index;
        }
        page.push((behind, article_block(paragraph, block.or(blocks.get(behind)))));
    }
    let beside = blocks.iter().enumerate().filter(|(index, _)| !taken[*index]);
    page.extend(beside.map(|(index, block)| (index, block_beside(block))));
    page.sort_by_key(|(index, _)| *index);
    page.into_iter().map(|(_, block)| block).collect()
}

fn article_block(paragraph: &Placed, block: Option<&Block>) -> PageBlock {
    PageBlock {
        role: paragraph.role,
        text: paragraph.text.clone(),
        group: block.map_or(0, |block| block.kin),
        is_prose: paragraph.index.is_none() || block.is_some_and(content::is_prose),
        is_article: true,
        at: paragraph.at,
    }
}

fn block_beside(block: &Block) -> PageBlock {
    PageBlock {
        role: block.role,
        text: block.text.clone(),
        group: block.kin,
        is_prose: content::is_prose(block),
        is_article: false,
        at: block.at,
    }
}
