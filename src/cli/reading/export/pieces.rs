//! The export piece by piece: some versions, written in their format.

use std::sync::Arc;

use crate::archive::{Seen, uses_change};
use crate::cli::render::csv;
use crate::cli::render::warc::Warc;
use crate::cli::terminal::printed_line;
use crate::documents::{Exported, Shown};
use crate::model::{ArticleId, Timestamp};
use crate::rule::RuleSet;
use crate::store::{Archived, Store, StoreError, VersionRow};
use crate::words;

/// A piece ends behind the version with which it comes to so many bytes.
const PIECE_BYTES: usize = 2 << 20;

const COLUMNS: [&str; 24] = [
    "article",
    "version",
    "url",
    "headline",
    "byline",
    "published_at",
    "modified_at",
    "observed_at",
    "source",
    "words",
    "kinds",
    "severity",
    "added_words",
    "removed_words",
    "silent",
    "figures",
    "feeds",
    "rules",
    "language",
    "summary",
    "correction",
    "sha256",
    "hidden",
    "text",
];

/// How a version is written.
pub(super) enum Format {
    /// JSON.
    Lines,
    /// CSV.
    Cells,
    Pages(Warc),
}

/// Where a piece begins: an article of those that were asked for, and one of its versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) article: usize,
    pub(super) version: u32,
}

impl Default for Place {
    fn default() -> Self {
        Self { article: 0, version: 1 }
    }
}

/// What was read.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) written: Vec<u8>,
    /// Articles of which this is the beginning.
    pub(super) articles: u64,
    /// Versions, or their pages, that were written.
    pub(super) versions: u64,
    pub(super) without_page: u64,
    /// What could not be read.
    pub(super) damaged: Vec<String>,
    /// Where it goes on.
    pub(super) rest: Option<Place>,
}

/// What all pieces have in common.
pub(super) struct Pieces {
    rules: RuleSet,
    with_change: bool,
    format: Format,
}

/// The line above the rows of a CSV file.
pub(super) fn csv_head() -> String {
    csv::line(COLUMNS)
}

/// Reads articles from a place on, as far as a piece goes.
pub(super) async fn read(
    store: &Store,
    pieces: Arc<Pieces>,
    articles: Vec<ArticleId>,
    from: Place,
) -> Result<Piece, StoreError> {
    let (asked, mut spent, mut rest) = (articles.clone(), 0, None);
    let order = articles.clone();
    let parts = store.look_at(articles, move |archived| {
        // Those that are gone are left out of the look.
        let place = asked.iter().position(|id| *id == archived.row.id).unwrap_or(0);
        if rest.is_some() || place < from.article {
            return Ok(Piece { rest, ..Piece::default() });
        }
        let begin = if place == from.article { from.version } else { 1 };
        let (mut part, left) = pieces.article(&archived, begin, PIECE_BYTES.saturating_sub(spent))?;
        spent += part.written.len();
        rest = left.map(|version| Place { article: place, version });
        part.rest = rest;
        Ok(part)
    });
    let looks = parts.await?;
    let mut parts = looks.seen.into_iter();
    let mut piece = parts.next().unwrap_or_default();
    parts.for_each(|part| piece.add(part));
    // What lies behind the end of the piece is looked at again.
    let end = piece.rest.map_or(order.len(), |rest| rest.article);
    let is_of_piece = |id: &ArticleId| order.iter().position(|other| other == id).is_some_and(|place| place < end);
    let damaged = looks.damaged.into_iter().filter(|(id, _)| is_of_piece(id));
    piece.damaged.extend(damaged.map(|(_, what)| what));
    Ok(piece)
}

impl Piece {
    fn add(&mut self, other: Self) {
        self.written.extend(other.written);
        self.articles += other.articles;
        self.versions += other.versions;
        self.without_page += other.without_page;
        self.damaged.extend(other.damaged);
        self.rest = other.rest;
    }
}

impl Pieces {
    pub(super) fn new(rules: RuleSet, format: Format) -> Self {
        Self { with_change: uses_change(&rules), rules, format }
    }

    /// An article from one of its versions on, until `room` is filled; and the version with which it goes on then.
    fn article(&self, archived: &Archived<'_>, from: u32, room: usize) -> Result<(Piece, Option<u32>), StoreError> {
        let mut piece = Piece { articles: u64::from(from == 1), ..Piece::default() };
        let versions = archived.versions()?;
        for version in versions.iter().filter(|version| version.number >= from) {
            if piece.written.len() > room {
                return Ok((piece, Some(version.number)));
            }
            let written = match &self.format {
                Format::Pages(warc) => page(warc, archived, version),
                Format::Lines | Format::Cells => self.version(archived, version).map(Some),
            };
            match written {
                Ok(Some(written)) => {
                    piece.versions += 1;
                    piece.written.extend(written);
                }
                Ok(None) => piece.without_page += 1,
                Err(StoreError::Unreadable(what)) => piece.damaged.push(what),
                Err(error) => return Err(error),
            }
        }
        Ok((piece, None))
    }

    fn version(&self, archived: &Archived<'_>, row: &VersionRow) -> Result<Vec<u8>, StoreError> {
        let gone = || StoreError::Unreadable(format!("version {} of article {}", row.number, archived.row.id.0));
        let seen = Seen::at(archived, archived.version(row.number)?.ok_or_else(gone)?, self.with_change)?;
        let rules = seen.rules(&self.rules).0;
        let shown = Shown::new(&archived.row, row, &seen.version.text, &rules);
        let written = match self.format {
            Format::Cells => cells(&shown, &archived.row.feeds),
            _ => printed_line(&Exported::new(shown, &archived.row)).map_err(|error| StoreError::Io {
                doing: "write a version as JSON".to_owned(),
                cause: error.to_string(),
            })?,
        };
        Ok(written.into_bytes())
    }
}

/// The records of a version's page, where it was kept.
fn page(warc: &Warc, archived: &Archived<'_>, version: &VersionRow) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(page) = archived.page(version.number)? else { return Ok(None) };
    let written = warc.page(archived.row.id, version, &page);
    written.map(Some).map_err(|error| StoreError::Io { doing: "compress a page".to_owned(), cause: error.to_string() })
}

fn cells(shown: &Shown<'_>, feeds: &[String]) -> String {
    let Shown { version, summary, correction, language, text, rules, article, url, .. } = shown;
    let change = version.change.as_ref();
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let number = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
    let or_empty = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let cells = [
        article.0.to_string(),
        version.number.to_string(),
        url.to_string(),
        or_empty(version.headline.as_deref()),
        or_empty(version.byline.as_deref()),
        at(version.published_at),
        at(version.modified_at),
        at(Some(version.observed_at)),
        words::source_word(version.source).to_owned(),
        version.words.to_string(),
        change.map(words::kinds).unwrap_or_default(),
        change.map(|change| words::severity(change.severity).1.to_owned()).unwrap_or_default(),
        number(change.map(|change| change.added_words)),
        number(change.map(|change| change.removed_words)),
        change.map(|change| change.silent.to_string()).unwrap_or_default(),
        change.map(words::figures).unwrap_or_default(),
        feeds.join(", "),
        rules.unwrap_or_default().join(", "),
        or_empty(*language),
        or_empty(*summary),
        or_empty(*correction),
        version.sha256.clone(),
        version.hidden.as_ref().map(|hidden| hidden.why.clone()).unwrap_or_default(),
        text.clone(),
    ];
    csv::line(cells.iter().map(String::as_str))
}
