//! A word or phrase as a rule asks for it.

use super::address;
use super::fold::{is_unspaced, plain, straight_apostrophe};
use super::scan::{Scanned, scan};
use super::words::{Joint, Splitting};

/// A word, or words in a row.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

/// Words that an apostrophe joins, or a single word.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub words: Vec<Wanted>,
    /// The same written together: `O'Neill` also finds `ONeill`.
    pub joined: Option<Wanted>,
}

#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub folded: Box<str>,
    pub form: Form,
    /// Must follow the word before it with nothing between: both are characters of one run.
    pub glued: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Prefix,
    /// At most so many letters off.
    Fuzzy(usize),
    /// The same characters, not only the same word.
    Exact(Box<str>),
}

/// How the words of a pattern are to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Folded,
    Exact,
    Fuzzy,
}

impl Pattern {
    /// Reads a term as it is written; a `*` directly after a word makes it a prefix.
    ///
    /// `None` when it holds no word.
    pub fn read(written: &str, comparison: Comparison, splitting: Splitting) -> Option<Self> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut whole = Spelled::default();
        each_word(written, splitting, |letters, word| {
            let own = Spelled { letters: letters.to_owned(), start: word.start, end: word.end };
            let is_run = whole.letters.ends_with(is_run) && own.letters.starts_with(is_run);
            let wanted = own.wanted(written, word.joint == Joint::Glued && is_run, comparison);
            match pieces.last_mut() {
                Some(piece) if word.joint == Joint::Apostrophe => {
                    whole = Spelled { letters: whole.letters.clone() + letters, start: whole.start, end: word.end };
                    piece.joined = Some(whole.wanted(written, false, comparison));
                    piece.words.push(wanted);
                }
                _ => {
                    pieces.push(Piece { words: vec![wanted], joined: None });
                    whole = own;
                }
            }
        });
        if comparison == Comparison::Fuzzy && pieces.len() > 1 {
            // Two loose ways to read each of many pieces would have to be tried in all combinations.
            pieces.iter_mut().for_each(|piece| piece.joined = None);
        }
        (!pieces.is_empty()).then_some(Self { pieces })
    }

    /// How many words there are, characters of unspaced scripts counted singly.
    pub fn words(&self) -> usize {
        self.wanted().count()
    }

    /// How many letters and digits the shortest finding has.
    pub fn letters(&self) -> usize {
        self.wanted().map(|wanted| wanted.folded.chars().count()).sum()
    }

    /// Whether the pattern is of a script whose words have few letters, or none that can be counted.
    pub fn is_terse_script(&self) -> bool {
        let is_hangul = |c: char| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}');
        self.wanted().any(|wanted| wanted.folded.contains(|c| is_unspaced(c) || is_hangul(c)))
    }

    /// Whether it is whole words, in any spelling, and the label names them with a blank between each.
    pub fn is_plainly(&self, label: &str) -> bool {
        let is_plain = |piece: &Piece| piece.joined.is_none() && piece.words.iter().all(Wanted::is_plain);
        let words = || self.wanted().map(|wanted| &*wanted.folded);
        self.pieces.iter().all(is_plain) && label.split(' ').eq(words())
    }

    /// The folded words with a blank between each.
    pub fn spelled(&self) -> String {
        self.wanted().map(|wanted| &*wanted.folded).collect::<Vec<_>>().join(" ")
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The one word of the pattern, where it is no more than that and may be written in any way.
    pub fn single(&self) -> Option<&Wanted> {
        match &self.pieces[..] {
            [Piece { words, joined: None }] => match &words[..] {
                [word] if !word.glued && !matches!(word.form, Form::Exact(_)) => Some(word),
                _ => None,
            },
            _ => None,
        }
    }

    fn wanted(&self) -> impl Iterator<Item = &Wanted> {
        self.pieces.iter().flat_map(|piece| &piece.words)
    }
}

impl Wanted {
    fn is_plain(&self) -> bool {
        self.form == Form::Whole && !self.glued
    }
}

fn each_word(written: &str, splitting: Splitting, mut each: impl FnMut(&str, Scanned)) {
    let mut folded = String::new();
    let mut take = |folded: &str, word: Scanned| each(&folded[word.letters_from..word.letters_to], word);
    match splitting {
        Splitting::Prose => scan(written, &mut folded, take),
        Splitting::Address => address::scan(written, &mut folded, &mut take),
    }
}

/// A word of a term: its letters folded, and where it is written. Apostrophes inside of it are no letters.
#[derive(Debug, Default)]
struct Spelled {
    letters: String,
    start: usize,
    end: usize,
}

impl Spelled {
    fn wanted(&self, written: &str, glued: bool, comparison: Comparison) -> Wanted {
        let is_prefix = written[self.end..].starts_with(['*', '＊']);
        let form = match comparison {
            Comparison::Exact => Form::Exact(without_apostrophes(&plain(&written[self.start..self.end]).text).into()),
            // A run of characters goes on anyway: its prefix is the run itself.
            _ if self.letters.contains(is_unspaced) => Form::Whole,
            _ if is_prefix => Form::Prefix,
            Comparison::Fuzzy => fuzzy(&self.letters),
            Comparison::Folded => Form::Whole,
        };
        Wanted { folded: self.letters.as_str().into(), form, glued }
    }
}

fn without_apostrophes(text: &str) -> String {
    text.chars().filter(|c| straight_apostrophe(*c) != '\'').collect()
}

/// A character of an unspaced script or a mark on one.
fn is_run(c: char) -> bool {
    is_unspaced(c) || ('\u{3099}'..='\u{309a}').contains(&c)
}

/// One letter off for words of three to five letters, two for longer ones; figures must be right.
fn fuzzy(folded: &str) -> Form {
    if folded.contains(char::is_numeric) {
        return Form::Whole;
    }
    match folded.chars().count() {
        0..=2 => Form::Whole,
        3..=5 => Form::Fuzzy(1),
        _ => Form::Fuzzy(2),
    }
}
