//! Percent-encoding in one spelling: what needs no encoding is decoded, the rest has upper-case digits (RFC 3986 §6.2.2).

/// `text`, a path or a part of a query, with its percent-encoding in the one spelling.
///
/// A `%` that encodes nothing stays as it is, and nothing is decoded that would give such a `%` a meaning: so
/// the outcome normalises to itself.
pub(super) fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Where the latest `%` that encodes nothing stands in `out`.
    let mut stray: Option<usize> = None;
    while let Some(position) = rest.find('%') {
        out.push_str(&rest[..position]);
        rest = &rest[position..];
        let Some(byte) = encoded_byte(rest) else {
            stray = Some(out.len());
            out.push('%');
            rest = &rest[1..];
            continue;
        };
        let completes_stray = byte.is_ascii_hexdigit() && stray.is_some_and(|at| out.len() - at <= 2);
        if is_unreserved(byte) && !completes_stray {
            out.push(char::from(byte));
        } else {
            out.push_str(&rest[..3].to_ascii_uppercase());
        }
        rest = &rest[3..];
    }
    out.push_str(rest);
    out
}

/// The byte that the three characters at the start of `text` encode.
fn encoded_byte(text: &str) -> Option<u8> {
    let digits = text.get(1..3)?;
    // `from_str_radix` alone would take a sign.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
