//! Why a document could not be read as a feed, as a sentence that says what to do about it.

use url::Url;

use super::discover::Discovered;
use super::page::{self, PageKind};

/// A message names at most this many feeds, or sitemaps.
const MAX_NAMED: usize = 3;

/// A document that is no feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// Nothing, or nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// A web page stands where the feed was expected, with the feeds that it links to, and where it leads if it has moved.
    #[error("{}", page_sentence(*.kind, .leads_to.as_ref(), .feeds))]
    Page { kind: PageKind, leads_to: Option<Url>, feeds: Vec<Url> },
    /// JSON without the marks of a JSON Feed.
    #[error("the document is JSON but no JSON Feed: it has no `items`")]
    OtherJson,
    /// XML in another format than those of feeds.
    #[error("the document is XML but no feed: its root element is `{root}`")]
    OtherXml { root: String },
    /// A list of sitemaps, which has no articles itself.
    #[error("{}", index_sentence(.sitemaps))]
    SitemapIndex { sitemaps: Vec<Url> },
    /// Something that is neither XML nor JSON nor a page.
    #[error("the document is no feed: it is {what}")]
    OtherFormat { what: &'static str },
    /// A feed that ends, or breaks, before its first entry does.
    #[error("the feed is damaged: it ends before its first entry is complete")]
    Damaged,
    /// The parser gave up on a document that was made for it, which is a fault of ours.
    #[error("the feed could not be read: {message}")]
    Unreadable { message: String },
}

impl FeedError {
    /// The error for a reader that panicked with `message`.
    pub fn panicked(message: &str) -> Self {
        Self::Unreadable { message: format!("the parser panicked: {message}") }
    }
}

/// The error for the web page `text`, found at `url`, which announces some feeds or else links to some.
pub(super) fn page(text: &str, url: &Url, announced: Vec<Discovered>, linked: Vec<Discovered>) -> FeedError {
    let judged = page::judge(text, url, !announced.is_empty());
    let feeds = if announced.is_empty() { linked } else { announced };
    let feeds = feeds.into_iter().map(|feed| feed.url).filter(|feed| judged.leads_to.as_ref() != Some(feed));
    let feeds = feeds.take(MAX_NAMED).collect();
    FeedError::Page { kind: judged.kind, leads_to: judged.leads_to, feeds }
}

/// The error for a list of sitemaps; those that seem to be for news are named first.
pub(super) fn sitemap_index(mut sitemaps: Vec<Url>) -> FeedError {
    sitemaps.sort_by_key(|sitemap| !sitemap.path().to_ascii_lowercase().contains("news"));
    sitemaps.truncate(MAX_NAMED);
    FeedError::SitemapIndex { sitemaps }
}

fn page_sentence(kind: PageKind, leads_to: Option<&Url>, feeds: &[Url]) -> String {
    let what = match kind {
        PageKind::Login => "a login page stands where the feed was expected",
        PageKind::Consent => "a consent page stands where the feed was expected",
        PageKind::Challenge => "a page that checks for robots stands where the feed was expected",
        PageKind::Moved => "a page that sends its readers elsewhere stands where the feed was expected",
        PageKind::Missing => "a page that says \"not found\" stands where the feed was expected",
        PageKind::Plain => "the document is a web page, not a feed",
    };
    let leads = leads_to.map(|address| format!("; it leads to `{address}`")).unwrap_or_default();
    let links = match feeds {
        [] => String::new(),
        [_] => format!("; it links to the feed {}", named(feeds)),
        _ => format!("; it links to the feeds {}", named(feeds)),
    };
    format!("{what}{leads}{links}")
}

fn index_sentence(sitemaps: &[Url]) -> String {
    match sitemaps {
        [] => "the document is a list of sitemaps, and it is empty".to_owned(),
        _ => format!("the document is a list of sitemaps; name one of them instead, such as {}", named(sitemaps)),
    }
}

fn named(addresses: &[Url]) -> String {
    addresses.iter().map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ")
}
