//! Brings text into the form in which words are compared, and remembers where each part of it stood.

use std::ops::Range;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text in another form whose parts can be led back to the text it was made from.
#[derive(Debug)]
pub(super) struct Mapped {
    pub text: String,
    /// In order; together they cover `text`.
    pieces: Vec<Piece>,
}

/// A part of the new text, beginning at byte `at`, and the bytes of the old text it stands for.
#[derive(Debug)]
struct Piece {
    at: usize,
    start: usize,
    end: usize,
    /// Byte for byte as long as the old part, so that positions inside it can be told too.
    parallel: bool,
}

impl Mapped {
    /// The bytes of the old text that `range` of the new one stands for; they begin and end between characters.
    pub fn origin(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() || self.pieces.is_empty() {
            return 0..0;
        }
        let first = self.piece_at(range.start);
        let last = self.piece_at(range.end - 1);
        let start = if first.parallel { first.start + (range.start - first.at) } else { first.start };
        let end = if last.parallel { last.start + (range.end - last.at) } else { last.end };
        start..end
    }

    fn piece_at(&self, at: usize) -> &Piece {
        let after = self.pieces.partition_point(|piece| piece.at <= at);
        &self.pieces[after.saturating_sub(1)]
    }

    fn push_parallel(&mut self, start: usize, part: &str, lower: bool) {
        let at = self.text.len();
        self.text.push_str(part);
        if lower {
            self.text[at..].make_ascii_lowercase();
        }
        self.pieces.push(Piece { at, start, end: start + part.len(), parallel: true });
    }
}

/// Folds text for comparison: NFKC, full case folding, marks stripped, letters that have no decomposition mapped,
/// invisible characters dropped.
///
/// Marks are stripped where they are accents or optional vowels (Latin, Greek, Cyrillic, Hebrew, Arabic), never where
/// they are letters of their own (Devanagari, Thai, kana).
pub(super) fn folded(text: &str) -> Mapped {
    map(text, Form::Folded)
}

/// NFC without invisible characters: what regular expressions and `=` compare.
pub(super) fn plain(text: &str) -> Mapped {
    map(text, Form::Plain)
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Folded,
    Plain,
}

fn map(text: &str, form: Form) -> Mapped {
    let mut mapped = Mapped { text: String::with_capacity(text.len()), pieces: Vec::new() };
    let mut at = 0;
    while at < text.len() {
        let ascii = ascii_run(text, at);
        if ascii > 0 && !(form == Form::Folded && is_hebrew_quote(text, at)) {
            mapped.push_parallel(at, &text[at..at + ascii], form == Form::Folded);
            at += ascii;
            continue;
        }
        let end = cluster_end(text, at);
        let start_of_new = mapped.text.len();
        if !(form == Form::Folded && is_hebrew_quote(text, at)) {
            write_cluster(&text[at..end], form, &mut mapped.text);
        }
        if mapped.text.len() > start_of_new {
            let visible = text[at..end].trim_end_matches(is_invisible).len();
            mapped.pieces.push(Piece { at: start_of_new, start: at, end: at + visible, parallel: false });
        }
        at = end;
    }
    mapped
}

/// The length of the run of ASCII at `at` that no combining mark changes.
fn ascii_run(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let length = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
    match rest[length..].chars().next() {
        Some(next) if length > 0 && continues_cluster(next) => length - 1,
        _ => length,
    }
}

/// The end of the character at `at` with everything that normalisation may join to it.
fn cluster_end(text: &str, at: usize) -> usize {
    let mut characters = text[at..].char_indices().skip(1);
    characters.find(|(_, c)| !continues_cluster(*c)).map_or(text.len(), |(offset, _)| at + offset)
}

fn continues_cluster(c: char) -> bool {
    // Conjoining jamo and half-width voicing marks compose with what precedes them without being marks.
    !c.is_ascii()
        && (is_combining_mark(c)
            || is_invisible(c)
            || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}' | '\u{ff9e}' | '\u{ff9f}'))
}

fn write_cluster(cluster: &str, form: Form, out: &mut String) {
    let visible = cluster.chars().filter(|c| !is_invisible(*c));
    if form == Form::Plain {
        out.extend(visible.nfc());
        return;
    }
    // A trade mark sign would become the letters `tm` and glue them to the name before it.
    let visible = visible.filter(|c| !matches!(c, '™' | '℠')).map(straight_apostrophe);
    let mut base = '\0';
    let bare = visible.nfkd().default_case_fold().nfkd().filter(move |c| {
        if is_combining_mark(*c) {
            return !is_accent_on(base, *c);
        }
        base = *c;
        true
    });
    let mut letters = String::new();
    bare.for_each(|c| push_letter(c, &mut letters));
    out.extend(letters.nfc());
}

/// Whether the character is a mark that readers take for an accent on `base`, not for another letter.
fn is_accent_on(base: char, mark: char) -> bool {
    match mark {
        // й is a letter of its own, not и with an accent.
        '\u{306}' => base != 'и',
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6ed}'
        | '\u{8ca}'..='\u{8ff}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' => true,
        _ => false,
    }
}

