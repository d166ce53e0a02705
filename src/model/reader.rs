//! What read a page, and what it chose of it: so that another reading is never taken for another article.

use serde::{Deserialize, Serialize};

/// What read a page: the same page reads the same to the same reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reader {
    /// `extract::VERSION` of the extractor.
    pub extractor: u32,
    /// Stands for the selectors of the operator's rule for the site; 0 where there are none.
    pub site_rule: u64,
}

/// What a reader chose of one page, as digests that only `detect` reads. A version is what several looks agree on, so
/// this cannot be told from its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The blocks that it took for the article; at most some thousand.
    pub chosen: Vec<u64>,
    /// Paragraphs of the version that stood on the page and were not chosen this time.
    pub kept: Vec<u64>,
    /// Headline, summary, byline, correction.
    pub fields: [u64; 4],
    /// Times, section, language, tags and canonical address, as one.
    pub facts: u64,
}
