//! Which paragraph became which: equal ones first, then similar ones in place, then those that moved.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::fold::fold;
use super::script::{self, Hunk};
use super::token::{Text, Vocabulary};
use crate::model::ParagraphOp;

/// A paragraph before, after, or both. `Change` and `Move` may differ in words; `Equal` looks the same to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub op: ParagraphOp,
    pub before: Option<usize>,
    pub after: Option<usize>,
}

/// Least overlap of words for paragraphs at the same place, and at different ones (measured: 464 of 570 moves found,
/// 37 too many).
const SIMILAR: f32 = 0.4;
/// Least overlap where one paragraph stands in place of one.
const IN_ITS_PLACE: f32 = 0.3;
const MOVED: f32 = 0.6;
/// Up to this many words, a paragraph in place of another is that paragraph, changed.
const SHORT: usize = 2;
/// A paragraph that grew or shrank shares most words of its shorter form.
const CONTAINED: f32 = 0.75;
/// Stretches up to this many pairs are aligned by looking at every pair.
const MAX_PAIRS: usize = 4_096;
/// A word that stands in more paragraphs than this says nothing about which is which.
const MAX_POSTINGS: usize = 12;

/// The rows of two lists of paragraphs, in reading order: new ones in their order, deleted ones where they stood.
pub(super) fn rows(old: &[&str], new: &[&str], vocabulary: &mut Vocabulary) -> Vec<Row> {
    let mut ids: HashMap<u64, u32> = HashMap::new();
    let mut id = |text: &&str| {
        let next = ids.len() as u32;
        *ids.entry(hash(&fold(text))).or_insert(next)
    };
    let old_ids: Vec<u32> = old.iter().map(&mut id).collect();
    let new_ids: Vec<u32> = new.iter().map(&mut id).collect();
    let gaps = script::hunks(&old_ids, &new_ids);
    let mut matching = Matching::new(old.len(), new.len());
    matching.equal_outside(&gaps);
    let mut bag = |text: &&str| Bag::of(&Text::read(text, vocabulary), vocabulary);
    let (mut old_bags, mut new_bags) = (Bags::new(), Bags::new());
    for gap in &gaps {
        old_bags.extend(gap.old.clone().map(|index| (index, bag(&old[index]))));
        new_bags.extend(gap.new.clone().map(|index| (index, bag(&new[index]))));
    }
    for gap in &gaps {
        matching.similar_within(gap, &old_bags, &new_bags);
    }
    matching.moved_exactly(&old_ids, &new_ids);
    matching.moved_with_changes(&old_bags, &new_bags);
    matching.into_rows(&old_ids, &new_ids)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The words of a paragraph, sorted, without punctuation; all numbers are one word.
#[derive(Debug, Default)]
pub(super) struct Bag {
    words: Vec<u32>,
}

impl Bag {
    pub fn of(text: &Text, vocabulary: &Vocabulary) -> Self {
        Self::of_range(text, 0..text.tokens.len(), vocabulary)
    }

    pub fn of_range(text: &Text, range: Range<usize>, vocabulary: &Vocabulary) -> Self {
        let mut words: Vec<u32> = text.tokens[range].iter().filter_map(|token| vocabulary.gist(token.key)).collect();
        words.sort_unstable();
        Self { words }
    }

    /// The share of words in common (Dice), or the share of the shorter one's where that is nearly all of it.
    fn likeness(&self, other: &Bag) -> f32 {
        let (a, b) = (self.words.len(), other.words.len());
        if a == 0 || b == 0 {
            return 0.0;
        }
        let common = self.common(other) as f32;
        let contained = common / a.min(b) as f32;
        let dice = 2.0 * common / (a + b) as f32;
        if a.min(b) >= 6 && contained >= CONTAINED { dice.max(SIMILAR + 0.1 * contained) } else { dice }
    }

    fn overlap(&self, other: &Bag) -> f32 {
        let total = self.words.len() + other.words.len();
        if total == 0 { 0.0 } else { 2.0 * self.common(other) as f32 / total as f32 }
    }

    fn common(&self, other: &Bag) -> usize {
        let (mut i, mut j, mut common) = (0, 0, 0);
        while let (Some(a), Some(b)) = (self.words.get(i), other.words.get(j)) {
            common += usize::from(a == b);
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        common
    }
}

/// The words of paragraphs by their index.
type Bags = HashMap<usize, Bag>;

/// Who is whose counterpart so far.
struct Matching {
    new_of_old: Vec<Option<usize>>,
    old_of_new: Vec<Option<usize>>,
    is_moved: Vec<bool>,
}

impl Matching {
    fn new(old: usize, new: usize) -> Self {
        Self { new_of_old: vec![None; old], old_of_new: vec![None; new], is_moved: vec![false; new] }
    }

    fn join(&mut self, old: usize, new: usize) {
        self.new_of_old[old] = Some(new);
        self.old_of_new[new] = Some(old);
    }

    fn join_moved(&mut self, old: usize, new: usize) {
        self.join(old, new);
        self.is_moved[new] = true;
    }

    fn equal_outside(&mut self, gaps: &[Hunk]) {
        let (mut i, mut j) = (0, 0);
        let end = Hunk { old: self.new_of_old.len()..0, new: self.old_of_new.len()..0 };
        for gap in gaps.iter().chain(std::iter::once(&end)) {
            (i..gap.old.start).zip(j..gap.new.start).for_each(|(old, new)| self.join(old, new));
            (i, j) = (gap.old.end, gap.new.end);
        }
    }

    fn similar_within(&mut self, gap: &Hunk, old: &Bags, new: &Bags) {
        if gap.old.is_empty() || gap.new.is_empty() {
            return;
        }
        if gap.old.len() == 1 && gap.new.len() == 1 {
            let (before, after) = (gap.old.start, gap.new.start);
            let are_short = old[&before].words.len().max(new[&after].words.len()) <= SHORT;
            if are_short || old[&before].likeness(&new[&after]) >= IN_ITS_PLACE {
                self.join(before, after);
            }
            return;
        }
        let pairs = if gap.old.len().saturating_mul(gap.new.len()) <= MAX_PAIRS {
            best_in_order(gap, old, new)
        } else {
            let old_list: Vec<(usize, &Bag)> = gap.old.clone().map(|index| (index, &old[&index])).collect();
            let new_list: Vec<(usize, &Bag)> = gap.new.clone().map(|index| (index, &new[&index])).collect();
            let anchors = in_order(by_rare_words(&old_list, &new_list, SIMILAR + 0.1, 1));
            with_pairs_between(anchors, gap, old, new)
        };
        pairs.into_iter().for_each(|(old, new)| self.join(old, new));
    }

    /// The same text elsewhere.
    fn moved_exactly(&mut self, old_ids: &[u32], new_ids: &[u32]) {
        let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
        for old in (0..old_ids.len()).rev().filter(|old| self.new_of_old[*old].is_none()) {
            places.entry(old_ids[old]).or_default().push(old);
        }
        for (new, id) in new_ids.iter().enumerate() {
            if self.old_of_new[new].is_some() {
                continue;
            }
            if let Some(old) = places.get_mut(id).and_then(Vec::pop) {
                self.join_moved(old, new);
            }
        }
    }

    /// Nearly the same text elsewhere.
    fn moved_with_changes(&mut self, old: &Bags, new: &Bags) {
        let free = |partners: &[Option<usize>], index: usize| partners[index].is_none();
        let old: Vec<(usize, &Bag)> = (0..self.new_of_old.len())
            .filter(|index| free(&self.new_of_old, *index))
            .filter_map(|index| Some((index, old.get(&index)?)))
            .collect();
        let new: Vec<(usize, &Bag)> = (0..self.old_of_new.len())
            .filter(|index| free(&self.old_of_new, *index))
            .filter_map(|index| Some((index, new.get(&index)?)))
            .collect();
        for (old, new) in by_rare_words(&old, &new, MOVED, 5) {
            self.join_moved(old, new);
        }
    }

    fn into_rows(self, old_ids: &[u32], new_ids: &[u32]) -> Vec<Row> {
        let mut rows = Vec::with_capacity(old_ids.len().max(new_ids.len()));
        let mut next_old = 0;
        let deletions = |range: Range<usize>, rows: &mut Vec<Row>| {
            let gone = range.filter(|old| self.new_of_old[*old].is_none());
            rows.extend(gone.map(|old| Row { op: ParagraphOp::Delete, before: Some(old), after: None }));
        };
        // Deleted paragraphs come before what was put in their place, so look ahead to the next one that stayed.
        let mut next_anchor = self.anchors();
        for new in 0..self.old_of_new.len() {
            if let Some(anchor) = next_anchor[new].take() {
                deletions(next_old..anchor, &mut rows);
                next_old = next_old.max(anchor);
            }
            let before = self.old_of_new[new];
            let op = match before {
                None => ParagraphOp::Insert,
                Some(_) if self.is_moved[new] => ParagraphOp::Move,
                Some(old) if old_ids[old] == new_ids[new] => ParagraphOp::Equal,
                Some(_) => ParagraphOp::Change,
            };
            rows.push(Row { op, before, after: Some(new) });
            if let (Some(old), false) = (before, self.is_moved[new]) {
                next_old = old + 1;
            }
        }
        deletions(next_old..old_ids.len(), &mut rows);
        rows
    }

    /// For each new paragraph, the old one that the next paragraph which stayed in place was.
    fn anchors(&self) -> Vec<Option<usize>> {
        let mut anchors = vec![None; self.old_of_new.len()];
        let mut next = Some(self.new_of_old.len());
        for new in (0..anchors.len()).rev() {
            if !self.is_moved[new] && self.old_of_new[new].is_some() {
                next = self.old_of_new[new];
            }
            anchors[new] = next;
        }
        anchors
    }
}

/// The anchors of a long stretch with the pairs that are found between them where that is near enough.
fn with_pairs_between(anchors: Vec<(usize, usize)>, gap: &Hunk, old: &Bags, new: &Bags) -> Vec<(usize, usize)> {
    let mut pairs = Vec::with_capacity(anchors.len());
    let (mut i, mut j) = (gap.old.start, gap.new.start);
    for (before, after) in anchors.into_iter().chain(std::iter::once((gap.old.end, gap.new.end))) {
        let between = Hunk { old: i..before, new: j..after };
        if between.old.len().saturating_mul(between.new.len()) <= MAX_PAIRS {
            pairs.extend(best_in_order(&between, old, new));
        }
        if before < gap.old.end && after < gap.new.end {
            pairs.push((before, after));
        }
        (i, j) = (before + 1, after + 1);
    }
    pairs
}

/// The pairs, in the order of both sides, that have most in common together (as in sequence alignment).
fn best_in_order(gap: &Hunk, old: &Bags, new: &Bags) -> Vec<(usize, usize)> {
    let (rows, columns) = (gap.old.len(), gap.new.len());
    let mut likeness = vec![0.0_f32; rows * columns];
    let mut best = vec![0.0_f32; (rows + 1) * (columns + 1)];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let alike = old[&(gap.old.start + i)].likeness(&new[&(gap.new.start + j)]);
            likeness[i * columns + j] = alike;
            let skip = best[(i + 1) * (columns + 1) + j].max(best[i * (columns + 1) + j + 1]);
            let take = if alike >= SIMILAR { alike + best[(i + 1) * (columns + 1) + j + 1] } else { 0.0 };
            best[i * (columns + 1) + j] = skip.max(take);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < rows && j < columns {
        let here = best[i * (columns + 1) + j];
        let alike = likeness[i * columns + j];
        if alike >= SIMILAR && here <= alike + best[(i + 1) * (columns + 1) + j + 1] {
            pairs.push((gap.old.start + i, gap.new.start + j));
            (i, j) = (i + 1, j + 1);
        } else if here <= best[(i + 1) * (columns + 1) + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Pairs texts by the words that only a few of them have, each with the one that shares most; linear in the words.
pub(super) fn by_rare_words(
    old: &[(usize, &Bag)],
    new: &[(usize, &Bag)],
    least_overlap: f32,
    least_words: usize,
) -> Vec<(usize, usize)> {
    let mut postings: HashMap<u32, Vec<usize>> = HashMap::new();
    for (position, (_, bag)) in old.iter().enumerate() {
        let mut words = bag.words.clone();
        words.dedup();
        for word in words {
            let places = postings.entry(word).or_default();
            if places.len() <= MAX_POSTINGS {
                places.push(position);
            }
        }
    }
    let mut taken = vec![false; old.len()];
    let mut pairs = Vec::new();
    for (new_index, bag) in new.iter().filter(|(_, bag)| bag.words.len() >= least_words) {
        let mut votes: HashMap<usize, usize> = HashMap::new();
        for word in &bag.words {
            let places = postings.get(word).filter(|places| places.len() <= MAX_POSTINGS);
            places
                .into_iter()
                .flatten()
                .filter(|place| !taken[**place])
                .for_each(|place| *votes.entry(*place).or_default() += 1);
        }
        let mut candidates: Vec<(usize, usize)> = votes.into_iter().map(|(place, count)| (count, place)).collect();
        candidates.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let overlaps = candidates.iter().take(4).map(|(_, place)| (old[*place].1.overlap(bag), *place));
        let best = overlaps.fold((0.0, 0), |best, next| if next.0 > best.0 { next } else { best });
        if best.0 >= least_overlap {
            taken[best.1] = true;
            pairs.push((old[best.1].0, *new_index));
        }
    }
    pairs
}

/// The longest run of pairs that rises on both sides; pairs come sorted by their second part.
fn in_order(pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut tails: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (old, _)) in pairs.iter().enumerate() {
        let length = tails.partition_point(|tail| pairs[*tail].0 < *old);
        previous.push(length.checked_sub(1).map(|shorter| tails[shorter]));
        if length == tails.len() { tails.push(at) } else { tails[length] = at }
    }
    let mut chain = Vec::with_capacity(tails.len());
    let mut at = tails.last().copied();
    while let Some(index) = at {
        chain.push(pairs[index]);
        at = previous[index];
    }
    chain.reverse();
    chain
}
