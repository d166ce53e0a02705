//! Reads the words of a text at the speed of its letters where they are simple, and by the long way where not.
//!
//! [`fold`](super::fold) and [`words`](super::words) say what a word is. Most of what newsrooms write needs little of
//! them: ASCII, typographic quotes and dashes, accented Latin, Greek and Cyrillic letters in composed form. Such
//! stretches are read here in one pass, with the same result; all else goes through those modules, piece by piece
//! between blanks, which no word crosses. That both ways agree is a property test's to show.

use std::ops::Range;
use std::sync::OnceLock;

use unicode_segmentation::UnicodeSegmentation;

use super::fold;
use super::words::{Joint, Splitting, Word, words};

/// A word where it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Its folded letters, in the string they were added to: from here
    pub letters_from: usize,
    /// to here.
    pub letters_to: usize,
    pub start: usize,
    pub end: usize,
    pub joint: Joint,
}

/// Reads the words of prose in order. Their letters are added to `folded`, among much else.
pub(super) fn scan(text: &str, folded: &mut String, mut each: impl FnMut(&str, Scanned)) {
    let copied_at = folded.len();
    folded.push_str(text);
    folded[copied_at..].make_ascii_lowercase();
    let mut at = 0;
    while at < text.len() {
        let (simple, other) = stretch(text, at);
        at = other.end;
        Reader { text, at: simple.start, end: simple.end, copied_at, folded }.read(&mut each);
        read_any(text, other, folded, &mut each);
    }
}

/// Reads the words of a piece of text by the rules' own modules.
fn read_any(text: &str, range: Range<usize>, folded: &mut String, each: &mut impl FnMut(&str, Scanned)) {
    if range.is_empty() {
        return;
    }
    let piece = fold::folded(&text[range.clone()]);
    let added_at = folded.len();
    folded.push_str(&piece.text);
    for Word { folded: letters, joint } in words(&piece, Splitting::Prose) {
        let (letters_from, letters_to) = (added_at + letters.start, added_at + letters.end);
        let origin = piece.origin(letters);
        let (start, end) = (range.start + origin.start, range.start + origin.end);
        each(folded, Scanned { letters_from, letters_to, start, end, joint });
    }
}

/// From `at` on: a stretch of simple characters that ends at a blank or the end, and the piece between blanks behind it
/// that is not simple.
fn stretch(text: &str, at: usize) -> (Range<usize>, Range<usize>) {
    let bytes = text.as_bytes();
    let mut here = at;
    while let Some(skipped) = bytes[here..].iter().position(|byte| !byte.is_ascii()) {
        here += skipped;
        let Some(c) = text[here..].chars().next() else { break };
        if simple(c).is_none() {
            let start = bytes[at..here].iter().rposition(u8::is_ascii_whitespace).map_or(at, |blank| at + blank + 1);
            let length = bytes[here..].iter().position(u8::is_ascii_whitespace);
            let end = length.map_or(text.len(), |length| here + length);
            return (at..start, start..end);
        }
        here += c.len_utf8();
    }
    (at..text.len(), text.len()..text.len())
}

/// What a character is for the boundaries of words (UAX #29).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    /// Joins what stands on its sides, and is part of the word.
    Underscore,
    /// `.`: joins two letters, or two digits.
    Stop,
    /// `,` and `;`: join two digits.
    Comma,
    Apostrophe,
    Other,
}

const CLASSES: [Class; 128] = classes();

const fn classes() -> [Class; 128] {
    let mut classes = [Class::Other; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'_' => Class::Underscore,
            b'.' => Class::Stop,
            b',' | b';' => Class::Comma,
            b'\'' => Class::Apostrophe,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
}

/// The bytes of which the words of ASCII are made.
const IS_PART: [bool; 256] = parts();

const fn parts() -> [bool; 256] {
    let mut parts = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        parts[byte] = matches!(CLASSES[byte], Class::Letter | Class::Digit | Class::Underscore);
        byte += 1;
    }
    parts
}

/// A character beyond ASCII that needs no regard for its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Simple {
    /// Folded; empty where the character only divides words.
    letters: String,
    first: Class,
    last: Class,
}

/// The blocks whose characters may be simple: Latin, Greek and Cyrillic, and general punctuation.
const BLOCKS: [Range<u32>; 2] = [0x80..0x530, 0x2010..0x2030];

