//! Reads any bytes as a feed document, as a page with feeds, and as what says when to come again.

#![no_main]
// The modules are compiled alone, without the rest of the program that uses them.
#![allow(dead_code, unused_imports)]

#[path = "../../src/model/mod.rs"]
mod model;
#[path = "../../src/identity/mod.rs"]
mod identity;
#[path = "../../src/schedule/mod.rs"]
mod schedule;
#[path = "../../src/feed/mod.rs"]
mod feed;

use std::collections::HashSet;

use feed::FeedError;
use libfuzzer_sys::fuzz_target;
use model::{Entry, FeedDocument};
use url::Url;

/// What servers say of feeds; the length of a document chooses, so that a document is its own seed.
const CONTENT_TYPES: [Option<&str>; 5] = [
    None,
    Some("application/rss+xml; charset=utf-8"),
    Some("text/xml; charset=iso-8859-1"),
    Some("text/html; charset=\"shift_jis\""),
    Some("application/xml;charset=utf-16"),
];

fuzz_target!(|document: &[u8]| read(document));

fn read(document: &[u8]) {
    let url = Url::parse("https://news.example/desk/feed.xml").expect("an address");
    let content_type = CONTENT_TYPES[document.len() % CONTENT_TYPES.len()];
    match feed::parse(document, content_type, &url) {
        Ok(document) => check(&document),
        // What the front-end writes out must be readable.
        Err(error) => assert!(!matches!(error, FeedError::Unreadable { .. }), "{error}"),
    }
    let _ = feed::hints(document, content_type);
    for feed in feed::discover(document, content_type, &url).iter().chain(&feed::linked(document, content_type, &url)) {
        assert!(is_web(&feed.url), "{}", feed.url);
    }
}

fn check(document: &FeedDocument) {
    let keys: HashSet<&str> = document.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys.len(), document.entries.len(), "keys are unique");
    assert!(document.hub.as_ref().is_none_or(|hub| is_web(&hub.url) && is_web(&hub.topic)));
    document.entries.iter().for_each(check_entry);
}

fn check_entry(entry: &Entry) {
    assert!(entry.link.as_ref().is_none_or(is_web), "{:?}", entry.link);
    let lines = [&entry.title, &entry.author, &entry.summary].into_iter().flatten().chain(&entry.tags);
    for line in lines {
        assert!(!line.is_empty() && line.trim() == line && !line.contains(['\n', '\0']), "{line:?}");
    }
    assert!(entry.text.iter().all(|paragraph| !paragraph.text.trim().is_empty()));
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
