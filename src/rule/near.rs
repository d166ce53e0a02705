//! NEAR and ONEAR: words that stand close to each other.

use super::evaluate::{self, Occurrence};
use super::node::{Asked, Leaf, Link, Near, Node, NodeKind, Scope};
use super::subject::Subject;
use crate::model::Match;

/// Whether the operands stand near each other, each to the one before; adds the findings that do.
pub(super) fn holds(near: &Near, subject: &Subject, found: &mut Vec<Match>) -> bool {
    let groups = taking_part(near, subject);
    let operands = near.operands.iter().zip(&groups);
    operands.for_each(|(operand, group)| report(operand, group, subject, found));
    groups.iter().all(|group| !group.is_empty())
}

/// For each operand, its occurrences that are part of a whole chain.
///
/// A chain `a NEAR b NEAR c` asks for a `b` that has an `a` as well as a `c` near it. Filtering from the left and then
/// from the right leaves exactly those, and costs no more than the occurrences and their windows.
fn taking_part(near: &Near, subject: &Subject) -> Vec<Vec<Occurrence>> {
    let mut groups: Vec<Vec<Occurrence>> = Vec::with_capacity(near.operands.len());
    for operand in &near.operands {
        let mut all = positions(operand, subject);
        if let (Some(before), Some(link)) = (groups.last(), near.links.get(groups.len().wrapping_sub(1))) {
            all = linked(&all, before, link.reversed());
        }
        if all.is_empty() {
            return near.operands.iter().map(|_| Vec::new()).collect();
        }
        groups.push(all);
    }
    for at in (0..near.links.len()).rev() {
        groups[at] = linked(&groups[at], &groups[at + 1], Direction::of(near.links[at]));
    }
    groups
}

/// Everything an operand can stand for, sorted, without repeats.
fn positions(node: &Node, subject: &Subject) -> Vec<Occurrence> {
    let mut all: Vec<Occurrence> = match &node.kind {
        NodeKind::Leaf(leaf) => evaluate::occurrences(leaf, subject),
        NodeKind::Near(near) => taking_part(near, subject).concat(),
        _ => node.children().iter().flat_map(|child| positions(child, subject)).collect(),
    };
    all.sort_unstable();
    all.dedup();
    all
}

/// Which neighbours count.
#[derive(Debug, Clone, Copy)]
struct Direction {
    words: usize,
    before: bool,
    after: bool,
}

impl Direction {
    /// As the left operand looks at the right one.
    fn of(link: Link) -> Self {
        Self { words: link.words, before: !link.in_order, after: true }
    }
}

impl Link {
    /// As the right operand looks at the left one.
    fn reversed(self) -> Direction {
        Direction { words: self.words, before: true, after: !self.in_order }
    }
}

/// Those of `from` that have one of `to` near them. Both are sorted.
fn linked(from: &[Occurrence], to: &[Occurrence], direction: Direction) -> Vec<Occurrence> {
    let longest = to.iter().map(|one| one.last - one.first).max().unwrap_or(0);
    let is_linked = |one: &&Occurrence| {
        let before = one.first.saturating_sub(direction.words + longest);
        let earliest = if direction.before { before } else { one.last + 1 };
        let start =
            to.partition_point(|other| (other.place, other.block, other.first) < (one.place, one.block, earliest));
        let window = to[start..].iter().take_while(|other| {
            (other.place, other.block) == (one.place, one.block) && other.first <= one.last + direction.words
        });
        let mut window = window.filter(|other| {
            (direction.after && other.first > one.last)
                || (direction.before && other.last < one.first && one.first - other.last <= direction.words)
        });
        window.next().is_some()
    };
    from.iter().filter(is_linked).copied().collect()
}

/// Tells where the leaves of an operand stand, of those occurrences that take part.
fn report(node: &Node, group: &[Occurrence], subject: &Subject, found: &mut Vec<Match>) {
    match &node.kind {
        NodeKind::Leaf(leaf) => {
            let own = evaluate::occurrences(leaf, subject);
            let own = own.into_iter().filter(|one| group.binary_search(one).is_ok()).take(evaluate::MAX_MATCHES);
            evaluate::report(own, leaf, scope(leaf), subject, found);
        }
        NodeKind::Near(near) => {
            let groups = with_partners(near, group, subject);
            let operands = near.operands.iter().zip(&groups);
            operands.for_each(|(operand, group)| report(operand, group, subject, found));
        }
        _ => node.children().iter().for_each(|child| report(child, group, subject, found)),
    }
}

/// For each operand of an inner `Near`, its occurrences in `group` and those that make their chains whole.
fn with_partners(near: &Near, group: &[Occurrence], subject: &Subject) -> Vec<Vec<Occurrence>> {
    let all = taking_part(near, subject);
    let in_group = |one: &Occurrence| group.binary_search(one).is_ok();
    let mut kept: Vec<Vec<Occurrence>> = all.iter().map(|own| own.iter().copied().filter(in_group).collect()).collect();
    let steps = 0..near.links.len();
    let to_the_right = steps.clone().map(|at| (at, at + 1, near.links[at].reversed()));
    let to_the_left = steps.rev().map(|at| (at + 1, at, Direction::of(near.links[at])));
    for (from, to, direction) in to_the_right.chain(to_the_left) {
        let partners = linked(&all[to], &kept[from], direction);
        kept[to].extend(partners);
        kept[to].sort_unstable();
        kept[to].dedup();
    }
    kept
}

fn scope(leaf: &Leaf) -> Scope {
    match leaf.asked {
        Asked::Words(scope, _) | Asked::Regex(scope, _) => scope,
        _ => Scope::Anywhere,
    }
}
