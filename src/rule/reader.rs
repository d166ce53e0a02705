//! Turns the texts of a version into words, and into the terms among them.

use std::cell::Cell;
use std::ops::Range;

use hashbrown::HashTable;

use super::address;
use super::lexicon::{Lexicon, NONE, TermId};
use super::present::Present;
use super::scan::{Scanned, scan};
use super::subject::{PLACES, Place, Places, Subject};
use super::words::Joint;

/// Reads the places of a version that queries of the lexicon look at.
pub(super) fn read<'s>(subject: &'s Subject<'s>, lexicon: &Lexicon, places: Places) -> ReadText<'s> {
    let mut reader = Reader { lexicon, blocks: Vec::new(), room: Room::take() };
    let mut starts = [(0, 0); PLACES + 1];
    for place in Place::ALL {
        if places.contains(place) {
            subject.blocks(place, |text, base| reader.read(text, base, place == Place::Url));
        }
        starts[place as usize + 1] = (index(reader.room.words.len()), index(reader.blocks.len()));
    }
    reader.find_terms(subject);
    ReadText { blocks: reader.blocks, starts, room: reader.room }
}

/// What reading gives.
pub(super) struct ReadText<'s> {
    pub blocks: Vec<Block<'s>>,
    /// Where the words and blocks of each place begin; one more for the end.
    pub starts: [(u32, u32); PLACES + 1],
    pub room: Room,
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
    pub spelling: u32,
    /// The next word of the same spelling; [`NONE`] for the last.
    pub next: u32,
    /// Nothing stands between it and the word before.
    pub glued: bool,
}

/// A word of the version, folded, however often it stands there.
#[derive(Debug)]
pub(super) struct Spelling {
    pub first: u32,
    pub last: u32,
    /// Its number as a word of the lexicon, [`NONE`] where no query asks for it.
    pub id: TermId,
    pub letters: Range<u32>,
}

/// What is read, and the room that it takes, which is used again.
///
/// One reading after the other asks for as much: a thread keeps the room of its last.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub words: Vec<TextWord>,
    pub spellings: Vec<Spelling>,
    by_text: HashTable<u32>,
    /// What the letters of spellings are ranges of.
    pub folded: String,
    pub present: Present,
}

/// Words for which a thread keeps room: those of a long article.
const KEPT_WORDS: usize = 1 << 14;

thread_local! {
    static KEPT: Cell<Option<Room>> = const { Cell::new(None) };
}

impl Room {
    fn take() -> Self {
        let mut room = KEPT.take().unwrap_or_default();
        room.words.clear();
        room.spellings.clear();
        room.by_text.clear();
        room.folded.clear();
        room.present.clear();
        room
    }

    /// Gives the room back, where it is no more than most readings take.
    pub fn give_back(self) {
        if self.words.capacity() <= KEPT_WORDS && self.folded.capacity() <= KEPT_WORDS * 16 {
            KEPT.set(Some(self));
        }
    }
}

struct Reader<'s, 'l> {
    lexicon: &'l Lexicon,
    blocks: Vec<Block<'s>>,
    room: Room,
}

impl<'s> Reader<'s, '_> {
    fn read(&mut self, text: &'s str, base: usize, is_address: bool) {
        let (base, block) = (index(base), index(self.blocks.len()));
        self.blocks.push(Block { text, base, first: index(self.room.words.len()) });
        let mut folded = std::mem::take(&mut self.room.folded);
        let take = |folded: &str, word: Scanned| self.take(folded, word, block, base);
        match is_address {
            true => address::scan(text, &mut folded, take),
            false => scan(text, &mut folded, take),
        }
        self.room.folded = folded;
    }

    fn take(&mut self, folded: &str, word: Scanned, block: u32, base: u32) {
        let at = index(self.room.words.len());
        let letters = &folded[word.letters_from..word.letters_to];
        let hash = self.lexicon.hash(letters);
        let spellings = &self.room.spellings;
        let text_of = |spelling: &u32| {
            let range = &spellings[*spelling as usize].letters;
            &folded[range.start as usize..range.end as usize]
        };
        let spelling = match self.room.by_text.find(hash, |spelling| text_of(spelling) == letters) {
            Some(known) => {
                let spelling = &mut self.room.spellings[*known as usize];
                self.room.words[spelling.last as usize].next = at;
                spelling.last = at;
                *known
            }
            None => {
                let new = index(self.room.spellings.len());
                let id = self.lexicon.word_hashed(hash, letters).unwrap_or(NONE);
                let lexicon = self.lexicon;
                self.room.by_text.insert_unique(hash, new, |spelling| lexicon.hash(text_of(spelling)));
                let letters = index(word.letters_from)..index(word.letters_to);
                self.room.spellings.push(Spelling { first: at, last: at, id, letters });
                new
            }
        };
        let (start, end) = (base + index(word.start), base + index(word.end));
        let glued = word.joint == Joint::Glued;
        self.room.words.push(TextWord { start, end, block, spelling, next: NONE, glued });
    }

    /// Finds the terms of the lexicon that the version has.
    fn find_terms(&mut self, subject: &Subject<'_>) {
        let Room { spellings, folded, present, .. } = &mut self.room;
        for (spelling, number) in spellings.iter().zip(0..) {
            if spelling.id != NONE {
                present.add(spelling.id, number);
            }
            let letters = &folded[spelling.letters.start as usize..spelling.letters.end as usize];
            self.lexicon.answers(letters, spelling.id, |id| present.add(id, number));
        }
        subject.facts(|fact| {
            if let Some(id) = self.lexicon.fact(fact) {
                present.add(id, NONE);
            }
        });
    }
}

/// Texts are below 4 GiB: an article's is at most 1 MB.
pub(super) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
