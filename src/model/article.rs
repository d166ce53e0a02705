//! Articles: what their pages say, and the versions that are kept of them.

use serde::{Deserialize, Serialize};
use url::Url;

use super::time::Timestamp;

/// The identity of an article in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArticleId(pub i64);

/// What a paragraph is in the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Paragraph,
    Heading,
    ListItem,
    Quotation,
    TableRow,
    Caption,
    /// A post of a live blog.
    Post,
}

/// One block of an article's text: visible text without markup or line breaks, white space folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Paragraph {
    pub role: Role,
    pub text: String,
}

/// An article as its page or feed states it, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleText {
    /// At most 1,000 characters.
    pub headline: Option<String>,
    /// The standfirst.
    pub summary: Option<String>,
    pub byline: Option<String>,
    pub published_at: Option<Timestamp>,
    pub modified_at: Option<Timestamp>,
    pub section: Option<String>,
    /// A correction, clarification or editor's note.
    pub correction: Option<String>,
    /// `rel=canonical` or `og:url`, as the page claims it.
    pub canonical_url: Option<Url>,
    /// BCP 47, as the page claims it.
    pub language: Option<String>,
    /// Article keywords or categories.
    pub tags: Vec<String>,
    /// Together at most 1 MB.
    pub paragraphs: Vec<Paragraph>,
}

impl ArticleText {
    /// The paragraphs as one text, separated by a blank line.
    pub fn text(&self) -> String {
        let paragraphs: Vec<&str> = self.paragraphs.iter().map(|p| p.text.as_str()).collect();
        paragraphs.join("\n\n")
    }

    /// How many words the paragraphs have, counted at white space.
    pub fn words(&self) -> usize {
        self.paragraphs.iter().map(|p| p.text.split_whitespace().count()).sum()
    }
}

/// Where a capture or version was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Page,
    Feed,
}

/// Whether a page is fit to be read as its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    Good,
    Empty,
    Challenge,
    Consent,
    Paywall,
    NotFound,
    OtherArticle,
    Shortened,
}

/// A quality with the evidence for it, in words ("the title says `Just a moment...`").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitness {
    pub quality: Quality,
    pub reason: String,
}

/// A block of text that a page shows, whether of the article or beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageBlock {
    pub role: Role,
    /// White space folded, as in a [`Paragraph`].
    pub text: String,
    /// The same for blocks that the page's template holds alike, in one element or each in one of its own.
    pub group: u64,
    /// Reads as sentences, and is not mostly links.
    pub is_prose: bool,
    /// Whether it is one of the paragraphs of the reading.
    pub is_article: bool,
}

/// One reading of an article, from its page or from its entry in a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    pub source: Source,
    pub captured_at: Timestamp,
    /// Where the page was found after redirects; the article's own address for a feed capture.
    pub final_url: Url,
    pub text: ArticleText,
    /// Every block of the page in its order; empty where there is no page.
    pub page: Vec<PageBlock>,
    pub fitness: Fitness,
}

/// One stored state of an article. Never changes once stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Counted from 1 within the article.
    pub number: u32,
    pub observed_at: Timestamp,
    pub source: Source,
    pub text: ArticleText,
}

/// How the first version of an article came about, which decides how its alerts go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Baseline {
    /// Appeared in a feed that was already being watched: alerts as usual.
    News,
    /// Stood in the feed at its first poll, published within `poll.initial`: one digest.
    Recent,
    /// Stood in the feed at its first poll and is older: no alert as `new`.
    Old,
}

/// How often in a row an article was found missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    pub looks: u32,
    pub since: Timestamp,
}

/// What earlier looks at an article's page saw beside its latest version: digests of blocks and of changes, which only
/// `detect` reads. At most some kilobytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// When the first version was captured, until a second look says which of its blocks stay.
    pub unsettled_since: Option<Timestamp>,
    /// Blocks that stood beside the article; oldest first.
    pub beside: Vec<u64>,
    /// Blocks that came and went, and the paragraphs behind which they did; oldest first.
    pub restless: Vec<u64>,
    /// The changes that the last look found, and how many looks in a row have.
    pub pending: Vec<(u64, u8)>,
    /// For each of those changes what becomes restless if the next look does not find it.
    pub waiting: Vec<(u64, u64)>,
}

/// A changed reading that waits for a second fetch to confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// `diff::fingerprint` of the reading.
    pub fingerprint: [u8; 32],
    pub seen_at: Timestamp,
    /// How many different readings have been seen since the latest version.
    pub attempts: u32,
}
