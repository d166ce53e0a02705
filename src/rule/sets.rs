//! Named lists of terms that queries share.

use std::collections::BTreeMap;

use super::listed;
use super::note::Note;

/// The `[sets]` of a configuration: `$name` in a query stands for any of its terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sets(BTreeMap<String, Vec<String>>);

impl Sets {
    /// A term is a word or a phrase, without quotes, and may end in `*` or `~` or begin with `=`.
    pub fn new(sets: BTreeMap<String, Vec<String>>) -> Self {
        Self(sets)
    }

    /// Refuses a term that is rule language: operators, fields, other sets, regular expressions. The place is in the term.
    ///
    /// `names` are those of all sets. A query that uses a set with such a term is refused.
    pub fn check_term<'n>(set: &str, term: &str, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), Note> {
        listed::check(set, term, names)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn terms(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }
}
