//! Counts what the watching of pages found, and prints it.

use std::collections::BTreeMap;
use std::time::Duration;

use wirewatch::detect::FoundVersion;
use wirewatch::model::{ArticleText, Version};

use crate::differing;
use crate::edits::{Edit, TASKS, Task};
use crate::noise::{self, Fetched};
use crate::pages::Page;
use crate::stopwatch::millis;

/// What six fetches of a page gave.
pub struct Outcome {
    name: String,
    pub refetches: usize,
    pub unfit: usize,
    /// Versions that say that only our reading changed.
    pub technical: usize,
    false_revisions: usize,
    /// The kinds of noise behind each false revision; `None` for the page's own text.
    blamed: Vec<Option<&'static str>>,
    pub edited: Option<Edited>,
    pub times: Vec<Duration>,
    pub notes: Vec<String>,
}

/// What became of an edit.
#[derive(Debug, Clone, Copy)]
pub struct Edited {
    pub task: Task,
    /// Since the edit.
    pub versions: usize,
    pub is_found: bool,
    pub is_said: bool,
    /// Whether the version before had the passage that was edited.
    pub is_in_text: bool,
}

/// The sum over pages and rounds.
#[derive(Default)]
pub struct Figures {
    pub pages: usize,
    outcomes: Vec<Outcome>,
}

impl Outcome {
    pub fn new(page: &Page) -> Self {
        Self {
            name: format!("{}  {}", page.id.get(..8).unwrap_or(&page.id), page.url),
            refetches: 0,
            unfit: 0,
            technical: 0,
            false_revisions: 0,
            blamed: Vec::new(),
            edited: None,
            times: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Counts a revision that is none, and finds out which noise made it.
    pub fn blame(&mut self, number: usize, before: &Version, after: &ArticleText, fetches: &[Fetched]) {
        self.false_revisions += 1;
        let mut kinds: Vec<Option<&'static str>> = Vec::new();
        for (sign, block) in differing(before, after) {
            let kind = fetches.iter().rev().find_map(|fetched| fetched.origin(&block));
            let said = kind.unwrap_or("the page's own");
            self.notes.push(format!("fetch {number}: {sign} [{said}] {}", block.chars().take(160).collect::<String>()));
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        self.blamed.extend(kinds);
    }

    /// Notes a true revision with other kinds than expected.
    pub fn note_kinds(&mut self, edit: &Edit, found: &FoundVersion, before: &Version) {
        let kinds = found.change.as_ref().map(|change| format!("{:?}", change.kinds)).unwrap_or_default();
        self.notes.push(format!("kinds {kinds} for {}", edit.told()));
        for (sign, block) in differing(before, &found.version.text) {
            self.notes.push(format!("    {sign} {}", block.chars().take(160).collect::<String>()));
        }
    }
}

impl Figures {
    pub fn add(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    pub fn print(&self) {
        let sum = |count: fn(&Outcome) -> usize| self.outcomes.iter().map(count).sum::<usize>();
        let (refetches, wrong) = (sum(|outcome| outcome.refetches), sum(|outcome| outcome.false_revisions));
        let edited: Vec<Edited> = self.outcomes.iter().filter_map(|outcome| outcome.edited).collect();
        println!(
            "{:8}  pages, {} watched, {} looks unfit",
            self.pages,
            self.outcomes.len(),
            sum(|outcome| outcome.unfit)
        );
        println!("{refetches:8}  refetches, {wrong} false revisions: {} in 100", share(wrong, refetches));
        println!("{:8}  technical versions", sum(|outcome| outcome.technical));
        print_edits("edits", &edited);
        let in_text: Vec<Edited> = edited.iter().filter(|edited| edited.is_in_text).copied().collect();
        print_edits("edits of what the version before had", &in_text);
        let mut times: Vec<Duration> = self.outcomes.iter().flat_map(|outcome| outcome.times.clone()).collect();
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!("CPU a look: median {:.1} ms, 95th percentile {:.1} ms", millis(at(50)), millis(at(95)));
        self.print_noise();
        println!("\nby edit:");
        for task in TASKS {
            let of_task: Vec<Edited> = edited.iter().filter(|edited| edited.task == task).copied().collect();
            print_edits(task.name(), &of_task);
        }
    }

    fn print_noise(&self) {
        let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for kind in self.outcomes.iter().flat_map(|outcome| &outcome.blamed) {
            *counts.entry(*kind).or_default() += 1;
        }
        println!("\nfalse revisions, by the noise that differed:");
        for kind in noise::kinds().into_iter().map(Some).chain([None]) {
            println!(
                "{:8}  {}",
                counts.get(&kind).unwrap_or(&0),
                kind.unwrap_or("the page's own text, read differently")
            );
        }
    }

    /// Names what went wrong, page by page.
    pub fn print_failures(&self) {
        for outcome in self.outcomes.iter().filter(|outcome| !outcome.notes.is_empty()) {
            println!("\n{}", outcome.name);
            outcome.notes.iter().for_each(|note| println!("  {note}"));
        }
    }
}

fn print_edits(name: &str, edited: &[Edited]) {
    let count = |has: fn(&Edited) -> bool| edited.iter().filter(|edited| has(edited)).count();
    let found = count(|edited| edited.is_found);
    println!(
        "{:8}  {name}: found {} %, kind right {} %, exactly one version {} %",
        edited.len(),
        share(found, edited.len()),
        share(count(|edited| edited.is_said), found),
        share(count(|edited| edited.is_found && edited.versions == 1), edited.len()),
    );
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1}", 100.0 * part as f64 / whole as f64) }
}
