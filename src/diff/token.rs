//! Cuts a text into words, numbers, punctuation marks and, for scripts without spaces, characters.

use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::fold::{fold, is_invisible, straighten};
use super::lexicon::{Classes, Lexicon};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    /// Holds a digit: `1,200`, `-5`, `$1.5m`, `25-30`, `14:05`, `G7`.
    Number,
    /// One character of a script that is written without spaces.
    Character,
    /// Punctuation or a symbol.
    Mark,
}

/// A token with the white space before it: `gap..start` is that space, `start..end` the token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub gap: usize,
    pub start: usize,
    pub end: usize,
    pub kind: TokenKind,
    /// Tokens that look the same to a reader have the same key.
    pub key: u32,
}

impl Token {
    /// Whether the token counts as a word.
    pub fn is_word(&self) -> bool {
        self.kind != TokenKind::Mark
    }
}

/// A text with its tokens.
#[derive(Debug)]
pub(super) struct Text<'t> {
    pub source: &'t str,
    pub tokens: Vec<Token>,
}

impl<'t> Text<'t> {
    pub fn read(source: &'t str, vocabulary: &mut Vocabulary) -> Self {
        let mut tokens = Vec::with_capacity(source.len() / 5);
        let mut gap = 0;
        let mut before = None;
        while let Some(start) = skip_gap(source, gap) {
            let (length, kind) = scan(&source[start..], before);
            let end = start + length;
            let key = vocabulary.key(&source[start..end], kind);
            tokens.push(Token { gap, start, end, kind, key });
            before = source[start..end].chars().next_back();
            gap = end;
            if source[gap..].starts_with(char::is_whitespace) {
                before = None;
            }
        }
        Self { source, tokens }
    }

    /// The stretch of the source from the first to the last of these tokens.
    pub fn slice(&self, range: Range<usize>) -> &'t str {
        if range.is_empty() {
            return "";
        }
        &self.source[self.tokens[range.start].start..self.tokens[range.end - 1].end]
    }

    pub fn is_spaced(&self, index: usize) -> bool {
        self.tokens[index].gap < self.tokens[index].start
    }

    pub fn keys(&self, range: Range<usize>) -> Vec<u32> {
        self.tokens[range].iter().map(|token| token.key).collect()
    }
}

/// The distinct tokens of two texts, so that comparing tokens is comparing numbers.
#[derive(Debug)]
pub(super) struct Vocabulary {
    lexicon: &'static Lexicon,
    keys: HashMap<Box<str>, u32>,
    forms: Vec<Form>,
}

#[derive(Debug)]
struct Form {
    text: Box<str>,
    lower: Box<str>,
    classes: Classes,
    gist: Option<u32>,
}

/// All numbers are one word when paragraphs or sentences look for their counterparts.
const ANY_NUMBER: u32 = 0;

impl Vocabulary {
    pub fn new(lexicon: &'static Lexicon) -> Self {
        Self { lexicon, keys: HashMap::new(), forms: Vec::new() }
    }

    /// The word lists that the tokens were looked up in.
    pub fn lexicon(&self) -> &'static Lexicon {
        self.lexicon
    }

    fn key(&mut self, token: &str, kind: TokenKind) -> u32 {
        let folded = match token.as_bytes() {
            [b'-', b'-', ..] if kind == TokenKind::Mark => "-".into(),
            _ => fold(token),
        };
        if let Some(key) = self.keys.get(folded.as_ref()) {
            return *key;
        }
        let key = self.forms.len() as u32;
        let text: Box<str> = folded.as_ref().into();
        let lower: Box<str> = folded.to_lowercase().into();
        let gist = match kind {
            TokenKind::Mark => None,
            TokenKind::Number => Some(ANY_NUMBER),
            TokenKind::Word | TokenKind::Character => Some(hash(&lower)),
        };
        self.keys.insert(text.clone(), key);
        self.forms.push(Form { classes: self.lexicon.classes(&lower), text, lower, gist });
        key
    }

    /// The token as a reader sees it, folded.
    pub fn text(&self, key: u32) -> &str {
        &self.forms[key as usize].text
    }

    /// What stands for the token where only the gist counts: case is folded, numbers are alike, marks are nothing.
    pub fn gist(&self, key: u32) -> Option<u32> {
        self.forms[key as usize].gist
    }

    pub fn lower(&self, key: u32) -> &str {
        &self.forms[key as usize].lower
    }

    pub fn classes(&self, key: u32) -> Classes {
        self.forms[key as usize].classes
    }
}

/// FNV-1a; a collision makes two words look alike to the alignment only, which verifies nothing by it.
fn hash(text: &str) -> u32 {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.max(ANY_NUMBER + 1)
}

/// Where the next token starts, or `None` when only white space is left.
fn skip_gap(source: &str, from: usize) -> Option<usize> {
    let rest = &source[from..];
    let at = rest.find(|c: char| !c.is_whitespace() && !is_invisible(c))?;
    Some(from + at)
}

