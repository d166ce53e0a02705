//! How far a reading agrees with feedparser's, a yardstick and not the truth: by file, and by single value.

use std::collections::HashSet;

use url::Url;

use wirewatch::feed;
use wirewatch::identity;
use wirewatch::model::{Entry, Timestamp};

use crate::documents::ExpectedEntry;
use crate::tally::percent;

/// Agreement over many documents.
#[derive(Debug, Default)]
pub struct Agreement {
    files: [Share; ASPECTS.len()],
    /// Files with a value of each field, and single values; in the order of [`FIELDS`].
    values: [Share; FIELDS.len()],
}

/// What a file is counted for, in the order of the table.
const ASPECTS: [&str; 6] = ["read at all", "number of entries", "links", "titles", "dates", "all four together"];

/// Where the fields stand in [`ASPECTS`]; both dates are one aspect.
const ASPECT_OF_FIELD: [usize; FIELDS.len()] = [2, 3, 4, 4];

#[derive(Debug, Clone, Copy, Default)]
struct Share {
    same: usize,
    compared: usize,
    /// What feedparser does not read.
    ours_alone: usize,
}

/// A line of the table.
pub struct Row {
    pub name: &'static str,
    pub share: String,
}

/// What is compared of an entry.
struct Field {
    name: &'static str,
    /// Whether feedparser reads one.
    is_read: fn(&ExpectedEntry) -> bool,
    compare: fn(&Entry, &ExpectedEntry, &Url) -> Comparison,
}

enum Comparison {
    Neither,
    Same,
    OursAlone,
    Different { ours: String, theirs: String },
}

const FIELDS: [Field; 4] = [
    Field { name: "links", is_read: |entry| entry.link.is_some(), compare: compare_links },
    Field { name: "titles", is_read: |entry| entry.title.is_some(), compare: compare_titles },
    Field { name: "published dates", is_read: |entry| entry.published.is_some(), compare: compare_published },
    Field { name: "updated dates", is_read: |entry| entry.updated.is_some(), compare: compare_updated },
];

impl Agreement {
    /// Counts a document that was not read; returns how that differs.
    pub fn refused(&mut self, message: &str) -> Option<String> {
        for aspect in [0, 1, ASPECTS.len() - 1] {
            self.files[aspect].count(false);
        }
        Some(message.to_owned())
    }

    /// Counts a document that was read; returns how its entries differ, if they do.
    ///
    /// A file counts for links, titles or dates where feedparser reads one at all, and agrees when all do.
    pub fn compare(&mut self, theirs: &[ExpectedEntry], ours: &[Entry], address: &Url) -> Option<String> {
        let mut differences = Vec::new();
        if ours.len() != theirs.len() {
            differences.push(format!("{} entries, feedparser {}", ours.len(), theirs.len()));
        }
        let is_same_count = differences.is_empty();
        let mut file = [Share::default(); ASPECTS.len()];
        match paired(theirs, ours) {
            Some(pairs) => {
                for ((field, values), aspect) in FIELDS.iter().zip(&mut self.values).zip(ASPECT_OF_FIELD) {
                    let (share, difference) = field.compare_all(&pairs, address);
                    values.add(share);
                    file[aspect].add(share);
                    differences.extend(difference);
                }
            }
            // Nothing can be said of the fields of entries that are others altogether.
            None => {
                for (field, aspect) in FIELDS.iter().zip(ASPECT_OF_FIELD) {
                    file[aspect].compared += theirs.iter().filter(|entry| (field.is_read)(entry)).count();
                }
            }
        }
        for (total, share) in self.files.iter_mut().zip(file).take(5).skip(2).filter(|(_, share)| share.compared > 0) {
            total.count(share.is_whole());
        }
        self.files[0].count(true);
        self.files[1].count(is_same_count);
        self.files[5].count(differences.is_empty());
        (!differences.is_empty()).then(|| differences.join("; "))
    }

    /// Files that agree, of all that feedparser reads.
    pub fn file_rows(&self) -> Vec<Row> {
        let all = self.files[0].compared;
        let of_all = |share: Share| Share { same: all - (share.compared - share.same), compared: all, ..share };
        ASPECTS.iter().zip(self.files).map(|(name, share)| Row { name, share: of_all(share).shown() }).collect()
    }

    /// Files that agree, of those in which feedparser reads a value of the kind at all.
    pub fn valued_file_rows(&self) -> Vec<Row> {
        let fields = ASPECTS.iter().zip(self.files).take(5).skip(2);
        fields.map(|(name, share)| Row { name, share: share.shown() }).collect()
    }

    /// Single values that agree; `+` counts what we read and feedparser does not.
    pub fn value_rows(&self) -> Vec<Row> {
        FIELDS.iter().zip(self.values).map(|(field, share)| Row { name: field.name, share: share.shown() }).collect()
    }
}

/// Each of our entries with feedparser's, which keeps entries that repeat an earlier one; `None` when others differ.
fn paired<'a>(theirs: &'a [ExpectedEntry], ours: &'a [Entry]) -> Option<Vec<(&'a Entry, &'a ExpectedEntry)>> {
    if theirs.len() == ours.len() {
        return Some(ours.iter().zip(theirs).collect());
    }
    let mut seen = HashSet::new();
    let identity = |entry: &&ExpectedEntry| match &entry.id {
        Some(id) => (Some(id.clone()), None, None),
        None => (None, entry.link.clone(), entry.title.clone()),
    };
    let different: Vec<&ExpectedEntry> = theirs.iter().filter(|entry| seen.insert(identity(entry))).collect();
    (different.len() == ours.len()).then(|| ours.iter().zip(different).collect())
}

