//! The difference of two token sequences: which stretches were replaced, cleaned up so that a person reads phrases.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::token::{Text, TokenKind};
use crate::model::{Op, WordChange};

/// A stretch of old tokens that became a stretch of new ones; one of them may be empty. Between the hunks of a script
/// the tokens of both sides are the same to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// Above this many items on both sides together, sequences are compared only when they have runs in common: Myers'
/// heuristics keep the work near `n · √n`, which is a second for texts of 1 MB that have nothing in common.
const MANY_ITEMS: usize = 100_000;
const SHORTEST_RUN: usize = 8;
const LONGEST_RUN: usize = 64;
const LEAST_RUNS_IN_COMMON: (usize, usize) = (1, 5);
/// A run that stands more often than this tells nothing: texts of two words have every run in common.
const MAX_REPEATS: u32 = 64;

/// The hunks between two sequences, in order, not touching each other.
pub(super) fn hunks(old: &[u32], new: &[u32]) -> Vec<Hunk> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - suffix], &new_rest[..new_rest.len() - suffix]);
    if old_middle.is_empty() && new_middle.is_empty() {
        return Vec::new();
    }
    let is_one_sided = old_middle.is_empty() || new_middle.is_empty();
    let is_long = old_middle.len() + new_middle.len() > MANY_ITEMS;
    if is_one_sided || is_long && !have_runs_in_common(old_middle, new_middle) {
        let hunk = Hunk { old: prefix..old.len() - suffix, new: prefix..new.len() - suffix };
        return vec![hunk];
    }
    // Without a deadline on purpose: a clock would give two answers to one question.
    let mut hunks: Vec<Hunk> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (op.old_range(), op.new_range());
        match hunks.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            _ => hunks.push(Hunk { old, new }),
        }
    }
    hunks
}

/// Whether a fifth of the new sequence's runs of items stands in the old one, where chance alone would not put them.
fn have_runs_in_common(old: &[u32], new: &[u32]) -> bool {
    let length = telling_length(old).max(telling_length(new));
    let mut known: HashMap<&[u32], u32> = HashMap::new();
    old.windows(length).for_each(|run| *known.entry(run).or_default() += 1);
    let (runs, common) = new.windows(length).step_by(3).fold((0, 0), |(runs, common), run| {
        (runs + 1, common + usize::from(known.get(run).is_some_and(|times| *times <= MAX_REPEATS)))
    });
    let (share, of) = LEAST_RUNS_IN_COMMON;
    common * of >= runs * share
}

/// How long a run must be to stand in another sequence of this make for a better reason than chance: the fewer bits an
/// item carries, the longer.
fn telling_length(items: &[u32]) -> usize {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    items.iter().for_each(|item| *counts.entry(*item).or_default() += 1);
    let total = items.len().max(2) as f64;
    // Sorted, since sums of fractions depend on their order.
    let mut counts: Vec<u32> = counts.into_values().collect();
    counts.sort_unstable();
    let bits: f64 = counts.iter().map(|count| f64::from(*count) / total).map(|share| -share * share.log2()).sum();
    let length = (total.log2() / bits.max(0.1)).ceil() as usize + 4;
    length.clamp(SHORTEST_RUN, LONGEST_RUN)
}

/// Joins hunks that only a word or two keeps apart, where both are longer than what stands between them.
///
/// After the semantic clean-up of diff-match-patch. A number never disappears into a hunk.
pub(super) fn join_close(hunks: impl Iterator<Item = Hunk>, old: &Text) -> Vec<Hunk> {
    let mut joined: Vec<Hunk> = Vec::new();
    for mut hunk in hunks {
        while let Some(last) = joined.last() {
            if !belongs_together(last, &hunk, old) {
                break;
            }
            hunk = Hunk { old: last.old.start..hunk.old.end, new: last.new.start..hunk.new.end };
            joined.pop();
        }
        joined.push(hunk);
    }
    joined
}

fn belongs_together(first: &Hunk, second: &Hunk, old: &Text) -> bool {
    let between = &old.tokens[first.old.end..second.old.start];
    if between.len() > 7 || between.iter().any(|token| token.kind == TokenKind::Number) {
        return false;
    }
    let words = between.iter().filter(|token| token.is_word()).count();
    let least = first.size().min(second.size());
    match words {
        0 => least >= 2,
        1..=3 => least >= 2 * words,
        _ => false,
    }
}

