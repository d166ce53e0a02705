//! Technical versions among the others: between two versions, what our own reading changed is told apart from what the
//! publisher changed.

use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError, versions};
use crate::detect;
use crate::model::{ArticleId, Version};

/// The technical versions of an article.
pub(super) struct Readings {
    article: ArticleId,
    /// Their numbers, rising.
    technical: Vec<u32>,
    /// The versions that are shown no more, rising: nothing can be compared with them.
    hidden: Vec<u32>,
}

impl Store {
    /// Version `from` as it would read by what read version `to`, a later one.
    pub async fn version_as_read_by(&self, id: ArticleId, from: u32, to: u32) -> Result<Version, StoreError> {
        self.read(move |connection| Ok(Readings::of(connection, id)?.as_read_by(connection, from, to)?.0)).await
    }

    /// Notes by what the daemon reads pages: whoever reads them otherwise beside it would be at odds with it.
    pub async fn note_readers(&self, readers: String) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO meta (name, value) VALUES ('readers', ?1)
                 ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
                [readers],
            )?;
            Ok(())
        })
        .await
    }

    /// What [`note_readers`](Self::note_readers) noted last.
    pub async fn readers(&self) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = 'readers'")?;
            Ok(statement.query_row([], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// The version before the last one up to `number` that the publisher made, as it would read by what read `number`.
    ///
    /// `None` where the publisher has made none of an earlier one.
    pub async fn before_revision(&self, id: ArticleId, number: u32) -> Result<Option<Version>, StoreError> {
        self.read(move |connection| Readings::of(connection, id)?.before_revision(connection, number)).await
    }
}

impl Readings {
    pub(super) fn of(connection: &Connection, article: ArticleId) -> Result<Self, StoreError> {
        let mut statement = connection
            .prepare_cached("SELECT number FROM versions WHERE article_id = ? AND technical ORDER BY number")?;
        let technical = statement.query_map([article], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut statement =
            connection.prepare_cached("SELECT number FROM hidings WHERE article_id = ? ORDER BY number")?;
        let hidden = statement.query_map([article], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Self { article, technical, hidden })
    }

    /// Whether the publisher changed something between two versions.
    pub(super) fn is_revised(&self, from: u32, to: u32) -> bool {
        self.revisions(from, to) > 0
    }

    /// Version `number` as it would read by what read version `to`, and whether its text was made to: by the number of the
    /// last version that differs from it in our reading alone, where that says it all.
    pub(super) fn as_read_by(
        &self,
        connection: &Connection,
        number: u32,
        to: u32,
    ) -> Result<(Version, bool), StoreError> {
        let mut number = number;
        while number < to && self.is_technical(number + 1) && !self.is_hidden(number + 1) {
            number += 1;
        }
        let is_carried = self.between(number, to).next().is_some();
        Ok((self.carried(connection, number, to)?, is_carried))
    }

    /// How many versions after `from` and up to `to` the publisher made.
    pub(super) fn revisions(&self, from: u32, to: u32) -> u32 {
        let technical = u32::try_from(self.between(from, to).count()).unwrap_or(0);
        to.saturating_sub(from).saturating_sub(technical)
    }

    /// The last version after `from` and up to `to` that the publisher made and that is shown, else `from`.
    pub(super) fn latest(&self, from: u32, to: u32) -> u32 {
        let shown = |number: &u32| !self.is_technical(*number) && !self.is_hidden(*number);
        (from + 1..=to).rev().find(shown).unwrap_or(from)
    }

    /// As [`Store::before_revision`].
    pub(super) fn before_revision(&self, connection: &Connection, number: u32) -> Result<Option<Version>, StoreError> {
        let Some(revision) = self.last_revision(number) else { return Ok(None) };
        if self.is_hidden(revision - 1) {
            return Ok(None);
        }
        Ok(Some(self.carried(connection, revision - 1, number)?))
    }

    fn last_revision(&self, number: u32) -> Option<u32> {
        (2..=number).rev().find(|number| !self.is_technical(*number))
    }

    fn carried(&self, connection: &Connection, number: u32, to: u32) -> Result<Version, StoreError> {
        let mut version = versions::known(connection, self.article, number)?;
        for technical in self.between(number, to) {
            if self.is_hidden(technical - 1) || self.is_hidden(technical) {
                continue;
            }
            let [before, after] = [technical - 1, technical].map(|n| versions::find(connection, self.article, n));
            // Without the one before, nobody can say what our reading changed.
            if let (Some(before), Some(after)) = (before?, after?) {
                version.text = detect::carry(&version.text, &before.text, &after.text);
            }
        }
        Ok(version)
    }

    fn between(&self, number: u32, to: u32) -> impl Iterator<Item = u32> {
        self.technical.iter().copied().filter(move |technical| (number + 1..=to).contains(technical))
    }

    /// The version to compare version `to` with where `number` was meant: that one or, where it is hidden, the next that
    /// is not, or the one before; `None` where none is left.
    pub(super) fn shown(&self, number: u32, to: u32) -> Option<u32> {
        let later = (number..to).find(|number| !self.is_hidden(*number));
        later.or_else(|| (1..number).rev().find(|number| !self.is_hidden(*number)))
    }

    pub(super) fn is_hidden(&self, number: u32) -> bool {
        self.hidden.binary_search(&number).is_ok()
    }

    fn is_technical(&self, number: u32) -> bool {
        self.technical.binary_search(&number).is_ok()
    }
}
