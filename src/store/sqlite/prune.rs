//! Retention: of what is older than the configuration wants, texts, pages and messages go, article by article.
//!
//! An article goes as a whole, and its chain of hashes with it. What remains is its address and the keys of its entries, so
//! that a feed that lists it still makes no news of it. A version that goes alone keeps its row and its hashes, as a hidden
//! one does, so that the chain of its article holds. What somebody did stays: hidings, mutes, unsubscriptions.

use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

use super::checksum::Checked;
use super::error::of_one;
use super::open::{self, Sharing};
use super::{Store, StoreError, contents, entries, mending, vocabulary};
use crate::model::{ArticleId, Timestamp};
use crate::store::{Digest, Pruned, Pruning};

/// Articles in one transaction: the events of the daemon wait for so many.
const PIECE: usize = 8;
/// So many damaged articles end a pass: then it is the database that somebody has to look after.
const MOST_DAMAGED: usize = 100;
/// Messages and notices in one transaction.
const ROWS: i64 = 200;
/// What a pruned version's row says.
const WHY: &str = "older than `retention` in [store]";
const CACHE_KIB: u32 = 16 * 1024;

/// Articles without activity that rest, in the order of their last activity.
pub(super) const IDLE: &str = "
    SELECT id FROM articles
    WHERE last_changed_at < ? AND (versions > 0 OR (same_as IS NULL AND pruned_at IS NULL)) AND due_at IS NULL
    ORDER BY last_changed_at, id";
/// Articles that go on, with versions that may go.
const LIVELY: &str = "
    SELECT DISTINCT article_id FROM versions WHERE observed_at < ? AND number > 1 AND content_id IS NOT NULL";
/// Nothing is taken from an article of which a message waits, was not accepted, or is held; nor is its record where
/// somebody hid a version of it.
const KEPT_WHOLE: &str = "
    SELECT 1 FROM deliveries WHERE article_id = ?1 AND state <> 'sent'
    UNION ALL
    SELECT 1 FROM alerts JOIN delivery_alerts ON alert_id = alerts.id JOIN deliveries ON deliveries.id = delivery_id
    WHERE alerts.article_id = ?1 AND state <> 'sent'";
const HIDDEN_BY_SOMEBODY: &str = "SELECT 1 FROM hidings WHERE article_id = ? AND NOT by_retention";
/// The versions of one article that go alone: between the first and the latest, and nobody was told of them.
const BETWEEN: &str = "
    SELECT number, content_id FROM versions JOIN articles ON articles.id = article_id
    WHERE article_id = ?1 AND observed_at < ?2 AND number > 1 AND number < articles.versions AND number <> run
        AND content_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM alerts LEFT JOIN delivery_alerts ON alert_id = alerts.id
            WHERE alerts.article_id = ?1 AND (version = number OR told = number OR since = number))
    ORDER BY number DESC";

impl Store {
    /// What [`prune`](Self::prune) would take.
    pub async fn prunable(&self, before: Timestamp) -> Result<Pruning, StoreError> {
        self.read(move |connection| {
            let mut pruning = Pruning::default();
            for article in touched(connection, before)? {
                if !pruning.note(article, prunable_of(connection, article, before))? {
                    break;
                }
            }
            let all = &mut pruning.pruned;
            let sent = "SELECT count(*) FROM messages JOIN deliveries ON deliveries.id = delivery_id
                 WHERE state = 'sent' AND sent_at < ?";
            all.messages = number(connection, sent, [before])?;
            let ended = "SELECT count(*) FROM notices
                 WHERE closed_at < ? AND (end_text IS NULL OR end_told_at IS NOT NULL)";
            all.notices = number(connection, ended, [before])?;
            Ok(pruning)
        })
        .await
    }

