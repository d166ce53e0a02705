//! The full-text index: every word of every version as queries compare them, brought up to date behind the events.
//!
//! A version is noted as due in the transaction that stores it, and its words come in a later one, so that no event waits
//! for them and a crash between the two loses neither.

use std::collections::BTreeSet;
use std::iter::Peekable;

use rusqlite::{Connection, OptionalExtension, params};
use tracing::{error, warn};

use super::error::of_one;
use super::{Store, StoreError, articles, mending, versions};
use crate::model::ArticleId;
use crate::rule::{Narrowing, index_words};

/// A row's number is the article's and, in so many bits, the version's. The brake on busy articles keeps far below.
const VERSION_BITS: u32 = 24;

/// Versions whose words are due, article by article in the order of their versions.
pub(super) const DUE: &str = "
    SELECT article_id, number FROM vocabulary_due WHERE damaged = 0 ORDER BY article_id, number LIMIT ?";

/// A list of articles that is longer narrows little beside a shorter one.
const LONG: usize = 20_000;

/// The words of one version, or that they cannot be read.
struct Prepared {
    article: ArticleId,
    number: u32,
    words: Result<String, String>,
}

/// Pages of the index that one step of a sweep merges.
const SWEPT_PAGES: i64 = 500;

impl Store {
    /// Brings the words of up to `limit` versions into the index, and says how many that were; fewer than `limit` when
    /// none is left.
    ///
    /// The texts are read beside the writer, which is busy for some 100 µs for each version. A version that cannot be read is
    /// passed over, and stays due. An error may be the index's: see [`mend_words`](Self::mend_words).
    pub async fn index_words(&self, limit: usize) -> Result<usize, StoreError> {
        let prepared = self
            .read(move |connection| {
                mending::expect_whole(connection)?;
                prepare(connection, limit)
            })
            .await?;
        let count = prepared.len();
        if count > 0 {
            self.write(move |connection| {
                prepared.iter().try_for_each(|version| store(connection, version))?;
                mending::note_parts(connection)
            })
            .await?;
        }
        Ok(count)
    }
}

impl Store {
    /// Takes some of what was hidden out of the full-text index, where something is to go; `true` once it is gone.
    pub async fn sweep_words(&self) -> Result<bool, StoreError> {
        self.write(sweep).await
    }
}

/// Notes that the words of a version are to come.
pub(super) fn note(connection: &Connection, article: ArticleId, number: u32) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO vocabulary_due (damaged, article_id, number) VALUES (0, ?, ?)")?
        .execute(params![article, number])?;
    Ok(())
}

/// Notes that the words of a version are to come again, because it or the one before it changed.
pub(super) fn note_again(connection: &Connection, article: ArticleId, number: u32) -> Result<(), StoreError> {
    // A version is in the index or due, never both.
    forget(connection, article, number)?;
    mending::note_parts(connection)?;
    note(connection, article, number)
}

/// Takes the words of a version away, whether they came or are to come.
pub(super) fn forget(connection: &Connection, article: ArticleId, number: u32) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM vocabulary_due WHERE damaged IN (0, 1) AND article_id = ? AND number = ?")?
        .execute(params![article, number])?;
    connection.prepare_cached("DELETE FROM vocabulary WHERE rowid = ?")?.execute([row_number(article, number)])?;
    Ok(())
}

/// Notes that deleted words are to leave the index: FTS5 only marks them until the parts they stand in are merged.
pub(super) fn want_sweep(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('vocabulary_sweep', 'wanted')")?
        .execute([])?;
    Ok(())
}

/// Merges some pages of the index; `true` once nothing is left to merge. The first time all parts are put up for it (FTS5's
/// `merge` with a negative number), then they are merged piece by piece.
fn sweep(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = 'vocabulary_sweep'")?;
    let state: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
    let Some(state) = state else { return Ok(true) };
    let is_first = state == "wanted";
    let pages = if is_first { -SWEPT_PAGES } else { SWEPT_PAGES };
    let before = connection.total_changes();
    connection.prepare_cached("INSERT INTO vocabulary (vocabulary, rank) VALUES ('merge', ?)")?.execute([pages])?;
    // FTS5 counts one change for the command itself.
    let is_over = !is_first && connection.total_changes() - before < 2;
    let next = match is_over {
        true => "DELETE FROM meta WHERE name = 'vocabulary_sweep'",
        false => "UPDATE meta SET value = 'begun' WHERE name = 'vocabulary_sweep'",
    };
    connection.prepare_cached(next)?.execute([])?;
    mending::note_parts(connection)?;
    Ok(is_over)
}

/// Somebody may have restored what was lost.
pub(super) fn try_damaged_again(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE vocabulary_due SET damaged = 0 WHERE damaged = 1", [])?;
    Ok(())
}