impl Share {
    fn count(&mut self, is_same: bool) {
        self.compared += 1;
        self.same += usize::from(is_same);
    }

    fn add(&mut self, other: Self) {
        self.same += other.same;
        self.compared += other.compared;
        self.ours_alone += other.ours_alone;
    }

    fn is_whole(self) -> bool {
        self.same == self.compared
    }

    fn shown(self) -> String {
        let alone = if self.ours_alone > 0 { format!(", +{}", self.ours_alone) } else { String::new() };
        format!("{} ({} of {}{alone})", percent(self.same, self.compared), self.same, self.compared)
    }
}

impl Field {
    /// Counts the field of all entries of a document; with how many differ, and the first as an example.
    fn compare_all(&self, pairs: &[(&Entry, &ExpectedEntry)], address: &Url) -> (Share, Option<String>) {
        let mut share = Share::default();
        let mut differences = Vec::new();
        for (ours, theirs) in pairs {
            match (self.compare)(ours, theirs, address) {
                Comparison::Neither => {}
                Comparison::Same => share.count(true),
                Comparison::OursAlone => share.ours_alone += 1,
                Comparison::Different { ours, theirs } => {
                    share.count(false);
                    differences.push((ours, theirs));
                }
            }
        }
        let difference = differences.first().map(|(ours, theirs)| {
            format!("{} of {} {}: `{ours}`, feedparser `{theirs}`", differences.len(), pairs.len(), self.name)
        });
        (share, difference)
    }
}

impl Comparison {
    fn of<O: ToString, T: ToString>(ours: Option<O>, theirs: Option<T>, same: impl Fn(&O, &T) -> bool) -> Self {
        match (ours, theirs) {
            (None, None) => Self::Neither,
            (Some(_), None) => Self::OursAlone,
            (Some(ours), Some(theirs)) if same(&ours, &theirs) => Self::Same,
            (ours, Some(theirs)) => {
                let ours = ours.map_or_else(|| "nothing".to_owned(), |ours| shortened(&ours.to_string()));
                Self::Different { ours, theirs: shortened(&theirs.to_string()) }
            }
        }
    }
}

fn compare_links(ours: &Entry, theirs: &ExpectedEntry, address: &Url) -> Comparison {
    // Links that are no web address are not ours to follow.
    let expected =
        theirs.link.as_deref().filter(|link| !link.trim().is_empty()).and_then(|link| address.join(link).ok());
    let expected = expected.filter(|url| matches!(url.scheme(), "http" | "https"));
    Comparison::of(ours.link.as_ref(), expected, |ours, theirs| {
        identity::normalise(ours) == identity::normalise(theirs)
    })
}

/// feedparser keeps the markup of a title where we keep what is seen of it.
fn compare_titles(ours: &Entry, theirs: &ExpectedEntry, _: &Url) -> Comparison {
    let expected = theirs.title.as_deref().filter(|title| visible(title).is_some());
    Comparison::of(ours.title.as_deref(), expected, |ours, theirs| reads_same(&folded(ours), theirs))
}

fn compare_published(ours: &Entry, theirs: &ExpectedEntry, _: &Url) -> Comparison {
    compare_moments(ours.published_at, theirs.published)
}

fn compare_updated(ours: &Entry, theirs: &ExpectedEntry, _: &Url) -> Comparison {
    // feedparser calls `dc:date` and Atom 0.3's dates updated; where there is no other date we call them published.
    compare_moments(ours.updated_at.or(ours.published_at), theirs.updated)
}

/// To the second, which is as far as feedparser reads.
fn compare_moments(ours: Option<Timestamp>, theirs: Option<Timestamp>) -> Comparison {
    let second = |moment: &Timestamp| moment.as_millis().div_euclid(1000);
    Comparison::of(ours, theirs, |ours, theirs| second(ours) == second(theirs))
}

/// Whether `ours` is the other title, or what is seen of it, which may have been escaped twice.
fn reads_same(ours: &str, theirs: &str) -> bool {
    let seen = visible(theirs);
    let seen_twice = seen.as_deref().and_then(visible);
    [Some(folded(theirs)), seen, seen_twice].iter().flatten().any(|title| ours == title)
}

/// The visible text of markup, as an entry's text is read.
fn visible(markup: &str) -> Option<String> {
    let item = serde_json::json!({ "id": "1", "title": "title", "content_html": markup });
    let feed = serde_json::json!({ "version": "https://jsonfeed.org/version/1.1", "items": [item] }).to_string();
    let address = Url::parse("http://feeds.invalid/").ok()?;
    let document = feed::parse(feed.as_bytes(), None, &address).ok()?;
    let paragraphs: Vec<&str> =
        document.entries.first()?.text.iter().map(|paragraph| paragraph.text.as_str()).collect();
    (!paragraphs.is_empty()).then(|| paragraphs.join(" "))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Enough of a value to recognise it in a line.
fn shortened(text: &str) -> String {
    const CHARS: usize = 120;
    let start: String = text.chars().take(CHARS).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}
