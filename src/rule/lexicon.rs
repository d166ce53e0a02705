//! The terms of many queries, each known by one number however many queries ask for it.

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::likeness::{self, Likeness};
use super::pattern::Form;
use super::texts::Texts;

/// A term that a query can ask for: a word, the beginning of words, words much like one, or a fact such as a site.
///
/// Below 2²⁸, so that a program has bits to spare beside it.
pub(super) type TermId = u32;

/// No term.
pub(super) const NONE: TermId = TermId::MAX;

/// Terms that a lexicon can hold.
const MAX_TERMS: usize = 1 << 28;

/// The terms, numbered from 0 as they come.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    hasher: DefaultHashBuilder,
    /// What each term is made of, behind the sign of its kind.
    texts: Texts,
    ids: HashTable<TermId>,
    /// For the first bytes of beginnings: bit n is set where a beginning of n bytes starts so.
    starts: Vec<u32>,
    /// A beginning is longer than a bit of `starts` can say.
    longest: usize,
    likeness: Likeness,
    /// Of the words among the terms, those that answer to beginnings and likes: a bit for each, and every answer, sorted.
    has_answers: Vec<u64>,
    answers: Vec<(TermId, TermId)>,
    /// Of the other words that were asked for: hashes of some that answer to none. The same words come again and again.
    unanswered: Vec<AtomicU64>,
}

/// What a term stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// Words that begin so.
    Beginning,
    /// Words at most so many letters off.
    Like(u8),
    /// Something that is so of a version as a whole.
    Fact,
}

/// The classes of bytes of a beginning that `starts` tells apart.
const STARTS: usize = 1 << 12;

/// How many of a beginning's bytes `starts` looks at.
const START_BYTES: usize = 3;

/// How many words are remembered that answer to nothing: about as many as there are terms.
const UNANSWERED: Range<usize> = 1 << 12..1 << 14;

impl Lexicon {
    /// The number of a term, a new one where it is not known.
    pub fn learn(&mut self, kind: Kind, text: &str) -> TermId {
        let hashed = self.hash_of(kind, text);
        if let Some(id) = self.find(hashed, kind, text) {
            return id;
        }
        assert!(self.len() < MAX_TERMS, "a configuration has fewer terms");
        let id = match kind.sign() {
            Some(sign) => self.texts.push(&format!("{sign}{text}")),
            None => self.texts.push(text),
        };
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.ids.insert_unique(hashed, id, |id| {
            let (kind, text) = Kind::split(texts.get(*id));
            hash(hasher, kind, text)
        });
        match kind {
            Kind::Beginning => self.learn_start(text),
            Kind::Like(off) => self.likeness.add(text, off, id),
            Kind::Word | Kind::Fact => {}
        }
        id
    }

    /// The number of a word whose [`hash`](Self::hash) is known.
    pub fn word_hashed(&self, hash: u64, folded: &str) -> Option<TermId> {
        self.find(hash, Kind::Word, folded)
    }

    pub fn fact(&self, text: &str) -> Option<TermId> {
        self.find(self.hash_of(Kind::Fact, text), Kind::Fact, text)
    }

    /// Hands over every beginning and every "much like" that the word answers to, which may be a term itself.
    pub fn answers(&self, folded: &str, id: TermId, each: impl FnMut(TermId)) {
        if id == NONE {
            return self.find_answers_of_others(folded, each);
        }
        let has_answers = self.has_answers.get(id as usize / 64).is_some_and(|bits| bits & (1 << (id % 64)) != 0);
        if has_answers {
            let start = self.answers.partition_point(|(word, _)| *word < id);
            self.answers[start..].iter().take_while(|(word, _)| *word == id).map(|(_, class)| *class).for_each(each);
        }
    }

    /// Whether the word is one that the beginning or "much like" stands for.
    pub fn is_answer(&self, folded: &str, id: TermId) -> bool {
        match self.kind(id) {
            Kind::Word | Kind::Fact => false,
            Kind::Beginning => folded.starts_with(self.text(id)),
            Kind::Like(off) => likeness::is_like(self.text(id), folded, off),
        }
    }

    /// Must follow the last of the terms: prepares what is looked up, and gives back the room that growing took.
    pub fn settle(&mut self) {
        self.likeness.settle();
        self.texts.shrink();
        if self.starts.is_empty() && self.likeness.is_empty() {
            return;
        }
        let slots = self.len().clamp(UNANSWERED.start, UNANSWERED.end).next_power_of_two();
        self.unanswered = (0..slots).map(|_| AtomicU64::default()).collect();
        let mut answers = Vec::new();
        for id in (0..self.len() as TermId).filter(|id| self.kind(*id) == Kind::Word) {
            self.find_answers(self.text(id), |class| answers.push((id, class)));
        }
        answers.shrink_to_fit();
        self.has_answers = vec![0; self.len().div_ceil(64)];
        answers.iter().for_each(|(id, _)| self.has_answers[*id as usize / 64] |= 1 << (id % 64));
        self.answers = answers;
    }

