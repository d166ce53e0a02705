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

/// The feeds that a page links to in its text, by what their addresses say: for pages that announce none.
pub fn linked(page: &[u8], content_type: Option<&str>, url: &Url) -> Vec<Discovered> {
    linked_in_text(&entity::legal(charset::decode(page, content_type)), url)
}

/// Where sites that announce no feed often have one: below the page's own folder, then at the top of the site.
pub fn well_known(url: &Url) -> Vec<Url> {
    const BELOW: [&str; 3] = ["feed", "rss.xml", "index.xml"];
    const AT_THE_TOP: [&str; 7] = ["/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/rss", "/feed.json"];
    let mut folder = url.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    // `/blog` is a folder without its slash, `/blog/today.html` lies in one.
    let path = url.path();
    let last = path.rsplit('/').next().unwrap_or_default();
    folder.set_path(&match last.contains('.') {
        true => path[..path.len() - last.len()].to_owned(),
        false => format!("{}/", path.trim_end_matches('/')),
    });
    let below = BELOW.iter().filter(|_| folder.path() != "/");
    let mut places: Vec<Url> = Vec::new();
    for place in below.chain(&AT_THE_TOP).filter_map(|path| folder.join(path).ok()) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The feeds that the page `text` announces.
pub(super) fn in_text(text: &str, url: &Url) -> Vec<Discovered> {
    in_tags(text, url, announced)
}

/// The feeds that the page `text` links to.
pub(super) fn linked_in_text(text: &str, url: &Url) -> Vec<Discovered> {
    in_tags(text, url, linked_by)
}

fn in_tags(text: &str, url: &Url, feed_of: fn(&Tag<'_>, &Url) -> Option<Discovered>) -> Vec<Discovered> {
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
        } else if let Some(feed) = feed_of(&tag, &base)
            && feeds.len() < MAX_FEEDS
            && !feeds.iter().any(|other| other.url == feed.url)
        {
            feeds.push(feed);
        }
    }
    feeds.sort_by_key(Discovered::is_of_comments);
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

fn linked_by(tag: &Tag<'_>, base: &Url) -> Option<Discovered> {
    if !tag.name.eq_ignore_ascii_case("a") {
        return None;
    }
    let mut url = base.join(tag.attribute("href")?.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !says_feed(&url) {
        return None;
    }
    url.set_fragment(None);
    let title = tag.attribute("title").map(|title| visible::line(&title, Form::Plain, MAX_TITLE_CHARS));
    Some(Discovered { url, title: title.filter(|title| !title.is_empty()) })
}

/// Whether the last part of an address is the name of a feed: `rss`, `news.rss`, `world-feed.xml`, `?feed=rss2`.
fn says_feed(url: &Url) -> bool {
    const WORDS: [&str; 6] = ["rss", "rss2", "feed", "feeds", "atom", "rdf"];
    let path = url.path().to_ascii_lowercase();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let (name, extension) = last.rsplit_once('.').unwrap_or((last, ""));
    let words = |text: &str| text.split(['-', '_', '.']).any(|word| WORDS.contains(&word));
    let is_named = match extension {
        "rss" | "atom" | "rdf" => true,
        "xml" | "json" | "php" => words(name) || path.split('/').any(|part| WORDS.contains(&part)),
        "" => WORDS.contains(&name),
        _ => false,
    };
    is_named || url.query_pairs().any(|(key, value)| matches!(&*key, "feed" | "format") && words(&value))
}

impl Discovered {
    /// Whether it seems to hold what readers write, and not the articles.
    pub fn is_of_comments(&self) -> bool {
        let title = self.title.as_deref().unwrap_or_default().to_lowercase();
        title.contains("comment") || self.url.path().contains("/comments/")
    }
}
