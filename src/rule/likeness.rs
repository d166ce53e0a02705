//! Words that are a letter or two off from others.

use hashbrown::HashTable;

use super::lexicon::TermId;

/// Words, and which of them a given one is much like: at most so many letters replaced, missing, too many or swapped.
///
/// Such words have something in common once a letter or two were taken from both (after SymSpell,
/// <https://github.com/wolfgarbe/SymSpell>), which is looked up; the few that do are compared.
#[derive(Debug, Clone, Default)]
pub(super) struct Likeness {
    words: Vec<Word>,
    /// What is left of a word, and its place among the words.
    remains: HashTable<(u64, u32)>,
    /// A bit for each of the remains: most words have none of them.
    filter: Vec<u64>,
    /// Whether a word may be two letters off.
    has_distant: bool,
}

#[derive(Debug, Clone)]
struct Word {
    term: TermId,
    folded: Box<str>,
    off: u8,
    shape: Shape,
}

/// What tells words that are far from each other apart at a glance.
#[derive(Debug, Clone, Copy)]
struct Shape {
    letters: u32,
    /// A bit for each letter that is there, of which some share one.
    which: u32,
}

/// Letters of a word that count here. Up to two edits leave something in common to any two beginnings so long.
const LETTERS: u32 = 6;

/// Bits for a letter; with others in common, it may be taken for another.
const BITS: u32 = 10;

/// So few words are compared one by one at less cost.
const FEW: usize = 16;

/// A filter has so many bits for each of the remains, so that one in so many foreign ones passes.
const SPARSE: usize = 16;

impl Likeness {
    /// Adds a word that others may be `off` letters away from: one or two.
    pub fn add(&mut self, folded: &str, off: u8, term: TermId) {
        self.has_distant |= off > 1;
        let place = u32::try_from(self.words.len()).expect("there are fewer words than terms");
        self.words.push(Word { term, folded: folded.into(), off, shape: Shape::of(folded) });
        let mut all = Vec::new();
        remains(folded, off > 1, |remain| all.push(remain));
        all.sort_unstable();
        all.dedup();
        for remain in all {
            self.remains.insert_unique(mixed(remain), (remain, place), |(remain, _)| mixed(*remain));
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

    /// Hands over the words that the given one is much like, each once.
    pub fn find(&self, folded: &str, mut each: impl FnMut(TermId)) {
        if self.words.len() <= FEW {
            let shape = Shape::of(folded);
            self.words.iter().filter(|word| word.is_like(folded, shape)).for_each(|word| each(word.term));
            return;
        }
        let mut alike: Vec<u32> = Vec::new();
        remains(folded, self.has_distant, |remain| {
            let hash = mixed(remain);
            let (word, bit) = place(hash, self.filter.len());
            if self.filter[word] & bit != 0 {
                let same = self.remains.iter_hash(hash).filter(|(own, _)| *own == remain);
                alike.extend(same.map(|(_, place)| place));
            }
        });
        if alike.is_empty() {
            return;
        }
        alike.sort_unstable();
        alike.dedup();
        let shape = Shape::of(folded);
        let words = alike.into_iter().map(|place| &self.words[place as usize]);
        words.filter(|word| word.is_like(folded, shape)).for_each(|word| each(word.term));
    }
}

impl Word {
    fn is_like(&self, folded: &str, shape: Shape) -> bool {
        // Replacing a letter takes one kind away and brings another.
        let kinds = (self.shape.which ^ shape.which).count_ones();
        kinds <= 2 * u32::from(self.off)
            && self.shape.letters.abs_diff(shape.letters) <= u32::from(self.off)
            && strsim::osa_distance(&self.folded, folded) <= usize::from(self.off)
    }
}

/// Whether two words are at most `off` letters apart: replaced, missing, too many or swapped.
pub(super) fn is_like(one: &str, other: &str, off: u8) -> bool {
    let off = usize::from(off);
    one.chars().count().abs_diff(other.chars().count()) <= off && strsim::osa_distance(one, other) <= off
}

impl Shape {
    fn of(folded: &str) -> Self {
        let shape = Self { letters: 0, which: 0 };
        folded
            .chars()
            .fold(shape, |shape, c| Self { letters: shape.letters + 1, which: shape.which | 1 << (u32::from(c) % 32) })
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
