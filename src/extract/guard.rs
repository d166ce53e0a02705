//! Refuses what is no page, or would hurt a parser, before any parser sees it.

use super::ExtractError;
use super::nesting::{self, Excess};

/// Longest page that is read.
pub const MAX_PAGE_BYTES: usize = 5 * 1024 * 1024;
/// Deepest nesting of elements. HTML parsers are quadratic in it: 20,000 nested `div`s take seconds.
pub const MAX_DEPTH: usize = 512;
/// Most elements of a page: each costs some 150 bytes in each of the extractor's copies of the tree. The largest of 181
/// news pages had 1,737 tags, long live blogs have some 20,000.
pub(super) const MAX_ELEMENTS: usize = 40_000;
/// Highest sum of the depths of all elements: the extractor reads the text of an element once for each element around it.
pub(super) const MAX_DEPTH_SUM: usize = 1_500_000;
/// Most attributes of one tag: the parser compares each with all before it.
pub(super) const MAX_ATTRIBUTES: usize = 1_024;
/// How far into a page we look for what it is.
const SNIFFED_BYTES: usize = 4_096;

/// Checks the size of a page and that it is HTML, as far as the bytes tell.
pub fn check_bytes(page: &[u8], content_type: Option<&str>) -> Result<(), ExtractError> {
    if page.len() > MAX_PAGE_BYTES {
        return Err(ExtractError::TooLarge { bytes: page.len() });
    }
    match looks_like(page, content_type) {
        Some(looks_like) => Err(ExtractError::NotHtml { looks_like }),
        None => Ok(()),
    }
}

/// Checks the shape of a page's markup.
pub fn check_markup(html: &str) -> Result<(), ExtractError> {
    nesting::measure(html).map_err(|excess| match excess {
        Excess::Depth => ExtractError::TooDeep,
        Excess::DepthSum => ExtractError::TooMuchMarkup { limit: MAX_DEPTH_SUM, what: "levels of nesting in all" },
        Excess::Elements => ExtractError::TooMuchMarkup { limit: MAX_ELEMENTS, what: "elements" },
        Excess::Attributes => ExtractError::TooMuchMarkup { limit: MAX_ATTRIBUTES, what: "attributes on one tag" },
    })
}

/// What the bytes are instead of HTML, or `None` for HTML (and for an empty page, which is for `fitness` to judge).
///
/// The bytes decide, for servers mislabel pages; the header helps only where the bytes say nothing.
fn looks_like(page: &[u8], content_type: Option<&str>) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 15] = [
        (b"%PDF-", "a PDF document"),
        (b"\x89PNG", "a PNG image"),
        (b"GIF8", "a GIF image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"RIFF", "an image, sound or video"),
        (b"PK\x03\x04", "a ZIP archive or office document"),
        (b"\x1f\x8b", "gzip-compressed data"),
        (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
        (b"BZh", "bzip2-compressed data"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"ID3", "a sound"),
        (b"OggS", "a sound or video"),
        (b"\x1a\x45\xdf\xa3", "a video"),
        (b"\xd0\xcf\x11\xe0", "an office document"),
        (b"{\\rtf", "an RTF document"),
    ];
    let head = &page[..page.len().min(SNIFFED_BYTES)];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(name);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Some("a video");
    }
    if looks_like_utf16(head) {
        return None;
    }
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if start.is_empty() {
        return None;
    }
    if has_html_tag(start) {
        return looks_like_feed(start).then_some("a feed");
    }
    let control = head.iter().filter(|&&byte| byte < 0x20 && !b"\t\n\x0c\r\x1b".contains(&byte)).count();
    if control * 20 > head.len() {
        return Some("binary data");
    }
    if matches!(start[0], b'{' | b'[') {
        return Some("JSON");
    }
    if looks_like_feed(start) {
        return Some("a feed");
    }
    if start.starts_with(b"<?xml") && !has_html_tag(&page[..page.len().min(16 * SNIFFED_BYTES)]) {
        return Some("an XML document");
    }
    let labelled_html = content_type.is_none_or(|label| label.to_ascii_lowercase().contains("html"));
    (!labelled_html && !page.contains(&b'<')).then_some("plain text")
}

/// UTF-16 text in a Latin script: every other byte is zero.
fn looks_like_utf16(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return true;
    }
    head.starts_with(b"<\0") || head.starts_with(b"\0<")
}

fn looks_like_feed(start: &[u8]) -> bool {
    let start = &start[..start.len().min(1_024)];
    let root = [&b"<rss"[..], b"<feed", b"<rdf:RDF", b"<urlset", b"<sitemapindex"];
    root.iter().any(|root| contains(start, root)) && !contains_ignore_case(start, b"<html")
}

fn has_html_tag(bytes: &[u8]) -> bool {
    const TAGS: [&[u8]; 12] = [
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<body",
        b"<title",
        b"<meta",
        b"<script",
        b"<div",
        b"<p>",
        b"<p ",
        b"<table",
        b"<article",
    ];
    TAGS.iter().any(|tag| contains_ignore_case(bytes, tag))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn contains_ignore_case(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}
