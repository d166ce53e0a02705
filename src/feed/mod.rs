//! Reads feed documents: RSS, Atom, JSON Feed, news sitemaps and CDF, as they are found and not as they should be.
//!
//! feed-rs is the parser; a tolerant front-end stands before it. `charset` makes text of the bytes, `reader` and
//! `json` find the fields, `clean` writes those out as plain Atom, feed-rs reads that, `entry` turns the
//! outcome into entries. Every document takes the same way, so that a text reads the same from poll to poll.

mod calendar;
mod capture;
mod charset;
mod clean;
mod date;
mod discover;
mod draft;
mod entity;
mod entry;
mod error;
mod hints;
mod hub;
mod json;
mod link;
mod page;
mod person;
mod reader;
mod scanner;
mod scope;
mod visible;
mod vocabulary;

pub use discover::{Discovered, discover, linked, well_known};
pub use error::FeedError;
pub use hints::hints;
pub use hub::hub_in_headers;
pub use page::PageKind;

use std::panic::{self, AssertUnwindSafe};

use feed_rs::parser;
use url::Url;

use crate::identity::KeyPolicy;
use crate::model::FeedDocument;
use draft::Draft;
use reader::Reading;

/// More entries of one document are not looked at.
pub const MAX_ENTRIES: usize = 5_000;

/// Texts beyond this many paragraphs in one document are dropped; their entries stay, and their pages have the text.
const MAX_PARAGRAPHS: usize = 200_000;

/// How many entries are handed to the parser in one document: the plain form of hostile text is several times longer.
const ENTRIES_AT_ONCE: usize = 32;

/// Reads a feed document that was found at `url`, with the `Content-Type` it was sent with.
///
/// A document that is cut or damaged gives the entries before the damage, marked as `partial`.
pub fn parse(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Result<FeedDocument, FeedError> {
    if let Some(what) = binary_format(bytes) {
        return Err(FeedError::OtherFormat { what });
    }
    let text = entity::legal(charset::decode(bytes, content_type));
    let mut draft = draft(&text, url)?;
    if draft.is_partial && draft.entries.is_empty() {
        return Err(FeedError::Damaged);
    }
    let is_too_long = draft.entries.len() > MAX_ENTRIES;
    draft.entries.truncate(MAX_ENTRIES);
    Ok(FeedDocument { is_too_long, ..finish(&draft, url)? })
}

/// Formats that are sometimes served in place of a feed and are not text.
fn binary_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1F, 0x8B, ..] => Some("compressed with gzip a second time"),
        [b'P', b'K', 3, 4, ..] => Some("a ZIP archive"),
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF document"),
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', ..] => Some("a picture"),
        _ => None,
    }
}

/// Reads one entry more than are looked at, which tells whether there are more.
fn draft(text: &str, url: &Url) -> Result<Draft, FeedError> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(FeedError::Empty);
    }
    if start.starts_with(['{', '[']) {
        return json::read(start, url, MAX_ENTRIES + 1).ok_or(FeedError::OtherJson);
    }
    match reader::read(start, url, MAX_ENTRIES + 1) {
        Reading::Feed(draft) => Ok(draft),
        Reading::SitemapIndex(sitemaps) => Err(error::sitemap_index(sitemaps)),
        Reading::OtherXml(root) => Err(FeedError::OtherXml { root }),
        Reading::WebPage => {
            Err(error::page(start, url, discover::in_text(start, url), discover::linked_in_text(start, url)))
        }
        Reading::Text => Err(FeedError::OtherFormat { what: "plain text" }),
    }
}

fn finish(draft: &Draft, url: &Url) -> Result<FeedDocument, FeedError> {
    let title = parsed(clean::write(draft, &[]))?.title.as_ref().and_then(entry::title);
    let mut entries = Vec::with_capacity(draft.entries.len());
    let mut paragraphs = 0;
    for some in draft.entries.chunks(ENTRIES_AT_ONCE) {
        let parsed = parsed(clean::write(draft, some))?.entries;
        let languages = some.iter().map(|entry| clean::language(entry, &draft.fields));
        for (parsed, language) in parsed.into_iter().zip(languages) {
            let mut entry = entry::finish(parsed, language);
            paragraphs += entry.text.len();
            if paragraphs > MAX_PARAGRAPHS {
                entry.text = Vec::new();
            }
            entries.push(entry);
        }
    }
    let hub = hub::in_fields(&draft.fields, url);
    let mut keys = KeyPolicy::default();
    keys.read(&entries);
    Ok(FeedDocument {
        kind: draft.kind,
        title,
        partial: draft.is_partial,
        is_too_long: false,
        hub,
        entries: keys.keyed(entries),
    })
}

/// What feed-rs reads in a clean document.
fn parsed(atom: String) -> Result<feed_rs::model::Feed, FeedError> {
    let read = || {
        // A parser that has failed once panics later, so each document gets its own. An id that is missing
        // stays missing: an invented one would hide that.
        let parser = parser::Builder::new()
            .sanitize_content(false)
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(|text| date::parse(text).map(|moment| moment.to_utc()))
            .build();
        parser.parse(atom.as_bytes())
    };
    match panic::catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(error)) => Err(FeedError::Unreadable { message: error.to_string() }),
        Err(payload) => {
            let message = payload.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| payload.downcast_ref::<&str>().copied());
            Err(FeedError::panicked(message.unwrap_or("no message")))
        }
    }
}