    /// As [`find_answers`](Self::find_answers), for a word that is no term.
    fn find_answers_of_others(&self, folded: &str, mut each: impl FnMut(TermId)) {
        if self.unanswered.is_empty() {
            return;
        }
        let hash = self.hash(folded);
        let slot = &self.unanswered[hash as usize % self.unanswered.len()];
        if slot.load(Ordering::Relaxed) == hash {
            return;
        }
        let mut is_answered = false;
        self.find_answers(folded, |class| {
            is_answered = true;
            each(class);
        });
        if !is_answered {
            slot.store(hash, Ordering::Relaxed);
        }
    }

    fn find_answers(&self, folded: &str, mut each: impl FnMut(TermId)) {
        if !self.starts.is_empty() {
            self.beginnings(folded, &mut each);
        }
        if !self.likeness.is_empty() {
            self.likeness.find(folded, &mut each);
        }
    }

    /// What a term is made of, folded.
    pub fn text(&self, id: TermId) -> &str {
        Kind::split(self.texts.get(id)).1
    }

    pub fn kind(&self, id: TermId) -> Kind {
        Kind::split(self.texts.get(id)).0
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// For tables of folded words that are looked up here later.
    pub fn hash(&self, folded: &str) -> u64 {
        self.hash_of(Kind::Word, folded)
    }

    fn find(&self, hash: u64, kind: Kind, text: &str) -> Option<TermId> {
        let sign = kind.sign();
        let is_it = |id: &TermId| {
            let own = self.texts.get(*id);
            match sign {
                Some(sign) => own.strip_prefix(sign) == Some(text),
                None => own == text,
            }
        };
        self.ids.find(hash, is_it).copied()
    }

    fn hash_of(&self, kind: Kind, text: &str) -> u64 {
        hash(&self.hasher, kind, text)
    }

    fn learn_start(&mut self, text: &str) {
        if self.starts.is_empty() {
            self.starts = vec![0; STARTS];
        }
        self.longest = self.longest.max(text.len());
        let bit = 1 << text.len().min(31);
        if text.len() >= START_BYTES {
            self.starts[start_of(text.as_bytes())] |= bit;
        } else {
            self.starts.iter_mut().for_each(|lengths| *lengths |= bit);
        }
    }

    fn beginnings(&self, folded: &str, each: &mut impl FnMut(TermId)) {
        let lengths = match folded.len() {
            START_BYTES.. => self.starts[start_of(folded.as_bytes())],
            _ => self.starts[0],
        };
        if lengths == 0 {
            return;
        }
        for length in 1..=folded.len().min(self.longest) {
            if lengths & (1 << length.min(31)) == 0 || !folded.is_char_boundary(length) {
                continue;
            }
            let start = &folded[..length];
            if let Some(id) = self.find(self.hash_of(Kind::Beginning, start), Kind::Beginning, start) {
                each(id);
            }
        }
    }
}

impl Kind {
    pub fn of(form: &Form) -> Self {
        match form {
            Form::Whole | Form::Exact(_) => Self::Word,
            Form::Prefix => Self::Beginning,
            Form::Fuzzy(off) => Self::Like(u8::try_from(*off).unwrap_or(2)),
        }
    }

    /// What stands before the text of a term, which no word begins with; nothing for words themselves.
    fn sign(self) -> Option<char> {
        match self {
            Self::Word => None,
            Self::Beginning => Some('\u{1}'),
            Self::Like(1) => Some('\u{2}'),
            Self::Like(_) => Some('\u{3}'),
            Self::Fact => Some('\u{4}'),
        }
    }

    fn split(signed: &str) -> (Self, &str) {
        let kind = match signed.as_bytes().first() {
            Some(1) => Self::Beginning,
            Some(2) => Self::Like(1),
            Some(3) => Self::Like(2),
            Some(4) => Self::Fact,
            _ => return (Self::Word, signed),
        };
        (kind, &signed[1..])
    }
}

fn hash(hasher: &DefaultHashBuilder, kind: Kind, text: &str) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text.as_bytes());
    // Words are looked up most.
    if let Some(sign) = kind.sign() {
        state.write_u32(u32::from(sign));
    }
    state.finish()
}

fn start_of(bytes: &[u8]) -> usize {
    let start = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
    (start.wrapping_mul(0x9e37_79b1) >> 20) as usize
}
