//! What a reader sees of a text: the folding under which differences count as nothing, and the fingerprint over it.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::model::ArticleText;

/// The hash of what a reader sees; two texts with one fingerprint are one version.
///
/// BLAKE3 over headline, summary, byline, correction and paragraphs, each folded. Roles of paragraphs, dates, tags,
/// section, language and canonical address do not count; where a paragraph ends does.
pub fn fingerprint(text: &ArticleText) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let fields = [&text.headline, &text.summary, &text.byline, &text.correction];
    for field in fields {
        absorb(&mut hasher, &fold(field.as_deref().unwrap_or_default()));
    }
    for paragraph in &text.paragraphs {
        let folded = fold(&paragraph.text);
        if !folded.is_empty() {
            absorb(&mut hasher, &folded);
        }
    }
    *hasher.finalize().as_bytes()
}

/// The length stands before the text, so that no two lists of fields give the same bytes.
fn absorb(hasher: &mut blake3::Hasher, field: &str) {
    hasher.update(&(field.len() as u64).to_le_bytes());
    hasher.update(field.as_bytes());
}

/// A text as a reader sees it: NFC, white space folded, what is invisible dropped, quotation marks, dashes and
/// ellipses in one spelling each. Nothing visible is dropped.
pub fn fold(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut space_is_due = false;
    for c in text.chars().filter(|c| !is_invisible(*c)).nfc() {
        if c.is_whitespace() {
            space_is_due = !folded.is_empty();
            continue;
        }
        if space_is_due {
            folded.push(' ');
            space_is_due = false;
        }
        match straighten(c) {
            '…' => folded.push_str("..."),
            straight => folded.push(straight),
        }
    }
    Cow::Owned(shorten_double_hyphens(folded))
}

/// Whether folding would change nothing, told without allocating; most paragraphs are like that.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_trimmed = bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ');
    is_trimmed
        && bytes.iter().all(|b| matches!(b, b' '..=b'~') && *b != b'`')
        && !bytes.windows(2).any(|pair| pair == b"  " || pair == b"--")
}

/// `--` is a dash as typewriters write it, except at a number, where two signs may be two signs.
fn shorten_double_hyphens(text: String) -> String {
    if !text.contains("--") {
        return text;
    }
    let mut shortened = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("--") {
        let run = rest[at..].bytes().take_while(|b| *b == b'-').count();
        let (before, after) = (&rest[..at], &rest[at + run..]);
        shortened.push_str(before);
        let stands_at_a_number = shortened.ends_with(char::is_numeric) || after.starts_with(char::is_numeric);
        shortened.push_str(if stands_at_a_number || run > 3 { &rest[at..at + run] } else { "-" });
        rest = after;
    }
    shortened.push_str(rest);
    shortened
}

/// One spelling for each quotation mark, dash and apostrophe.
pub(super) fn straighten(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '〝' | '〞' | '〟' | '＂' => '"',
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '`' | '´' | 'ʼ' | '＇' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹘' | '﹣' | '－' => '-',
        _ => c,
    }
}

/// Soft hyphens, zero-width characters, byte order marks, directional marks, variation selectors of emoji, and
/// control characters: none of them shows. The overrides U+202D and U+202E do (they turn text round) and stay.
pub(super) fn is_invisible(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202c}' => true,
        '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{fe0e}' | '\u{fe0f}' => true,
        _ => c.is_control() && !c.is_whitespace(),
    }
}