fn prepare(connection: &Connection, limit: usize) -> Result<Vec<Prepared>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let due: Vec<(ArticleId, u32)> = connection
        .prepare_cached(DUE)?
        .query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut prepared = Vec::with_capacity(due.len());
    // The version that was read last, with its words: the next one often follows it.
    let mut last: Option<(ArticleId, u32, BTreeSet<String>)> = None;
    for (article, number) in due {
        let before = last.take().filter(|(of, at, _)| (*of, at + 1) == (article, number)).map(|(_, _, words)| words);
        let read = words_of(connection, article, number);
        let words = match read {
            Ok(words) => {
                let before = match before {
                    None => words_before(connection, article, number)?,
                    before => before,
                };
                let new = words.iter().filter(|word| before.as_ref().is_none_or(|before| !before.contains(*word)));
                let new = new.map(String::as_str).collect::<Vec<_>>().join(" ");
                last = Some((article, number, words));
                Ok(new)
            }
            Err(StoreError::Unreadable(what)) => Err(what),
            Err(error) => return Err(error),
        };
        prepared.push(Prepared { article, number, words });
    }
    Ok(prepared)
}

/// The words of a version that has to be there.
fn words_of(connection: &Connection, article: ArticleId, number: u32) -> Result<BTreeSet<String>, StoreError> {
    let read = versions::known(connection, article, number)
        .and_then(|version| Ok(index_words(&version.text, &articles::address(connection, article)?)));
    // Whatever page is damaged of it: the index is none of them.
    of_one(read).map_err(|error| error.of(|| format!("version {number} of article {}", article.0)))
}

/// The words of the version before, whose row holds them (or those of rows before do); `None` where it has no row.
fn words_before(
    connection: &Connection,
    article: ArticleId,
    number: u32,
) -> Result<Option<BTreeSet<String>>, StoreError> {
    let Some(before) = number.checked_sub(1).filter(|before| *before > 0) else { return Ok(None) };
    let mut due = connection
        .prepare_cached("SELECT 1 FROM vocabulary_due WHERE damaged IN (0, 1) AND article_id = ? AND number = ?")?;
    if due.exists(params![article, before])? {
        return Ok(None);
    }
    match words_of(connection, article, before) {
        // Twice in the index does no harm.
        Err(StoreError::Unreadable(_)) => Ok(None),
        words => words.map(Some),
    }
}

fn store(connection: &Connection, version: &Prepared) -> Result<(), StoreError> {
    let Prepared { article, number, words } = version;
    let words = match words {
        Ok(words) => words,
        Err(what) => {
            error!(article = article.0, version = number, what, "the words of a damaged version cannot be found");
            connection
                .prepare_cached(
                    "UPDATE vocabulary_due SET damaged = 1 WHERE damaged = 0 AND article_id = ? AND number = ?",
                )?
                .execute(params![article, number])?;
            return Ok(());
        }
    };
    let is_due = connection
        .prepare_cached("DELETE FROM vocabulary_due WHERE damaged = 0 AND article_id = ? AND number = ?")?
        .execute(params![article, number])?;
    if is_due > 0 {
        connection
            .prepare_cached("INSERT OR REPLACE INTO vocabulary (rowid, words) VALUES (?, ?)")?
            .execute(params![row_number(*article, *number), words])?;
    }
    Ok(())
}

fn row_number(article: ArticleId, number: u32) -> i64 {
    let number = i64::from(number).min((1 << VERSION_BITS) - 1);
    (article.0 << VERSION_BITS) + number
}

/// The articles that can hold what is asked, by their numbers, rising: all for which it is true, and others. `None`
/// where the index cannot tell.
pub(super) fn candidates(connection: &Connection, narrowing: &Narrowing) -> Result<Option<Vec<ArticleId>>, StoreError> {
    let looked_up = mending::expect_whole(connection).and_then(|()| look_up(connection, narrowing, usize::MAX));
    let found = match looked_up {
        Ok(List::Whole(found) | List::Cut(found)) => found,
        // Without the index every article is asked, which takes longer and finds the same.
        Err(error) => {
            warn!(%error, "every article is read, for the full-text index is damaged; `wirewatch run` makes it anew");
            return Ok(None);
        }
    };
    let mut due = connection.prepare_cached("SELECT DISTINCT article_id FROM vocabulary_due")?;
    let due = due.query_map([], |row| row.get(0))?.collect::<Result<Vec<ArticleId>, _>>()?;
    let mut all = either(found, due);
    all.dedup();
    Ok(Some(all))
}

/// Articles by their numbers, rising, without repeats.
enum List {
    Whole(Vec<ArticleId>),
    /// There are more than were asked for.
    Cut(Vec<ArticleId>),
}

