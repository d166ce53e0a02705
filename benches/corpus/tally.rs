//! Counting by cause, and shares for people.

use std::collections::BTreeMap;
use std::fmt;

/// How often each thing was met; shown with the most frequent first.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn add(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    pub fn total(&self) -> usize {
        self.0.values().sum()
    }
}

impl FromIterator<String> for Tally {
    fn from_iter<I: IntoIterator<Item = String>>(things: I) -> Self {
        let mut tally = Self::default();
        things.into_iter().for_each(|what| tally.add(what));
        tally
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        sorted.into_iter().try_for_each(|(what, count)| writeln!(f, "{count:9}  {what}"))
    }
}

/// A message without what differs from document to document, which stands in backticks.
pub fn cause(message: &str) -> String {
    let parts = message.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { part } else { "`…`" }).collect()
}

/// `99.3 %`, or a dash where there is nothing to be a share of.
pub fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}
