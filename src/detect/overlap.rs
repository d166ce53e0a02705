//! What two lists of texts have in common: the same texts in the same order, and texts with most words the same.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// Most places at which one text is looked for: a text that stands more often is a label.
const MAX_PLACES: usize = 32;
/// Most pairs of texts that are compared word by word.
const MAX_PAIRS: usize = 20_000;
/// The share of words, in hundredths, from which two texts are one that was edited.
const LEAST_ALIKE: usize = 50;

/// A text to be found: what tells it from others, and how much it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought {
    pub key: u64,
    pub weight: usize,
}

/// The places `(old, new)` at which equal texts stand in the same order; the choice that has most text in it.
pub(super) fn common_in_order(old: &[Sought], new: &[u64]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, key) in new.iter().enumerate() {
        places.entry(*key).or_default().push(index);
    }
    let mut pairs: Vec<Pair> = Vec::new();
    let mut best = Best(vec![None; new.len() + 1]);
    for (index, sought) in old.iter().enumerate() {
        let found = places.get(&sought.key).map(Vec::as_slice).unwrap_or_default();
        // From the last place on, so that no text is found twice.
        for place in found.iter().take(MAX_PLACES).rev() {
            let before = best.up_to(*place);
            let weight = sought.weight + 1 + before.map_or(0, |(weight, _)| weight);
            best.raise(*place, (weight, pairs.len()));
            pairs.push(Pair { old: index, new: *place, before: before.map(|(_, pair)| pair) });
        }
    }
    let mut common = Vec::new();
    let mut at = best.up_to(new.len()).map(|(_, pair)| pair);
    while let Some(pair) = at {
        common.push((pairs[pair].old, pairs[pair].new));
        at = pairs[pair].before;
    }
    common.reverse();
    common
}

/// Two equal texts, with the pair before them in the heaviest list that ends here.
struct Pair {
    old: usize,
    new: usize,
    before: Option<usize>,
}

/// The heaviest list that ends before each place, with its last pair: a binary indexed tree (Fenwick, 1994).
struct Best(Vec<Option<(usize, usize)>>);

impl Best {
    fn up_to(&self, place: usize) -> Option<(usize, usize)> {
        let mut at = place;
        let mut heaviest = None;
        while at > 0 {
            heaviest = heavier(heaviest, self.0[at]);
            at &= at - 1;
        }
        heaviest
    }

    fn raise(&mut self, place: usize, list: (usize, usize)) {
        let mut at = place + 1;
        while at < self.0.len() {
            self.0[at] = heavier(self.0[at], Some(list));
            at += at & at.wrapping_neg();
        }
    }
}

/// The first of two where they weigh the same.
fn heavier(one: Option<(usize, usize)>, other: Option<(usize, usize)>) -> Option<(usize, usize)> {
    match (one, other) {
        (Some(one), Some(other)) if other.0 > one.0 => Some(other),
        (None, other) => other,
        _ => one,
    }
}

/// The words of a text as hashes, sorted: pairs of long texts are compared by the thousand.
#[derive(Debug)]
pub(super) struct Words(Vec<u64>);

impl Words {
    pub fn of(text: &str) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<u64> = words.flat_map(split_spaceless).map(|word| hash(&word.to_lowercase())).collect();
        words.sort_unstable();
        Self(words)
    }

    /// Whether all words of the other are among these.
    pub fn holds(&self, other: &Self) -> bool {
        let mut mine = self.0.iter();
        other.0.iter().all(|word| mine.by_ref().any(|own| own == word))
    }

    /// Whether most words are the same.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.likeness(other) >= LEAST_ALIKE
    }

    /// The words in common, as hundredths of the mean length.
    fn likeness(&self, other: &Self) -> usize {
        let (mut one, mut two) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0;
        while let (Some(left), Some(right)) = (one.peek(), two.peek()) {
            match left.cmp(right) {
                std::cmp::Ordering::Less => drop(one.next()),
                std::cmp::Ordering::Greater => drop(two.next()),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    one.next();
                    two.next();
                }
            }
        }
        200 * common / (self.0.len() + other.0.len()).max(1)
    }
}

fn hash(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// In scripts without spaces, each character is as good as a word.
fn split_spaceless(word: &str) -> Vec<&str> {
    if word.is_ascii() || word.chars().count() <= 12 {
        return vec![word];
    }
    word.char_indices().map(|(at, character)| &word[at..at + character.len_utf8()]).collect()
}

/// Pairs `(old, new)` of texts with most words the same; the likest first, each text once.
pub(super) fn alike(old: &[Words], new: &[Words]) -> Vec<(usize, usize)> {
    let pairs = (0..old.len()).flat_map(|left| (0..new.len()).map(move |right| (left, right))).take(MAX_PAIRS);
    let mut scored: Vec<(usize, usize, usize)> = pairs
        .map(|(left, right)| (old[left].likeness(&new[right]), left, right))
        .filter(|(likeness, ..)| *likeness >= LEAST_ALIKE)
        .collect();
    scored.sort_by_key(|(likeness, left, right)| (std::cmp::Reverse(*likeness), left.abs_diff(*right)));
    let (mut is_left_taken, mut is_right_taken) = (vec![false; old.len()], vec![false; new.len()]);
    let mut found = Vec::new();
    for (_, left, right) in scored {
        if !is_left_taken[left] && !is_right_taken[right] {
            (is_left_taken[left], is_right_taken[right]) = (true, true);
            found.push((left, right));
        }
    }
    found
}
