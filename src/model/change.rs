//! The step from one version to the next.

use serde::{Deserialize, Serialize};

use super::article::Role;

/// How much a change matters to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Minor,
    Notable,
    Major,
}

/// What kind of difference a change holds. A change carries all kinds that apply, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Headline,
    Figures,
    Date,
    Negation,
    Quote,
    Name,
    Correction,
    Summary,
    Byline,
    Addition,
    Removal,
    Rewrite,
    /// Words differ in a sentence that stays, and no closer kind says how.
    Wording,
    Move,
    Typo,
    Punctuation,
    Markup,
    Restored,
    Gone,
    Back,
    /// Our reading changed (a better extractor, or the page in place of the feed's text), not the article.
    Technical,
}

/// What else is to be known of a change, beside its kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The text fell to a fraction of what it was.
    Shortened,
    /// The page goes to and fro between readings.
    Alternating,
    /// The address tells another story now: a new run of the same article.
    Reused,
    /// The page of the version before, read anew by a newer extractor or another site rule.
    ReadAnew,
    /// The article is revised so often that it is stored hourly and told once a day.
    Braked,
}

/// A number, amount or count word that was replaced, with the sentence it stands in now (or stood in).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// `None` when the figure was added to a sentence that otherwise stayed.
    pub before: Option<String>,
    /// `None` when the figure was removed.
    pub after: Option<String>,
    pub context: String,
}

/// What changed from one version to the next, as stored with the later version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Sorted, without repeats, never empty.
    pub kinds: Vec<Kind>,
    /// `None` for a technical change, which never alerts.
    pub severity: Option<Severity>,
    pub added_words: usize,
    pub removed_words: usize,
    /// The text changed by a kind above minor and the publisher said nothing about it.
    pub silent: bool,
    pub figures: Vec<Figure>,
    /// Sorted, without repeats; mostly empty.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// The number of the earlier version that this one equals, for `Kind::Restored`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<u32>,
}

impl Change {
    /// Whether only our reading changed: nothing that a publisher did, and no alert.
    pub fn is_technical(&self) -> bool {
        self.kinds == [Kind::Technical]
    }

    pub fn is_marked(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Adds a mark where it is not there yet.
    pub fn mark(&mut self, mark: Mark) {
        if let Err(place) = self.marks.binary_search(&mark) {
            self.marks.insert(place, mark);
        }
    }
}

/// What became of a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    Equal,
    Insert,
    Delete,
}

/// A run of words with what became of it. Joining the runs that are not `Insert` gives the old text, those that are
/// not `Delete` the new one, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordChange {
    pub op: Op,
    pub text: String,
}

/// What became of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParagraphOp {
    Equal,
    Insert,
    Delete,
    Change,
    /// The same paragraph (perhaps with changed words) at another place. Stands at its new place.
    Move,
}

/// One row of a diff: a paragraph before, after, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParagraphChange {
    pub op: ParagraphOp,
    /// Index into the old paragraphs, from 0; `None` for an insertion.
    pub before: Option<usize>,
    /// Index into the new paragraphs, from 0; `None` for a deletion.
    pub after: Option<usize>,
    pub role: Role,
    pub words: Vec<WordChange>,
}

/// The word-level difference of two texts of one article, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    pub headline: Vec<WordChange>,
    pub summary: Vec<WordChange>,
    pub byline: Vec<WordChange>,
    pub correction: Vec<WordChange>,
    /// In reading order: new paragraphs in their order, deleted ones where they stood.
    pub paragraphs: Vec<ParagraphChange>,
}
