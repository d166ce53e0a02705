//! What a feed document says.

use serde::{Deserialize, Serialize};
use url::Url;

use super::article::Paragraph;
use super::subscription::Hub;
use super::time::Timestamp;

/// The identity of a feed in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeedId(pub i64);

/// What rules and mails need to know of a feed that announced an article.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FeedFacts {
    pub name: String,
    pub tags: Vec<String>,
}

/// ETag and Last-Modified as the server sent them: opaque bytes, each sent back as it came (RFC 9110 §8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<Vec<u8>>,
    pub last_modified: Option<Vec<u8>>,
}

/// The format a feed document was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// RSS 0.91, 0.92, 2.0.
    Rss,
    /// RSS 0.90 and 1.0.
    Rdf,
    Atom,
    Json,
    Sitemap,
    Cdf,
}

/// A feed document, read.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedDocument {
    pub kind: FeedKind,
    pub title: Option<String>,
    /// The document ended early or was damaged; the entries before the damage are here.
    pub partial: bool,
    /// It lists more entries than are looked at; the first of them are here.
    pub is_too_long: bool,
    /// Who tells of its news, where it says so.
    pub hub: Option<Hub>,
    /// In document order, at most 5,000, with unique keys (the first of each key is kept).
    pub entries: Vec<Entry>,
}

/// One item of a feed document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Unique within the feed: guid, else normalised link, else title and date.
    pub key: String,
    /// The guid or `atom:id` as published, or `None` when the document has none.
    pub id: Option<String>,
    /// Visible text, without markup.
    pub title: Option<String>,
    /// Absolute, http or https.
    pub link: Option<Url>,
    pub published_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub author: Option<String>,
    /// The summary as visible text, without markup.
    pub summary: Option<String>,
    /// The full text, where the feed carries it (`content:encoded`, `atom:content`, `content_html`).
    pub text: Vec<Paragraph>,
    pub tags: Vec<String>,
    pub language: Option<String>,
}
