//! Why a document could not be read as a feed, as a sentence that says what to do about it.

use url::Url;

use super::discover::Discovered;

/// A page names at most this many of its feeds in a message.
const MAX_NAMED_FEEDS: usize = 3;

/// A document that is no feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// Nothing, or nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// A web page stands where the feed was expected.
    #[error("{}", page_sentence(*.kind, .feeds))]
    Page { kind: PageKind, feeds: Vec<Url> },
    /// JSON without the marks of a JSON Feed.
    #[error("the document is JSON but no JSON Feed: it has no `items`")]
    OtherJson,
    /// XML in another format than those of feeds.
    #[error("the document is XML but no feed: its root element is `{root}`")]
    OtherXml { root: String },
    /// A list of sitemaps, which has no articles itself.
    #[error("the document is a list of sitemaps; name one of the sitemaps in it, such as the one for news")]
    SitemapIndex,
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

/// What kind of page was served in place of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    Login,
    Consent,
    /// A check whether the visitor is human.
    Challenge,
    Plain,
}

impl FeedError {
    /// The error for a reader that panicked with `message`.
    pub fn panicked(message: &str) -> Self {
        Self::Unreadable { message: format!("the parser panicked: {message}") }
    }
}

/// The error for the web page `text`, which announces `feeds`.
pub(super) fn page(text: &str, feeds: Vec<Discovered>) -> FeedError {
    let feeds: Vec<Url> = feeds.into_iter().take(MAX_NAMED_FEEDS).map(|feed| feed.url).collect();
    FeedError::Page { kind: page_kind(text), feeds }
}

fn page_sentence(kind: PageKind, feeds: &[Url]) -> String {
    let what = match kind {
        PageKind::Login => "a login page stands where the feed was expected",
        PageKind::Consent => "a consent page stands where the feed was expected",
        PageKind::Challenge => "a page that checks for robots stands where the feed was expected",
        PageKind::Plain => "the document is a web page, not a feed",
    };
    let named: Vec<String> = feeds.iter().map(|feed| format!("`{feed}`")).collect();
    match named.len() {
        0 => what.to_owned(),
        1 => format!("{what}; it announces the feed {}", named[0]),
        _ => format!("{what}; it announces the feeds {}", named.join(", ")),
    }
}

/// What the first part of a page says of itself, by marks that are known from the software that makes such pages.
fn page_kind(text: &str) -> PageKind {
    const HEAD_BYTES: usize = 64 * 1024;
    const CHALLENGE: [&str; 9] = [
        "just a moment...",
        "attention required! | cloudflare",
        "cf-chl-",
        "challenge-platform",
        "/_incapsula_resource",
        "px-captcha",
        "captcha-delivery.com",
        "ddos-guard",
        "<title>access denied",
    ];
    const CONSENT: [&str; 6] = [
        "consent.yahoo.com",
        "consent.google.com",
        "privacy-mgmt.com",
        "collectconsent",
        "<title>consent",
        "before you continue to",
    ];
    const LOGIN: [&str; 3] = ["type=\"password\"", "type='password'", "type=password"];
    let head = text[..text.floor_char_boundary(HEAD_BYTES)].to_lowercase();
    let holds = |marks: &[&str]| marks.iter().any(|mark| head.contains(mark));
    if holds(&CHALLENGE) {
        PageKind::Challenge
    } else if holds(&CONSENT) {
        PageKind::Consent
    } else if holds(&LOGIN) {
        PageKind::Login
    } else {
        PageKind::Plain
    }
}
