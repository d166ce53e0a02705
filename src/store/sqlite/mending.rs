//! Whether the full-text index is whole, and how it is made anew where it is not.
//!
//! It follows from the versions, so nothing is lost with it, and nobody is asked. Until its words are back every version is
//! due, which finds the same and takes longer.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _};
use tracing::{error, warn};

use super::{Store, StoreError, upkeep};
use crate::model::Timestamp;

/// The statements that make it.
const SCHEMA: &str = include_str!("schema/vocabulary.sql");

/// Every version is in the index or due, and none of its parts is missing. Counting reads a megabyte or two.
const IS_WHOLE: &str = "
    SELECT (SELECT count(*) FROM vocabulary_docsize) + (SELECT count(*) FROM vocabulary_due)
            = (SELECT count(*) FROM versions)
        AND (SELECT count(*) FROM vocabulary_idx)
            = (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'vocabulary_parts')";

impl Store {
    /// Reads the whole index, unless that was done within `every`, and begins it anew where it is damaged.
    ///
    /// Takes about a second for each 100,000 versions, beside the writer.
    pub async fn check_words(&self, now: Timestamp, every: Duration) -> Result<(), StoreError> {
        let checked = self.read(move |connection| {
            if checked_at(connection)?.is_some_and(|at| at <= now && now.since(at) < every) {
                return Ok(false);
            }
            expect_whole(connection)?;
            upkeep::check_table(connection, "vocabulary").map(|()| true)
        });
        match checked.await {
            Ok(false) => Ok(()),
            Ok(true) => self.write(move |connection| note_checked(connection, now)).await,
            Err(error) if is_damage(&error) => self.write(move |connection| begin_anew(connection, &error)).await,
            Err(error) => Err(error),
        }
    }
}

impl Store {
    /// Begins the index anew after this error of [`index_words`](Self::index_words), or hands it back where the index is
    /// not its cause.
    pub async fn mend_words(&self, error: StoreError) -> Result<(), StoreError> {
        if !is_damage(&error) {
            return Err(error);
        }
        self.write(move |connection| begin_anew(connection, &error)).await
    }
}

/// Begins the index anew where it cannot be searched. Where not even that is possible the archive can be used without it.
pub(super) fn mend(connection: &Connection) -> Result<(), StoreError> {
    match expect_whole(connection) {
        Err(damage) if is_damage(&damage) => match in_a_transaction(connection, &damage) {
            Err(cause) if is_damage(&cause) => {
                error!(%cause, "the full-text index is damaged and cannot be made anew: searches take longer");
                Ok(())
            }
            made => made,
        },
        whole => whole,
    }
}

/// Begins the index anew, in a transaction of its own.
pub(super) fn in_a_transaction(connection: &Connection, why: &StoreError) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    begin_anew(&transaction, why)?;
    Ok(transaction.commit()?)
}

/// Whether the index may be the cause: it is not where time heals it, or where the disk has to be looked after.
pub(super) fn is_damage(error: &StoreError) -> bool {
    matches!(error, StoreError::Damaged(_) | StoreError::Unreadable(_) | StoreError::Contradiction(_))
}

/// Whether FTS5 can be asked, and what it does not notice by itself: that rows of its tables are missing.
/// [`StoreError::Damaged`] where they are.
pub(super) fn expect_whole(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("SELECT 1 FROM vocabulary WHERE vocabulary MATCH '\"a\"' LIMIT 1")?.exists([])?;
    let is_whole: Option<bool> = connection.prepare_cached(IS_WHOLE)?.query_row([], |row| row.get(0))?;
    match is_whole {
        Some(true) => Ok(()),
        Some(false) | None => Err(StoreError::Damaged("parts of the full-text index are missing".to_owned())),
    }
}

/// Notes how many parts the index has now. Belongs to everything that writes to it.
pub(super) fn note_parts(connection: &Connection) -> Result<(), StoreError> {
    // FTS5 writes at the latest for a savepoint; and what fails here fails no other event of the transaction.
    connection.execute_batch("SAVEPOINT words; RELEASE words")?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO meta (name, value)
             VALUES ('vocabulary_parts', CAST((SELECT count(*) FROM vocabulary_idx) AS TEXT))",
        )?
        .execute([])?;
    Ok(())
}

/// Replaces the index by an empty one, to which every version is to come.
pub(super) fn begin_anew(connection: &Connection, why: &StoreError) -> Result<(), StoreError> {
    warn!(%why, "the full-text index is damaged and is made anew; until then searches take longer, and find the same");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    // FTS5 refuses to drop what it cannot open, and leaves behind what it does not know of.
    let replaced = connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS vocabulary_config (k PRIMARY KEY, v) WITHOUT ROWID;
         INSERT OR REPLACE INTO vocabulary_config (k, v) VALUES ('version', 4);
         DROP TABLE IF EXISTS vocabulary;
         DROP TABLE IF EXISTS vocabulary_config;
         DROP TABLE IF EXISTS vocabulary_data;
         DROP TABLE IF EXISTS vocabulary_idx;
         DROP TABLE IF EXISTS vocabulary_docsize;
         DROP TABLE IF EXISTS vocabulary_due;
         {SCHEMA}
         INSERT INTO vocabulary_due (damaged, article_id, number) SELECT 0, article_id, number FROM versions;
         DELETE FROM meta WHERE name = 'vocabulary_checked_at';"
    ));
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    replaced?;
    // Or it would be begun anew without an end.
    expect_whole(connection)
}

fn checked_at(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'vocabulary_checked_at'")?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?)
}

fn note_checked(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('vocabulary_checked_at', CAST(? AS TEXT))")?
        .execute([now])?;
    Ok(())
}
