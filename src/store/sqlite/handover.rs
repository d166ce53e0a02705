//! Entries that go over from one article to another, because two turned out to be one, or one to be two.

use rusqlite::{Connection, params};
use url::Url;

use super::columns::optional_url;
use super::error::if_readable;
use super::{StoreError, entries};
use crate::identity;
use crate::model::{ArticleId, Baseline, FeedId, Timestamp};

/// Makes the entries and feeds of an article those of the older one that it was found to be.
///
/// The older one is looked at again: its page may say what the younger's does by now, and the feeds of one that had no
/// version have not been told of yet.
pub(super) fn hand_over(
    connection: &Connection,
    from: ArticleId,
    to: ArticleId,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE entries SET article_id = ?2 WHERE article_id = ?1")?.execute([from, to])?;
    connection
        .prepare_cached(
            "INSERT INTO announcements (article_id, feed_id, first_at, noticed)
             SELECT ?2, feed_id, ?3, (SELECT versions > 0 FROM articles WHERE id = ?1)
             FROM announcements WHERE article_id = ?1
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![from, to, now])?;
    connection
        .prepare_cached(
            "DELETE FROM announcements WHERE article_id = ?1 AND (SELECT versions = 0 FROM articles WHERE id = ?1)",
        )?
        .execute([from])?;
    connection
        .prepare_cached(
            "UPDATE articles
             SET link = coalesce(articles.link, gone.link), entry_id = coalesce(articles.entry_id, gone.entry_id),
                 host_id = iif(articles.link IS NULL, gone.host_id, articles.host_id),
                 baseline = iif(articles.versions = 0 AND (gone.baseline = 'news' OR articles.baseline = 'old'),
                                gone.baseline, articles.baseline)
             FROM (SELECT link, entry_id, host_id, baseline FROM articles WHERE id = ?1) AS gone
             WHERE articles.id = ?2",
        )?
        .execute([from, to])?;
    connection.prepare_cached("UPDATE articles SET entry_id = NULL WHERE id = ?")?.execute([from])?;
    entries::wake(connection, to, now)
}

/// Fetches the older article, where its own link failed at its last look, by that of the younger, which was read.
pub(super) fn take_living_link(connection: &Connection, from: ArticleId, to: ArticleId) -> Result<(), StoreError> {
    let mut failing = connection.prepare_cached("SELECT 1 FROM articles WHERE id = ? AND failures > 0")?;
    if !failing.exists([to])? {
        return Ok(());
    }
    let mut living = connection.prepare_cached("SELECT link FROM articles WHERE id = ?")?;
    let mut rows = living.query([from])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    optional_url(row, "link")?.map_or(Ok(()), |link| entries::fetch_at(connection, to, &link))
}

/// Entries of an article that are asked for another link.
const MAX_LINKS: u32 = 8;

/// Entries of an article by another address that is firmly its own, or by its own one, newest first.
pub(super) const LINKING: &str = "
    SELECT id, entries.url FROM entries WHERE article_id = ?1 AND fetched
    AND (EXISTS (SELECT 1 FROM aliases WHERE aliases.url = entries.url AND aliases.article_id = ?1
                 AND firm AND disputed_at IS NULL)
         OR EXISTS (SELECT 1 FROM articles WHERE articles.id = ?1 AND articles.url = entries.url))
    ORDER BY changed_at DESC, id DESC LIMIT ?2";

/// Fetches an article whose page was missing by the link of another of its entries from now on, if there is one. At the
/// first look that misses it, it is looked at there at once.
pub(super) fn try_another_link(connection: &Connection, article: ArticleId, now: Timestamp) -> Result<(), StoreError> {
    let mut missed = connection.prepare_cached("SELECT link, missing_looks FROM articles WHERE id = ?")?;
    let mut rows = missed.query([article])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let Some(failed) = optional_url(row, "link")? else { return Ok(()) };
    let looks: Option<u32> = row.get("missing_looks")?;
    let address = identity::normalise(&failed);
    let mut linking = connection.prepare_cached(LINKING)?;
    let entries: Vec<(i64, String)> = linking
        .query_map(params![article, MAX_LINKS], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (entry, _) in entries.iter().filter(|(_, url)| url != address.as_str()) {
        let entry = if_readable(entries::find(connection, Some(*entry)))?.flatten();
        let Some(link) = entry.and_then(|entry| entry.link).filter(|link| *link != failed) else { continue };
        entries::fetch_at(connection, article, &link)?;
        return if looks == Some(1) { entries::wake(connection, article, now) } else { Ok(()) };
    }
    Ok(())
}

/// Gives the entries that came to an article by an address that is not its own an article of theirs.
pub(super) fn give_back(
    connection: &Connection,
    article: ArticleId,
    address: &Url,
    now: Timestamp,
) -> Result<(), StoreError> {
    let moved: Vec<(i64, FeedId, bool)> = connection
        .prepare_cached("SELECT id, feed_id, fetched FROM entries WHERE article_id = ? AND url = ? ORDER BY id")?
        .query_map(params![article, address.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let Some((first, _, is_fetched)) = moved.first() else { return Ok(()) };
    let entry = entries::find(connection, Some(*first))?;
    let link = entry.as_ref().and_then(|entry| entry.link.as_ref()).filter(|_| *is_fetched);
    let title = entry.as_ref().and_then(|entry| entry.title.as_deref());
    let own = entries::create(connection, address, link, Baseline::News, title, now)?;
    connection.prepare_cached("UPDATE totals SET articles = articles + 1")?.execute([])?;
    for (entry, feed, _) in &moved {
        give_entry(connection, *entry, *feed, article, own, now)?;
    }
    for article in [own, article] {
        connection
            .prepare_cached(
                "UPDATE articles SET entry_id = (
                     SELECT id FROM entries WHERE article_id = ?1 ORDER BY changed_at DESC, id DESC LIMIT 1)
                 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM entries WHERE id = entry_id AND article_id = ?1)",
            )?
            .execute([article])?;
    }
    Ok(())
}

fn give_entry(
    connection: &Connection,
    entry: i64,
    feed: FeedId,
    from: ArticleId,
    to: ArticleId,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE entries SET article_id = ? WHERE id = ?")?.execute(params![to, entry])?;
    connection
        .prepare_cached(
            "INSERT INTO announcements (article_id, feed_id, first_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )?
        .execute(params![to, feed, now])?;
    connection
        .prepare_cached(
            "DELETE FROM announcements WHERE article_id = ?1 AND feed_id = ?2
             AND NOT EXISTS (SELECT 1 FROM entries WHERE article_id = ?1 AND feed_id = ?2)",
        )?
        .execute(params![from, feed])?;
    Ok(())
}
