//! The addresses of articles beside their own: learnt, disputed, unlearnt; and articles that turned out to be one.
//!
//! An address belongs to one article at most. Two weak claims on it cancel each other, a firm one ousts a weak one, and
//! two firm ones, like a firm claim on the address of another article, make the two articles one: the younger rests and
//! points at the older, its versions stay, and its entries and feeds are the older one's from then on.

use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use super::columns::url;
use super::{StoreError, handover};
use crate::identity::{self, Relation};
use crate::model::{Alias, AliasKind, ArticleId, Timestamp};
use crate::store::SeenAlias;

/// Aliases that are kept of an article; beyond, the one that was not seen for longest goes.
const MAX_ALIASES: u32 = 24;
/// When more articles than this share a publisher's number, it is that of a section.
const MAX_KIN: u32 = 4;

pub(super) const OWNER: &str = "SELECT coalesce(same_as, id) FROM articles WHERE url = ?";

pub(super) const CLAIMANTS: &str = "
    SELECT coalesce(same_as, id), firm FROM aliases JOIN articles ON articles.id = article_id
    WHERE aliases.url = ?1 AND disputed_at IS NULL";

pub(super) const KIN: &str = "SELECT count(*) FROM articles WHERE kin = ? AND same_as IS NULL";

/// The article that an address stands for, be it its own or an alias.
pub(super) fn resolve(connection: &Connection, address: &Url) -> Result<Option<ArticleId>, StoreError> {
    if let Some(owner) = owner(connection, address)? {
        return Ok(Some(owner));
    }
    let mut claimants = connection.prepare_cached(CLAIMANTS)?;
    Ok(claimants.query_row([address.as_str()], |row| row.get(0)).optional()?)
}

/// The article whose own address this is; the older one where it was found to be another.
pub(super) fn owner(connection: &Connection, address: &Url) -> Result<Option<ArticleId>, StoreError> {
    let mut owner = connection.prepare_cached(OWNER)?;
    Ok(owner.query_row([address.as_str()], |row| row.get(0)).optional()?)
}

/// The addresses that are believed to be an article's too, first seen first.
pub(super) fn list(connection: &Connection, article: ArticleId) -> Result<Vec<Alias>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT url, kind, first_seen_at, last_seen_at FROM aliases
         WHERE article_id = ? AND disputed_at IS NULL ORDER BY first_seen_at, url",
    )?;
    let aliases = statement.query_and_then([article], |row| {
        Ok(Alias {
            url: url(row, "url")?,
            kind: row.get("kind")?,
            first_seen: row.get("first_seen_at")?,
            last_seen: row.get("last_seen_at")?,
        })
    })?;
    aliases.collect()
}

/// The older article that this one was found to be.
pub(super) fn same_as(connection: &Connection, article: ArticleId) -> Result<Option<ArticleId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT same_as FROM articles WHERE id = ?")?;
    Ok(statement.query_row([article], |row| row.get(0)).optional()?.flatten())
}

/// Takes in that an address was seen to be the article's.
pub(super) fn learn(
    connection: &Connection,
    article: ArticleId,
    seen: &SeenAlias,
    now: Timestamp,
) -> Result<(), StoreError> {
    let book = Book { connection, now };
    let article = same_as(connection, article)?.unwrap_or(article);
    match owner(connection, &seen.url)? {
        Some(owner) if owner == article => book.touch(article, &seen.url),
        Some(owner) if seen.firm && book.may_be_one(article, owner)? => book.join(article, owner, seen),
        Some(_) => book.dispute(article, &seen.url),
        None => book.claim(article, seen),
    }
}

/// Where aliases are written.
struct Book<'a> {
    connection: &'a Connection,
    now: Timestamp,
}

/// What decides which of two articles stays.
struct Standing {
    id: ArticleId,
    url: Url,
    versions: u32,
    kin: Option<String>,
}

