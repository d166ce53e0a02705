//! How far a reading agrees with feedparser's, a yardstick and not the truth.

use url::Url;

use wirewatch::feed;
use wirewatch::identity;
use wirewatch::model::{Entry, Timestamp};

use crate::documents::ExpectedEntry;
use crate::tally::percent;

/// Agreement over many documents.
#[derive(Debug, Default)]
pub struct Agreement {
    documents: Share,
    counts: Share,
    /// In the order of [`FIELDS`].
    fields: [Share; 3],
}

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
    compare: fn(&Entry, &ExpectedEntry, &Url) -> Comparison,
}

enum Comparison {
    Neither,
    Same,
    OursAlone,
    Different { ours: String, theirs: String },
}

const FIELDS: [Field; 3] = [
    Field { name: "links", compare: compare_links },
    Field { name: "titles", compare: compare_titles },
    Field { name: "published dates", compare: compare_dates },
];

impl Agreement {
    /// Counts a document that was not read; returns how that differs.
    pub fn refused(&mut self, message: &str) -> Option<String> {
        self.documents.compared += 1;
        Some(message.to_owned())
    }

    /// Counts a document that was read; returns how its entries differ, if they do.
    ///
    /// Where there are as many as feedparser reads, each is compared with the one in its place. There are fewer where a
    /// document gives one id twice.
    pub fn compare(&mut self, theirs: &[ExpectedEntry], ours: &[Entry], address: &Url) -> Option<String> {
        self.documents.count(true);
        self.counts.count(ours.len() == theirs.len());
        if ours.len() != theirs.len() {
            return Some(format!("{} entries, feedparser {}", ours.len(), theirs.len()));
        }
        let pairs: Vec<_> = ours.iter().zip(theirs).collect();
        let differences: Vec<String> = FIELDS
            .iter()
            .zip(&mut self.fields)
            .filter_map(|(field, share)| field.compare_all(&pairs, address, share))
            .collect();
        (!differences.is_empty()).then(|| differences.join("; "))
    }

    /// The table; `+` counts what we read and feedparser does not.
    pub fn rows(&self) -> Vec<Row> {
        let documents = [
            Row { name: "documents", share: self.documents.shown() },
            Row { name: "number of entries", share: self.counts.shown() },
        ];
        let fields =
            FIELDS.iter().zip(self.fields).map(|(field, share)| Row { name: field.name, share: share.shown() });
        documents.into_iter().chain(fields).collect()
    }
}

impl Share {
    fn count(&mut self, is_same: bool) {
        self.compared += 1;
        self.same += usize::from(is_same);
    }

    fn shown(self) -> String {
        let alone = if self.ours_alone > 0 { format!(", +{}", self.ours_alone) } else { String::new() };
        format!("{} ({} of {}{alone})", percent(self.same, self.compared), self.same, self.compared)
    }
}

impl Field {
    /// Counts the field of all entries of a document; returns how many differ, with the first as an example.
    fn compare_all(&self, pairs: &[(&Entry, &ExpectedEntry)], address: &Url, share: &mut Share) -> Option<String> {
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
        let (ours, theirs) = differences.first()?;
        Some(format!("{} of {} {}: `{ours}`, feedparser `{theirs}`", differences.len(), pairs.len(), self.name))
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

/// To the second, which is as far as feedparser reads.
fn compare_dates(ours: &Entry, theirs: &ExpectedEntry, _: &Url) -> Comparison {
    let second = |moment: &Timestamp| moment.as_millis().div_euclid(1000);
    Comparison::of(ours.published_at, theirs.published, |ours, theirs| second(ours) == second(theirs))
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
