//! Cuts a query into its signs and terms.

use std::ops::Range;

use super::field::Field;
use super::fold::{is_hebrew, is_invisible};
use super::node::Link;
use super::note::Note;

/// A sign or term of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme {
    pub kind: LexemeKind,
    pub span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum LexemeKind {
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    Near(Link),
    AtLeast(usize),
    /// `None` for a name that is not known, which has been noted.
    Field(Option<Field>),
    Word,
    /// What stands between the quotes.
    Phrase(Range<usize>),
    /// What stands after the `=`, without quotes.
    Exact(Range<usize>),
    /// What stands between the slashes.
    Regex(Range<usize>),
    /// The name after the `$`.
    Set(Range<usize>),
}

impl Lexeme {
    /// Whether a term, a parenthesis, or an operator that stands before those begins here.
    pub fn starts_operand(&self) -> bool {
        !matches!(self.kind, LexemeKind::Close | LexemeKind::Comma | LexemeKind::And | LexemeKind::Or)
    }
}

/// How far apart NEAR looks when it does not say.
const DEFAULT_DISTANCE: usize = 5;

/// The furthest that NEAR can look.
const MAX_DISTANCE: usize = 1_000;

/// Reads the whole query; errors are added to `notes` and reading goes on behind them.
pub(super) fn read(text: &str, notes: &mut Vec<Note>) -> Vec<Lexeme> {
    let mut lexer = Lexer { text, at: 0, lexemes: Vec::new(), notes };
    while lexer.skip_blank() {
        lexer.next();
    }
    lexer.lexemes
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    lexemes: Vec<Lexeme>,
    notes: &'a mut Vec<Note>,
}