impl Book<'_> {
    /// A claim on an address that is no article's own.
    fn claim(&self, article: ArticleId, seen: &SeenAlias) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(CLAIMANTS)?;
        let claimants = statement.query_map([seen.url.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let claimants: Vec<(ArticleId, bool)> = claimants.collect::<Result<_, _>>()?;
        let other = claimants.into_iter().find(|(claimant, _)| *claimant != article);
        match other {
            Some((other, true)) if seen.firm => {
                if self.may_be_one(article, other)? {
                    self.join(article, other, seen)
                } else {
                    self.dispute(other, &seen.url)?;
                    self.write(article, seen, true)
                }
            }
            Some((_, true)) => Ok(()),
            Some((other, false)) => {
                self.dispute(other, &seen.url)?;
                self.write(article, seen, !seen.firm)
            }
            None => {
                let contested = !seen.firm && self.is_contested(article, &seen.url)?;
                self.write(article, seen, contested)
            }
        }
    }

    /// Whether another article has ever claimed the address.
    fn is_contested(&self, article: ArticleId, address: &Url) -> Result<bool, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT 1 FROM aliases WHERE url = ? AND article_id <> ? LIMIT 1")?;
        Ok(statement.exists(params![address.as_str(), article])?)
    }

    fn write(&self, article: ArticleId, seen: &SeenAlias, is_disputed: bool) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO aliases (url, article_id, kind, firm, first_seen_at, last_seen_at, disputed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5, iif(?6, ?5, NULL))
                 ON CONFLICT DO UPDATE SET last_seen_at = ?5, firm = max(firm, excluded.firm),
                     disputed_at = iif(?6, coalesce(disputed_at, ?5), NULL)",
            )?
            .execute(params![seen.url.as_str(), article, seen.kind, seen.firm, self.now, is_disputed])?;
        self.connection
            .prepare_cached(
                "DELETE FROM aliases WHERE article_id = ?1 AND url IN (
                     SELECT url FROM aliases WHERE article_id = ?1 ORDER BY last_seen_at DESC, url LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![article, MAX_ALIASES])?;
        Ok(())
    }

    fn touch(&self, article: ArticleId, address: &Url) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE aliases SET last_seen_at = ? WHERE url = ? AND article_id = ?")?
            .execute(params![self.now, address.as_str(), article])?;
        Ok(())
    }

    /// Unlearns that the address is the article's. What came by it goes its own way again.
    fn dispute(&self, article: ArticleId, address: &Url) -> Result<(), StoreError> {
        let unlearnt = self
            .connection
            .prepare_cached(
                "UPDATE aliases SET disputed_at = ? WHERE url = ? AND article_id = ? AND disputed_at IS NULL",
            )?
            .execute(params![self.now, address.as_str(), article])?;
        if unlearnt == 0 {
            return Ok(());
        }
        handover::give_back(self.connection, article, address, self.now)
    }

    /// Whether two articles may be made one: not by a number that many share.
    fn may_be_one(&self, one: ArticleId, other: ArticleId) -> Result<bool, StoreError> {
        let (one, other) = (self.standing(one)?, self.standing(other)?);
        if identity::relation(&one.url, &other.url) != Some(Relation::SameId) {
            return Ok(true);
        }
        let Some(kin) = one.kin.or(other.kin) else { return Ok(true) };
        let count: u32 = self.connection.prepare_cached(KIN)?.query_row([kin], |row| row.get(0))?;
        Ok(count <= MAX_KIN)
    }

    fn standing(&self, id: ArticleId) -> Result<Standing, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT url, versions, kin FROM articles WHERE id = ?")?;
        let mut rows = statement.query([id])?;
        let row = rows.next()?.ok_or_else(|| StoreError::Unreadable(format!("article {} is missing", id.0)))?;
        Ok(Standing { id, url: url(row, "url")?, versions: row.get("versions")?, kin: row.get("kin")? })
    }

    /// Makes two articles one. The one with versions stays; else the one whose address the page prefers; of two with
    /// versions the older.
    fn join(&self, article: ArticleId, other: ArticleId, seen: &SeenAlias) -> Result<(), StoreError> {
        let (ours, theirs) = (self.standing(article)?, self.standing(other)?);
        let ours_stays = match (ours.versions, theirs.versions) {
            (0, 0) => seen.kind == AliasKind::Amp || seen.kind == AliasKind::Text && ours.id < theirs.id,
            (0, _) => false,
            (_, 0) => true,
            (_, _) => ours.id < theirs.id,
        };
        let (stays, rests) = if ours_stays { (ours, theirs) } else { (theirs, ours) };
        self.rest(&rests, stays.id)?;
        handover::hand_over(self.connection, rests.id, stays.id, self.now)?;
        if rests.id == article {
            handover::take_living_link(self.connection, rests.id, stays.id)?;
        }
        let alias = SeenAlias { url: rests.url, kind: seen.kind, firm: true };
        self.write(stays.id, &alias, false)
    }

    fn rest(&self, rests: &Standing, stays: ArticleId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE articles SET same_as = ?2 WHERE same_as = ?1")?
            .execute([rests.id, stays])?;
        self.connection
            .prepare_cached("UPDATE articles SET same_as = ?2, due_at = NULL, woken = 0 WHERE id = ?1")?
            .execute([rests.id, stays])?;
        self.connection
            .prepare_cached("UPDATE OR REPLACE aliases SET article_id = ?2 WHERE article_id = ?1")?
            .execute([rests.id, stays])?;
        self.connection
            .prepare_cached(
                "DELETE FROM aliases WHERE url = (SELECT url FROM articles WHERE id = ?1) AND article_id = ?1",
            )?
            .execute([stays])?;
        if rests.versions == 0 {
            self.connection.prepare_cached("UPDATE totals SET articles = articles - 1")?.execute([])?;
        }
        Ok(())
    }
}
