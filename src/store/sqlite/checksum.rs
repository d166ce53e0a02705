//! Checksums of what a row holds beside the contents that the chain of hashes covers: an alteration behind the program's
//! back shows.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use sha2::{Digest as _, Sha256};

use super::StoreError;
use crate::model::ArticleId;
use crate::store::Digest;

/// Rows with a checksum, known by article and number, and the columns that it covers, in this order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Checked {
    /// What lists show of a version.
    Version,
    /// Where a page was read, and how the server answered.
    Page,
    /// Who hid a version, when and why, or that retention took it.
    Hiding,
}

impl Checked {
    const fn of(self) -> (&'static str, &'static str) {
        match self {
            Self::Version => (
                "SELECT checksum, headline, byline, published_at, modified_at, words, change, technical, fingerprint
                 FROM versions WHERE article_id = ? AND number = ?",
                "UPDATE versions SET checksum = ?3 WHERE article_id = ?1 AND number = ?2",
            ),
            Self::Page => (
                "SELECT checksum, url, status, headers FROM pages WHERE article_id = ? AND number = ?",
                "UPDATE pages SET checksum = ?3 WHERE article_id = ?1 AND number = ?2",
            ),
            Self::Hiding => (
                "SELECT checksum, article_id, number, hidden_at, who, why, text_sha256, by_retention
                 FROM hidings
                 WHERE article_id = ? AND number = ?",
                "UPDATE hidings SET checksum = ?3 WHERE article_id = ?1 AND number = ?2",
            ),
        }
    }

    /// Writes the checksum of a row as it stands now.
    pub fn seal(self, connection: &Connection, article: ArticleId, number: u32) -> Result<(), StoreError> {
        let (select, update) = self.of();
        let found = connection.prepare_cached(select)?.query_row(params![article, number], covered)?;
        connection.prepare_cached(update)?.execute(params![article, number, found])?;
        Ok(())
    }

    /// Whether the row holds what it held when it was sealed; `None` where there is none.
    pub fn is_whole(
        self,
        connection: &Connection,
        article: ArticleId,
        number: u32,
    ) -> Result<Option<bool>, StoreError> {
        let mut statement = connection.prepare_cached(self.of().0)?;
        let row = statement.query_row(params![article, number], |row| {
            let kept: Option<Vec<u8>> = row.get("checksum").ok();
            Ok((kept, covered(row)?))
        });
        Ok(row.optional()?.map(|(kept, found)| kept.as_deref() == Some(&found[..])))
    }
}

/// The checksum of the columns behind the first.
fn covered(row: &Row<'_>) -> rusqlite::Result<Digest> {
    let mut sum = Sha256::new();
    for column in 1..row.as_ref().column_count() {
        add(&mut sum, row.get_ref(column)?);
    }
    Ok(sum.finalize().into())
}

/// The checksum of values that are about to be stored, in the order of the columns.
pub(super) fn checksum(values: &[&dyn ToSql]) -> Result<Digest, StoreError> {
    let mut sum = Sha256::new();
    for value in values {
        match value.to_sql()? {
            ToSqlOutput::Borrowed(value) => add(&mut sum, value),
            ToSqlOutput::Owned(value) => add(&mut sum, ValueRef::from(&value)),
            other => return Err(StoreError::Contradiction(format!("no checksum of {other:?}"))),
        }
    }
    Ok(sum.finalize().into())
}

/// With its kind and length, so that nothing can pass from one column into the next.
fn add(sum: &mut Sha256, value: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match &value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(number) => (1, &number.to_le_bytes()),
        ValueRef::Real(number) => (2, &number.to_le_bytes()),
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    sum.update([kind]);
    sum.update((bytes.len() as u64).to_le_bytes());
    sum.update(bytes);
}
