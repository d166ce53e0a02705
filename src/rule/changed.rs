//! Which words a revision brought or took away, read from its diff.

use std::ops::Range;

use super::reading::Reading;
use super::scan::scan;
use super::subject::Place;
use crate::model::{Op, ParagraphChange, WordChange};

/// Which of the two texts of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
}

/// The runs of words of each block of the body on one side; `None` for a block that the diff does not name.
fn runs_of(paragraphs: &[ParagraphChange], side: Side, blocks: usize) -> Vec<Option<&[WordChange]>> {
    let mut runs = vec![None; blocks];
    for paragraph in paragraphs {
        let index = match side {
            Side::Old => paragraph.before,
            Side::New => paragraph.after,
        };
        if let Some(slot) = index.and_then(|index| runs.get_mut(index)) {
            *slot = Some(paragraph.words.as_slice());
        }
    }
    runs
}

/// For each word of a reading, whether the version brought it or, in the texts of the version before, took it away.
#[derive(Debug)]
pub(super) struct Changed {
    /// As it is written. A word counts when any part of it differs: `covid-20` for `covid-19` changes the second word
    /// only.
    pub written: Vec<bool>,
    /// As words are compared: not where the same word, otherwise written, stood or stands in its place. `CSTO` made from
    /// `csto` is no new word, but `US` made from `U.S` by taking a dot away is.
    pub folded: Vec<bool>,
}

/// Reads from the diff which words changed.
pub(super) fn words(reading: &Reading<'_>) -> Changed {
    let written = vec![reading.subject.is_all_new(); reading.words().len()];
    let mut changed = Changed { folded: written.clone(), written };
    let Some(diff) = reading.subject.diff() else { return changed };
    let mut mark = |place: Place, side: Side, runs: &[Option<&[WordChange]>]| {
        for (block, runs) in reading.blocks_of(place).zip(runs) {
            if let Some(runs) = runs {
                mark_block(reading, block, side, runs, &mut changed);
            }
        }
    };
    let fields = [
        (Place::Title, Place::OldTitle, &diff.headline),
        (Place::Summary, Place::OldSummary, &diff.summary),
        (Place::Correction, Place::OldCorrection, &diff.correction),
    ];
    for (new, old, runs) in fields {
        mark(new, Side::New, &[Some(runs.as_slice())]);
        mark(old, Side::Old, &[Some(runs.as_slice())]);
    }
    for (place, side) in [(Place::Body, Side::New), (Place::OldBody, Side::Old)] {
        mark(place, side, &runs_of(&diff.paragraphs, side, reading.blocks_of(place).len()));
    }
    changed
}

fn mark_block(reading: &Reading<'_>, block: u32, side: Side, runs: &[WordChange], changed: &mut Changed) {
    let text = reading.blocks[block as usize].text;
    let spans = changed_spans(runs, side, text.len());
    let base = reading.blocks[block as usize].base;
    let words = reading.words_in_block(block);
    let span = |at: u32| {
        let word = reading.word(at);
        (word.start - base) as usize..(word.end - base) as usize
    };
    for at in words.clone() {
        let is_changed = touches(&spans, &span(at));
        (changed.written[at as usize], changed.folded[at as usize]) = (is_changed, is_changed);
    }
    let hunks = hunks(runs, side);
    if hunks.iter().all(|hunk| hunk.theirs.is_empty()) {
        return;
    }
    let theirs = Words::of(&other_text(runs, side));
    for hunk in hunks {
        let bytes = base + hunk.ours.start as u32..base + hunk.ours.end as u32;
        let Some((first, last)) = reading.words_at(block, &bytes) else { continue };
        let ours: Vec<u32> = (first..=last).collect();
        let letters: Vec<&str> = ours.iter().map(|at| reading.letters(*at)).collect();
        for same in same_in_both(&letters, &theirs.among(&hunk.theirs)) {
            changed.folded[ours[same] as usize] = false;
        }
    }
}

/// A stretch of a diff where the texts differ: bytes of each.
struct Hunk {
    ours: Range<usize>,
    theirs: Range<usize>,
}

