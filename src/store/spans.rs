//! Time cut into spans, and what there was in each.

use std::time::Duration;

use crate::model::Timestamp;

/// Spans of time that follow each other, each from its beginning until before the next.
///
/// They need not be of one length: a day has 23 to 25 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spans {
    /// The beginning of each, and the end of the last; in order, none twice.
    edges: Vec<Timestamp>,
}

impl Spans {
    /// Between these moments, which are put in order; fewer than two make no span.
    pub fn between(mut edges: Vec<Timestamp>) -> Self {
        edges.sort_unstable();
        edges.dedup();
        Self { edges }
    }

    /// `count` of one length, from `since` on.
    pub fn equal(since: Timestamp, length: Duration, count: u32) -> Self {
        Self::between((0..=count).map(|number| since + length * number).collect())
    }

    /// The beginning of the first and the end of the last; `None` where there is none.
    pub(super) fn bounds(&self) -> Option<(Timestamp, Timestamp)> {
        match self.edges.as_slice() {
            [first, .., last] => Some((*first, *last)),
            _ => None,
        }
    }

    /// The longest time, in milliseconds, of which every span is a multiple: what is counted by it falls into one of them.
    pub(super) fn grain(&self) -> i64 {
        let lengths = self.edges.windows(2).map(|pair| pair[1].as_millis() - pair[0].as_millis());
        lengths.reduce(greatest_common_divisor).unwrap_or(1)
    }

    /// Nothing in any of them, yet.
    pub(super) fn empty(&self) -> Vec<Activity> {
        self.edges.windows(2).map(|pair| Activity { at: pair[0], new: 0, revised: 0 }).collect()
    }

    /// Which of them a moment falls into; `None` outside of all.
    pub(super) fn find(&self, at: Timestamp) -> Option<usize> {
        let begun = self.edges.partition_point(|edge| *edge <= at);
        (begun < self.edges.len()).then(|| begun.checked_sub(1)).flatten()
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// What there was in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// The beginning of the span.
    pub at: Timestamp,
    pub new: u64,
    pub revised: u64,
}
