//! NEAR and ONEAR: words that stand close to each other.

use std::cell::RefCell;
use std::collections::HashMap;

use super::evaluate::{Evaluation, Findings, MAX_MATCHES, Occurrence};
use super::explanation::{Apart, Closest};
use super::node::Link;
use super::program::{OpId, OpKind};
use crate::model::Match;

/// Whether the operands stand near each other, each to the one before; adds the findings that do.
pub(super) fn holds(evaluation: &Evaluation<'_>, at: OpId, found: Findings<'_>) -> bool {
    let near = Nearness { evaluation, known: found.is_some().then(RefCell::default) };
    let groups = near.taking_part(at);
    if let Some(found) = found {
        let operands = evaluation.program.children(at).zip(&groups);
        operands.for_each(|(operand, group)| near.report(operand, group, found));
    }
    groups.iter().all(|group| !group.is_empty())
}

/// Why the operands are not near each other: of the first neighbours that are not, else of all together. `None` where
/// one of them stands nowhere, which says it all.
pub(super) fn apart(evaluation: &Evaluation<'_>, at: OpId) -> Option<Apart> {
    let near = Nearness { evaluation, known: Some(RefCell::default()) };
    let operands = near.operands(at);
    let all: Vec<Vec<Occurrence>> = operands.iter().map(|operand| near.occurrences(*operand)).collect();
    if all.iter().any(Vec::is_empty) {
        return None;
    }
    for (nth, link) in near.links(at, operands.len()).into_iter().enumerate() {
        let (left, right) = (&all[nth], &all[nth + 1]);
        if !near.linked(left, right, Direction::of(link)).is_empty() {
            continue;
        }
        let Some((one, other)) = near.nearest(left, right, link.in_order) else {
            return Some(if near.share_a_block(left, right) { Apart::Overlapping } else { Apart::InOtherBlocks });
        };
        let mut matches = Vec::new();
        near.report(operands[nth], &[one], &mut matches);
        near.report(operands[nth + 1], &[other], &mut matches);
        let is_reversed = other.last < one.first;
        let words = if is_reversed { one.first - other.last } else { other.first - one.last };
        return Some(Apart::TooFar(Closest {
            words: words as usize,
            allowed: link.words,
            is_reversed: is_reversed && link.in_order,
            matches,
        }));
    }
    Some(Apart::NoChain)
}

struct Nearness<'n> {
    evaluation: &'n Evaluation<'n>,
    /// Where the leaves stand that were looked for; `None` where nobody asks for one twice.
    known: Option<RefCell<HashMap<OpId, Vec<Occurrence>>>>,
}

