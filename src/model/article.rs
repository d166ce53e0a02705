//! Articles: what their pages say, and the versions that are kept of them.

use serde::{Deserialize, Serialize};
use url::Url;

use super::time::Timestamp;
use super::variant::Variant;

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
    /// When the post of a live blog that this belongs to was published, where the page says so. No difference of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl Paragraph {
    /// A paragraph of no live blog.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into(), at: None }
    }
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

    /// How many words the paragraphs have, as [`size`] counts them.
    pub fn words(&self) -> usize {
        self.paragraphs.iter().map(|paragraph| size(&paragraph.text)).sum()
    }
}

/// How many words a text has; of scripts without spaces two characters count as one.
pub fn size(text: &str) -> usize {
    let dense = text.chars().filter(|&character| is_dense(character)).count();
    let spaced =
        text.split_whitespace().filter(|word| word.chars().any(|c| c.is_alphanumeric() && !is_dense(c))).count();
    spaced + dense / 2
}

/// Scripts written without spaces: Thai, Lao, Khmer, Myanmar, Kana, Han.
fn is_dense(character: char) -> bool {
    matches!(character, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
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
    /// A page of what protects the site, or its refusal.
    Challenge,
    Consent,
    /// The text is cut off, or wants a login, a registration or a subscription.
    Paywall,
    NotFound,
    /// The site's own trouble, told with status 200: maintenance, a failed backend.
    Error,
    /// Another article than the one asked for, a front page, a list.
    OtherArticle,
    /// Another language than the version before.
    OtherLanguage,
    /// The same text as on other articles of the host.
    Repeated,
    /// Far less text than the version before; kept, and confirmed over an hour.
    Shortened,
}

impl Quality {
    /// Every quality, the best first.
    pub const ALL: [Self; 11] = [
        Self::Good,
        Self::Shortened,
        Self::Paywall,
        Self::Consent,
        Self::Challenge,
        Self::NotFound,
        Self::Error,
        Self::Repeated,
        Self::OtherArticle,
        Self::OtherLanguage,
        Self::Empty,
    ];

    /// The word for it in documents and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Empty => "empty",
            Self::Challenge => "challenge",
            Self::Consent => "consent",
            Self::Paywall => "paywall",
            Self::NotFound => "not_found",
            Self::Error => "error",
            Self::OtherArticle => "other_article",
            Self::OtherLanguage => "other_language",
            Self::Repeated => "repeated",
            Self::Shortened => "shortened",
        }
    }
}

/// A quality with the evidence for it, in words ("the title says `Just a moment...`").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitness {
    pub quality: Quality,
    pub reason: String,
}

/// What may stand between a page and its text: a paywall, a prompt to log in, a request for consent. Most pages of such
/// publishers carry one that readers do not see, so it counts only where the text is missing too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// What the page is, if the wall stands before its text.
    pub quality: Quality,
    /// The mark, in words ("says `Log in to read on`").
    pub evidence: String,
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
    /// As [`Paragraph::at`].
    pub at: Option<Timestamp>,
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
    /// `None` where the page carries no mark of one, and for a feed capture.
    pub wall: Option<Wall>,
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
    /// Of those, the ones that the last look read as the article's.
    #[serde(default)]
    pub missed: Vec<u64>,
    /// Blocks that came and went, and the paragraphs behind which they did; oldest first.
    pub restless: Vec<u64>,
    /// The changes that the last look found, and how many looks in a row have.
    pub pending: Vec<(u64, u8)>,
    /// For each of those changes what becomes restless if the next look does not find it.
    pub waiting: Vec<(u64, u64)>,
    /// Since when every look has found another language than that of the latest version.
    #[serde(default)]
    pub foreign: Option<Foreign>,
    /// Other readings of parts of the article, at most 8.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// Places that read one way at a look and another way at the look that was to confirm it, neither of them as before,
    /// with how often; oldest first.
    #[serde(default)]
    pub churned: Vec<(u64, u8)>,
    /// The changes that the last look found, as other articles of the host may show them too. Kept with the host.
    #[serde(skip)]
    pub shown: Vec<u64>,
}

/// Another language than that of an article's latest version, seen at every look since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    pub since: Timestamp,
    pub looks: u32,
}

/// What the other articles of the host said when they were last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Echoes {
    /// Those with the same text, at most ten.
    pub same_text: Vec<ArticleId>,
    /// How many of those have the same headline too.
    pub same_both: usize,
    /// Those with the same headline, whatever their text; at most ten.
    pub same_headline: usize,
    /// The text stood on three articles of the host before.
    pub is_known: bool,
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
