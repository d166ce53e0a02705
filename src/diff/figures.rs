//! Finds the figures and dates among the tokens of a sentence.

use std::ops::Range;

use super::lexicon::{Class, Classes, Lexicon};
use super::token::{Text, TokenKind, Vocabulary, is_currency, without_exponent};

/// A text with what is needed to understand its tokens.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a, 't> {
    pub text: &'a Text<'t>,
    pub vocabulary: &'a Vocabulary,
}

/// A figure or date, as it stands and as what it means.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub is_date: bool,
    /// Counts only against another figure (`one`, `several`).
    pub is_weak: bool,
    /// Equal values are equal figures: `12` and `twelve`, `5%` and `5 percent`.
    pub value: String,
    pub tokens: Range<usize>,
    /// The tokens to show; longer than `tokens` by the magnitude or per cent sign beside it.
    pub shown: Range<usize>,
    /// `tokens` with all units that follow.
    pub with_units: Range<usize>,
}

impl<'a, 't> Reading<'a, 't> {
    pub fn word(&self, index: usize) -> &'a str {
        self.vocabulary.text(self.text.tokens[index].key)
    }

    pub fn kind(&self, index: usize) -> Option<TokenKind> {
        self.text.tokens.get(index).map(|token| token.kind)
    }

    /// Whether the token is of this class; `false` beyond the ends of the text.
    pub fn is(&self, index: usize, class: Class) -> bool {
        self.classes(index).has(class)
    }

    /// What the token is; nothing beyond the ends of the text.
    pub fn classes(&self, index: usize) -> Classes {
        self.text.tokens.get(index).map(|token| self.vocabulary.classes(token.key)).unwrap_or_default()
    }

    pub fn lower(&self, index: usize) -> &'a str {
        self.vocabulary.lower(self.text.tokens[index].key)
    }

    /// Whether two tokens are the same word; `false` beyond the end of the text.
    pub fn is_same(&self, one: usize, other: usize) -> bool {
        let key = |index: usize| self.text.tokens.get(index).map(|token| token.key);
        key(one).is_some() && key(one) == key(other)
    }

    pub fn lexicon(&self) -> &'static Lexicon {
        self.vocabulary.lexicon()
    }

    /// Figures and dates that stand, at least in part, on one of these tokens, in order.
    pub fn figures(&self, tokens: &[usize]) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for &index in tokens {
            if found.last().is_some_and(|last| last.with_units.contains(&index)) {
                continue;
            }
            found.extend(self.figure_at(index));
        }
        found
    }

    fn figure_at(&self, index: usize) -> Option<Found> {
        match self.text.tokens[index].kind {
            TokenKind::Number if self.is_date_number(index) => Some(self.date(index)),
            TokenKind::Number => Some(self.number(index, index)),
            TokenKind::Word | TokenKind::Character if self.is_date_word(index) => Some(self.date(index)),
            TokenKind::Mark => self.unit(index),
            _ if self.is_count(index) => Some(self.number(index, index)),
            _ => self.unit(index).or_else(|| self.weak_count(index)),
        }
    }

    /// A figure of one number or several count words, with the units after it. `through` is a token it must cover.
    fn number(&self, index: usize, through: usize) -> Found {
        let mut start = index;
        while start > 0 && index - start < 8 && (self.is_count(start - 1) || self.joins_counts(start - 1)) {
            start -= 1;
        }
        // 数 in 数十.
        if start > 0 && self.kind(start - 1) == Some(TokenKind::Character) && self.is(start - 1, Class::WeakCount) {
            start -= 1;
        }
        if start > 0 && start == index && self.is_plain_number(start - 1) && self.is_magnitude(index) {
            start -= 1;
        }
        let mut end = index + 1;
        while end - index < 8 && (self.is_count(end) || self.joins_counts(end)) {
            end += 1;
        }
        let (mut shown_end, mut units_end) = (end, end);
        while units_end - end < 4 {
            let Some(length) = self.unit_length(units_end) else { break };
            let is_read_with_number = shown_end == units_end && self.is_magnitude(units_end);
            units_end += length;
            let is_read_with_number = is_read_with_number || shown_end <= through && through < units_end;
            if is_read_with_number {
                shown_end = units_end;
            }
        }
        let (shown_end, units_end) = (shown_end.max(through + 1), units_end.max(through + 1));
        Found {
            is_date: false,
            is_weak: false,
            value: self.value(start..units_end),
            tokens: start..end.max(through + 1),
            shown: start..shown_end,
            with_units: start..units_end,
        }
    }

    /// A unit that changed makes the number before it another figure: `3 km`, `3 miles`.
    fn unit(&self, index: usize) -> Option<Found> {
        let back = (1..=3).take_while(|back| *back <= index && self.is_unit(index + 1 - back));
        let number = back.map(|back| index - back).find(|at| self.is_plain_number(*at) || self.is_count(*at))?;
        Some(self.number(number, index))
    }

    fn weak_count(&self, index: usize) -> Option<Found> {
        let counts = |at: usize| {
            self.is(at, Class::Count) || self.is(at, Class::WeakCount) || self.kind(at) == Some(TokenKind::Number)
        };
        // The article of `a handful`.
        let only_leads = self.is(index, Class::Article) && counts(index + 1);
        (self.is(index, Class::WeakCount) && !only_leads).then(|| Found { is_weak: true, ..self.number(index, index) })
    }

    fn date(&self, index: usize) -> Found {
        let value = self.lower(index).to_owned();
        let tokens = index..index + 1;
        Found { is_date: true, is_weak: false, value, shown: tokens.clone(), with_units: tokens.clone(), tokens }
    }

    fn is_plain_number(&self, index: usize) -> bool {
        self.kind(index) == Some(TokenKind::Number) && !self.is_date_number(index)
    }

    /// A character of a script without spaces is a count word only beside another one, a number or a unit: 十 in
    /// 十分 counts nothing.
    fn is_count(&self, index: usize) -> bool {
        if !self.is(index, Class::Count) {
            return false;
        }
        if self.kind(index) != Some(TokenKind::Character) {
            return true;
        }
        let counts_too = |at: usize| {
            self.is(at, Class::Count)
                || self.is(at, Class::Unit)
                || self.is(at, Class::Clock)
                || self.kind(at) == Some(TokenKind::Number)
        };
        counts_too(index + 1) || index > 0 && (self.is(index - 1, Class::Count) || self.is_plain_number(index - 1))
    }

    /// The hyphen in `twenty-five`.
    fn joins_counts(&self, index: usize) -> bool {
        index > 0
            && index + 1 < self.text.tokens.len()
            && self.word(index) == "-"
            && self.is(index - 1, Class::Count)
            && self.is(index + 1, Class::Count)
            && !self.text.is_spaced(index)
    }

    fn is_unit(&self, index: usize) -> bool {
        self.unit_length(index).is_some()
    }

    /// How many tokens the unit has that begins here: `per cent` has two.
    fn unit_length(&self, index: usize) -> Option<usize> {
        if index >= self.text.tokens.len() {
            return None;
        }
        if self.two_words(index).is_some() {
            return Some(2);
        }
        let is_currency_mark = self.word(index).chars().all(is_currency);
        let has_exponent = || {
            let unit = without_exponent(self.lower(index));
            unit.len() < self.lower(index).len() && self.lexicon().classes(unit).has(Class::Unit)
        };
        (is_currency_mark || self.is(index, Class::Unit) || has_exponent()).then_some(1)
    }

    /// What a unit of two words stands for.
    fn two_words(&self, index: usize) -> Option<&'static str> {
        if self.kind(index) != Some(TokenKind::Word) || self.kind(index + 1) != Some(TokenKind::Word) {
            return None;
        }
        if !self.lexicon().begins_two_words(self.lower(index)) {
            return None;
        }
        self.lexicon().value(&format!("{}_{}", self.lower(index), self.lower(index + 1)))
    }

    /// A unit that is read as part of the number: million, per cent.
    fn is_magnitude(&self, index: usize) -> bool {
        let (word, classes) = (self.lower(index), self.classes(index));
        let value = self.two_words(index).or_else(|| self.lexicon().value(word));
        let is_share = word == "%" || matches!(value, Some("%" | "pp"));
        is_share || classes.has(Class::Unit) && (classes.has(Class::Count) || word.ends_with("illion"))
    }

    fn value(&self, tokens: Range<usize>) -> String {
        let mut value = String::new();
        let mut sum: Option<u32> = None;
        let mut rest = tokens;
        while let Some(index) = rest.next() {
            let meaning = match self.two_words(index) {
                Some(unit) => {
                    rest.next();
                    unit.to_owned()
                }
                None => self.meaning(index),
            };
            match (sum, meaning.parse::<u32>()) {
                (Some(tens), Ok(ones)) if (20..100).contains(&tens) && ones < 10 => sum = Some(tens + ones),
                (None, Ok(number)) if value.is_empty() => sum = Some(number),
                _ if meaning != "-" => value = format!("{value} {meaning}"),
                _ => {}
            }
        }
        match sum {
            Some(number) => format!("{number}{value}"),
            None => value.trim_start().to_owned(),
        }
    }

    fn meaning(&self, index: usize) -> String {
        let word = self.lower(index);
        let canonical = |word: &str| self.lexicon().value(word).unwrap_or_else(|| singular(word)).to_owned();
        if self.kind(index) != Some(TokenKind::Number) {
            return canonical(word);
        }
        let number = normal_number(word);
        match number.split_once(' ') {
            Some((digits, unit)) => format!("{digits} {}", canonical(unit)),
            None => number,
        }
    }

    fn is_date_word(&self, index: usize) -> bool {
        if self.kind(index) == Some(TokenKind::Character) {
            return false;
        }
        let is_beside_a_number = || {
            index > 0 && self.kind(index - 1) == Some(TokenKind::Number)
                || self.kind(index + 1) == Some(TokenKind::Number)
        };
        self.is(index, Class::Month)
            || self.is(index, Class::Day)
            || (self.is(index, Class::WeakMonth) || self.is(index, Class::Clock)) && is_beside_a_number()
    }

    /// Whether a number is part of a date or a time of day.
    fn is_date_number(&self, index: usize) -> bool {
        let number = normal_number(self.lower(index)).replace(' ', "");
        if is_whole_date(&number) || self.is(index + 1, Class::Clock) || is_decade(&number) || self.is_hour(&number) {
            return true;
        }
        if is_day_of_month(&number) && self.is_beside_a_month(index) {
            return true;
        }
        is_year(&number) && self.reads_as_a_year(index)
    }

    /// `6.30am`, `8pm`, `14h30`.
    fn is_hour(&self, number: &str) -> bool {
        let hour = run_of_digits(number);
        let rest = number[hour..].strip_prefix(['.', ':']).unwrap_or(&number[hour..]);
        let suffix = &rest[run_of_digits(rest)..];
        let is_short = (1..=2).contains(&hour) && matches!(rest.len() - suffix.len(), 0 | 2);
        let is_clock = |word: &str| self.lexicon().classes(word).has(Class::Clock);
        let is_split = suffix.strip_prefix('h').is_some_and(|minutes| minutes.len() == 2 && is_digits(minutes));
        is_short && !suffix.is_empty() && (is_clock(suffix) || is_split)
    }

    fn is_beside_a_month(&self, index: usize) -> bool {
        let is_month = |at: usize| self.is(at, Class::Month) || self.is(at, Class::WeakMonth);
        let skips = |at: usize| at < self.text.tokens.len() && matches!(self.lower(at), "." | "of" | "de" | "º" | "er");
        let before = index > 0 && (is_month(index - 1) || self.is_weekday_before_day(index));
        before || is_month(index + 1) || skips(index + 1) && is_month(index + 2)
    }

    /// `Monday 5`: a weekday, then a number that is followed by nothing it could count.
    fn is_weekday_before_day(&self, index: usize) -> bool {
        let is_weekday = self.is(index - 1, Class::Day) && self.lower(index - 1).ends_with("day");
        is_weekday && self.kind(index + 1) != Some(TokenKind::Word)
    }

    fn reads_as_a_year(&self, index: usize) -> bool {
        let is_bracketed = index > 0
            && self.word(index - 1) == "("
            && index + 1 < self.text.tokens.len()
            && self.word(index + 1) == ")";
        let is_month = |at: usize| self.is(at, Class::Month) || self.is(at, Class::WeakMonth);
        let follows_a_month = (1..=3).any(|back| index >= back && is_month(index - back));
        let introduced = index > 0 && self.is(index - 1, Class::BeforeYear) && !self.is_unit(index + 1);
        is_bracketed || follows_a_month || introduced
    }
}

