//! Which words a revision brought or took away, read from its diff.

use std::ops::Range;

use super::stream::Stream;
use crate::model::{Op, ParagraphChange, WordChange};

/// Which of the two texts of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

/// The runs of words of each block of the body on one side; `None` for a block that the diff does not name.
pub(super) fn runs_of(paragraphs: &[ParagraphChange], side: Side, blocks: usize) -> Vec<Option<&[WordChange]>> {
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

/// For each word of the stream, whether its block's runs insert it (`New`) or delete it (`Old`).
///
/// A word counts when any part of it differs: `covid-20` for `covid-19` changes the second word only, but `US` made
/// from `U.S` by taking a dot away is another word.
pub(super) fn changed_words<T: AsRef<[WordChange]>>(stream: &Stream, side: Side, runs: &[Option<T>]) -> Vec<bool> {
    let mut changed = vec![false; stream.words.len()];
    for (block, runs) in (0..stream.blocks.len()).zip(runs) {
        let Some(runs) = runs else { continue };
        let spans = changed_spans(runs.as_ref(), side, stream.blocks[block].text.len());
        let base = stream.blocks[block].base;
        for at in stream.words_of(block) {
            let word = &stream.words[at];
            changed[at] = touches(&spans, word.start - base, word.end - base);
        }
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