/// What the character is, where it is simple.
fn simple(c: char) -> Option<&'static Simple> {
    static TABLE: OnceLock<[Vec<Option<Simple>>; 2]> = OnceLock::new();
    let table =
        TABLE.get_or_init(|| BLOCKS.map(|block| block.map(|code| char::from_u32(code).and_then(judge)).collect()));
    let block = BLOCKS.iter().position(|block| block.contains(&(c as u32)))?;
    table[block][(c as u32 - BLOCKS[block].start) as usize].as_ref()
}

/// Finds out how the character behaves by asking the modules that decide.
fn judge(c: char) -> Option<Simple> {
    let text = c.to_string();
    let letters = fold::folded(&text).text;
    let count = |side: &str| format!("{side}{letters}{side}").unicode_words().count();
    if letters == "'" {
        return Some(Simple { letters: String::new(), first: Class::Apostrophe, last: Class::Apostrophe });
    }
    if letters.is_empty() || fold::is_unspaced(c) {
        return None;
    }
    if letters.chars().all(char::is_alphanumeric) && count("a") == 1 && count("1") == 1 {
        let class = |c: Option<char>| if c.is_some_and(|c| c.is_ascii_digit()) { Class::Digit } else { Class::Letter };
        let (first, last) = (class(letters.chars().next()), class(letters.chars().next_back()));
        let is_known = letters.chars().all(|c| c.is_ascii_alphanumeric() || c.is_alphabetic());
        return is_known.then_some(Simple { letters, first, last });
    }
    let divides = !letters.contains(char::is_alphanumeric) && count("a") == 2 && count("1") == 2;
    let is_joiner = letters.contains(['.', ',', ';', ':', '_', '"']) && letters != "...";
    let stands_alone = !unicode_normalization::char::is_combining_mark(c) && !fold::is_invisible(c);
    let divider = Simple { letters: String::new(), first: Class::Other, last: Class::Other };
    (divides && !is_joiner && stands_alone).then_some(divider)
}

/// A character of a simple text, or of more than one where it folds to that.
struct Next {
    class: Class,
    length: usize,
    folded: Option<&'static Simple>,
}

/// Reads a stretch of simple characters. Words of ASCII alone are found in the copy of the text that stands, in lower
/// case, in `folded`; all others are written behind it.
struct Reader<'a, 'f> {
    text: &'a str,
    at: usize,
    end: usize,
    /// Where the copy begins.
    copied_at: usize,
    folded: &'f mut String,
}

impl Reader<'_, '_> {
    fn read(&mut self, each: &mut impl FnMut(&str, Scanned)) {
        let mut last_end = None;
        let mut apostrophe_end = None;
        while let Some(next) = self.peek(self.at) {
            if !matches!(next.class, Class::Letter | Class::Digit | Class::Underscore) {
                if next.class == Class::Apostrophe && last_end == Some(self.at) {
                    apostrophe_end = Some(self.at + next.length);
                }
                self.at += next.length;
                continue;
            }
            let start = self.at;
            let letters = self.word();
            let joint = if apostrophe_end == Some(start) { Joint::Apostrophe } else { Joint::Apart };
            let word = &self.folded.as_bytes()[letters.clone()];
            let is_possessive = joint == Joint::Apostrophe && word == b"s";
            if is_possessive || word.iter().all(|byte| *byte == b'_') {
                continue;
            }
            last_end = Some(self.at);
            let Range { start: letters_from, end: letters_to } = letters;
            each(self.folded, Scanned { letters_from, letters_to, start, end: self.at, joint });
        }
    }

    fn peek(&self, at: usize) -> Option<Next> {
        let byte = *self.text.as_bytes()[..self.end].get(at)?;
        if byte.is_ascii() {
            return Some(Next { class: CLASSES[usize::from(byte)], length: 1, folded: None });
        }
        let c = self.text[at..].chars().next()?;
        let folded = simple(c)?;
        Some(Next { class: folded.first, length: c.len_utf8(), folded: Some(folded) })
    }

    /// Reads to the end of a word whose first letter stands here; where its folded letters are.
    fn word(&mut self) -> Range<usize> {
        let start = self.at;
        let mut last = Class::Other;
        loop {
            last = self.run().unwrap_or(last);
            let Some(next) = self.peek(self.at) else { break };
            match (next.class, next.folded) {
                (Class::Stop | Class::Comma, None) if self.is_joined(last, next.class) => self.at += 1,
                (Class::Letter | Class::Digit, Some(_)) => return self.long_word(start, last),
                _ => break,
            }
        }
        self.copied_at + start..self.copied_at + self.at
    }

