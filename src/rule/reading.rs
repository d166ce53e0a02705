//! A version turned into words once, and into the terms that queries ask for.

use std::cell::OnceCell;
use std::ops::Range;

use hashbrown::HashTable;

use super::fold::{self, Mapped};
use super::lexicon::{Lexicon, NONE, TermId};
use super::scan::{Scanned, scan};
use super::subject::{PLACES, Place, Places, Subject};
use super::words::Joint;
use super::{address, changed};

/// The words of a version's texts, place behind place, and where each term of a lexicon stands among them.
#[derive(Debug)]
pub(super) struct Reading<'s> {
    pub subject: &'s Subject<'s>,
    pub words: Vec<TextWord>,
    pub blocks: Vec<Block<'s>>,
    /// Where the words and blocks of each place begin; one more for the end.
    starts: [(u32, u32); PLACES + 1],
    spellings: Vec<Spelling>,
    folded: String,
    present: Present,
    changed: OnceCell<Vec<bool>>,
    plain: [OnceCell<Vec<Mapped>>; PLACES],
}

/// A part of a stored text that no phrase leaves.
#[derive(Debug)]
pub(super) struct Block<'s> {
    pub text: &'s str,
    /// Where it begins in the stored text of the field.
    pub base: u32,
    /// The first of its words.
    pub first: u32,
}

/// A word where it stands: bytes of the field's stored text.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextWord {
    pub start: u32,
    pub end: u32,
    pub block: u32,
    spelling: u32,
    /// The next word of the same spelling; [`NONE`] for the last.
    next: u32,
    /// Nothing stands between it and the word before.
    pub glued: bool,
}

/// A word of the version, folded, however often it stands there.
#[derive(Debug)]
struct Spelling {
    first: u32,
    last: u32,
    /// Its number as a word of the lexicon, [`NONE`] where no query asks for it.
    id: TermId,
    letters: Range<u32>,
}

