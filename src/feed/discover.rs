//! Finding the feeds of a site from one of its pages.

use url::Url;

use super::charset;
use super::draft::Form;
use super::entity;
use super::scanner::{Scanner, Tag, Token};
use super::visible;

/// A page announces at most this many feeds.
const MAX_FEEDS: usize = 20;
const MAX_TITLE_CHARS: usize = 200;

/// A feed that a page announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    pub url: Url,
    pub title: Option<String>,
}

/// The feeds that a page announces by `<link rel="alternate">`, in its order, feeds of comments last.
pub fn discover(page: &[u8], content_type: Option<&str>, url: &Url) -> Vec<Discovered> {
    in_text(&entity::legal(charset::decode(page, content_type)), url)
}

/// Where sites that announce no feed often have one.
pub fn well_known(url: &Url) -> Vec<Url> {
    ["/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/rss"]
        .iter()
        .filter_map(|path| url.join(path).ok())
        .collect()
}

/// The feeds that the page `text` announces.
pub(super) fn in_text(text: &str, url: &Url) -> Vec<Discovered> {
    let mut base = url.clone();
    let mut feeds: Vec<Discovered> = Vec::new();
    let mut scanner = Scanner::new(text);
    while let Some(token) = scanner.next() {
        let Token::Start(tag) = token else { continue };
        if tag.name.eq_ignore_ascii_case("script") || tag.name.eq_ignore_ascii_case("style") {
            scanner.skip_raw_text(tag.name);
        } else if tag.name.eq_ignore_ascii_case("base") {
            let declared = tag.attribute("href").and_then(|href| url.join(href.trim()).ok());
            base = declared.unwrap_or(base);
        } else if let Some(feed) = announced(&tag, &base)
            && feeds.len() < MAX_FEEDS
            && !feeds.iter().any(|other| other.url == feed.url)
        {
            feeds.push(feed);
        }
    }
    feeds.sort_by_key(is_of_comments);
    feeds
}

fn announced(tag: &Tag<'_>, base: &Url) -> Option<Discovered> {
    if !tag.name.eq_ignore_ascii_case("link") {
        return None;
    }
    let relation = tag.attribute("rel")?.to_ascii_lowercase();
    if !relation.split_ascii_whitespace().any(|word| matches!(word, "alternate" | "feed")) {
        return None;
    }
    let mut url = base.join(tag.attribute("href")?.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_fragment(None);
    let media_type = tag.attribute("type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_feed = match media_type.as_str() {
        "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml" => true,
        // Interfaces for programs are announced with this type too, WordPress's on every page.
        "application/json" => !url.path().contains("/wp-json"),
        "text/xml" | "application/xml" => relation.contains("alternate"),
        _ => relation.split_ascii_whitespace().any(|word| word == "feed"),
    };
    let title = tag.attribute("title").map(|title| visible::line(&title, Form::Plain, MAX_TITLE_CHARS));
    is_feed.then(|| Discovered { url, title: title.filter(|title| !title.is_empty()) })
}

fn is_of_comments(feed: &Discovered) -> bool {
    let title = feed.title.as_deref().unwrap_or_default().to_lowercase();
    title.contains("comment") || feed.url.path().contains("/comments/")
}