fn look_up(connection: &Connection, narrowing: &Narrowing, limit: usize) -> Result<List, StoreError> {
    match narrowing {
        Narrowing::Word(_) | Narrowing::Beginning(_) => matching(connection, &phrase(narrowing), limit),
        Narrowing::Any(parts) => look_up_any(connection, parts, limit),
        Narrowing::All(parts) => look_up_all(connection, parts, limit),
    }
}

fn look_up_any(connection: &Connection, parts: &[Narrowing], limit: usize) -> Result<List, StoreError> {
    let is_phrase = |part: &&Narrowing| matches!(part, Narrowing::Word(_) | Narrowing::Beginning(_));
    let phrases: Vec<String> = parts.iter().filter(is_phrase).map(phrase).collect();
    let mut all = Vec::new();
    let mut is_cut = false;
    let mut add = |list: List| {
        let (found, cut) = list.parts();
        is_cut |= cut;
        all = either(std::mem::take(&mut all), found);
    };
    if !phrases.is_empty() {
        add(matching(connection, &phrases.join(" OR "), limit)?);
    }
    for part in parts.iter().filter(|part| !is_phrase(part)) {
        add(look_up(connection, part, limit)?);
    }
    Ok(if is_cut { List::Cut(all) } else { List::Whole(all) })
}

/// What all parts have in common. A part that many articles hold counts only where none is rarer: to read them all takes
/// longer than to look at the few others.
fn look_up_all(connection: &Connection, parts: &[Narrowing], limit: usize) -> Result<List, StoreError> {
    let mut common: Option<Vec<ArticleId>> = None;
    let mut frequent = Vec::new();
    for part in parts {
        match look_up(connection, part, LONG)? {
            List::Whole(found) => common = Some(common.map_or(found.clone(), |common| both(&common, &found))),
            List::Cut(_) => frequent.push(part),
        }
    }
    if let Some(common) = common {
        return Ok(List::Whole(common));
    }
    if limit <= LONG {
        return Ok(List::Cut(Vec::new()));
    }
    let mut common: Option<Vec<ArticleId>> = None;
    for part in frequent {
        let (found, _) = look_up(connection, part, limit)?.parts();
        common = Some(common.map_or_else(|| found.clone(), |common| both(&common, &found)));
    }
    Ok(List::Whole(common.unwrap_or_default()))
}

impl List {
    fn parts(self) -> (Vec<ArticleId>, bool) {
        match self {
            Self::Whole(found) => (found, false),
            Self::Cut(found) => (found, true),
        }
    }
}

/// A word or the beginning of one, as FTS5 is asked for it.
fn phrase(narrowing: &Narrowing) -> String {
    let quoted = |word: &str| format!("\"{}\"", word.replace('"', "\"\""));
    match narrowing {
        Narrowing::Word(word) => quoted(word),
        Narrowing::Beginning(letters) => format!("{} *", quoted(letters)),
        Narrowing::All(_) | Narrowing::Any(_) => String::new(),
    }
}

fn matching(connection: &Connection, expression: &str, limit: usize) -> Result<List, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT rowid FROM vocabulary WHERE vocabulary MATCH ? ORDER BY rowid")?;
    let mut rows = statement.query([expression])?;
    let mut found: Vec<ArticleId> = Vec::new();
    while let Some(row) = rows.next()? {
        let article = ArticleId(row.get::<_, i64>(0)? >> VERSION_BITS);
        if found.last() == Some(&article) {
            continue;
        }
        if found.len() == limit {
            return Ok(List::Cut(found));
        }
        found.push(article);
    }
    Ok(List::Whole(found))
}

/// What two rising lists have in common.
fn both(one: &[ArticleId], other: &[ArticleId]) -> Vec<ArticleId> {
    let mut other = other.iter().peekable();
    let is_in_other = |article: &&ArticleId| {
        while other.next_if(|next| next < article).is_some() {}
        other.peek() == Some(article)
    };
    one.iter().filter(is_in_other).copied().collect()
}

/// What stands in one of two rising lists, or both.
fn either(one: Vec<ArticleId>, other: Vec<ArticleId>) -> Vec<ArticleId> {
    let mut all = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other): (Peekable<_>, Peekable<_>) = (one.into_iter().peekable(), other.into_iter().peekable());
    while let Some(next) = match (one.peek(), other.peek()) {
        (Some(a), Some(b)) if b < a => other.next(),
        (Some(a), Some(b)) if a == b => {
            other.next();
            one.next()
        }
        (Some(_), _) => one.next(),
        (None, _) => other.next(),
    } {
        all.push(next);
    }
    all
}
