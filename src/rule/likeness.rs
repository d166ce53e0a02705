//! Words that are a letter or two off from others.

use hashbrown::HashTable;

use super::lexicon::TermId;

/// Which words may be much like a given one: those that have something in common once a letter or two were taken from
/// both (after SymSpell, <https://github.com/wolfgarbe/SymSpell>). Whether they are is left to who asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Likeness {
    /// What is left of a word, and the word.
    remains: HashTable<(u64, TermId)>,
    /// A bit for each of the remains: most words have none of them.
    filter: Vec<u64>,
    /// Whether a word may be two letters off.
    has_distant: bool,
}

/// Letters of a word that count here. Up to two edits leave something in common to any two beginnings so long.
const LETTERS: u32 = 6;

/// Bits for a letter; with others in common, it may be taken for another.
const BITS: u32 = 10;

/// A filter has so many bits for each of the remains, so that one in so many foreign ones passes.
const SPARSE: usize = 16;

impl Likeness {
    /// Adds a word that others may be `off` letters away from: one or two.
    pub fn add(&mut self, folded: &str, off: u8, word: TermId) {
        self.has_distant |= off > 1;
        let mut all = Vec::new();
        remains(folded, off > 1, |remain| all.push(remain));
        all.sort_unstable();
        all.dedup();
        for remain in all {
            self.remains.insert_unique(mixed(remain), (remain, word), |(remain, _)| mixed(*remain));
        }
    }

    /// Must follow the last of the additions.
    pub fn settle(&mut self) {
        if self.remains.is_empty() {
            return;
        }
        let words = (self.remains.len() * SPARSE).next_power_of_two().max(1 << 12) / 64;
        self.filter = vec![0; words];
        for (remain, _) in &self.remains {
            let (word, bit) = place(mixed(*remain), words);
            self.filter[word] |= bit;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.remains.is_empty()
    }

    /// The words that the given one may be much like, each once.
    pub fn candidates(&self, folded: &str) -> Vec<TermId> {
        let mut candidates = Vec::new();
        remains(folded, self.has_distant, |remain| {
            let hash = mixed(remain);
            let (word, bit) = place(hash, self.filter.len());
            if self.filter[word] & bit != 0 {
                let same = self.remains.iter_hash(hash).filter(|(own, _)| *own == remain);
                candidates.extend(same.map(|(_, word)| *word));
            }
        });
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// Hands over the beginning of a word and what is left of it without any one letter, and any two; with repeats.
fn remains(folded: &str, by_two: bool, mut each: impl FnMut(u64)) {
    let (mut whole, mut length) = (0, 0);
    for c in folded.chars().take(LETTERS as usize) {
        whole |= (1 + u64::from(u32::from(c) % 1_023)) << (length * BITS);
        length += 1;
    }
    each(whole);
    for first in 0..length {
        let left = without(whole, first);
        each(left);
        if by_two {
            (first..length - 1).for_each(|second| each(without(left, second)));
        }
    }
}

fn without(letters: u64, nth: u32) -> u64 {
    let before = (1 << (nth * BITS)) - 1;
    (letters & before) | ((letters >> BITS) & !before)
}

fn mixed(remain: u64) -> u64 {
    let product = remain.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (product ^ (product >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Where in a filter of so many words, a power of two, the bit for a hash is.
fn place(hash: u64, words: usize) -> (usize, u64) {
    ((hash >> 6) as usize & (words - 1), 1 << (hash & 63))
}
