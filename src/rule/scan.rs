//! Reads the words of a text at the speed of its letters where they are simple, and by the long way where not.
//!
//! [`fold`](super::fold) and [`words`](super::words) say what a word is. Most of what newsrooms write needs little of
//! them: Latin, Greek, Cyrillic and Arabic letters in composed form, hangul, Han, kana, and the usual signs. Such
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
    while let Some(skipped) = ascii_length(&bytes[here..]) {
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

/// How many bytes of ASCII stand before the first that is not; `None` where all are.
fn ascii_length(bytes: &[u8]) -> Option<usize> {
    const AT_ONCE: usize = 32;
    let whole = bytes.chunks(AT_ONCE).take_while(|chunk| chunk.is_ascii()).count() * AT_ONCE;
    let rest = bytes.get(whole..)?;
    rest.iter().position(|byte| !byte.is_ascii()).map(|more| whole + more)
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
    /// A word by itself: of a script without spaces.
    Run,
    /// Is folded away, whatever it stands on.
    Mark,
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

/// A character beyond ASCII that needs no regard for its neighbours, and is not its own folding.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Folding {
    letters: String,
    /// Of the last of the letters; the first is of the character's class.
    last: Class,
}

/// What a simple character is, and its folding if it has one.
type Simple = (Class, Option<Folding>);

/// The blocks whose characters may be simple: Latin, Greek and Cyrillic; Arabic; general punctuation; the signs of East
/// Asia and kana; full-width forms.
const BLOCKS: [Range<u32>; 5] = [0x80..0x530, 0x600..0x700, 0x2010..0x2030, 0x3000..0x3100, 0xff01..0xff5f];

/// What the character is, where it is simple.
fn simple(c: char) -> Option<(Class, Option<&'static Folding>)> {
    static TABLE: OnceLock<[Vec<Option<Simple>>; BLOCKS.len()]> = OnceLock::new();
    let block = match c {
        '\u{4e00}'..='\u{9fff}' => return Some((Class::Run, None)),
        '\u{ac00}'..='\u{d7a3}' => return Some((Class::Letter, None)),
        _ => BLOCKS.iter().position(|block| block.contains(&u32::from(c)))?,
    };
    let table =
        TABLE.get_or_init(|| BLOCKS.map(|block| block.map(|code| char::from_u32(code).and_then(judge)).collect()));
    let (class, folding) = table[block][(u32::from(c) - BLOCKS[block].start) as usize].as_ref()?;
    Some((*class, folding.as_ref()))
}

/// Finds out how the character behaves by asking the modules that decide.
fn judge(c: char) -> Option<Simple> {
    let letters = fold::folded(&c.to_string()).text;
    let (class, last) = class_of(c, &letters)?;
    let is_own = letters.chars().eq([c]) || matches!(class, Class::Other | Class::Apostrophe);
    Some((class, (!is_own).then_some(Folding { letters, last })))
}

/// The classes of the first and the last of the letters that a character folds to.
fn class_of(c: char, letters: &str) -> Option<(Class, Class)> {
    if fold::is_unspaced(c) {
        let is_word = letters.chars().eq([c]) && c.is_alphanumeric();
        return is_word.then_some((Class::Run, Class::Run));
    }
    let alike = |class: Class| Some((class, class));
    match letters {
        // Vowels and other marks on Arabic letters.
        "" if matches!(c, '\u{64b}'..='\u{65f}' | '\u{670}') => return alike(Class::Mark),
        "" => return None,
        "'" => return alike(Class::Apostrophe),
        // Words end there in any case.
        ":" | "..." => return alike(Class::Other),
        _ if unicode_normalization::char::is_combining_mark(c) || fold::is_invisible(c) => return None,
        _ => {}
    }
    let is_joined = |side: &str| format!("{side}{letters}{side}").unicode_words().count() == 1;
    let is_word = letters.chars().all(|c| c.is_ascii_alphanumeric() || c.is_alphabetic());
    match (is_joined("a"), is_joined("1")) {
        (true, true) if is_word => {
            let class = |c: char| if c.is_ascii_digit() { Class::Digit } else { Class::Letter };
            Some((class(letters.chars().next()?), class(letters.chars().next_back()?)))
        }
        (true, true) if letters == "." => alike(Class::Stop),
        (false, true) if letters.chars().count() == 1 && !is_word => alike(Class::Comma),
        (false, false) if !letters.contains(|c: char| c.is_alphanumeric() || c == '"' || c == '_') => {
            alike(Class::Other)
        }
        _ => None,
    }
}

/// A character of a simple text.
#[derive(Clone, Copy)]
struct Next {
    class: Class,
    length: usize,
    folding: Option<&'static Folding>,
}

/// Reads a stretch of simple characters. A word whose letters are their own foldings is found in the copy of the text
/// that stands, with its ASCII in lower case, in `folded`; all others are written behind it.
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
        let (mut last_end, mut apostrophe_end) = (None, None);
        loop {
            self.pass_dividers();
            let Some(next) = self.peek(self.at) else { return };
            let start = self.at;
            let letters = match next.class {
                Class::Letter | Class::Digit | Class::Underscore => self.word(),
                Class::Run => self.single(next),
                class => {
                    self.at += next.length;
                    let is_after = |end: Option<usize>| end == Some(start);
                    if class == Class::Apostrophe && is_after(last_end)
                        || class == Class::Mark && is_after(apostrophe_end)
                    {
                        apostrophe_end = Some(self.at);
                    }
                    continue;
                }
            };
            let joint = match Some(start) {
                here if here == last_end => Joint::Glued,
                here if here == apostrophe_end => Joint::Apostrophe,
                _ => Joint::Apart,
            };
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

    /// Passes the blanks and signs of ASCII that do nothing but divide words.
    fn pass_dividers(&mut self) {
        let rest = &self.text.as_bytes()[self.at..self.end];
        let is_other = |byte: &u8| byte.is_ascii() && CLASSES[usize::from(*byte)] == Class::Other;
        self.at += rest.iter().position(|byte| !is_other(byte)).unwrap_or(rest.len());
    }

    fn peek(&self, at: usize) -> Option<Next> {
        let byte = *self.text.as_bytes()[..self.end].get(at)?;
        if byte.is_ascii() {
            return Some(Next { class: CLASSES[usize::from(byte)], length: 1, folding: None });
        }
        let c = self.text[at..].chars().next()?;
        let (class, folding) = simple(c)?;
        Some(Next { class, length: c.len_utf8(), folding })
    }

    /// Reads a character that is a word, with the marks on it; where its letter is.
    fn single(&mut self, next: Next) -> Range<usize> {
        let start = self.at;
        self.at += next.length;
        let letter = self.copied_at + start..self.copied_at + self.at;
        while let Some(Next { class: Class::Mark, length, .. }) = self.peek(self.at) {
            self.at += length;
        }
        letter
    }

    /// Reads to the end of a word whose first letter stands here; where its folded letters are.
    fn word(&mut self) -> Range<usize> {
        let start = self.at;
        let mut last = Class::Other;
        loop {
            last = self.run().unwrap_or(last);
            match self.peek(self.at) {
                None | Some(Next { class: Class::Other, .. }) => {
                    return self.copied_at + start..self.copied_at + self.at;
                }
                Some(next) if self.goes_on(last, next) => match next.folding {
                    None if next.class != Class::Mark => {
                        self.at += next.length;
                        last = next.class;
                    }
                    _ => return self.long_word(start, last),
                },
                _ => return self.copied_at + start..self.copied_at + self.at,
            }
        }
    }

    /// Goes on where a letter that is not its own folding stands in a word that began at `start`.
    fn long_word(&mut self, start: usize, mut last: Class) -> Range<usize> {
        let added_at = self.folded.len();
        self.add(start);
        while let Some(next) = self.peek(self.at)
            && self.goes_on(last, next)
        {
            let here = self.at;
            self.at += next.length;
            match next.folding {
                Some(folding) => {
                    self.folded.push_str(&folding.letters);
                    last = if next.class == Class::Mark { last } else { folding.last };
                }
                None => {
                    last = self.run().unwrap_or(next.class);
                    self.add(here);
                }
            }
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

    /// Whether the character that comes next belongs to the word, whose last one is of the class `last`.
    fn goes_on(&self, last: Class, next: Next) -> bool {
        let sign = next.class;
        match sign {
            Class::Letter | Class::Digit | Class::Underscore | Class::Mark => return true,
            Class::Stop | Class::Comma => {}
            Class::Apostrophe | Class::Run | Class::Other => return false,
        }
        let mut at = self.at + next.length;
        while let Some(Next { class: Class::Mark, length, .. }) = self.peek(at) {
            at += length;
        }
        let behind = self.peek(at).map(|behind| behind.class);
        match last {
            Class::Letter => sign == Class::Stop && behind == Some(Class::Letter),
            Class::Digit => behind == Some(Class::Digit),
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
            "قال أيضاً إنَّ ١٬٢٠٠ شخص، و٣٫٥ مليون؛ «الأمن» كتـاب a.ًb a'ًs هُوَ؟ ۱۲۳",
            "東京（２０２６年）、１，２００人。中国's 中'国 ア_ _ア a_ア 한국어中 ガ か\u{3099} ﾊﾟ kyoto京都2026 ＡＢ．Ｃ：ｄ",
            "… a…b a…… 3…4 ‘quoted’ ‚low‛ rock ’n’ roll’s ´acute´ `grave` ′prime′ d‑d d‐d d–d d—d 5′s",
        ] {
            assert_eq!(quickly(text), thoroughly(text), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_as_by_the_long_way(text in "([a-zA-Z0-9_.,;:'\"`’“”…—–‐ \n\u{80}-\u{52f}\u{600}-\u{6ff}]|[aA1 .’_sßاً中ア]|[中ア国한，：\u{3000}-\u{30ff}\u{ff01}-\u{ff9f}]|\\PC){0,40}") {
            prop_assert_eq!(quickly(&text), thoroughly(&text));
        }
    }
}
