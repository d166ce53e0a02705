//! A word or phrase as a rule asks for it, and the words of a text that answer to it.

use std::ops::Range;

use super::fold::{Mapped, folded, is_unspaced, plain, straight_apostrophe};
use super::stream::Stream;
use super::words::{Joint, Splitting, Word, words};

/// A word, or words in a row.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

/// Words that an apostrophe joins, or a single word.
#[derive(Debug, Clone)]
struct Piece {
    words: Vec<Wanted>,
    /// The same written together: `O'Neill` also finds `ONeill`.
    joined: Option<Wanted>,
}

#[derive(Debug, Clone)]
struct Wanted {
    folded: Box<str>,
    form: Form,
    /// Must follow the word before it with nothing between: both are characters of one run.
    glued: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
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
        let text = folded(written);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut before: Option<Range<usize>> = None;
        for word in words(&text, splitting) {
            let wanted = wanted(written, &text, &word, comparison);
            match pieces.last_mut() {
                Some(piece) if word.joint == Joint::Apostrophe => {
                    let whole = before.as_ref().map_or(word.folded.start, |range| range.start)..word.folded.end;
                    piece.joined = Some(joined(written, &text, whole.clone(), comparison));
                    piece.words.push(wanted);
                    before = Some(whole);
                }
                _ => {
                    pieces.push(Piece { words: vec![wanted], joined: None });
                    before = Some(word.folded);
                }
            }
        }
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

    /// A word that every text with this pattern holds, folded, with the one that may stand in its place.
    pub fn anchor(&self) -> Option<Vec<&str>> {
        let longest = |words: &'_ [Wanted]| -> Option<usize> {
            let whole = words.iter().enumerate().filter(|(_, w)| matches!(w.form, Form::Whole | Form::Exact(_)));
            whole.max_by_key(|(_, w)| w.folded.len()).map(|(index, _)| index)
        };
        let anchors = self.pieces.iter().filter_map(|piece| {
            let mut anchor = vec![&*piece.words[longest(&piece.words)?].folded];
            if let Some(joined) = &piece.joined {
                longest(std::slice::from_ref(joined))?;
                anchor.push(&joined.folded);
            }
            Some(anchor)
        });
        anchors.max_by_key(|anchor| anchor.iter().map(|word| word.len()).min())
    }

    /// The ranges of words (first and last) that answer to the pattern, in order, at most `limit`.
    pub fn find(&self, stream: &Stream, limit: usize) -> Vec<(usize, usize)> {
        let Some(resolved) = self.resolve(stream) else { return Vec::new() };
        let starts = resolved[0].starts(stream);
        let found = starts.into_iter().filter_map(|start| {
            let end = match_from(&resolved, stream, start, start)?;
            Some((start, end - 1))
        });
        found.take(limit).collect()
    }

    /// Whether the pattern answers to all words of the stream's block `block`, first to last.
    pub fn is_whole_block(&self, stream: &Stream, block: usize) -> bool {
        let range = stream.words_of(block);
        let Some(resolved) = self.resolve(stream) else { return false };
        !range.is_empty() && match_from(&resolved, stream, range.start, range.start) == Some(range.end)
    }

    fn wanted(&self) -> impl Iterator<Item = &Wanted> {
        self.pieces.iter().flat_map(|piece| &piece.words)
    }

    fn resolve<'p>(&'p self, stream: &Stream) -> Option<Vec<ResolvedPiece<'p>>> {
        self.pieces.iter().map(|piece| piece.resolve(stream)).collect()
    }
}

fn wanted(written: &str, text: &Mapped, word: &Word, comparison: Comparison) -> Wanted {
    let glued = word.joint == Joint::Glued && text.text[..word.folded.start].ends_with(is_run) && {
        let first = text.text[word.folded.clone()].chars().next();
        first.is_some_and(is_run)
    };
    let origin = text.origin(word.folded.clone());
    let is_prefix = written[origin.end..].starts_with(['*', '＊']);
    let exact = plain(&written[origin]).text;
    form_word(&text.text[word.folded.clone()], exact, is_prefix, glued, comparison)
}

/// A character of an unspaced script or a mark on one.
fn is_run(c: char) -> bool {
    is_unspaced(c) || ('\u{3099}'..='\u{309a}').contains(&c)
}

fn joined(written: &str, text: &Mapped, whole: Range<usize>, comparison: Comparison) -> Wanted {
    let origin = text.origin(whole.clone());
    let is_prefix = written[origin.end..].starts_with(['*', '＊']);
    let without = |text: &str| -> String { text.chars().filter(|c| straight_apostrophe(*c) != '\'').collect() };
    let exact = without(&plain(&written[origin]).text);
    form_word(&without(&text.text[whole]), exact, is_prefix, false, comparison)
}