impl Hunk {
    fn size(&self) -> usize {
        self.old.len().max(self.new.len())
    }
}

/// The runs of words that a script stands for. Those that are not `Insert` join to the old text, those that are not
/// `Delete` to the new one, byte for byte: where equal tokens are spelt with other bytes, both spellings appear.
pub(super) fn word_changes(old: &Text, new: &Text, hunks: &[Hunk]) -> Vec<WordChange> {
    let mut runs = Runs::default();
    let (mut i, mut j) = (0, 0);
    for hunk in hunks {
        runs.equal_tokens(old, new, i..hunk.old.start, j);
        runs.replaced(covered(old, &hunk.old), covered(new, &hunk.new));
        (i, j) = (hunk.old.end, hunk.new.end);
    }
    runs.equal_tokens(old, new, i..old.tokens.len(), j);
    runs.equal_or_replaced(&old.source[end_of(old)..], &new.source[end_of(new)..]);
    runs.finish()
}

/// The source of these tokens with the white space before each.
fn covered<'t>(text: &Text<'t>, range: &Range<usize>) -> &'t str {
    if range.is_empty() {
        return "";
    }
    &text.source[text.tokens[range.start].gap..text.tokens[range.end - 1].end]
}

fn end_of(text: &Text) -> usize {
    text.tokens.last().map_or(0, |token| token.end)
}

#[derive(Default)]
struct Runs {
    done: Vec<WordChange>,
    equal: String,
    deleted: String,
    inserted: String,
}

impl Runs {
    fn equal_tokens(&mut self, old: &Text, new: &Text, range: Range<usize>, new_start: usize) {
        for (offset, index) in range.enumerate() {
            let (a, b) = (old.tokens[index], new.tokens[new_start + offset]);
            self.equal_or_replaced(&old.source[a.gap..a.start], &new.source[b.gap..b.start]);
            self.equal_or_replaced(&old.source[a.start..a.end], &new.source[b.start..b.end]);
        }
    }

    fn equal_or_replaced(&mut self, old: &str, new: &str) {
        if old != new {
            return self.replaced(old, new);
        }
        if !old.is_empty() {
            self.close_edit();
            self.equal.push_str(old);
        }
    }

    fn replaced(&mut self, old: &str, new: &str) {
        self.deleted.push_str(old);
        self.inserted.push_str(new);
    }

    /// Ends a replaced stretch; white space that both sides begin or end with stays outside of it.
    fn close_edit(&mut self) {
        if self.deleted.is_empty() && self.inserted.is_empty() {
            return;
        }
        let (deleted, inserted) = (std::mem::take(&mut self.deleted), std::mem::take(&mut self.inserted));
        if deleted == inserted {
            return self.equal.push_str(&deleted);
        }
        let head = common_space(deleted.chars(), inserted.chars());
        let (old, new) = (&deleted[head..], &inserted[head..]);
        let tail = common_space(old.chars().rev(), new.chars().rev());
        self.equal.push_str(&deleted[..head]);
        self.flush_equal();
        self.push(Op::Delete, &old[..old.len() - tail]);
        self.push(Op::Insert, &new[..new.len() - tail]);
        self.equal.push_str(&old[old.len() - tail..]);
    }

    fn flush_equal(&mut self) {
        let equal = std::mem::take(&mut self.equal);
        self.push(Op::Equal, &equal);
    }

    fn push(&mut self, op: Op, text: &str) {
        if !text.is_empty() {
            self.done.push(WordChange { op, text: text.to_owned() });
        }
    }

    fn finish(mut self) -> Vec<WordChange> {
        self.close_edit();
        self.flush_equal();
        self.done
    }
}

/// The bytes of white space that both begin with.
fn common_space(old: impl Iterator<Item = char>, new: impl Iterator<Item = char>) -> usize {
    old.zip(new).take_while(|(a, b)| a == b && a.is_whitespace()).map(|(a, _)| a.len_utf8()).sum()
}
