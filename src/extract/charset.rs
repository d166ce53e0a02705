//! Finds out in which charset a page is written, and decodes it.
//!
//! In this order: byte order mark, UTF-8 that is valid and not plain ASCII, the HTTP header, the page's own declaration
//! within 16 KB (an eighth of declarations stand after the 1,024 bytes that the HTML standard looks at), detection.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use url::Url;

use super::ExtractError;

/// How far into a page a declaration is looked for.
const PRESCAN_BYTES: usize = 16 * 1024;

/// Decodes a page. Single bytes that fit no charset become U+FFFD; a page full of them is an error.
pub fn decode(page: &[u8], content_type: Option<&str>, url: &Url) -> Result<String, ExtractError> {
    if let Some((encoding, bom_length)) = Encoding::for_bom(page) {
        let (text, _) = encoding.decode_without_bom_handling(&page[bom_length..]);
        return checked(text.into_owned(), encoding);
    }
    if let Ok(text) = std::str::from_utf8(page)
        && (!text.is_ascii() || !text.contains('\x1b'))
    {
        return match wide_without_mark(page) {
            Some(encoding) => checked(encoding.decode_without_bom_handling(page).0.into_owned(), encoding),
            None => checked(text.to_owned(), UTF_8),
        };
    }
    let encoding = wide_without_mark(page)
        .or_else(|| content_type.and_then(header_charset))
        .or_else(|| declared_charset(page))
        .unwrap_or_else(|| detect(page, url));
    let (text, _) = encoding.decode_without_bom_handling(page);
    checked(text.into_owned(), encoding)
}

/// Refuses a text in which more than one character in twenty could not be decoded.
fn checked(text: String, encoding: &'static Encoding) -> Result<String, ExtractError> {
    // Browsers drop them too, each with an error that the parser would write down.
    let text = if text.contains('\0') { text.replace('\0', "") } else { text };
    let replaced = text.matches('\u{fffd}').count();
    if replaced > 20 && replaced * 20 > text.chars().filter(|character| character.is_alphanumeric()).count() {
        return Err(ExtractError::Undecodable { charset: encoding.name() });
    }
    Ok(text)
}

/// UTF-16 without a byte order mark: a page starts with `<`, and so with a zero before or after it.
fn wide_without_mark(page: &[u8]) -> Option<&'static Encoding> {
    match page {
        [b'<', 0, _, 0, ..] => Some(UTF_16LE),
        [0, b'<', 0, _, ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// The charset parameter of a `Content-Type`.
fn header_charset(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset")?;
    let label = rest.trim_start().strip_prefix('=')?;
    Encoding::for_label(label_of(label).as_bytes())
}

/// The charset that a `<meta>` tag or an XML declaration names.
fn declared_charset(page: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&page[..page.len().min(PRESCAN_BYTES)]).to_ascii_lowercase();
    let declared = meta_label(&head).or_else(|| xml_label(&head))?;
    let encoding = Encoding::for_label(declared.as_bytes())?;
    // A page that could be read this far is not UTF-16, whatever it says (HTML standard, prescan).
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return Some(UTF_8);
    }
    Some(if encoding.name() == "x-user-defined" { WINDOWS_1252 } else { encoding })
}

fn meta_label(head: &str) -> Option<String> {
    let mut rest = head;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        if rest.starts_with("<!--") {
            rest = &rest[rest.find("-->")?..];
            continue;
        }
        let end = rest.find('>').unwrap_or(rest.len());
        let tag = &rest[..end];
        rest = &rest[end..];
        let Some(attributes) = tag.strip_prefix("<meta") else { continue };
        if let Some((_, value)) = attributes.split_once("charset")
            && let Some(label) = value.trim_start().strip_prefix('=')
            && Encoding::for_label(label_of(label).as_bytes()).is_some()
        {
            return Some(label_of(label).to_owned());
        }
    }
    None
}

fn xml_label(head: &str) -> Option<String> {
    let declaration = head.trim_start().strip_prefix("<?xml")?;
    let declaration = &declaration[..declaration.find("?>")?];
    let (_, value) = declaration.split_once("encoding")?;
    Some(label_of(value.trim_start().strip_prefix('=')?).to_owned())
}

/// The bare label at the start of an attribute's value or a header's parameter.
fn label_of(value: &str) -> &str {
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(value.len());
    &value[..end]
}

fn detect(page: &[u8], url: &Url) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(page, true);
    let top_level_domain = url.domain().and_then(|domain| domain.rsplit('.').next()).map(str::to_ascii_lowercase);
    // The detector panics on a label that is not lower-case ASCII; `url` gives punycode, so this holds for all domains.
    let label = top_level_domain
        .as_deref()
        .map(str::as_bytes)
        .filter(|label| label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-'));
    detector.guess(label, Utf8Detection::Allow)
}
