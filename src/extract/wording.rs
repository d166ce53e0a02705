//! Folding, comparing and cutting of visible words.

pub use crate::model::size;

/// `text` with white space folded to single spaces, and control characters dropped.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    push_folded(&mut folded, text, false);
    folded
}

/// Appends `text` folded, after a space where one is due; says whether a space is due after it.
pub fn push_folded(folded: &mut String, text: &str, space_before: bool) -> bool {
    let mut space = space_before;
    for character in text.chars() {
        if character.is_whitespace() {
            space = true;
        } else if !character.is_control() {
            if space && !folded.is_empty() {
                folded.push(' ');
            }
            space = false;
            folded.push(character);
        }
    }
    space
}

/// The letters and digits of `text` alone: what two renderings of the same words share.
pub fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

/// [`letters`] in lower case.
pub fn key(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of `text` in lower case.
pub fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Cuts `text` to at most `bytes` bytes, at a character.
pub fn truncate_bytes(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
    }
}

/// At most `count` characters of `text`.
pub fn first_chars(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

/// `text` in lower case, with typographic apostrophes as straight ones.
pub fn lower(text: &str) -> String {
    text.chars()
        .map(|character| if matches!(character, '’' | 'ʼ' | '‘' | '´') { '\'' } else { character })
        .flat_map(char::to_lowercase)
        .collect()
}