/// The terms that the version has.
#[derive(Debug, Default)]
struct Present {
    terms: Vec<PresentTerm>,
    by_id: HashTable<u32>,
    /// Further spellings of a term, each with the place of the next.
    further: Vec<(u32, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct PresentTerm {
    id: TermId,
    /// [`NONE`] for what is no word.
    spelling: u32,
    /// The next spelling, in `further`.
    next: u32,
}

impl<'s> Reading<'s> {
    /// Reads the places of the version that queries of the lexicon look at.
    pub fn new(subject: &'s Subject<'s>, lexicon: &Lexicon, places: Places) -> Self {
        let mut reader = Reader::new(subject, lexicon);
        let mut starts = [(0, 0); PLACES + 1];
        for place in Place::ALL {
            if places.contains(place) {
                subject.blocks(place, |text, base| reader.read(text, base, place == Place::Url));
            }
            starts[place as usize + 1] = (index(reader.words.len()), index(reader.blocks.len()));
        }
        let present = reader.present(subject);
        Self {
            subject,
            words: reader.words,
            blocks: reader.blocks,
            starts,
            spellings: reader.spellings,
            folded: reader.folded,
            present,
            changed: OnceCell::new(),
            plain: Default::default(),
        }
    }

    /// The terms that the version has, each once.
    pub fn present(&self) -> impl Iterator<Item = TermId> {
        self.present.terms.iter().map(|term| term.id)
    }

    /// The words that are terms and stand next to each other, in order. The last of a block and the first of the next
    /// count too.
    pub fn neighbours(&self) -> impl Iterator<Item = (TermId, TermId)> {
        let terms = self.words.iter().map(|word| self.spellings[word.spelling as usize].id);
        terms.clone().zip(terms.skip(1)).filter(|(first, second)| *first != NONE && *second != NONE)
    }

    /// Whether the version has the term anywhere.
    pub fn has(&self, id: TermId) -> bool {
        self.present.find(id).is_some()
    }

    /// The words of the places `first` to `last`.
    pub fn words_of(&self, first: Place, last: Place) -> Range<u32> {
        self.starts[first as usize].0..self.starts[last as usize + 1].0
    }

    /// The blocks of a place.
    pub fn blocks_of(&self, place: Place) -> Range<u32> {
        self.starts[place as usize].1..self.starts[place as usize + 1].1
    }

    /// The words of a block.
    pub fn words_in_block(&self, block: u32) -> Range<u32> {
        let end = self.blocks.get(block as usize + 1).map_or(index(self.words.len()), |next| next.first);
        self.blocks[block as usize].first..end
    }

    pub fn place_of(&self, block: u32) -> Place {
        let after = self.starts.partition_point(|(_, first)| *first <= block);
        Place::ALL[after - 1]
    }

    /// The words among `range` that answer to the term, in order, as far as `is_wanted` asks to go on.
    pub fn find(&self, id: TermId, range: &Range<u32>) -> Vec<u32> {
        let Some(term) = self.present.find(id) else { return Vec::new() };
        let mut found = Vec::new();
        let mut spellings = 0;
        for spelling in self.present.spellings(term) {
            found.extend(self.standing(spelling, range));
            spellings += 1;
        }
        if spellings > 1 {
            found.sort_unstable();
        }
        found
    }

    /// Whether a word among `range` answers to the term and is wanted.
    pub fn any(&self, id: TermId, range: &Range<u32>, mut is_wanted: impl FnMut(u32) -> bool) -> bool {
        let Some(term) = self.present.find(id) else { return false };
        self.present.spellings(term).any(|spelling| self.standing(spelling, range).any(&mut is_wanted))
    }

    /// Whether the word at `at` answers to the term.
    pub fn answers(&self, at: u32, id: TermId) -> bool {
        let Some(word) = self.words.get(at as usize) else { return false };
        if self.spellings[word.spelling as usize].id == id {
            return true;
        }
        let term = self.present.find(id);
        term.is_some_and(|term| self.present.spellings(term).any(|spelling| spelling == word.spelling))
    }

    /// Whether the word at `at` is written with exactly these characters, as NFC.
    pub fn is_written(&self, at: u32, exact: &str) -> bool {
        let word = &self.words[at as usize];
        let written = self.slice(word.block, word.start..word.end);
        written == exact || (!written.is_ascii() && fold::plain(written).text == exact)
    }

    /// The words of a block that the bytes touch, first and last; `None` when they touch none.
    pub fn words_at(&self, block: u32, bytes: &Range<u32>) -> Option<(u32, u32)> {
        let range = self.words_in_block(block);
        let words = &self.words[range.start as usize..range.end as usize];
        let first = range.start + index(words.partition_point(|word| word.end <= bytes.start));
        let after = range.start + index(words.partition_point(|word| word.start < bytes.end));
        (first < after).then(|| (first, after - 1))
    }

    /// The text at bytes of the field's stored text, which lie in one block.
    pub fn slice(&self, block: u32, bytes: Range<u32>) -> &'s str {
        let block = &self.blocks[block as usize];
        block.text.get((bytes.start - block.base) as usize..(bytes.end - block.base) as usize).unwrap_or_default()
    }

    /// Whether this version brought the word (or, in a text of the version before, took it away).
    pub fn is_changed(&self, at: u32) -> bool {
        self.changed.get_or_init(|| changed::words(self))[at as usize]
    }

    /// The blocks of a place in the form regular expressions see: NFC without invisible characters.
    pub fn plain(&self, place: Place) -> &[Mapped] {
        self.plain[place as usize].get_or_init(|| {
            let blocks = self.blocks_of(place);
            let blocks = &self.blocks[blocks.start as usize..blocks.end as usize];
            blocks.iter().map(|block| fold::plain(block.text)).collect()
        })
    }

    /// Hands over every word of the version, folded, once.
    pub fn each_spelling(&self, mut each: impl FnMut(&str)) {
        for spelling in &self.spellings {
            each(&self.folded[spelling.letters.start as usize..spelling.letters.end as usize]);
        }
    }

    fn standing(&self, spelling: u32, range: &Range<u32>) -> impl Iterator<Item = u32> {
        let next = |at: &u32| Some(self.words[*at as usize].next).filter(|next| *next != NONE);
        let all = std::iter::successors(Some(self.spellings[spelling as usize].first), next);
        let Range { start, end } = *range;
        all.skip_while(move |at| *at < start).take_while(move |at| *at < end)
    }
}

impl Present {
    fn find(&self, id: TermId) -> Option<PresentTerm> {
        let found = self.by_id.find(spread(id), |at| self.terms[*at as usize].id == id);
        found.map(|at| self.terms[*at as usize])
    }

    fn spellings(&self, term: PresentTerm) -> impl Iterator<Item = u32> {
        let step = |(_, next): &(u32, u32)| self.further.get(*next as usize).copied();
        std::iter::successors(Some((term.spelling, term.next)), step)
            .map(|(spelling, _)| spelling)
            .filter(|it| *it != NONE)
    }