fn hunks(runs: &[WordChange], side: Side) -> Vec<Hunk> {
    let ours = if side == Side::Old { Op::Delete } else { Op::Insert };
    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut our_at, mut their_at, mut is_open) = (0, 0, false);
    for run in runs {
        let length = run.text.len();
        if run.op == Op::Equal {
            (our_at, their_at, is_open) = (our_at + length, their_at + length, false);
            continue;
        }
        if run.op == ours {
            our_at += length
        } else {
            their_at += length
        }
        let start = if run.op == ours { (our_at - length, their_at) } else { (our_at, their_at - length) };
        match hunks.last_mut().filter(|_| is_open) {
            Some(hunk) => (hunk.ours.end, hunk.theirs.end) = (our_at, their_at),
            None => hunks.push(Hunk { ours: start.0..our_at, theirs: start.1..their_at }),
        }
        is_open = true;
    }
    hunks
}

/// The text of the other side.
fn other_text(runs: &[WordChange], side: Side) -> String {
    let ours = if side == Side::Old { Op::Delete } else { Op::Insert };
    runs.iter().filter(|run| run.op != ours).map(|run| run.text.as_str()).collect()
}

/// The words of a text, folded, and where they stand.
struct Words(Vec<(Range<usize>, String)>);

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Vec::new();
        scan(text, &mut String::new(), |folded, word| {
            words.push((word.start..word.end, folded[word.letters_from..word.letters_to].to_owned()));
        });
        Self(words)
    }

    /// Those that the bytes touch.
    fn among(&self, bytes: &Range<usize>) -> Vec<&str> {
        let first = self.0.partition_point(|(span, _)| span.end <= bytes.start);
        let touched = self.0[first..].iter().take_while(|(span, _)| span.start < bytes.end);
        touched.map(|(_, letters)| letters.as_str()).collect()
    }
}

/// Words of two texts that are compared with each other, at most: their product.
const MAX_COMPARED: usize = 40_000;

/// Which of our words stand in theirs too, in the same order: as many as can be (their longest common subsequence), of
/// several such lists the one that begins first.
fn same_in_both(ours: &[&str], theirs: &[&str]) -> Vec<usize> {
    let (rows, columns) = (ours.len(), theirs.len());
    if rows * columns > MAX_COMPARED {
        return Vec::new();
    }
    // How many are the same from this word of ours, and that word of theirs, to the end.
    let mut same = vec![0_u32; (rows + 1) * (columns + 1)];
    let at = |row: usize, column: usize| row * (columns + 1) + column;
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            same[at(row, column)] = match ours[row] == theirs[column] {
                true => same[at(row + 1, column + 1)] + 1,
                false => same[at(row + 1, column)].max(same[at(row, column + 1)]),
            };
        }
    }
    let (mut column, mut found) = (0, Vec::new());
    for (row, word) in ours.iter().enumerate() {
        let Some(place) = theirs[column..].iter().position(|other| other == word) else { continue };
        let behind = column + place + 1;
        if same[at(row + 1, behind)] + 1 >= same[at(row + 1, column)] {
            found.push(row);
            column = behind;
        }
    }
    found
}

/// The bytes that differ, in order; an empty span is a place where only the other side has something.
fn changed_spans(runs: &[WordChange], side: Side, length: usize) -> Vec<Range<usize>> {
    let (ours, theirs) = match side {
        Side::Old => (Op::Delete, Op::Insert),
        Side::New => (Op::Insert, Op::Delete),
    };
    let mut at = 0;
    let mut spans = Vec::new();
    for run in runs {
        if run.op == theirs {
            spans.push(at..at);
            continue;
        }
        let end = at + run.text.len();
        if run.op == ours {
            spans.push(at..end);
        }
        at = end;
    }
    if at != length && !runs.is_empty() {
        // The diff is of another text: rather one word too many than one overlooked.
        spans.clear();
        spans.push(0..length);
    }
    spans
}

/// Whether one of the spans, which are in order, has a part of the word; an empty one inside of it counts.
fn touches(spans: &[Range<usize>], word: &Range<usize>) -> bool {
    let first = spans.partition_point(|span| span.end <= word.start);
    let near = spans[first..].iter().take_while(|span| span.start < word.end);
    near.into_iter().any(|span| !span.is_empty() || span.start > word.start)
}
