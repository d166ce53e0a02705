//! Finds in a TOML string as typed the place of a byte of its value.

/// The offset in `raw`, a TOML string with its quotes, at which byte `offset` of its value stands.
pub(super) fn position_in_source(raw: &str, offset: usize) -> usize {
    let is_basic = raw.starts_with('"');
    let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
    let mut position = quotes.min(raw.len());
    if quotes == 3 {
        // A line break right behind the quotes is not part of the value.
        let rest = &raw[position..];
        position += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    }
    let end = raw.len().saturating_sub(quotes);
    if !is_basic {
        return (position + offset).min(end);
    }
    let mut decoded = 0;
    while decoded < offset && position < end {
        let (typed, meant) = next_piece(&raw[position..]);
        position += typed;
        decoded += meant;
    }
    position.min(end)
}

/// How many bytes the first character of a basic string takes as typed, and how many in its value.
fn next_piece(rest: &str) -> (usize, usize) {
    let mut characters = rest.chars();
    match (characters.next(), characters.next()) {
        (Some('\\'), Some('x')) => escaped(rest, 2),
        (Some('\\'), Some('u')) => escaped(rest, 4),
        (Some('\\'), Some('U')) => escaped(rest, 8),
        (Some('\\'), Some(space)) if space.is_whitespace() => {
            let skipped = rest[1..].find(|c: char| !c.is_whitespace()).map_or(rest.len(), |at| at + 1);
            (skipped, 0)
        }
        (Some('\\'), Some(escape)) => (1 + escape.len_utf8(), 1),
        (Some(plain), _) => (plain.len_utf8(), plain.len_utf8()),
        (None, _) => (1, 1),
    }
}

fn escaped(rest: &str, digits: usize) -> (usize, usize) {
    let code = rest.get(2..2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
    let character = code.and_then(char::from_u32);
    (2 + digits, character.map_or(1, char::len_utf8))
}