    fn add(&mut self, id: TermId, spelling: u32) {
        let terms = &self.terms;
        let entry =
            self.by_id.entry(spread(id), |at| terms[*at as usize].id == id, |at| spread(terms[*at as usize].id));
        match entry {
            hashbrown::hash_table::Entry::Occupied(known) => {
                let term = &mut self.terms[*known.get() as usize];
                if spelling != NONE {
                    self.further.push((spelling, term.next));
                    term.next = index(self.further.len() - 1);
                }
            }
            hashbrown::hash_table::Entry::Vacant(free) => {
                free.insert(index(self.terms.len()));
                self.terms.push(PresentTerm { id, spelling, next: NONE });
            }
        }
    }
}

/// Numbers that follow each other, spread over the table.
fn spread(id: TermId) -> u64 {
    u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Texts are below 4 GiB: an article's is at most 1 MB.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

struct Reader<'s, 'l> {
    lexicon: &'l Lexicon,
    words: Vec<TextWord>,
    blocks: Vec<Block<'s>>,
    spellings: Vec<Spelling>,
    by_text: HashTable<u32>,
    folded: String,
}

impl<'s, 'l> Reader<'s, 'l> {
    fn new(subject: &Subject<'_>, lexicon: &'l Lexicon) -> Self {
        // English words have five letters and a blank; half of them come again.
        let words = subject.length() / 6 + 16;
        Self {
            lexicon,
            words: Vec::with_capacity(words),
            blocks: Vec::new(),
            spellings: Vec::with_capacity(words / 2),
            by_text: HashTable::with_capacity(words / 2),
            folded: String::with_capacity(subject.length() + 1_000),
        }
    }

    fn read(&mut self, text: &'s str, base: usize, is_address: bool) {
        let (base, block) = (index(base), index(self.blocks.len()));
        self.blocks.push(Block { text, base, first: index(self.words.len()) });
        let mut folded = std::mem::take(&mut self.folded);
        let take = |folded: &str, word: Scanned| self.take(folded, word, block, base);
        match is_address {
            true => address::scan(text, &mut folded, take),
            false => scan(text, &mut folded, take),
        }
        self.folded = folded;
    }

    fn take(&mut self, folded: &str, word: Scanned, block: u32, base: u32) {
        let at = index(self.words.len());
        let letters = &folded[word.letters_from..word.letters_to];
        let hash = self.lexicon.hash(letters);
        let spellings = &self.spellings;
        let text_of = |spelling: &u32| {
            let range = &spellings[*spelling as usize].letters;
            &folded[range.start as usize..range.end as usize]
        };
        let spelling = match self.by_text.find(hash, |spelling| text_of(spelling) == letters) {
            Some(known) => {
                let spelling = &mut self.spellings[*known as usize];
                self.words[spelling.last as usize].next = at;
                spelling.last = at;
                *known
            }
            None => {
                let new = index(self.spellings.len());
                let id = self.lexicon.word_hashed(hash, letters).unwrap_or(NONE);
                let lexicon = self.lexicon;
                self.by_text.insert_unique(hash, new, |spelling| lexicon.hash(text_of(spelling)));
                let letters = index(word.letters_from)..index(word.letters_to);
                self.spellings.push(Spelling { first: at, last: at, id, letters });
                new
            }
        };
        let (start, end) = (base + index(word.start), base + index(word.end));
        let glued = word.joint == Joint::Glued;
        self.words.push(TextWord { start, end, block, spelling, next: NONE, glued });
    }

    /// The terms of the lexicon that the version has.
    fn present(&self, subject: &Subject<'_>) -> Present {
        let mut present = Present {
            terms: Vec::with_capacity(self.spellings.len()),
            by_id: HashTable::with_capacity(self.spellings.len() + 16),
            further: Vec::new(),
        };
        for (spelling, number) in self.spellings.iter().zip(0..) {
            if spelling.id != NONE {
                present.add(spelling.id, number);
            }
            let folded = &self.folded[spelling.letters.start as usize..spelling.letters.end as usize];
            self.lexicon.answers(folded, spelling.id, |id| present.add(id, number));
        }
        subject.facts(|fact| present_fact(self.lexicon, fact, &mut present));
        present
    }
}

fn present_fact(lexicon: &Lexicon, fact: &str, present: &mut Present) {
    if let Some(id) = lexicon.fact(fact) {
        present.add(id, NONE);
    }
}
