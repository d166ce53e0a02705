//! The terms that a version has.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::lexicon::{NONE, TermId};

/// Terms of a lexicon, each with the spellings of it that stand in a version.
#[derive(Debug, Default)]
pub(super) struct Present {
    terms: Vec<PresentTerm>,
    by_id: HashTable<u32>,
    /// Further spellings of a term, each with the place of the next.
    further: Vec<(u32, u32)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct PresentTerm {
    pub id: TermId,
    /// [`NONE`] for what is no word.
    spelling: u32,
    /// The next spelling, in `further`.
    next: u32,
}

impl Present {
    /// Each term once.
    pub fn terms(&self) -> impl Iterator<Item = TermId> {
        self.terms.iter().map(|term| term.id)
    }

    /// Forgets all, and keeps the room.
    pub fn clear(&mut self) {
        self.terms.clear();
        self.by_id.clear();
        self.further.clear();
    }

    pub fn find(&self, id: TermId) -> Option<PresentTerm> {
        let found = self.by_id.find(spread(id), |at| self.terms[*at as usize].id == id);
        found.map(|at| self.terms[*at as usize])
    }

    /// The spellings of a term, none for what is no word.
    pub fn spellings(&self, term: PresentTerm) -> impl Iterator<Item = u32> {
        let step = |(_, next): &(u32, u32)| self.further.get(*next as usize).copied();
        std::iter::successors(Some((term.spelling, term.next)), step)
            .map(|(spelling, _)| spelling)
            .filter(|it| *it != NONE)
    }

    /// Adds a term, or a further spelling of one; [`NONE`] for what is no word.
    pub fn add(&mut self, id: TermId, spelling: u32) {
        let terms = &self.terms;
        let entry =
            self.by_id.entry(spread(id), |at| terms[*at as usize].id == id, |at| spread(terms[*at as usize].id));
        match entry {
            Entry::Occupied(known) => {
                let term = &mut self.terms[*known.get() as usize];
                if spelling != NONE {
                    self.further.push((spelling, term.next));
                    term.next = number(self.further.len() - 1);
                }
            }
            Entry::Vacant(free) => {
                free.insert(number(self.terms.len()));
                self.terms.push(PresentTerm { id, spelling, next: NONE });
            }
        }
    }
}

/// Numbers that follow each other, spread over the table.
fn spread(id: TermId) -> u64 {
    u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
