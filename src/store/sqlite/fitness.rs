//! Pages that are not what was asked for: which texts stand on many articles of a host, and how many articles could not
//! be read.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use super::{Store, StoreError};
use crate::model::{ArticleId, Echoes, FeedId, Quality, Timestamp};
use crate::store::{CheckOutcome, CheckRecord, QualityCount, SeenText, Trouble, Unreadable};

/// Most articles that are named with the same text.
const MAX_ECHOES: usize = 10;
/// Most texts of a host that are remembered as its own; beyond that the oldest are forgotten.
const HOST_TEXTS: u32 = 100;

/// Other articles of the host with the same text.
pub(super) const SAME_TEXT: &str = "
    SELECT id, seen_headline IS ?3 FROM articles
    WHERE host_id = ?1 AND seen_text = ?2 AND seen_text IS NOT NULL AND id <> ?4 LIMIT 10";

/// Other articles of the host with the same headline.
pub(super) const SAME_HEADLINE: &str = "
    SELECT id FROM articles
    WHERE host_id = ?1 AND seen_headline = ?2 AND seen_headline IS NOT NULL AND id <> ?3 LIMIT 10";

/// Articles that could not be read at their last look, by reason.
pub(super) const UNREAD: &str = "
    SELECT NULL, quality, problem, count(*) FROM articles
    WHERE problem IS NOT NULL AND NOT gone GROUP BY quality, problem";

/// The same for each feed that announced them.
const UNREAD_BY_FEED: &str = "
    SELECT feed_id, quality, problem, count(*) FROM articles JOIN announcements ON article_id = articles.id
    WHERE problem IS NOT NULL AND NOT gone GROUP BY feed_id, quality, problem";

impl Store {
    /// What the other articles of an article's host said when they were last looked at, where it is the same.
    pub async fn echoes(&self, article: ArticleId, seen: SeenText) -> Result<Echoes, StoreError> {
        self.read(move |connection| echoes(connection, article, &seen)).await
    }
}

fn echoes(connection: &Connection, article: ArticleId, seen: &SeenText) -> Result<Echoes, StoreError> {
    let host: i64 = connection
        .prepare_cached("SELECT host_id FROM articles WHERE id = ?")?
        .query_row([article], |row| row.get(0))?;
    let mut echoes = Echoes::default();
    let mut statement = connection.prepare_cached(SAME_TEXT)?;
    for row in statement.query_map(params![host, seen.text, seen.headline, article], |row| {
        Ok((row.get::<_, ArticleId>(0)?, row.get::<_, bool>(1)?))
    })? {
        let (id, is_headed_alike) = row?;
        echoes.same_text.push(id);
        echoes.same_both += usize::from(is_headed_alike);
    }
    if let Some(headline) = seen.headline {
        let mut statement = connection.prepare_cached(SAME_HEADLINE)?;
        let same = statement.query_map(params![host, headline, article], |_| Ok(()))?;
        echoes.same_headline = same.take(MAX_ECHOES).count();
    }
    echoes.is_known = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM host_texts WHERE host_id = ? AND text = ?)")?
        .query_row(params![host, seen.text], |row| row.get(0))?;
    Ok(echoes)
}

/// Notes what the page said; a text that was found to be the host's own is remembered as such.
pub(super) fn record_seen(connection: &Connection, record: &CheckRecord) -> Result<(), StoreError> {
    let Some(seen) = record.seen else { return Ok(()) };
    connection
        .prepare_cached("UPDATE articles SET seen_text = ?2, seen_headline = ?3 WHERE id = ?1")?
        .execute(params![record.article, seen.text, seen.headline])?;
    if matches!(&record.outcome, CheckOutcome::Unfit { fitness, .. } if fitness.quality == Quality::Repeated) {
        remember(connection, record.article, &seen.text, record.now)?;
    }
    Ok(())
}

fn remember(connection: &Connection, article: ArticleId, text: &[u8; 32], now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO host_texts (host_id, text, seen_at) SELECT host_id, ?2, ?3 FROM articles WHERE id = ?1
             ON CONFLICT (host_id, text) DO UPDATE SET seen_at = excluded.seen_at",
        )?
        .execute(params![article, text, now])?;
    connection
        .prepare_cached(
            "DELETE FROM host_texts WHERE host_id = (SELECT host_id FROM articles WHERE id = ?1)
                 AND text NOT IN (
                     SELECT text FROM host_texts WHERE host_id = (SELECT host_id FROM articles WHERE id = ?1)
                     ORDER BY seen_at DESC LIMIT ?2)",
        )?
        .execute(params![article, HOST_TEXTS])?;
    Ok(())
}

/// Notes what stands in the way of a page although the outcome is another.
pub(super) fn record_trouble(connection: &Connection, record: &CheckRecord) -> Result<(), StoreError> {
    let Some(Trouble { quality, reason }) = &record.trouble else { return Ok(()) };
    connection.prepare_cached("UPDATE articles SET quality = ?2, problem = ?3 WHERE id = ?1")?.execute(params![
        record.article,
        quality,
        reason
    ])?;
    Ok(())
}

/// How many articles could not be read at their last look.
pub(super) fn unreadable(connection: &Connection) -> Result<Unreadable, StoreError> {
    let mut statement = connection.prepare_cached(UNREAD)?;
    let reasons = statement.query_and_then([], reason)?.collect::<Result<Vec<_>, _>>()?;
    Ok(summed(reasons))
}

/// The same for each feed.
pub(super) fn unreadable_by_feed(connection: &Connection) -> Result<HashMap<FeedId, Unreadable>, StoreError> {
    let mut statement = connection.prepare_cached(UNREAD_BY_FEED)?;
    let mut feeds: HashMap<FeedId, Vec<Reason>> = HashMap::new();
    for reason in statement.query_and_then([], reason)? {
        let reason = reason?;
        if let Some(feed) = reason.feed {
            feeds.entry(feed).or_default().push(reason);
        }
    }
    Ok(feeds.into_iter().map(|(feed, reasons)| (feed, summed(reasons))).collect())
}

/// Some articles that could not be read for one reason.
struct Reason {
    feed: Option<FeedId>,
    quality: Option<Quality>,
    problem: String,
    articles: u64,
}

fn reason(row: &Row<'_>) -> Result<Reason, StoreError> {
    let articles: i64 = row.get(3)?;
    Ok(Reason { feed: row.get(0)?, quality: row.get(1)?, problem: row.get(2)?, articles: articles.unsigned_abs() })
}

fn summed(mut reasons: Vec<Reason>) -> Unreadable {
    // The commonest first; what is as common stands in the order of its words, so that the answer is always the same.
    reasons.sort_by(|a, b| b.articles.cmp(&a.articles).then_with(|| a.problem.cmp(&b.problem)));
    let mut by_quality: Vec<QualityCount> = Vec::new();
    for reason in &reasons {
        let word = reason.quality.map_or("failed", Quality::word);
        match by_quality.iter_mut().find(|count| count.quality == word) {
            Some(count) => count.articles += reason.articles,
            None => by_quality.push(QualityCount { quality: word.to_owned(), articles: reason.articles }),
        }
    }
    by_quality.sort_by(|a, b| b.articles.cmp(&a.articles).then_with(|| a.quality.cmp(&b.quality)));
    let first = by_quality.first().map(|count| count.quality.clone());
    let is_first = |reason: &&Reason| Some(reason.quality.map_or("failed", Quality::word)) == first.as_deref();
    Unreadable {
        articles: reasons.iter().map(|reason| reason.articles).sum(),
        reason: reasons.iter().find(is_first).map(|reason| reason.problem.clone()),
        by_quality,
    }
}
