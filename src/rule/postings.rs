//! Rules, filed under what a version must have for them.

use hashbrown::HashTable;

use super::anchor::{Anchor, Target};
use super::lexicon::{NONE, TermId};
use super::reading::Reading;

/// Which rules to look at for the terms that a version has.
#[derive(Debug, Clone, Default)]
pub(super) struct Postings {
    /// Where the postings of each term begin, and then those of each pair; one more for the end.
    starts: Vec<u32>,
    all: Vec<Posting>,
    /// Two words in a row, by their places in `starts` behind the terms.
    pairs: Vec<(TermId, TermId)>,
    /// The numbers of the pairs.
    by_pair: HashTable<u32>,
    /// How many terms the lexicon has.
    terms: u32,
    /// A bit for each term that is the first of a pair.
    firsts: Vec<u64>,
    /// Rules that no term of a version can be asked for, in order.
    always: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Posting {
    rule: u32,
    /// A term that the version must have besides; [`NONE`] where none is known.
    guard: TermId,
}

impl Postings {
    /// Files rules 0, 1, … by their anchors; `terms` is how many the lexicon has.
    pub fn new(anchors: impl Iterator<Item = Option<Vec<Anchor>>>, terms: usize) -> Self {
        let mut postings = Self { terms: number(terms), ..Self::default() };
        let mut filed: Vec<(u32, Posting)> = Vec::new();
        for (rule, anchors) in (0..).zip(anchors) {
            let Some(anchors) = anchors else {
                postings.always.push(rule);
                continue;
            };
            for Anchor { target, guard } in anchors {
                filed.push((postings.place_of(target), Posting { rule, guard }));
            }
        }
        postings.firsts = vec![0; terms.div_ceil(64)];
        for (first, _) in &postings.pairs {
            postings.firsts[*first as usize / 64] |= 1 << (first % 64);
        }
        postings.always.shrink_to_fit();
        postings.pairs.shrink_to_fit();
        postings.by_pair.shrink_to_fit(|pair| spread(postings.pairs[*pair as usize]));
        filed.sort_unstable();
        filed.dedup();
        postings.starts = starts(&filed, terms + postings.pairs.len());
        postings.all = filed.into_iter().map(|(_, posting)| posting).collect();
        postings
    }

    /// The rules that every version is held against.
    pub fn always(&self) -> &[u32] {
        &self.always
    }

    /// The rules that may match, in order, each once.
    pub fn candidates(&self, reading: &Reading<'_>) -> Vec<u32> {
        let mut candidates = Vec::with_capacity(self.always.len() + 64);
        candidates.extend(&self.always);
        for term in reading.present() {
            self.add(term, reading, &mut candidates);
        }
        if !self.pairs.is_empty() {
            let neighbours = reading.neighbours().filter(|(first, _)| self.is_first(*first));
            let mut pairs: Vec<u32> = neighbours.filter_map(|pair| self.pair(pair)).collect();
            // Two words may stand in a row all through a text.
            pairs.sort_unstable();
            pairs.dedup();
            pairs.into_iter().for_each(|pair| self.add(self.terms + pair, reading, &mut candidates));
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    fn add(&self, place: u32, reading: &Reading<'_>, candidates: &mut Vec<u32>) {
        let range = self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize;
        let guarded = self.all[range].iter().filter(|posting| posting.guard == NONE || reading.has(posting.guard));
        candidates.extend(guarded.map(|posting| posting.rule));
    }

    fn is_first(&self, term: TermId) -> bool {
        self.firsts[term as usize / 64] & (1 << (term % 64)) != 0
    }

    fn pair(&self, pair: (TermId, TermId)) -> Option<u32> {
        self.by_pair.find(spread(pair), |number| self.pairs[*number as usize] == pair).copied()
    }

    fn place_of(&mut self, target: Target) -> u32 {
        let pair = match target {
            Target::Term(term) => return term,
            Target::Pair(first, second) => (first, second),
        };
        let known = self.pair(pair);
        self.terms + known.unwrap_or_else(|| self.add_pair(pair))
    }

    fn add_pair(&mut self, pair: (TermId, TermId)) -> u32 {
        let new = number(self.pairs.len());
        self.pairs.push(pair);
        let pairs = &self.pairs;
        self.by_pair.insert_unique(spread(pair), new, |pair| spread(pairs[*pair as usize]));
        new
    }
}

/// Where each place's postings begin among those that are filed, which are sorted.
fn starts(filed: &[(u32, Posting)], places: usize) -> Vec<u32> {
    let mut starts = vec![0; places + 1];
    filed.iter().for_each(|(place, _)| starts[*place as usize + 1] += 1);
    for place in 0..places {
        starts[place + 1] += starts[place];
    }
    starts
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("the rules of a configuration are below 2³² terms")
}

/// Spreads numbers that follow each other. They are the configuration's own: nobody outside chooses them.
fn spread((first, second): (TermId, TermId)) -> u64 {
    let mixed = ((u64::from(first) << 32) | u64::from(second)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}
