//! Reads the tokens of markup as the HTML standard's tokeniser does, as far as the measuring of nesting needs.

/// What follows the next `end`.
pub fn after(bytes: &[u8], end: u8) -> &[u8] {
    bytes.iter().position(|&byte| byte == end).map_or(&[], |found| &bytes[found + 1..])
}

/// What follows the comment at the start of `bytes`; `<!-->` and `<!--->` are whole comments.
pub fn after_comment(bytes: &[u8]) -> &[u8] {
    for empty in [&b"<!-->"[..], b"<!--->"] {
        if let Some(rest) = bytes.strip_prefix(empty) {
            return rest;
        }
    }
    let mut rest = &bytes[4..];
    while let Some(dashes) = rest.windows(2).position(|window| window == b"--") {
        rest = &rest[dashes + 1..];
        for end in [&b"->"[..], b"-!>"] {
            if let Some(behind) = rest.strip_prefix(end) {
                return behind;
            }
        }
    }
    &[]
}

/// The rest of `bytes` from the end tag that ends raw text.
pub fn at_end_tag<'a>(bytes: &'a [u8], name: &[u8]) -> &'a [u8] {
    let mut rest = bytes;
    while let Some(start) = rest.windows(2).position(|window| window == b"</") {
        rest = &rest[start..];
        let ends = rest.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
            && rest.get(2 + name.len()).is_none_or(|next| b" \t\n\x0c\r/>".contains(next));
        if ends {
            return rest;
        }
        rest = &rest[2..];
    }
    &[]
}

/// A start or end tag.
pub struct Tag<'a> {
    pub name: &'a [u8],
    /// As written.
    pub attributes: &'a [u8],
    pub attribute_count: usize,
    pub is_self_closing: bool,
}

impl<'a> Tag<'a> {
    /// Reads a tag from its name on, and gives it with what follows its `>`.
    pub fn read(bytes: &'a [u8]) -> (Self, &'a [u8]) {
        let name_length = bytes.iter().position(|byte| b" \t\n\x0c\r/>".contains(byte)).unwrap_or(bytes.len());
        let mut at = name_length;
        let mut attribute_count = 0;
        let mut is_self_closing = false;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'>' => break,
                b'/' => {
                    is_self_closing = bytes.get(at + 1) == Some(&b'>');
                    at += 1;
                }
                b' ' | b'\t' | b'\n' | 0x0c | b'\r' => at += 1,
                _ => {
                    attribute_count += 1;
                    at = after_attribute(bytes, at);
                }
            }
        }
        let end = at.min(bytes.len());
        let tag = Self {
            name: &bytes[..name_length],
            attributes: &bytes[name_length..end],
            attribute_count,
            is_self_closing,
        };
        (tag, bytes.get(end + 1..).unwrap_or_default())
    }
}

/// Where the attribute that starts at `at` ends.
fn after_attribute(bytes: &[u8], at: usize) -> usize {
    let skip = |from: usize, stop: &dyn Fn(u8) -> bool| {
        bytes[from.min(bytes.len())..].iter().position(|&byte| stop(byte)).map_or(bytes.len(), |found| from + found)
    };
    // A `=` in the first place belongs to the name.
    let name_end = skip(at + 1, &|byte| b" \t\n\x0c\r/>=".contains(&byte));
    let equals = skip(name_end, &|byte| !b" \t\n\x0c\r".contains(&byte));
    if bytes.get(equals) != Some(&b'=') {
        return name_end;
    }
    let value = skip(equals + 1, &|byte| !b" \t\n\x0c\r".contains(&byte));
    match bytes.get(value) {
        Some(&quote @ (b'"' | b'\'')) => skip(value + 1, &|byte| byte == quote) + 1,
        _ => skip(value, &|byte| b" \t\n\x0c\r>".contains(&byte)),
    }
}
