//! A version turned into words once, and into the terms that queries ask for.

use std::cell::OnceCell;
use std::ops::Range;

use super::changed::{self, Changed};
use super::fold::{self, Mapped};
use super::lexicon::{Lexicon, NONE, TermId};
use super::reader;
use super::reader::{Block, ReadText, Room, TextWord, index};
use super::subject::{PLACES, Place, Places, Subject};

/// The words of a version's texts, place behind place, and where each term of a lexicon stands among them.
#[derive(Debug)]
pub(super) struct Reading<'s> {
    pub subject: &'s Subject<'s>,
    pub blocks: Vec<Block<'s>>,
    /// Where the words and blocks of each place begin; one more for the end.
    starts: [(u32, u32); PLACES + 1],
    room: Room,
    changed: OnceCell<Changed>,
    plain: [OnceCell<Vec<Mapped>>; PLACES],
}

impl<'s> Reading<'s> {
    /// Reads the places of the version that queries of the lexicon look at.
    pub fn new(subject: &'s Subject<'s>, lexicon: &Lexicon, places: Places) -> Self {
        let ReadText { blocks, starts, room } = reader::read(subject, lexicon, places);
        Self { subject, blocks, starts, room, changed: OnceCell::new(), plain: Default::default() }
    }

    /// The words of the version, place behind place.
    pub fn words(&self) -> &[TextWord] {
        &self.room.words
    }

    pub fn word(&self, at: u32) -> &TextWord {
        &self.room.words[at as usize]
    }

    /// The terms that the version has, each once.
    pub fn present(&self) -> impl Iterator<Item = TermId> {
        self.room.present.terms()
    }

    /// The words that are terms and stand next to each other, in order. The last of a block and the first of the next
    /// count too.
    pub fn neighbours(&self) -> impl Iterator<Item = (TermId, TermId)> {
        let terms = self.room.words.iter().map(|word| self.room.spellings[word.spelling as usize].id);
        terms.clone().zip(terms.skip(1)).filter(|(first, second)| *first != NONE && *second != NONE)
    }

    /// Whether the version has the term anywhere.
    pub fn has(&self, id: TermId) -> bool {
        self.room.present.find(id).is_some()
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
        let end = self.blocks.get(block as usize + 1).map_or(index(self.room.words.len()), |next| next.first);
        self.blocks[block as usize].first..end
    }

    pub fn place_of(&self, block: u32) -> Place {
        let after = self.starts.partition_point(|(_, first)| *first <= block);
        Place::ALL[after - 1]
    }

    /// The words among `range` that answer to the term, in order.
    pub fn find(&self, id: TermId, range: &Range<u32>) -> Vec<u32> {
        let mut found = Vec::new();
        self.each(id, range, |at| {
            found.push(at);
            false
        });
        found
    }

    /// Hands over the words among `range` that answer to the term, in order, until one is enough.
    pub fn each(&self, id: TermId, range: &Range<u32>, mut is_enough: impl FnMut(u32) -> bool) {
        let Some(term) = self.room.present.find(id) else { return };
        let mut spellings = self.room.present.spellings(term);
        let Some(first) = spellings.next() else { return };
        let Some(second) = spellings.next() else {
            self.standing(first, range).any(is_enough);
            return;
        };
        let all = [first, second].into_iter().chain(spellings);
        let mut found: Vec<u32> = all.flat_map(|spelling| self.standing(spelling, range)).collect();
        found.sort_unstable();
        found.into_iter().any(&mut is_enough);
    }

    /// Whether a word among `range` answers to the term and is wanted.
    pub fn any(&self, id: TermId, range: &Range<u32>, mut is_wanted: impl FnMut(u32) -> bool) -> bool {
        let Some(term) = self.room.present.find(id) else { return false };
        self.room.present.spellings(term).any(|spelling| self.standing(spelling, range).any(&mut is_wanted))
    }

    /// Whether the word at `at` answers to the term of the lexicon that was read with.
    pub fn answers(&self, at: u32, id: TermId, lexicon: &Lexicon) -> bool {
        let Some(word) = self.room.words.get(at as usize) else { return false };
        self.room.spellings[word.spelling as usize].id == id || lexicon.is_answer(self.letters(at), id)
    }

    /// Whether the word at `at` is written with exactly these characters, as NFC.
    pub fn is_written(&self, at: u32, exact: &str) -> bool {
        let word = self.word(at);
        let written = self.slice(word.block, word.start..word.end);
        written == exact || (!written.is_ascii() && fold::plain(written).text == exact)
    }

    /// The words of a block that the bytes touch, first and last; `None` when they touch none.
    pub fn words_at(&self, block: u32, bytes: &Range<u32>) -> Option<(u32, u32)> {
        let range = self.words_in_block(block);
        let words = &self.room.words[range.start as usize..range.end as usize];
        let first = range.start + index(words.partition_point(|word| word.end <= bytes.start));
        let after = range.start + index(words.partition_point(|word| word.start < bytes.end));
        (first < after).then(|| (first, after - 1))
    }

    /// The text at bytes of the field's stored text, which lie in one block.
    pub fn slice(&self, block: u32, bytes: Range<u32>) -> &'s str {
        let block = &self.blocks[block as usize];
        block.text.get((bytes.start - block.base) as usize..(bytes.end - block.base) as usize).unwrap_or_default()
    }

    /// Which words this version brought or, in the texts of the version before, took away.
    pub fn changed(&self) -> &Changed {
        self.changed.get_or_init(|| changed::words(self))
    }

    /// The letters of a word, folded.
    pub fn letters(&self, at: u32) -> &str {
        let letters = &self.room.spellings[self.word(at).spelling as usize].letters;
        &self.room.folded[letters.start as usize..letters.end as usize]
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
        for spelling in &self.room.spellings {
            each(&self.room.folded[spelling.letters.start as usize..spelling.letters.end as usize]);
        }
    }

    fn standing(&self, spelling: u32, range: &Range<u32>) -> impl Iterator<Item = u32> {
        let next = |at: &u32| Some(self.word(*at).next).filter(|next| *next != NONE);
        let all = std::iter::successors(Some(self.room.spellings[spelling as usize].first), next);
        let Range { start, end } = *range;
        all.skip_while(move |at| *at < start).take_while(move |at| *at < end)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        std::mem::take(&mut self.room).give_back();
    }
}