/// `1,200`, `1 200` and `1200` are one number; `$5m` is `$5 million`; digits of all scripts are 0 to 9.
fn normal_number(lower: &str) -> String {
    let ascii: String = lower.chars().map(ascii_digit).filter(|c| !c.is_whitespace() && *c != '\'').collect();
    let plain = if groups_are_thousands(&ascii) { ascii.replace(',', "") } else { ascii };
    let is_amount = plain.starts_with(is_currency);
    let digits_end = plain.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (digits, unit) = plain.split_at(digits_end);
    let is_one_run = digits.chars().all(|c| !c.is_alphabetic());
    match unit {
        "" => plain,
        _ if !is_one_run => plain,
        "%" | "٪" => format!("{digits} %"),
        "m" | "mn" | "mln" if is_amount || unit != "m" => format!("{digits} million"),
        "b" | "bn" if is_amount || unit != "b" => format!("{digits} billion"),
        "tn" => format!("{digits} trillion"),
        "k" if is_amount => format!("{digits} thousand"),
        _ => format!("{digits} {unit}"),
    }
}

/// Whether every comma stands before exactly three digits, so that it groups thousands.
fn groups_are_thousands(number: &str) -> bool {
    let whole = number.split('.').next().unwrap_or(number);
    let mut groups = whole.split(',');
    let head_is_short = groups.next().is_some_and(|head| head.chars().filter(char::is_ascii_digit).count() <= 3);
    let digits = |group: &str| group.chars().take_while(char::is_ascii_digit).count();
    head_is_short && groups.all(|group| digits(group) == 3)
}

