//! Text that is written from right to left, among ours that is not.
//!
//! HTML has `dir="auto"`. In plain text the isolates of Unicode (UAX 9) keep a foreign name from turning what stands
//! around it; a line of a foreign text is isolated whole, since a client takes every line for a paragraph of its own.

/// Isolates what follows, in the direction of its first letter.
const FIRST_STRONG: char = '\u{2068}';
const LEFT_TO_RIGHT: char = '\u{2066}';
const RIGHT_TO_LEFT: char = '\u{2067}';
const END: char = '\u{2069}';

/// Whether the letter belongs to a script that is written from right to left.
pub(super) fn is_leftward(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// Whether the first letter is written from right to left.
pub(super) fn reads_leftward(text: &str) -> bool {
    text.chars().find(|c| c.is_alphabetic()).is_some_and(is_leftward)
}

/// Whether the character only says how others are read, and takes no room.
pub(super) fn is_isolate(grapheme: &str) -> bool {
    matches!(grapheme, "\u{2066}" | "\u{2067}" | "\u{2068}" | "\u{2069}")
}

/// A name or a quoted text as it may stand in a sentence of ours.
pub(super) fn isolated(text: &str) -> String {
    if text.contains(is_leftward) { format!("{FIRST_STRONG}{text}{END}") } else { text.to_owned() }
}

/// A sentence of ours with each foreign name in it isolated.
pub(super) fn isolated_names(text: &str) -> String {
    if !text.contains(is_leftward) {
        return text.to_owned();
    }
    let mut isolated = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_leftward) {
        isolated.push_str(&rest[..start]);
        // A name ends where our own words go on.
        let ours = |c: char| c.is_ascii_alphabetic() || matches!(c, ':' | ';' | '·' | '(' | ')' | '“' | '”');
        let end = rest[start..].find(ours).map_or(rest.len(), |at| start + at);
        let name = rest[start..end].trim_end_matches(|c: char| !c.is_alphanumeric());
        isolated.push_str(&format!("{FIRST_STRONG}{name}{END}"));
        rest = &rest[start + name.len()..];
    }
    isolated + rest
}

/// What each line of the text begins and ends with: its direction is that of the first letter that is not isolated.
pub(super) fn line_marks(text: &str) -> Option<(char, char)> {
    let mut depth = 0_usize;
    let mut outside = text.chars().filter(|&c| {
        match c {
            FIRST_STRONG => depth += 1,
            END => depth = depth.saturating_sub(1),
            _ => return depth == 0 && c.is_alphabetic(),
        }
        false
    });
    let opening = if outside.next().is_some_and(is_leftward) { RIGHT_TO_LEFT } else { LEFT_TO_RIGHT };
    text.contains(is_leftward).then_some((opening, END))
}
