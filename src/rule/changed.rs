//! Which words a revision brought or took away, read from its diff.

use std::ops::Range;

use super::reading::Reading;
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
///
/// A word counts when any part of it differs: `covid-20` for `covid-19` changes the second word only, but `US` made
/// from `U.S` by taking a dot away is another word.
pub(super) fn words(reading: &Reading<'_>) -> Vec<bool> {
    let mut changed = vec![reading.subject.is_all_new(); reading.words().len()];
    let Some(diff) = reading.subject.diff() else { return changed };
    let mut mark = |place: Place, side: Side, runs: &[Option<&[WordChange]>]| {
        for (block, runs) in reading.blocks_of(place).zip(runs) {
            let Some(runs) = runs else { continue };
            let spans = changed_spans(runs, side, reading.blocks[block as usize].text.len());
            let base = reading.blocks[block as usize].base;
            for at in reading.words_in_block(block) {
                let word = reading.word(at);
                changed[at as usize] = touches(&spans, (word.start - base) as usize, (word.end - base) as usize);
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

fn touches(spans: &[Range<usize>], start: usize, end: usize) -> bool {
    let first = spans.partition_point(|span| span.end <= start);
    spans[first..].iter().take_while(|span| span.start < end).any(|span| !span.is_empty() || span.start > start)
}