/// The digit zero of each script whose digits news use, and of those that stand low in `CO₂`.
const ZEROS: [char; 9] =
    ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{1040}', '\u{17e0}', '\u{2080}', '\u{ff10}'];

fn ascii_digit(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let digit = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero as u32).filter(|digit| *digit < 10));
    digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
}

fn singular(word: &str) -> &str {
    let is_plural = word.len() > 3 && word.is_ascii();
    if is_plural { word.trim_end_matches('s') } else { word }
}

/// `14:05`, `2024-05-03`, `12.05.2024`, `3/5/24`.
fn is_whole_date(number: &str) -> bool {
    let groups: Vec<&str> = number.split(|c: char| !c.is_ascii_digit()).take_while(|group| !group.is_empty()).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_time = number.contains(':') && matches!(lengths[..], [1..=2, 2] | [1..=2, 2, 2]);
    let small = |group: &str| group.parse::<u32>().is_ok_and(|value| (1..=31).contains(&value));
    let is_date = match lengths[..] {
        [1..=2, 1..=2, 2 | 4] => small(groups[0]) && small(groups[1]),
        [4, 1..=2, 1..=2] => is_year(groups[0]) && small(groups[1]) && small(groups[2]),
        _ => false,
    };
    is_time || is_date && !number.contains(',')
}

/// `1960s`.
fn is_decade(number: &str) -> bool {
    number.strip_suffix('s').is_some_and(|year| year.len() == 4 && year.ends_with('0') && is_year(year))
}

fn is_digits(text: &str) -> bool {
    run_of_digits(text) == text.len()
}

fn run_of_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// `3`, `12th`, `1er`.
fn is_day_of_month(number: &str) -> bool {
    let digits = number.chars().take_while(char::is_ascii_digit).count();
    let suffix = &number[digits..];
    let day = number[..digits].parse::<u32>();
    day.is_ok_and(|day| (1..=31).contains(&day))
        && matches!(suffix, "" | "st" | "nd" | "rd" | "th" | "er" | "º" | "e" | "-")
}

/// `2019`, `1990s`, `1914-18`.
fn is_year(number: &str) -> bool {
    let bytes = number.as_bytes();
    let starts_like_one =
        bytes.len() >= 4 && (number.starts_with("19") || number.starts_with("20") || number.starts_with("18"));
    starts_like_one
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && match &bytes[4..] {
            b"" | b"s" | b"er" => true,
            [b'-' | b'/', rest @ ..] => matches!(rest.len(), 2 | 4) && rest.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}