/// Letters that look like an accented or joined letter, or that newsrooms write both ways, but that Unicode does not
/// decompose.
fn push_letter(c: char, out: &mut String) {
    let one = match c {
        'ł' => 'l',
        'ø' => 'o',
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        'ŧ' => 't',
        'æ' => return out.push_str("ae"),
        'œ' => return out.push_str("oe"),
        'þ' => return out.push_str("th"),
        // Alef wasla, alef maksura, and the Persian forms of yeh and kaf.
        '\u{671}' => '\u{627}',
        '\u{649}' | '\u{6cc}' => '\u{64a}',
        '\u{6a9}' => '\u{643}',
        // Tatweel only stretches a word.
        '\u{640}' => return,
        // The Arabic signs for 1.5 and 1,200.
        '\u{66b}' => '.',
        '\u{66c}' => ',',
        '\u{660}'.. => figure(c).unwrap_or(c),
        _ => c,
    };
    out.push(one);
}

/// The zeros of the scripts that newspapers write figures in; the other figures follow each.
const ZEROS: [char; 20] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{1090}', '\u{17e0}', '\u{1810}',
];

/// A figure of another script (٢, २, ๒) as the one of ours.
fn figure(c: char) -> Option<char> {
    let digit = |zero: &char| (c as u32).checked_sub(*zero as u32).and_then(|digit| char::from_digit(digit, 10));
    ZEROS.iter().find_map(digit)
}

/// One apostrophe for all that are typed as one.
pub(super) fn straight_apostrophe(c: char) -> char {
    match c {
        '’' | '‘' | '‛' | 'ʼ' | 'ʻ' | 'ʽ' | 'ʹ' | '´' | '`' | '′' | '＇' => '\'',
        other => other,
    }
}

/// Soft hyphens, zero-width characters, direction marks, variation selectors.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a quotation mark or apostrophe at `at` belongs to a Hebrew word: the gershayim of an abbreviation (צה"ל) or
/// the geresh of a foreign sound (ג'ורג'), which people type as quotes.
///
/// A quotation that begins after a prefix (ב"הארץ", in "Haaretz") is told from an abbreviation by the prefix letters
/// before it and the several letters after.
pub(super) fn is_hebrew_quote(text: &str, at: usize) -> bool {
    let Some(mark) = text[at..].chars().next() else { return false };
    let is_gershayim = match mark {
        '\'' | '’' | '׳' => false,
        '"' | '”' | '“' | '„' | '״' => true,
        _ => return false,
    };
    let before = text[..at].chars().rev().take(8).take_while(|c| is_hebrew(*c) || is_niqqud(*c));
    let before: Vec<char> = before.filter(|c| is_hebrew(*c)).collect();
    if before.is_empty() || !is_gershayim {
        return !before.is_empty();
    }
    let after = text[at + mark.len_utf8()..].chars().take(8).take_while(|c| is_hebrew(*c) || is_niqqud(*c));
    let after = after.filter(|c| is_hebrew(*c)).count();
    let is_prefix = mark != '״' && before.len() <= 2 && before.iter().all(|c| "בהוכלמש".contains(*c));
    after == 1 || (after > 1 && !is_prefix)
}

pub(super) fn is_hebrew(c: char) -> bool {
    matches!(c, 'א'..='ת')
}

fn is_niqqud(c: char) -> bool {
    // Between the points stand the maqaf and other punctuation.
    matches!(c, '\u{591}'..='\u{5c7}') && is_combining_mark(c)
}

/// Whether the character belongs to a script that is written without spaces between words, so that a term is looked
/// for as a run of characters: Han, kana, bopomofo, Thai, Lao, Khmer, Myanmar. Their digits are words like others.
pub(super) fn is_unspaced(c: char) -> bool {
    if c < '\u{e01}' {
        return false;
    }
    matches!(
        c,
        '\u{e01}'..='\u{e4e}'
            | '\u{e81}'..='\u{ecd}'
            | '\u{edc}'..='\u{edf}'
            | '\u{1000}'..='\u{103f}'
            | '\u{1050}'..='\u{108f}'
            | '\u{109a}'..='\u{109f}'
            | '\u{1780}'..='\u{17d3}'
            | '\u{17d7}'
            | '\u{17dc}'..='\u{17dd}'
            | '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3031}'..='\u{303c}'
            | '\u{3041}'..='\u{30fa}'
            | '\u{30fc}'..='\u{312f}'
            | '\u{31a0}'..='\u{31bf}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{a9e0}'..='\u{a9ef}'
            | '\u{a9fa}'..='\u{a9fe}'
            | '\u{aa60}'..='\u{aa7f}'
            | '\u{f900}'..='\u{faff}'
            | '\u{1b000}'..='\u{1b16f}'
            | '\u{20000}'..='\u{3fffd}'
    )
}