fn form_word(folded: &str, exact: String, is_prefix: bool, glued: bool, comparison: Comparison) -> Wanted {
    let is_run = folded.contains(is_unspaced);
    let form = match comparison {
        Comparison::Exact => Form::Exact(exact.into()),
        // A run of characters goes on anyway: its prefix is the run itself.
        _ if is_run => Form::Whole,
        _ if is_prefix => Form::Prefix,
        Comparison::Fuzzy => fuzzy(folded),
        Comparison::Folded => Form::Whole,
    };
    Wanted { folded: folded.into(), form, glued }
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

/// A piece with the spellings of one text that answer to it.
struct ResolvedPiece<'p> {
    words: Option<Vec<ResolvedWord<'p>>>,
    joined: Option<ResolvedWord<'p>>,
}

struct ResolvedWord<'p> {
    wanted: &'p Wanted,
    spellings: Spellings,
}

/// Ranks in a stream's sorted vocabulary.
enum Spellings {
    Range(Range<usize>),
    /// Sorted.
    List(Vec<usize>),
}

impl Piece {
    fn resolve(&self, stream: &Stream) -> Option<ResolvedPiece<'_>> {
        let words: Option<Vec<_>> = self.words.iter().map(|word| word.resolve(stream)).collect();
        let joined = self.joined.as_ref().and_then(|word| word.resolve(stream));
        (words.is_some() || joined.is_some()).then_some(ResolvedPiece { words, joined })
    }
}

impl Wanted {
    /// `None` when the text has no such word.
    fn resolve(&self, stream: &Stream) -> Option<ResolvedWord<'_>> {
        let spellings = match &self.form {
            Form::Whole | Form::Exact(_) => {
                let rank = stream.rank(&self.folded)?;
                Spellings::Range(rank..rank + 1)
            }
            Form::Prefix => Spellings::Range(stream.ranks_with_prefix(&self.folded)),
            Form::Fuzzy(off) => Spellings::List(stream.ranks_near(&self.folded, *off)),
        };
        (!spellings.is_empty()).then_some(ResolvedWord { wanted: self, spellings })
    }
}

impl Spellings {
    fn is_empty(&self) -> bool {
        match self {
            Self::Range(range) => range.is_empty(),
            Self::List(list) => list.is_empty(),
        }
    }

    fn contains(&self, rank: usize) -> bool {
        match self {
            Self::Range(range) => range.contains(&rank),
            Self::List(list) => list.binary_search(&rank).is_ok(),
        }
    }

    fn positions(&self, stream: &Stream) -> Vec<usize> {
        let mut positions: Vec<usize> = match self {
            Self::Range(range) => range.clone().flat_map(|rank| stream.positions(rank)).copied().collect(),
            Self::List(list) => list.iter().flat_map(|rank| stream.positions(*rank)).copied().collect(),
        };
        positions.sort_unstable();
        positions
    }
}

impl ResolvedPiece<'_> {
    fn starts(&self, stream: &Stream) -> Vec<usize> {
        let split = self.words.iter().map(|words| &words[0]);
        let mut starts: Vec<usize> =
            split.chain(&self.joined).flat_map(|word| word.spellings.positions(stream)).collect();
        starts.sort_unstable();
        starts.dedup();
        starts
    }
}

impl ResolvedWord<'_> {
    fn answers(&self, stream: &Stream, at: usize) -> bool {
        let Some(word) = stream.words.get(at) else { return false };
        if !self.spellings.contains(word.rank) || (self.wanted.glued && !word.glued) {
            return false;
        }
        match &self.wanted.form {
            Form::Exact(exact) => stream.is_written(at, exact),
            _ => true,
        }
    }
}

/// The end of the words from `at` on that answer to the pieces, all in the block of the word `first`.
///
/// A piece and its joined form begin with different words, so that this goes back at most once for each piece.
fn match_from(pieces: &[ResolvedPiece], stream: &Stream, first: usize, at: usize) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else { return Some(at) };
    let in_block = |at: usize| stream.words.get(at).is_some_and(|word| word.block == stream.words[first].block);
    if let Some(words) = &piece.words {
        let fits = words.iter().enumerate().all(|(n, word)| in_block(at + n) && word.answers(stream, at + n));
        if fits && let Some(end) = match_from(rest, stream, first, at + words.len()) {
            return Some(end);
        }
    }
    let joined = piece.joined.as_ref()?;
    if !in_block(at) || !joined.answers(stream, at) {
        return None;
    }
    match_from(rest, stream, first, at + 1)
}