/// Length and kind of the token at the start of `rest`; `before` is the character it touches on the left.
fn scan(rest: &str, before: Option<char>) -> (usize, TokenKind) {
    let Some(first) = rest.chars().next() else { return (0, TokenKind::Mark) };
    if let Some(length) = scan_number(rest, before) {
        return (length, TokenKind::Number);
    }
    if is_katakana(first) {
        let length = rest.find(|c| !is_katakana(c) && !joins(c)).unwrap_or(rest.len());
        return (length, TokenKind::Word);
    }
    if is_spaceless(first) {
        return (with_joined(rest, first.len_utf8()), TokenKind::Character);
    }
    if first.is_alphanumeric() {
        let length = scan_word(rest);
        let kind = match without_exponent(&rest[..length]).contains(char::is_numeric) {
            true => TokenKind::Number,
            false => TokenKind::Word,
        };
        return (length, kind);
    }
    let run = match straighten(first) {
        '.' | '-' => rest.chars().take_while(|c| straighten(*c) == straighten(first)).take(3).map(char::len_utf8).sum(),
        _ => first.len_utf8(),
    };
    (with_joined(rest, run), TokenKind::Mark)
}

/// `km` of `km²`.
pub(super) fn without_exponent(unit: &str) -> &str {
    unit.trim_end_matches(['²', '³'])
}

/// Letters, marks and digits, apostrophes between letters, and the full stops of `U.S.`.
fn scan_word(rest: &str) -> usize {
    if let Some(length) = scan_acronym(rest) {
        return length;
    }
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let continues = (c.is_alphanumeric() && !is_spaceless(c)) || joins(c);
        let is_apostrophe = straighten(c) == '\'' && chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
        if !continues && !is_apostrophe {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// `U.S.`, `a.m.`: single letters, each with a full stop, at least two.
fn scan_acronym(rest: &str) -> Option<usize> {
    let mut end = 0;
    let mut letters = 0;
    let mut chars = rest.chars();
    while let (Some(letter), Some('.')) = (chars.next(), chars.next()) {
        if !letter.is_alphabetic() {
            break;
        }
        end += letter.len_utf8() + 1;
        letters += 1;
    }
    let touches_a_word = rest[end..].starts_with(char::is_alphanumeric);
    (letters >= 2 && !touches_a_word).then_some(end)
}

/// Sign, currency, digits with what stands between digits, then letters (`m`, `km`, `th`) and `%`.
fn scan_number(rest: &str, before: Option<char>) -> Option<usize> {
    let mut start = 0;
    let mut chars = rest.chars().peekable();
    let touches_a_word = before.is_some_and(char::is_alphanumeric);
    if !touches_a_word && chars.peek().is_some_and(|c| *c == '+' || straighten(*c) == '-') {
        start += chars.next()?.len_utf8();
    }
    if chars.peek().is_some_and(|c| is_currency(*c)) {
        start += chars.next()?.len_utf8();
    }
    if !chars.peek()?.is_numeric() {
        return None;
    }
    let mut end = start + scan_digits(&rest[start..]);
    end += scan_letters(&rest[end..]);
    if rest[end..].starts_with(['%', '‰', '°', '％']) {
        end += rest[end..].chars().next()?.len_utf8();
        end += scan_letters(&rest[end..]);
    }
    if rest[end..].starts_with(is_currency) {
        end += rest[end..].chars().next()?.len_utf8();
    }
    Some(with_joined(rest, end))
}

/// Letters that belong to a number, in alphabets that write them so; 명 in 12명 is a word of its own.
fn scan_letters(rest: &str) -> usize {
    let belongs = |c: char| c < '\u{590}' && c.is_alphanumeric() || joins(c);
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// Digits and groups of digits: `1,200`, `1 200`, `12.5`, `25-30`, `14:05`, `3/4`.
fn scan_digits(rest: &str) -> usize {
    let mut end = run_of_digits(rest);
    loop {
        let tail = &rest[end..];
        let Some(separator) = tail.chars().next() else { return end };
        let group = &tail[separator.len_utf8()..];
        let digits = run_of_digits(group);
        let joined = match separator {
            '.' | ',' | ':' | '/' | '·' | '٫' | '٬' => digits > 0,
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => is_thousands(&rest[..end], &group[..digits]),
            _ => matches!(straighten(separator), '-' | '\'') && digits > 0,
        };
        if !joined {
            return end;
        }
        end += separator.len_utf8() + digits;
    }
}

/// Whether `head` and `group`, with a space between, are one number: `1 200`, `12 500 000`.
fn is_thousands(head: &str, group: &str) -> bool {
    let last_group = head.rsplit([' ', '\u{a0}', '\u{202f}', '\u{2009}']).next().unwrap_or(head);
    let is_first_group = last_group.len() == head.len();
    let head_fits = if is_first_group { (1..=3).contains(&last_group.len()) } else { last_group.len() == 3 };
    head_fits && group.len() == 3 && head.bytes().all(|b| !matches!(b, b'.' | b',' | b':' | b'/' | b'-'))
}

fn run_of_digits(rest: &str) -> usize {
    rest.find(|c: char| !c.is_numeric()).unwrap_or(rest.len())
}

fn with_joined(rest: &str, end: usize) -> usize {
    end + rest[end..].find(|c| !joins(c)).unwrap_or(rest.len() - end)
}

/// Combining marks and invisible characters belong to the character before them.
fn joins(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || is_invisible(c))
}

pub(super) fn is_currency(c: char) -> bool {
    matches!(c, '$' | '£' | '¥' | '¢' | '¤' | '￥' | '＄' | '\u{20a0}'..='\u{20cf}')
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}')
}

/// Han, Hiragana, Thai, Lao, Myanmar, Khmer.
pub(super) fn is_spaceless(c: char) -> bool {
    if c < '\u{e00}' || c.is_numeric() && c != '〇' {
        return false;
    }
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '々' | '〇' | '\u{3041}'..='\u{309f}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
