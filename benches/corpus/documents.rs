//! The feed documents of the folder, and what feedparser reads in them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use url::Url;

use wirewatch::model::Timestamp;

/// Where a document is said to have been found if it does not say so itself.
const ADDRESS: &str = "http://feeds.invalid/folder/feed";

/// A feed document with feedparser's reading of it.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// Relative to the folder of the feeds.
    pub file: String,
    content_type: String,
    headers: HashMap<String, String>,
    /// Whether feedparser finds a feed.
    pub usable: bool,
    pub entries: Vec<ExpectedEntry>,
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// What feedparser reads of an entry.
#[derive(Debug, Deserialize)]
pub struct ExpectedEntry {
    pub id: Option<String>,
    pub title: Option<String>,
    pub link: Option<String>,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
}

/// Every document that the folder names, with its bytes.
pub fn load(folder: &Path) -> anyhow::Result<Vec<Document>> {
    let feeds = folder.join("feeds");
    let list = feeds.join("expected.jsonl");
    let lines = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    lines.lines().map(|line| read(&feeds, line)).collect()
}

fn read(feeds: &Path, line: &str) -> anyhow::Result<Document> {
    let mut document: Document = serde_json::from_str(line).with_context(|| format!("cannot understand `{line}`"))?;
    let path = feeds.join(&document.file);
    document.bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    document.forget_counted_links();
    Ok(document)
}

impl Document {
    /// `None` where the document came without one.
    pub fn content_type(&self) -> Option<&str> {
        Some(self.content_type.as_str()).filter(|content_type| !content_type.is_empty())
    }

    /// What its relative links are relative to.
    pub fn address(&self) -> anyhow::Result<Url> {
        let named = self.headers.get("content-location").and_then(|location| Url::parse(location).ok());
        match named.filter(|url| matches!(url.scheme(), "http" | "https")) {
            Some(url) => Ok(url),
            None => Ok(Url::parse(ADDRESS)?),
        }
    }

    /// Drops what feedparser reads as links where the document names the articles' own addresses beside those by which
    /// FeedBurner counts clicks: feedparser takes the latter.
    fn forget_counted_links(&mut self) {
        const OWN_ADDRESS: &[u8] = b"origLink>";
        if self.bytes.windows(OWN_ADDRESS.len()).any(|window| window == OWN_ADDRESS) {
            self.entries.iter_mut().for_each(|entry| entry.link = None);
        }
    }

    /// Whether it was found in the wild rather than made for a test.
    pub fn is_real(&self) -> bool {
        self.file.starts_with("real-")
    }
}
