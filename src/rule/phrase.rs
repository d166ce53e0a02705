//! Words in a row, looked for in a reading.

use std::ops::Range;

use super::evaluate::Occurrence;
use super::program::{Phrase, Program, Step};
use super::reading::Reading;

/// Hands over the occurrences of the phrase that begin among `range`, in order, until one is enough.
pub(super) fn find(
    phrase: Phrase<'_>,
    program: &Program,
    reading: &Reading<'_>,
    range: &Range<u32>,
    mut is_enough: impl FnMut(Occurrence) -> bool,
) {
    let search = Search { program, reading };
    if !search.can_stand(phrase.cells) {
        return;
    }
    search.each_start(phrase.cells, range, |first| {
        let end = search.end_of(phrase.cells, first, reading.word(first).block);
        end.is_some_and(|end| is_enough(Occurrence { first, last: end - 1 }))
    });
}

/// Whether the phrase is the whole of a block, or, where it ends in a `*`, its beginning.
pub(super) fn is_whole_block(phrase: Phrase<'_>, program: &Program, reading: &Reading<'_>, block: u32) -> bool {
    let range = reading.words_in_block(block);
    let search = Search { program, reading };
    let end = if range.is_empty() { None } else { search.end_of(phrase.cells, range.start, block) };
    end.is_some_and(|end| end == range.end || program.label_of(phrase).ends_with('*'))
}

struct Search<'s> {
    program: &'s Program,
    reading: &'s Reading<'s>,
}

impl Search<'_> {
    /// Whether the version has the words at all. Those that another word may replace are left for the search itself.
    fn can_stand<'c>(&'c self, mut cells: &'c [u32]) -> bool {
        while let Some((step, rest)) = self.program.step(cells) {
            if step.split.is_none() && !self.reading.has(step.term) {
                return false;
            }
            cells = rest;
        }
        true
    }

    /// Hands over the words with which the phrase can begin, in order, until one is enough.
    fn each_start(&self, cells: &[u32], range: &Range<u32>, mut is_enough: impl FnMut(u32) -> bool) {
        match self.program.step(cells) {
            Some((Step { term, split: None, .. }, _)) => self.reading.each(term, range, is_enough),
            _ => {
                self.starts(cells, range).into_iter().any(&mut is_enough);
            }
        }
    }

    /// The words with which the phrase can begin.
    fn starts(&self, cells: &[u32], range: &Range<u32>) -> Vec<u32> {
        let Some((step, _)) = self.program.step(cells) else { return Vec::new() };
        let mut starts = self.reading.find(step.term, range);
        if let Some(split) = step.split {
            starts.extend(self.starts(split, range));
            starts.sort_unstable();
            starts.dedup();
        }
        starts
    }

    /// The end of the words from `at` on that answer to the cells, all in the block.
    ///
    /// A word and the words it stands in place of begin differently, so that this goes back at most once for each.
    fn end_of(&self, cells: &[u32], at: u32, block: u32) -> Option<u32> {
        let Some((step, rest)) = self.program.step(cells) else { return Some(at) };
        if let Some(split) = step.split
            && let Some(behind) = self.end_of(split, at, block)
            && let Some(end) = self.end_of(rest, behind, block)
        {
            return Some(end);
        }
        if self.answers(&step, at, block) { self.end_of(rest, at + 1, block) } else { None }
    }

    fn answers(&self, step: &Step<'_>, at: u32, block: u32) -> bool {
        let Some(word) = self.reading.words().get(at as usize) else { return false };
        word.block == block
            && (word.glued || !step.glued)
            && self.reading.answers(at, step.term, &self.program.lexicon)
            && step.exact.is_none_or(|exact| self.reading.is_written(at, exact))
    }
}
