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

/// One reading of an article, from its page or from its entry in a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    pub source: Source,
    pub captured_at: Timestamp,
    /// Where the page was found after redirects; the article's own address for a feed capture.
    pub final_url: Url,
    pub text: ArticleText,
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

/// A changed reading that waits for a second fetch to confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// `diff::fingerprint` of the reading.
    pub fingerprint: [u8; 32],
    pub seen_at: Timestamp,
    /// How many different readings have been seen since the latest version.
    pub attempts: u32,
}
