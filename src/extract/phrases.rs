//! The words by which pages say that they are no article, by kind.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::Quality;

use super::wording;

/// Longest prompt, in words: longer ones are prose that only speaks of such things.
const MAX_PROMPT_WORDS: usize = 30;
/// A prompt comes to the point within so many characters.
const PROMPT_BEGINS_WITHIN: usize = 40;

/// A title that says nothing else is half as long again at most, and this, halved.
const SPARE_LETTERS: usize = 4;

static TITLES: LazyLock<Vec<(Quality, &str)>> = LazyLock::new(|| listed(include_str!("unfit.txt")));
static PROMPTS: LazyLock<Vec<(Quality, &str)>> = LazyLock::new(|| listed(include_str!("walls.txt")));

/// Whether any prompt stands in a text at all: most blocks of a page have none, and are told in one pass.
static ANY_PROMPT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let phrases: Vec<String> = PROMPTS.iter().map(|(_, phrase)| regex::escape(phrase)).collect();
    Regex::new(&phrases.join("|")).ok()
});

/// What titles and main headings say, in lower case.
pub fn titles() -> impl Iterator<Item = (Quality, &'static str)> {
    TITLES.iter().copied()
}

fn listed(list: &'static str) -> Vec<(Quality, &'static str)> {
    let lines = list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
    let named = |(kind, phrase)| Some((Quality::ALL.into_iter().find(|quality| quality.word() == kind)?, phrase));
    lines.filter_map(named).collect()
}

/// Whether a title holds a phrase, at the start of a word.
pub fn says(title: &str, phrase: &str) -> bool {
    place(&wording::lower(title), phrase).is_some()
}

/// Whether a title says a phrase and hardly anything else; the site's name beside it does not count.
pub fn says_only(title: &str, phrase: &str) -> bool {
    let parts = title.split(['|', '·', '—', '–', '»', '«']).flat_map(|part| part.split(" - "));
    let mut parts = parts.filter(|part| says(part, phrase)).peekable();
    let whole = parts.peek().is_none();
    let letters = |text: &str| wording::letters(text).chars().count();
    let is_most = |part: &str| letters(part) * 2 <= letters(phrase) * 3 + SPARE_LETTERS;
    if whole { is_most(title) } else { parts.any(is_most) }
}

/// Whether a paragraph only asks to pay, to log in or to agree.
pub fn prompts(text: &str) -> bool {
    prompt(text).is_some()
}

/// What a block of text prompts its reader to do or tells of the site, if it is no more than that.
pub fn prompt(text: &str) -> Option<Quality> {
    if wording::size(text) > MAX_PROMPT_WORDS {
        return None;
    }
    let text = wording::lower(text);
    if ANY_PROMPT.as_ref().is_some_and(|any| !any.is_match(&text)) {
        return None;
    }
    let early = |phrase: &str| place(&text, phrase).is_some_and(|at| at <= PROMPT_BEGINS_WITHIN);
    PROMPTS.iter().find(|(_, phrase)| early(phrase)).map(|(quality, _)| *quality)
}

fn place(lower: &str, phrase: &str) -> Option<usize> {
    let mut found = lower.match_indices(phrase).map(|(index, _)| index);
    found.find(|index| !lower[..*index].ends_with(|c: char| c.is_alphabetic() && !is_spaceless(c)))
}

fn is_spaceless(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}
