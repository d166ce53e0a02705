//! What a version must have so that a query can hold for it: few rare terms, by which many queries are filed.

use super::frequency::Frequencies;
use super::lexicon::{Kind, Lexicon, NONE, TermId};
use super::program::{Op, OpId, OpKind, Phrase, Program};

/// A term, or two in a row, without which a query, or a branch of it, cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub target: Target,
    /// A further term that the same branch needs; [`NONE`] where none is known.
    pub guard: TermId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Term(TermId),
    Pair(TermId, TermId),
}

/// Anchors of which at least one stands in every version that a node holds for, and in how many of 10,000 versions one
/// is thought to stand.
#[derive(Debug, Clone)]
struct Anchors {
    all: Vec<Anchor>,
    cost: u64,
}

/// The anchors of a query, as rare as can be; `None` where it can hold for a version that has nothing of it.
pub(super) fn anchors(program: &Program, root: OpId, frequencies: &Frequencies) -> Option<Vec<Anchor>> {
    let search = Search { program, frequencies };
    search.node(root).map(|anchors| anchors.all)
}

struct Search<'s> {
    program: &'s Program,
    frequencies: &'s Frequencies,
}

impl Search<'_> {
    fn node(&self, at: OpId) -> Option<Anchors> {
        let op = self.program.op(at);
        match op.kind {
            OpKind::All | OpKind::Near => self.rarest(at),
            OpKind::Any => self.of_each(at, 1),
            OpKind::AtLeast => self.of_each(at, self.program.count(op)),
            OpKind::Not | OpKind::Regex => None,
            OpKind::Word | OpKind::Fact => Some(self.term(self.program.term(op))),
            OpKind::Phrase | OpKind::Feed => self.phrase(op),
        }
    }

    /// Of nodes that must all hold, the rarest, guarded by another that is one term.
    fn rarest(&self, at: OpId) -> Option<Anchors> {
        let mut found: Vec<Anchors> = self.program.children(at).filter_map(|child| self.node(child)).collect();
        found.sort_by_key(|anchors| anchors.cost);
        let guard = found.iter().skip(1).find_map(Anchors::single);
        let mut rarest = found.into_iter().next()?;
        if let Some(guard) = guard {
            rarest.all.iter_mut().filter(|anchor| anchor.guard == NONE).for_each(|anchor| anchor.guard = guard);
        }
        Some(rarest)
    }

    /// Of nodes of which so many must hold, the rarest that cannot all be missing.
    fn of_each(&self, at: OpId, count: usize) -> Option<Anchors> {
        let children = self.program.children(at).count();
        let needed = (children + 1).saturating_sub(count);
        let mut found: Vec<Anchors> = self.program.children(at).filter_map(|child| self.node(child)).collect();
        if found.len() < needed {
            return None;
        }
        found.sort_by_key(|anchors| anchors.cost);
        found.truncate(needed);
        let cost = found.iter().map(|anchors| anchors.cost).sum();
        Some(Anchors { all: found.into_iter().flat_map(|anchors| anchors.all).collect(), cost })
    }

    fn term(&self, term: TermId) -> Anchors {
        Anchors { all: vec![Anchor { target: Target::Term(term), guard: NONE }], cost: self.cost(term) }
    }

    /// Of the words of a phrase, which must all be there: the rarest, or the two in a row that are.
    fn phrase(&self, op: Op) -> Option<Anchors> {
        let Phrase { cells, .. } = self.program.phrase(op);
        self.words(cells)
    }

    fn words<'c>(&'c self, mut cells: &'c [u32]) -> Option<Anchors> {
        let mut found: Vec<Anchors> = Vec::new();
        let mut before = None;
        while let Some((step, rest)) = self.program.step(cells) {
            let mut anchors = self.term(step.term);
            if let Some(split) = step.split {
                let split = self.words(split)?;
                anchors.cost += split.cost;
                anchors.all.extend(split.all);
                found.push(anchors);
            } else {
                found.extend(before.and_then(|before| self.pair(before, step.term)));
                found.push(anchors);
            }
            before = Some(step.term).filter(|_| step.split.is_none());
            cells = rest;
        }
        found.into_iter().min_by_key(|anchors| anchors.cost)
    }

    /// Words that stand next to each other are rarer together than the rarer of them.
    fn pair(&self, first: TermId, second: TermId) -> Option<Anchors> {
        let lexicon: &Lexicon = &self.program.lexicon;
        if lexicon.kind(first) != Kind::Word || lexicon.kind(second) != Kind::Word {
            return None;
        }
        let rarer = self.cost(first).min(self.cost(second));
        let anchor = Anchor { target: Target::Pair(first, second), guard: NONE };
        Some(Anchors { all: vec![anchor], cost: rarer / 4 })
    }

    fn cost(&self, term: TermId) -> u64 {
        self.frequencies.of(self.program.lexicon.kind(term), self.program.lexicon.text(term))
    }
}

impl Anchors {
    /// The one term that must be there.
    fn single(&self) -> Option<TermId> {
        match self.all[..] {
            [Anchor { target: Target::Term(term), .. }] => Some(term),
            [Anchor { target: Target::Pair(first, _), .. }] => Some(first),
            _ => None,
        }
    }
}
