//! The words of a URL.

use std::ops::Range;

use super::fold;
use super::scan::Scanned;
use super::words::{Splitting, Word, words};

/// Reads the words of a URL in order: percent-encoded letters count as letters, and words end also at dots and
/// underscores. Their letters are added to `folded`, among other things.
pub(super) fn scan(address: &str, folded: &mut String, mut each: impl FnMut(&str, Scanned)) {
    let decoded = Decoded::new(address);
    let text = fold::folded(&decoded.text);
    let added_at = folded.len();
    folded.push_str(&text.text);
    for Word { folded: letters, joint } in words(&text, Splitting::Address) {
        let (letters_from, letters_to) = (added_at + letters.start, added_at + letters.end);
        let Range { start, end } = decoded.origin(text.origin(letters));
        each(folded, Scanned { letters_from, letters_to, start, end, joint });
    }
}

/// A URL with its percent-encoding undone where that gives text.
struct Decoded {
    text: String,
    /// For each byte of `text`, the bytes of the URL it comes from.
    origins: Vec<Range<usize>>,
}

impl Decoded {
    fn new(address: &str) -> Self {
        let mut decoded = Self { text: String::with_capacity(address.len()), origins: Vec::new() };
        let mut at = 0;
        while at < address.len() {
            let bytes = escaped_bytes(&address[at..]);
            let text = valid_start(&bytes);
            if text.is_empty() {
                let length = address[at..].chars().next().map_or(1, char::len_utf8);
                decoded.push(&address[at..at + length], at..at + length);
                at += length;
                continue;
            }
            for c in text.chars() {
                let end = at + 3 * c.len_utf8();
                decoded.push(c.encode_utf8(&mut [0; 4]), at..end);
                at = end;
            }
        }
        decoded
    }

    fn push(&mut self, text: &str, origin: Range<usize>) {
        self.text.push_str(text);
        self.origins.extend(std::iter::repeat_n(origin, text.len()));
    }

    fn origin(&self, range: Range<usize>) -> Range<usize> {
        match (self.origins.get(range.start), self.origins.get(range.end.saturating_sub(1))) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }
}

/// The bytes that the percent escapes at the start of `address` stand for.
fn escaped_bytes(address: &str) -> Vec<u8> {
    let escapes = address.as_bytes().chunks_exact(3).map_while(|chunk| match chunk {
        [b'%', high, low] => Some((hex(*high)? << 4) | hex(*low)?),
        _ => None,
    });
    escapes.collect()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn valid_start(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}