    /// Takes what was last active before this time, a few articles in each transaction, while `goes_on`.
    ///
    /// A damaged article stays as it is, and keeps no other one from going.
    pub async fn prune(
        &self,
        before: Timestamp,
        now: Timestamp,
        goes_on: impl Fn() -> bool,
    ) -> Result<Pruning, StoreError> {
        let mut pruning = Pruning::default();
        let articles = self.read(move |connection| touched(connection, before)).await?;
        for piece in articles.chunks(PIECE) {
            if !goes_on() {
                return Ok(pruning);
            }
            match self.prune_piece(piece.to_vec(), before, now).await {
                Ok(pruned) => pruning.pruned.add(pruned),
                // Nothing of the piece went: one by one, it is seen which of them is damaged.
                Err(StoreError::Unreadable(_)) => {
                    for article in piece {
                        if !pruning.note(*article, self.prune_piece(vec![*article], before, now).await)? {
                            return Ok(pruning);
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
        while goes_on() {
            let found = self.write(move |connection| prune_messages(connection, before)).await?;
            pruning.pruned.add(found);
            if found == Pruned::default() {
                break;
            }
        }
        Ok(pruning)
    }

    async fn prune_piece(
        &self,
        articles: Vec<ArticleId>,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Pruned, StoreError> {
        of_one(self.write(move |connection| prune_articles(connection, &articles, before, now)).await)
    }

    /// How many bytes of the file are free for what is stored next.
    pub async fn free_bytes(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let sql = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size";
            number(connection, sql, [])
        })
        .await
    }

    /// Writes the database anew without what is free in it, which takes as much room again for a while.
    ///
    /// For whoever holds the [`DaemonLock`](super::DaemonLock).
    pub async fn shrink(path: &std::path::Path) -> Result<(), StoreError> {
        let path = path.to_owned();
        let shrinking = tokio::task::spawn_blocking(move || {
            let (connection, sharing) = open::connect_as_allowed(&path, CACHE_KIB)?;
            if sharing == Sharing::Still {
                let cause = "it may only be read".to_owned();
                return Err(StoreError::Io { doing: format!("shrink `{}`", path.display()), cause });
            }
            Ok(connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?)
        });
        shrinking.await.unwrap_or(Err(StoreError::Closed))
    }
}

impl Pruning {
    /// Takes down what became of one article; `false` where too many are damaged to go on.
    fn note(&mut self, article: ArticleId, pruned: Result<Pruned, StoreError>) -> Result<bool, StoreError> {
        match of_one(pruned) {
            Ok(pruned) => self.pruned.add(pruned),
            Err(StoreError::Unreadable(what)) => self.damaged.push(format!("article {}: {what}", article.0)),
            Err(error) => return Err(error),
        }
        Ok(self.damaged.len() < MOST_DAMAGED)
    }
}

/// What becomes of one article.
struct Fate {
    goes: bool,
    /// Else versions that go alone, with their contents, the latest first.
    between: Vec<(u32, i64)>,
}

/// Articles that retention may take something of: eight bytes each.
fn touched(connection: &Connection, before: Timestamp) -> Result<Vec<ArticleId>, StoreError> {
    let mut articles = Vec::new();
    for sql in [IDLE, LIVELY] {
        let mut statement = connection.prepare_cached(sql)?;
        let found = statement.query_map([before], |row| row.get(0))?;
        articles.extend(found.collect::<Result<Vec<ArticleId>, _>>()?);
    }
    articles.sort_unstable_by_key(|article| article.0);
    articles.dedup();
    Ok(articles)
}

fn prunable_of(connection: &Connection, article: ArticleId, before: Timestamp) -> Result<Pruned, StoreError> {
    let Fate { goes, between } = fate(connection, article, before)?;
    Ok(match goes {
        true => Pruned {
            articles: 1,
            versions: numbers_of(connection, article)?.len() as u64,
            pages: number(connection, "SELECT count(*) FROM pages WHERE article_id = ?", [article])?,
            ..Pruned::default()
        },
        false => Pruned {
            versions: between.len() as u64,
            pages: pages_of(connection, article, &between)?,
            ..Pruned::default()
        },
    })
}

fn fate(connection: &Connection, article: ArticleId, before: Timestamp) -> Result<Fate, StoreError> {
    let mut fate = Fate { goes: false, between: Vec::new() };
    if connection.prepare_cached(KEPT_WHOLE)?.exists([article])? {
        return Ok(fate);
    }
    let is_idle = "SELECT 1 FROM articles
        WHERE id = ?1 AND last_changed_at < ?2 AND due_at IS NULL AND (versions > 0 OR (same_as IS NULL AND pruned_at IS NULL))";
    fate.goes = connection.prepare_cached(is_idle)?.exists(params![article, before])?
        && !connection.prepare_cached(HIDDEN_BY_SOMEBODY)?.exists([article])?;
    if !fate.goes {
        let mut statement = connection.prepare_cached(BETWEEN)?;
        let found = statement.query_map(params![article, before], |row| Ok((row.get(0)?, row.get(1)?)))?;
        fate.between = found.collect::<Result<_, _>>()?;
    }
    Ok(fate)
}

fn prune_articles(
    connection: &Connection,
    articles: &[ArticleId],
    before: Timestamp,
    now: Timestamp,
) -> Result<Pruned, StoreError> {
    let mut all = Pruned::default();
    for article in articles {
        // Looked at again: it may have become active since it was listed.
        let Fate { goes, between } = fate(connection, *article, before)?;
        if goes {
            all.add(remove(connection, *article, now)?);
        }
        for (number, content) in between {
            all.add(strip(connection, *article, number, content, now)?);
        }
    }
    if all.versions > 0 {
        mending::note_parts(connection)?;
        vocabulary::want_sweep(connection)?;
    }
    Ok(all)
}

/// Takes the text and the page of one version, and keeps what its chain is made of.
fn strip(
    connection: &Connection,
    article: ArticleId,
    number: u32,
    content: i64,
    now: Timestamp,
) -> Result<Pruned, StoreError> {
    // What is damaged stays, for somebody to look into.
    let Some(stored) = super::error::if_readable(contents::load(connection, content))? else {
        return Ok(Pruned::default());
    };
    let text_sha256: Digest = Sha256::digest(&stored).into();
    // What was altered before does not become whole by this.
    let was_whole = Checked::Version.is_whole(connection, article, number)? == Some(true);
    connection
        .prepare_cached(
            "INSERT INTO hidings (article_id, number, hidden_at, who, why, text_sha256, by_retention)
             VALUES (?, ?, ?, NULL, ?, ?, 1)",
        )?
        .execute(params![article, number, now, WHY, text_sha256])?;
    connection
        .prepare_cached(
            "UPDATE versions SET content_id = NULL, headline = NULL, byline = NULL WHERE article_id = ? AND number = ?",
        )?
        .execute(params![article, number])?;
    if was_whole {
        Checked::Version.seal(connection, article, number)?;
    }
    Checked::Hiding.seal(connection, article, number)?;
    contents::release(connection, content)?;
    let pages = contents_of(
        connection,
        "DELETE FROM pages WHERE article_id = ?1 AND number = ?2 RETURNING content_id",
        params![article, number],
    )?;
    release(connection, &pages)?;
    // The next one's row in the index lacks the words that this one had.
    vocabulary::note_again(connection, article, number)?;
    vocabulary::note_again(connection, article, number + 1)?;
    Ok(Pruned { versions: 1, pages: pages.len() as u64, ..Pruned::default() })
}

fn numbers_of(connection: &Connection, article: ArticleId) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT number FROM versions WHERE article_id = ?")?;
    Ok(statement.query_map([article], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Takes everything of an article but that it was there.
fn remove(connection: &Connection, article: ArticleId, now: Timestamp) -> Result<Pruned, StoreError> {
    let messages = remove_mails(connection, article)?;
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([article]);
    run("DELETE FROM alerts WHERE article_id = ?")?;
    let numbers = numbers_of(connection, article)?;
    numbers.iter().try_for_each(|number| vocabulary::forget(connection, article, *number))?;
    run("DELETE FROM hidings WHERE article_id = ?")?;
    let pages = contents_of(connection, "DELETE FROM pages WHERE article_id = ? RETURNING content_id", [article])?;
    let texts = contents_of(connection, "DELETE FROM versions WHERE article_id = ? RETURNING content_id", [article])?;
    release(connection, &pages)?;
    release(connection, &texts)?;
    run("DELETE FROM host_steps WHERE article_id = ?")?;
    connection
        .prepare_cached("DELETE FROM notices WHERE about = 'article' AND subject = ? AND closed_at IS NOT NULL")?
        .execute([article.0.to_string()])?;
    entries::forget_contents(connection, article)?;
    connection
        .prepare_cached(
            "UPDATE articles
             SET pruned_at = ?2, baseline = 'old', versions = 0, revisions = 0, run = 1, headline = NULL, woken = 0,
                 etag = NULL, last_modified = NULL, body = NULL, last_full_at = NULL, sightings = NULL,
                 candidate_fingerprint = NULL, candidate_seen_at = NULL, candidate_attempts = NULL, extractor = NULL,
                 site_rule = NULL, quality = NULL, problem = NULL, damaged = 0, burst_id = NULL, seen_text = NULL,
                 seen_headline = NULL, missing_looks = NULL, missing_since_at = NULL, gone = 0
             WHERE id = ?1",
        )?
        .execute(params![article, now])?;
    connection
        .prepare_cached("UPDATE totals SET articles = articles - 1, versions = versions - ?")?
        .execute([i64::try_from(numbers.len()).unwrap_or(i64::MAX)])?;
    Ok(Pruned { articles: 1, versions: numbers.len() as u64, pages: pages.len() as u64, messages, notices: 0 })
}

/// Takes the alerts of an article from the messages that brought them, and messages that brought nothing else; how many.
fn remove_mails(connection: &Connection, article: ArticleId) -> Result<u64, StoreError> {
    let deliveries: Vec<i64> = connection
        .prepare_cached(
            "SELECT delivery_id FROM delivery_alerts JOIN alerts ON alerts.id = alert_id WHERE alerts.article_id = ?1
             UNION SELECT id FROM deliveries WHERE article_id = ?1",
        )?
        .query_map([article], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    connection
        .prepare_cached("DELETE FROM delivery_alerts WHERE alert_id IN (SELECT id FROM alerts WHERE article_id = ?)")?
        .execute([article])?;
    let mut messages = 0;
    for delivery in deliveries {
        if connection.prepare_cached("SELECT 1 FROM delivery_alerts WHERE delivery_id = ?")?.exists([delivery])? {
            continue;
        }
        let forget = "DELETE FROM messages WHERE delivery_id = ?";
        messages += connection.prepare_cached(forget)?.execute([delivery])? as u64;
        connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([delivery])?;
    }
    Ok(messages)
}

/// Takes the wording of messages that were sent before this time, letters to the operator, and notices that have ended.
fn prune_messages(connection: &Connection, before: Timestamp) -> Result<Pruned, StoreError> {
    let messages = connection
        .prepare_cached(
            "DELETE FROM messages WHERE delivery_id IN (
                 SELECT delivery_id FROM messages JOIN deliveries ON deliveries.id = delivery_id
                 WHERE state = 'sent' AND sent_at < ? LIMIT ?)",
        )?
        .execute(params![before, ROWS])?;
    connection
        .prepare_cached(
            "DELETE FROM deliveries WHERE id IN (
                 SELECT id FROM deliveries WHERE kind = 'notice' AND state = 'sent' AND sent_at < ?
                     AND NOT EXISTS (SELECT 1 FROM messages WHERE delivery_id = deliveries.id) LIMIT ?)",
        )?
        .execute(params![before, ROWS])?;
    let notices = connection
        .prepare_cached(
            "DELETE FROM notices WHERE id IN (
                 SELECT id FROM notices WHERE closed_at < ? AND (end_text IS NULL OR end_told_at IS NOT NULL) LIMIT ?)",
        )?
        .execute(params![before, ROWS])?;
    Ok(Pruned { messages: messages as u64, notices: notices as u64, ..Pruned::default() })
}

fn contents_of(connection: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let contents = statement.query_map(values, |row| row.get(0))?.collect::<Result<Vec<Option<i64>>, _>>()?;
    Ok(contents.into_iter().flatten().collect())
}

/// The latest first: the others are stored against the first one, which then needs no other base for them.
fn release(connection: &Connection, contents: &[i64]) -> Result<(), StoreError> {
    let mut contents = contents.to_vec();
    contents.sort_unstable();
    contents.dedup();
    contents.iter().rev().try_for_each(|content| contents::release(connection, *content))
}

fn number(connection: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<u64, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get::<_, i64>(0).map(i64::unsigned_abs))?)
}

fn pages_of(connection: &Connection, article: ArticleId, versions: &[(u32, i64)]) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM pages WHERE article_id = ? AND number = ?")?;
    versions.iter().try_fold(0, |found, (number, _)| Ok(found + u64::from(statement.exists(params![article, number])?)))
}