impl Lexer<'_> {
    /// Whether something follows.
    fn skip_blank(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let blank = rest.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
        self.at = self.text.len() - blank.len();
        !blank.is_empty()
    }

    fn next(&mut self) {
        match self.peek(0) {
            Some('(' | '（') => self.sign(LexemeKind::Open),
            Some(')' | '）') => self.sign(LexemeKind::Close),
            Some(c) if is_comma(c) => self.sign(LexemeKind::Comma),
            Some(c) if is_quote(c) => self.phrase(),
            Some('/') => self.regex(),
            Some('=' | '＝') => self.exact(),
            Some('$' | '＄') => self.set(),
            Some(c) if is_minus(c) => self.minus(),
            Some('!') => self.exclamation(),
            _ => self.word_or_keyword(),
        }
    }

    /// The character `skip` characters ahead.
    fn peek(&self, skip: usize) -> Option<char> {
        self.text[self.at..].chars().nth(skip)
    }

    fn push(&mut self, kind: LexemeKind, start: usize) {
        self.lexemes.push(Lexeme { kind, span: start..self.at });
    }

    fn bump(&mut self) {
        self.at += self.peek(0).map_or(0, char::len_utf8);
    }

    fn sign(&mut self, kind: LexemeKind) {
        let start = self.at;
        self.bump();
        self.push(kind, start);
    }

    fn minus(&mut self) {
        let start = self.at;
        self.bump();
        match self.peek(0) {
            Some(c) if !c.is_whitespace() && !matches!(c, ')' | '）') && !is_comma(c) => {
                self.push(LexemeKind::Not, start);
            }
            _ => self.notes.push(
                Note::new(start..self.at, "a `-` stands alone")
                    .with_hint("write it directly before the word that must not be there, or write NOT"),
            ),
        }
    }

    fn exclamation(&mut self) {
        let start = self.at;
        self.bump();
        self.notes.push(Note::new(start..self.at, "`!` is not an operator").with_hint("write NOT, or `-`"));
    }

    /// Reads from an opening quote to the next quote of any kind.
    fn quoted(&mut self) -> Range<usize> {
        let start = self.at;
        self.bump();
        let content = self.at;
        while let Some(c) = self.peek(0) {
            if is_quote(c) && !is_inside_hebrew(self.text, self.at, c) {
                let range = content..self.at;
                self.bump();
                self.after_quote();
                return range;
            }
            self.bump();
        }
        let hint = match self.text[content..].trim().is_empty() {
            true => "begin the phrase with a quote too, or take this one away",
            false => "end the phrase with a quote",
        };
        self.notes.push(Note::new(start..content, "this quote is not closed").with_hint(hint));
        content..self.at
    }

    fn after_quote(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(|c| is_star(c) || is_tilde(c))
            || (self.at > start && matches!(self.peek(0), Some('0'..='9')))
        {
            self.bump();
        }
        if self.at > start {
            let sign = &self.text[start..self.at];
            let note = Note::new(start..self.at, format!("`{sign}` cannot follow a phrase"));
            self.notes
                .push(note.with_hint("for words near each other write `a NEAR/5 b`; a `*` goes inside the quotes"));
        }
    }

    fn phrase(&mut self) {
        let start = self.at;
        let content = self.quoted();
        let is_lost = content.end == self.text.len() && self.text[content.clone()].trim().is_empty();
        // A last quote that opens nothing was told.
        if !is_lost {
            self.push(LexemeKind::Phrase(content), start);
        }
    }

    fn exact(&mut self) {
        let start = self.at;
        self.bump();
        let content = match self.peek(0) {
            Some(c) if is_quote(c) => self.quoted(),
            _ => self.word_run(),
        };
        if content.start == self.at {
            // Nothing follows directly: as a word, the sign is told to be none.
            return self.push(LexemeKind::Word, start);
        }
        self.push(LexemeKind::Exact(content), start);
    }

    fn set(&mut self) {
        let start = self.at;
        self.bump();
        let name = self.at;
        let mut before = None;
        while let Some(c) = self.peek(0) {
            // `$1,200` is no set, and is told as the one amount that it is.
            let is_amount = matches!(c, '.' | ',') && is_digit(before) && is_digit(self.peek(1));
            if !c.is_alphanumeric() && !matches!(c, '_' | '-') && !is_amount {
                break;
            }
            before = Some(c);
            self.bump();
        }
        self.push(LexemeKind::Set(name..self.at), start);
    }

    fn regex(&mut self) {
        let start = self.at;
        self.bump();
        let content = self.at;
        let Some(end) = end_of_regex(&self.text[content..]) else {
            self.at = self.text.len();
            let note = Note::new(start..content, "this regular expression is not closed");
            self.notes.push(note.with_hint("end it with `/`, or put a term that begins with `/` in quotes"));
            return;
        };
        self.at = content + end + 1;
        self.push(LexemeKind::Regex(content..content + end), start);
        let flags = self.word_run();
        if !flags.is_empty() {
            let note = Note::new(flags, "a regular expression ends at its second `/`");
            self.notes
                .push(note.with_hint("write options inside, such as `/(?i)word/`; inside an expression write `\\/`"));
        }
    }

    fn word_or_keyword(&mut self) {
        if let Some(end) = self.field_end() {
            return self.field(end);
        }
        let start = self.at;
        let span = self.word_run();
        if span.is_empty() {
            // Nothing that begins here is a word; it must not hold up the reading.
            self.bump();
            return;
        }
        if matches!(self.text[span.clone()].trim_end_matches('/'), "NEAR" | "ONEAR" | "ATLEAST")
            && let Some(number) = self.number_apart()
        {
            return self.with_number_apart(span, number);
        }
        let kind = match &self.text[span.clone()] {
            "AND" => LexemeKind::And,
            "OR" => LexemeKind::Or,
            "NOT" => LexemeKind::Not,
            "NEAR" => LexemeKind::Near(Link { words: DEFAULT_DISTANCE, in_order: false }),
            "ONEAR" => LexemeKind::Near(Link { words: DEFAULT_DISTANCE, in_order: true }),
            "ATLEAST" => LexemeKind::AtLeast(self.number(&span, "")),
            other => self.numbered(&span, other).unwrap_or(LexemeKind::Word),
        };
        self.push(kind, start);
    }

    /// How much of what follows is the number of an operator, were there no blanks: `NEAR / 5`, `NEAR /5`, `NEAR/ 5`.
    fn number_apart(&self) -> Option<Range<usize>> {
        let rest = &self.text[self.at..];
        let (has_slash, behind) = match rest.trim_start().strip_prefix('/') {
            _ if self.text[..self.at].ends_with('/') => (true, rest),
            Some(behind) => (false, behind),
            None => return None,
        };
        let digits = behind.trim_start();
        let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let after = &digits[length..];
        let is_number = length > 0 && after.chars().next().is_none_or(|c| c.is_whitespace() || c == '(');
        // A regular expression may begin with a figure, but it ends with a slash.
        let is_regex = !has_slash && behind.len() == digits.len() && end_of_regex(behind).is_some();
        let start = self.text.len() - digits.len();
        (is_number && !is_regex).then_some(start..start + length)
    }

    fn with_number_apart(&mut self, operator: Range<usize>, number: Range<usize>) {
        let written = format!("{}/{}", self.text[operator.clone()].trim_end_matches('/'), &self.text[number.clone()]);
        self.at = number.end;
        let note = Note::new(operator.start..number.end, "there is a blank between the operator and its number");
        self.notes.push(note.with_hint(format!("write `{written}`")));
        let kind = match written.split_once('/') {
            Some(("ATLEAST", _)) => LexemeKind::AtLeast(1),
            _ => LexemeKind::Near(Link { words: DEFAULT_DISTANCE, in_order: false }),
        };
        self.push(kind, operator.start);
    }

    fn numbered(&mut self, span: &Range<usize>, word: &str) -> Option<LexemeKind> {
        let (operator, number) = word.split_once('/')?;
        let in_order = match operator {
            "NEAR" => false,
            "ONEAR" => true,
            "ATLEAST" => return Some(LexemeKind::AtLeast(self.number(span, number))),
            _ => return None,
        };
        Some(LexemeKind::Near(Link { words: self.number(span, number), in_order }))
    }

    fn number(&mut self, span: &Range<usize>, digits: &str) -> usize {
        match digits.parse() {
            Ok(number) if (1..=MAX_DISTANCE).contains(&number) && !digits.starts_with('+') => number,
            _ => {
                let operator = self.text[span.clone()].split('/').next().unwrap_or_default();
                let message = format!("`{operator}` needs a number from 1 to 1000 after a slash");
                let hint = match operator {
                    "ATLEAST" => "for example `ATLEAST/2(flood, storm, fire)`".to_owned(),
                    _ => format!("for example `{operator}/5`"),
                };
                self.notes.push(Note::new(span.clone(), message).with_hint(hint));
                1
            }
        }
    }

    /// The end of a field's name at the reading position.
    fn field_end(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_alphabetic() && c != '_')?;
        (length > 0 && rest[length..].starts_with([':', '：'])).then_some(self.at + length)
    }

    fn field(&mut self, end: usize) {
        let start = self.at;
        let name = &self.text[start..end];
        self.at = end;
        self.bump();
        if self.text[self.at..].starts_with("//") {
            return self.address(start, name);
        }
        let field = Field::named(name);
        if field.is_none() {
            let note = Note::new(start..self.at, format!("unknown field `{name}`"));
            self.notes.push(note.with_hint(Field::suggestion(name)));
        }
        self.push(LexemeKind::Field(field), start);
    }

    /// Reads an address that was pasted whole; behind a field it is a word for that to judge.
    fn address(&mut self, start: usize, scheme: &str) {
        self.word_run();
        if !matches!(self.lexemes.last(), Some(Lexeme { kind: LexemeKind::Field(_), .. })) {
            let note = Note::new(start..self.at, format!("unknown field `{scheme}`"));
            self.notes.push(note.with_hint(Field::suggestion(scheme)));
        }
        self.push(LexemeKind::Word, start);
    }

    /// Reads to the end of a word as it is written: blank, parenthesis, quote or comma.
    fn word_run(&mut self) -> Range<usize> {
        let start = self.at;
        let mut before = None;
        while let Some(c) = self.peek(0) {
            let ends = match c {
                '(' | ')' | '（' | '）' => true,
                c if c.is_whitespace() => true,
                c if is_quote(c) => !is_inside_hebrew(self.text, self.at, c),
                ',' | '，' => !(is_digit(before) && is_digit(self.peek(1))),
                c => is_comma(c),
            };
            if ends {
                break;
            }
            before = Some(c);
            self.bump();
        }
        start..self.at
    }
}

