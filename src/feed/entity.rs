//! Character references (`&amp;`, `&#8217;`), and the characters that may stand in a document at all.

use std::borrow::Cow;
use std::collections::HashMap;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

/// No entity of HTML has a longer name.
const MAX_NAME_BYTES: usize = 32;

/// `text` with its character references decoded; what only looks like one stays as it is.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    replaced(text, |_| None)
}

/// The same, with entities that the document declares itself.
pub(super) fn decoded_with<'a>(text: &'a str, declared: &HashMap<&str, Cow<'_, str>>) -> Cow<'a, str> {
    replaced(text, |name| declared.get(name).map(|value| value.as_ref()))
}

/// Whether `text` holds a reference that [`decoded`] would decode.
pub(super) fn occurs_in(text: &str) -> bool {
    text.match_indices('&').any(|(position, _)| {
        let rest = &text[position + 1..];
        rest.starts_with('#') && numeric(rest).is_some() || named(rest).is_some()
    })
}

/// `text` with only the characters that a document may hold: the controls are dropped, except that those of Latin-1
/// are read as windows-1252 means them.
pub(super) fn legal(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.bytes().enumerate().any(|(at, byte)| is_suspect(text.as_bytes(), at, byte)) {
        return text;
    }
    text.chars().filter_map(legal_character).collect::<String>().into()
}

fn is_suspect(bytes: &[u8], at: usize, byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' | b'\r' => false,
        0..0x20 | 0x7F => true,
        // The first bytes of U+0080 to U+009F, and of U+FEFF, U+FFFE and U+FFFF.
        0xC2 => bytes.get(at + 1).is_some_and(|next| *next < 0xA0),
        0xEF => matches!(bytes.get(at + 1), Some(0xBB | 0xBF)),
        _ => false,
    }
}

fn legal_character(character: char) -> Option<char> {
    match character {
        '\t' | '\n' | '\r' => Some(character),
        '\0'..' ' | '\u{7F}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => None,
        '\u{80}'..='\u{9F}' => C1_REPLACEMENTS[character as usize - 0x80],
        _ => Some(character),
    }
}

fn replaced<'a, 'd>(text: &'a str, declared: impl Fn(&str) -> Option<&'d str>) -> Cow<'a, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(position) = rest.find('&') {
        out.push_str(&rest[..position]);
        rest = &rest[position + 1..];
        if let Some((value, length)) = numeric(rest) {
            out.extend(value);
            rest = &rest[length..];
        } else if let Some((value, length)) = own(rest, &declared) {
            out.push_str(value);
            rest = &rest[length..];
        } else if let Some((values, length)) = named(rest) {
            out.extend(values.into_iter().flatten());
            rest = &rest[length..];
        } else {
            out.push('&');
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that `#8217;` or `#x2019;` at the start of `text` stands for (none, if it is illegal), and the
/// length of the reference.
fn numeric(text: &str) -> Option<(Option<char>, usize)> {
    let digits = text.strip_prefix('#')?;
    let (digits, radix, prefix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 2),
        None => (digits, 10, 1),
    };
    let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    if length == 0 {
        return None;
    }
    let code = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    let closed = usize::from(digits[length..].starts_with(';'));
    Some((legal_character(character), prefix + length + closed))
}

fn own<'d>(text: &str, declared: &impl Fn(&str) -> Option<&'d str>) -> Option<(&'d str, usize)> {
    let name = name(text)?;
    declared(&name[..name.len() - 1]).map(|value| (value, name.len()))
}

fn named(text: &str) -> Option<([Option<char>; 2], usize)> {
    let name = name(text)?;
    let (first, second) = NAMED_ENTITIES.get(name).filter(|(first, _)| *first != 0)?;
    Some(([char::from_u32(*first), char::from_u32(*second).filter(|second| *second != '\0')], name.len()))
}

/// `name;` at the start of `text`.
fn name(text: &str) -> Option<&str> {
    let window = &text.as_bytes()[..text.len().min(MAX_NAME_BYTES + 1)];
    let length =
        window.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')))?;
    (length > 0 && window[length] == b';').then(|| &text[..=length])
}
