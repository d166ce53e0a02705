//! Reads any bytes as an article's page, and as the answer that brought it.

#![no_main]
// The modules are compiled alone, without the rest of the program that uses them.
#![allow(dead_code, unused_imports)]

#[path = "../../src/extract/mod.rs"]
mod extract;
#[path = "../../src/model/mod.rs"]
mod model;

use extract::{ExtractError, Reading, SiteRule};
use libfuzzer_sys::fuzz_target;
use url::Url;

/// What servers say of pages; the length of a page chooses, so that a page is its own seed.
const CONTENT_TYPES: [Option<&str>; 4] =
    [Some("text/html; charset=utf-8"), None, Some("text/html; charset=windows-1252"), Some("application/xhtml+xml")];

/// Most bytes of an article's text.
const MAX_TEXT_BYTES: usize = 1_000_000;

fuzz_target!(|page: &[u8]| read(page));

fn read(page: &[u8]) {
    let url = Url::parse("https://news.example/world/storm-kills-12").expect("an address");
    let content_type = CONTENT_TYPES[page.len() % CONTENT_TYPES.len()];
    let headers = [("content-type".to_owned(), content_type.unwrap_or_default().as_bytes().to_vec())];
    let _ = extract::barrier(403, &headers, page);
    match extract::extract(page, content_type, &url, None) {
        Ok(reading) => {
            check(&reading);
            let again = extract::extract(page, content_type, &url, None).expect("what was read once");
            assert_eq!(again, reading, "a page reads the same each time");
        }
        Err(error) => assert!(!matches!(error, ExtractError::ParserPanicked { .. }), "{error}"),
    }
}

fn check(reading: &Reading) {
    let text = &reading.text;
    assert!(text.paragraphs.iter().map(|paragraph| paragraph.text.len()).sum::<usize>() <= MAX_TEXT_BYTES);
    for paragraph in &text.paragraphs {
        assert!(!paragraph.text.trim().is_empty(), "{paragraph:?}");
    }
    for line in [&text.headline, &text.summary, &text.byline, &text.correction].into_iter().flatten() {
        assert!(!line.trim().is_empty() && !line.contains('\0'), "{line:?}");
    }
}