fn is_digit(c: Option<char>) -> bool {
    c.is_some_and(char::is_numeric)
}

fn is_comma(c: char) -> bool {
    matches!(c, ',' | '，' | '、' | '،')
}

/// Directly before what must not be there.
pub(super) fn is_minus(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '−' | '－')
}

/// Behind the beginning of a word.
pub(super) fn is_star(c: char) -> bool {
    matches!(c, '*' | '＊')
}

/// Behind a word that may be a letter off.
pub(super) fn is_tilde(c: char) -> bool {
    matches!(c, '~' | '～')
}

/// Double quotes of all kinds; single ones are apostrophes.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '〝' | '〞' | '〟' | '＂' | '「' | '」' | '『' | '』')
}

/// Whether a quote is the gershayim of a Hebrew abbreviation: it stands between two Hebrew letters.
fn is_inside_hebrew(text: &str, at: usize, quote: char) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + quote.len_utf8()..].chars().next();
    before.is_some_and(is_hebrew) && after.is_some_and(is_hebrew)
}

/// Whether what follows a slash closes a regular expression and goes no further, options aside.
pub(super) fn ends_regex(text: &str) -> bool {
    end_of_regex(text).is_some_and(|end| text[end + 1..].chars().all(|c| "gimsux".contains(c)))
}

/// The position of the first slash that no backslash precedes.
fn end_of_regex(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = c == '/' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end.then_some(at)
    })
}
