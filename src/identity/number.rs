//! The numbers by which publishers know their articles, told from dates.

use url::Url;

use super::shape;

/// A number of fewer digits is a page, a section, an hour, a year with its month.
const MIN_DIGITS: usize = 6;
/// One in a parameter that says so may be shorter.
const MIN_PARAMETER_DIGITS: usize = 4;
/// Codes of letters and digits are this long and as mixed as no word with a number is.
const MIN_CODE: usize = 8;
const MIN_CODE_DIGITS: usize = 3;
const MIN_CODE_TURNS: usize = 4;

/// The number or code of an article in its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id {
    /// In lower case.
    pub text: String,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the path, with so many parts behind it.
    Path(usize),
    Parameter,
}

impl Id {
    /// Numbers are compared with numbers only.
    pub fn is_number(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// The ids of an address: those of the path's last part, else of the part before it, else of a parameter.
///
/// A date is none, nor is what might be one: eight digits that make a day, six that make a month or a short day, twelve
/// and fourteen that make a moment.
pub(super) fn ids(url: &Url) -> Vec<Id> {
    for (behind, segment) in shape::segments(url).into_iter().rev().enumerate() {
        let found = codes(shape::without_extension(segment));
        if !found.is_empty() {
            return found.into_iter().map(|text| Id { text, place: Place::Path(behind) }).collect();
        }
    }
    let named = shape::id_parameters(url).into_iter();
    let long = named.filter(|value| {
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        digits >= MIN_PARAMETER_DIGITS && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    long.map(|text| Id { text, place: Place::Parameter }).collect()
}

/// The codes in a part of a path.
fn codes(segment: &str) -> Vec<String> {
    let segment = segment.to_ascii_lowercase();
    let tokens: Vec<&str> = segment.split(|c: char| !c.is_ascii_alphanumeric()).filter(|t| !t.is_empty()).collect();
    if let Some(at) = (0..tokens.len()).find(|at| is_uuid(&tokens[*at..])) {
        return vec![tokens[at..at + 5].join("-")];
    }
    tokens.into_iter().filter_map(code).map(str::to_owned).collect()
}

/// Whether a token of a slug is an article's number or code.
pub(super) fn is_id(token: &str) -> bool {
    code(token).is_some()
}

/// The number or code that a token is: of `n1086531` and `ncna1086531` the number, which they share.
fn code(token: &str) -> Option<&str> {
    number(token).or_else(|| is_code(token).then_some(token))
}

fn is_uuid(tokens: &[&str]) -> bool {
    tokens.len() >= 5
        && tokens
            .iter()
            .zip([8, 4, 4, 4, 12])
            .all(|(token, length)| token.len() == length && token.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Digits, perhaps behind a few letters (`a123456`, `art1234567`).
fn number(token: &str) -> Option<&str> {
    let digits = token.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let is_number = digits.len() >= MIN_DIGITS
        && token.len() - digits.len() <= 8
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !is_date(digits);
    is_number.then_some(digits)
}

fn is_code(token: &str) -> bool {
    let kinds: Vec<bool> = token.bytes().map(|byte| byte.is_ascii_digit()).collect();
    let turns = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    token.len() >= MIN_CODE
        && kinds.iter().filter(|digit| **digit).count() >= MIN_CODE_DIGITS
        && turns >= MIN_CODE_TURNS
}

/// Whether digits may be a day or a moment.
fn is_date(digits: &str) -> bool {
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let year = |from: usize| (1990..=2100).contains(&number(from, from + 4));
    let month = |from: usize| (1..=12).contains(&number(from, from + 2));
    let day = |from: usize| (1..=31).contains(&number(from, from + 2));
    let hour = |from: usize| number(from, from + 2) < 24 && number(from + 2, from + 4) < 60;
    match digits.len() {
        6 => {
            year(0) && month(4) || month(2) && day(4) && number(0, 2) <= 40 || day(0) && month(2) && number(4, 6) <= 40
        }
        8 => year(0) && month(4) && day(6) || year(4) && (day(0) && month(2) || month(0) && day(2)),
        12 | 14 => year(0) && month(4) && day(6) && hour(8),
        _ => false,
    }
}
