//! An article as it is looked at where it lies: read as far as somebody asks.

use rusqlite::Connection;

use super::readings::Readings;
use super::views::article_row;
use super::{StoreError, articles, versions};
use crate::model::{ArticleId, FeedFacts, Version};
use crate::store::{ArticleRow, StoredArticle, StoredPage, VersionRow};

/// What was seen of some articles.
#[derive(Debug)]
pub struct Looks<T> {
    /// In the order of the articles.
    pub seen: Vec<T>,
    /// The articles that could not be looked at, each with what is damaged of it.
    pub damaged: Vec<(ArticleId, String)>,
}

/// A stored article, with its versions within reach.
pub struct Archived<'a> {
    pub row: ArticleRow,
    /// Every feed that has announced it, by name.
    pub feeds: Vec<FeedFacts>,
    connection: &'a Connection,
}

impl<'a> Archived<'a> {
    /// [`StoreError::Unreadable`] where what is stored of it beside its versions is damaged.
    pub(super) fn find(connection: &'a Connection, id: ArticleId) -> Result<Option<Self>, StoreError> {
        let read = Self::read(connection, id).map_err(|error| error.of(|| format!("article {}", id.0)));
        of_article(id, read)
    }

    fn read(connection: &'a Connection, id: ArticleId) -> Result<Option<Self>, StoreError> {
        let mut statement = connection.prepare_cached("SELECT * FROM articles WHERE id = ?")?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let feeds = articles::feeds(connection, id)?;
        Ok(Some(Self { row: article_row(row, &feeds)?, feeds, connection }))
    }

    /// Every version without its text, oldest first.
    pub fn versions(&self) -> Result<Vec<VersionRow>, StoreError> {
        of_article(self.row.id, versions::list(self.connection, self.row.id))
    }

    /// One version, or `None` where there is none of that number; [`StoreError::Unreadable`] where it is damaged.
    pub fn version(&self, number: u32) -> Result<Option<Version>, StoreError> {
        of_article(self.row.id, versions::find(self.connection, self.row.id, number))
    }

    /// The page a version was read from; `None` where it was not kept.
    pub fn page(&self, number: u32) -> Result<Option<StoredPage>, StoreError> {
        of_article(self.row.id, versions::page(self.connection, self.row.id, number))
    }

    /// As [`Store::before_revision`](super::Store::before_revision).
    pub fn before_revision(&self, number: u32) -> Result<Option<Version>, StoreError> {
        let readings = Readings::of(self.connection, self.row.id);
        of_article(self.row.id, readings.and_then(|readings| readings.before_revision(self.connection, number)))
    }

    /// The latest version; where it is damaged there is none, and the row says so: what is known beside its text can be
    /// shown all the same.
    pub fn latest(&mut self) -> Result<Option<Version>, StoreError> {
        match self.version(self.row.versions) {
            Err(StoreError::Unreadable(what)) => {
                self.row.problem = Some(articles::damage(&what));
                Ok(None)
            }
            latest => latest,
        }
    }

    /// The article with its latest version, as far as that can be read.
    pub fn into_stored(mut self) -> Result<StoredArticle, StoreError> {
        let latest = self.latest()?;
        Ok(StoredArticle { row: self.row, feeds: self.feeds, latest })
    }
}

/// What lies on a damaged page of the database is the damage of the article that is looked at, and of no other.
fn of_article<T>(id: ArticleId, read: Result<T, StoreError>) -> Result<T, StoreError> {
    match read {
        Err(StoreError::Damaged(what)) => Err(StoreError::Unreadable(format!("article {}: {what}", id.0))),
        read => read,
    }
}