    /// Goes on where a letter beyond ASCII stands in a word that began at `start`.
    fn long_word(&mut self, start: usize, mut last: Class) -> Range<usize> {
        let added_at = self.folded.len();
        self.add(start);
        while let Some(next) = self.peek(self.at) {
            let here = self.at;
            match (next.class, next.folded) {
                (Class::Letter | Class::Digit, Some(simple)) => {
                    self.folded.push_str(&simple.letters);
                    (self.at, last) = (here + next.length, simple.last);
                    continue;
                }
                (Class::Stop | Class::Comma, None) if self.is_joined(last, next.class) => self.at += 1,
                (Class::Letter | Class::Digit | Class::Underscore, None) => last = self.run().unwrap_or(last),
                _ => break,
            }
            self.add(here);
        }
        added_at..self.folded.len()
    }

    /// Adds what of the copy stands from `start` to here.
    fn add(&mut self, start: usize) {
        self.folded.extend_from_within(self.copied_at + start..self.copied_at + self.at);
    }

    /// Passes the ASCII letters, digits and underscores from here on; the class of the last of them.
    fn run(&mut self) -> Option<Class> {
        let rest = &self.text.as_bytes()[self.at..self.end];
        let length = rest.iter().position(|byte| !IS_PART[usize::from(*byte)]).unwrap_or(rest.len());
        self.at += length;
        length.checked_sub(1).map(|last| CLASSES[usize::from(rest[last])])
    }

    /// Whether a stop or comma here stands inside of a word, behind a character of the class `last`.
    fn is_joined(&self, last: Class, sign: Class) -> bool {
        let Some(next) = self.peek(self.at + 1) else { return false };
        match last {
            Class::Letter => sign == Class::Stop && next.class == Class::Letter,
            Class::Digit => next.class == Class::Digit,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each word's letters, where it stands, and how it is joined to the one before.
    type Found = Vec<(String, Range<usize>, Joint)>;

    fn words_of(text: &str, read: impl Fn(&mut String, &mut dyn FnMut(&str, Scanned))) -> Found {
        let (mut folded, mut found) = ("before ".to_owned(), Vec::new());
        read(&mut folded, &mut |folded, word| {
            assert!(text.is_char_boundary(word.start) && text.is_char_boundary(word.end), "{text:?}");
            let letters = folded[word.letters_from..word.letters_to].to_owned();
            found.push((letters, word.start..word.end, word.joint));
        });
        found
    }

    fn quickly(text: &str) -> Found {
        words_of(text, |folded, each| scan(text, folded, each))
    }

    /// By the long way alone.
    fn thoroughly(text: &str) -> Found {
        words_of(text, |folded, mut each| {
            let mut start = 0;
            for piece in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
                read_any(text, start..start + piece.trim_ascii_end().len(), folded, &mut each);
                start += piece.len();
            }
        })
    }

    #[test]
    fn what_newsrooms_write_is_read_as_by_the_long_way() {
        for text in [
            "The U.S. president’s “carbon tax” — 1,200.50 of it; O'Neill said: don't. It's 5's and s's, 's.",
            "Zürich straße Łódź İstanbul café naïve Æther œuvre Þórr ﬁn — x² 3½ №5 a·b ŀl ª1º",
            "Ελλάδα ΣΊΣΥΦΟΣ Москва ёлка Українa їжак й и\u{306}",
            "a_b _ __ a__ 1_2 .a a. a.b.c 1.2.3 a.1 1.a 1,a a,b 1;2 a'b a''b '' x:y http://a.b/c?d=e",
            "soft\u{ad}hyphen zero\u{200b}width no\u{a0}break e\u{301} ☂ 👍🏽 a👍b 京都議定書 kyoto京都 صحيفة \u{feff}x",
            "… a…b a…… 3…4 ‘quoted’ ‚low‛ rock ’n’ roll’s ´acute´ `grave` ′prime′ d‑d d‐d d–d d—d 5′s",
        ] {
            assert_eq!(quickly(text), thoroughly(text), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_as_by_the_long_way(text in "([a-zA-Z0-9_.,;:'\"`’“”…—–‐ \n\u{80}-\u{52f}]|[aA1 .’_sß]|\\PC){0,40}") {
            prop_assert_eq!(quickly(&text), thoroughly(&text));
        }
    }
}