impl Nearness<'_> {
    fn operands(&self, near: OpId) -> Vec<OpId> {
        self.evaluation.program.children(near).collect()
    }

    /// How each operand but the last stands to the next.
    fn links(&self, near: OpId, operands: usize) -> Vec<Link> {
        let program = self.evaluation.program;
        (0..operands - 1).map(|nth| program.link(program.op(near), nth)).collect()
    }

    /// For each operand, its occurrences that are part of a whole chain.
    ///
    /// A chain `a NEAR b NEAR c` asks for a `b` that has an `a` as well as a `c` near it. Filtering from the left and
    /// then from the right leaves exactly those, and costs no more than the occurrences and their windows.
    fn taking_part(&self, near: OpId) -> Vec<Vec<Occurrence>> {
        let operands = self.operands(near);
        let links = self.links(near, operands.len());
        let mut groups: Vec<Vec<Occurrence>> = Vec::with_capacity(operands.len());
        for operand in &operands {
            let mut all = self.occurrences(*operand);
            if let (Some(before), Some(link)) = (groups.last(), links.get(groups.len().wrapping_sub(1))) {
                all = self.linked(&all, before, link.reversed());
            }
            if all.is_empty() {
                return vec![Vec::new(); operands.len()];
            }
            groups.push(all);
        }
        for (at, link) in links.iter().enumerate().rev() {
            groups[at] = self.linked(&groups[at], &groups[at + 1], Direction::of(*link));
        }
        groups
    }

    /// Everything an operand can stand for, sorted, without repeats.
    fn occurrences(&self, at: OpId) -> Vec<Occurrence> {
        let op = self.evaluation.program.op(at);
        let mut all = match op.kind {
            OpKind::Word | OpKind::Phrase | OpKind::Regex => return self.leaf(at),
            OpKind::Near => self.taking_part(at).concat(),
            _ => self.evaluation.program.children(at).flat_map(|child| self.occurrences(child)).collect(),
        };
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Where a leaf stands, in order.
    fn leaf(&self, at: OpId) -> Vec<Occurrence> {
        let find = || {
            let mut all = self.evaluation.occurrences(self.evaluation.program.op(at));
            all.sort_unstable();
            all.dedup();
            all
        };
        match &self.known {
            None => find(),
            Some(known) => known.borrow_mut().entry(at).or_insert_with(find).clone(),
        }
    }

    /// Whether one of each list stands in the same block. Both are sorted.
    fn share_a_block(&self, left: &[Occurrence], right: &[Occurrence]) -> bool {
        let mut blocks = right.iter().map(|one| self.block_of(one)).peekable();
        left.iter().map(|one| self.block_of(one)).any(|block| {
            while blocks.next_if(|other| *other < block).is_some() {}
            blocks.peek() == Some(&block)
        })
    }

    fn block_of(&self, occurrence: &Occurrence) -> u32 {
        self.evaluation.reading.word(occurrence.first).block
    }

    /// Those of `from` that have one of `to` near them. Both are sorted.
    fn linked(&self, from: &[Occurrence], to: &[Occurrence], direction: Direction) -> Vec<Occurrence> {
        let mut ends: Vec<u32> = to.iter().map(|one| one.last).collect();
        ends.sort_unstable();
        // Of the others the closest decides: where it stands in another block, so do those that are further away.
        let follows = |one: &Occurrence| {
            let next = to.get(to.partition_point(|other| other.first <= one.last));
            next.is_some_and(|next| self.is_near(one.last, next.first, direction))
        };
        let precedes = |one: &Occurrence| {
            let before = ends.partition_point(|end| *end < one.first).checked_sub(1).map(|at| ends[at]);
            before.is_some_and(|before| self.is_near(before, one.first, direction))
        };
        let is_linked = |one: &&Occurrence| (direction.after && follows(one)) || (direction.before && precedes(one));
        from.iter().filter(is_linked).copied().collect()
    }

    /// Whether so few words part the two, of which the first comes first, and both stand in one block.
    fn is_near(&self, first: u32, second: u32, direction: Direction) -> bool {
        let block = |word: u32| self.evaluation.reading.word(word).block;
        second - first <= direction.words && block(first) == block(second)
    }

    /// One of each list, in one block, as near to each other as any; where the order counts, in that order if there are
    /// such at all. Both lists are sorted.
    fn nearest(&self, left: &[Occurrence], right: &[Occurrence], in_order: bool) -> Option<(Occurrence, Occurrence)> {
        let is_here = |one: &Occurrence, other: &&Occurrence| self.block_of(one) == self.block_of(other);
        let pairs = left.iter().flat_map(|one| {
            let behind = right.partition_point(|other| other.first <= one.last);
            let next = right[behind..].first().filter(|other| is_here(one, other));
            let before = right[..behind].iter().rev().take_while(|other| is_here(one, other));
            let before = before.into_iter().find(|other| other.last < one.first);
            let next = next.map(|other| (false, other.first - one.last, *one, *other));
            let before = before.map(|other| (in_order, one.first - other.last, *one, *other));
            next.into_iter().chain(before)
        });
        pairs.min_by_key(|(is_reversed, words, ..)| (*is_reversed, *words)).map(|(_, _, one, other)| (one, other))
    }

    /// Tells where the leaves of an operand stand, of those occurrences that take part.
    fn report(&self, at: OpId, group: &[Occurrence], found: &mut Vec<Match>) {
        let op = self.evaluation.program.op(at);
        match op.kind {
            OpKind::Word | OpKind::Phrase | OpKind::Regex => {
                let own = self.leaf(at).into_iter();
                let own: Vec<_> = own.filter(|one| group.binary_search(one).is_ok()).take(MAX_MATCHES).collect();
                self.evaluation.report(&own, op, found);
            }
            OpKind::Near => {
                let groups = self.with_partners(at, group);
                let operands = self.evaluation.program.children(at).zip(&groups);
                operands.for_each(|(operand, group)| self.report(operand, group, found));
            }
            _ => self.evaluation.program.children(at).for_each(|child| self.report(child, group, found)),
        }
    }

    /// For each operand of an inner NEAR, its occurrences in `group` and those that make their chains whole.
    fn with_partners(&self, near: OpId, group: &[Occurrence]) -> Vec<Vec<Occurrence>> {
        let all = self.taking_part(near);
        let links = self.links(near, all.len());
        let in_group = |one: &Occurrence| group.binary_search(one).is_ok();
        let mut kept: Vec<Vec<Occurrence>> =
            all.iter().map(|own| own.iter().copied().filter(in_group).collect()).collect();
        let to_the_right = links.iter().enumerate().map(|(at, link)| (at, at + 1, link.reversed()));
        let to_the_left = links.iter().enumerate().rev().map(|(at, link)| (at + 1, at, Direction::of(*link)));
        for (from, to, direction) in to_the_right.chain(to_the_left) {
            let partners = self.linked(&all[to], &kept[from], direction);
            kept[to].extend(partners);
            kept[to].sort_unstable();
            kept[to].dedup();
        }
        kept
    }
}

/// Which neighbours count.
#[derive(Debug, Clone, Copy)]
struct Direction {
    words: u32,
    before: bool,
    after: bool,
}

impl Direction {
    /// As the left operand looks at the right one.
    fn of(link: Link) -> Self {
        Self { words: distance(link), before: !link.in_order, after: true }
    }
}

/// At most 1,000.
fn distance(link: Link) -> u32 {
    u32::try_from(link.words).unwrap_or(u32::MAX)
}

impl Link {
    /// As the right operand looks at the left one.
    fn reversed(self) -> Direction {
        Direction { words: distance(self), before: true, after: !self.in_order }
    }
}
