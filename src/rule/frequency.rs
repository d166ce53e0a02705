//! How often words stand in what is watched: rules are filed by their rarest.

use std::collections::HashMap;

use super::lexicon::{Kind, Lexicon};
use super::reading::Reading;
use super::subject::{Place, Places, Subject};

/// In how many versions each word stood, learnt from some of them.
///
/// What was not learnt is judged by its length, so that rules are filed well before anything was seen. Wrong figures
/// cost time and never a match.
#[derive(Debug, Clone, Default)]
pub struct Frequencies {
    versions: u64,
    by_word: HashMap<Box<str>, u32>,
}

/// The unit of what is told: in how many of so many versions.
const OF: u64 = 10_000;

/// Words that are remembered; what comes later is taken to be rare.
const MAX_WORDS: usize = 200_000;

impl Frequencies {
    /// Counts the words of a version.
    pub fn learn(&mut self, version: &Subject<'_>) {
        let mut places = Places::default();
        places.add(Place::Title, Place::Body);
        let lexicon = Lexicon::default();
        let reading = Reading::new(version, &lexicon, places);
        self.versions += 1;
        reading.each_spelling(|word| {
            if let Some(count) = self.by_word.get_mut(word) {
                *count += 1;
            } else if self.by_word.len() < MAX_WORDS {
                self.by_word.insert(word.into(), 1);
            }
        });
    }

    /// In how many of 10,000 versions the term is thought to stand.
    pub(super) fn of(&self, kind: Kind, text: &str) -> u64 {
        let letters = text.chars().count();
        match kind {
            Kind::Word => self.of_word(text, letters),
            // What begins with few letters begins much.
            Kind::Beginning => 4 * self.guess(letters) + self.of_word(text, letters),
            Kind::Like(_) => 2 * self.of_word(text, letters),
            Kind::Fact => match text.split(':').next() {
                Some("site") => 300,
                _ => OF / 2,
            },
        }
    }

    fn of_word(&self, text: &str, letters: usize) -> u64 {
        match self.by_word.get(text) {
            Some(count) => u64::from(*count) * OF / self.versions.max(1) + 1,
            // Not seen in so many versions: one in the next is as much as can be said.
            None => self.guess(letters).min(OF / (self.versions + 1) + 1),
        }
    }

    /// Short words are common ones (Zipf's law of abbreviation); those of scripts without letters are all short.
    fn guess(&self, letters: usize) -> u64 {
        match letters {
            0..=2 => 4_000,
            3 => 1_500,
            4 => 600,
            5 => 300,
            6 => 200,
            7 => 120,
            8..=9 => 70,
            _ => 40,
        }
    }
}
