//! What is known beyond an article: the changes that its host's other articles show, how they fare, how often it was
//! revised.

use std::time::Duration;

use rusqlite::{Connection, Row, named_params, params};

use super::{StoreError, hosts, notices};
use crate::model::{ArticleId, HostLooks, NoticeKind, SharedStep, Subject, Surroundings, Timestamp};

/// How long a change of one article bears on the others of its host.
const STEPS_COUNT_FOR: Duration = Duration::from_secs(6 * 60 * 60);
/// Most changes of one look that are kept, and most of a host that are given to a check.
const STEPS_OF_LOOK: usize = 32;
const STEPS_OF_HOST: u32 = 2_000;
/// Old ones that go when a new one comes.
const FORGOTTEN_AT_ONCE: u32 = 200;
/// Revisions whose times a check is given: as many as the brake allows in a day.
const REVISIONS: u32 = 24;
/// How far back a host that was noticed is asked for what is there.
const LATELY: Duration = Duration::from_secs(2 * 60 * 60);
/// Other articles of the host that are asked how they fared.
const OTHERS: u32 = 200;

pub(super) const STEPS: &str = "
    SELECT digest, count(*), min(seen_at) FROM host_steps WHERE host_id = ? AND article_id <> ? AND seen_at > ?
    GROUP BY digest LIMIT ?";

pub(super) const LOOKED_AT: &str = "
    SELECT count(*) FROM (
        SELECT 1 FROM articles
        WHERE host_id = :host AND last_check_at >= :since AND failures = 0 AND id <> :id LIMIT :limit)";

pub(super) const MISSING: &str = "
    SELECT count(*) FROM (
        SELECT 1 FROM articles
        WHERE host_id = :host AND missing_since_at IS NOT NULL AND NOT gone AND id <> :id LIMIT :limit)";

pub(super) const ANSWERING: &str = "
    SELECT count(*) FROM (
        SELECT 1 FROM articles
        WHERE host_id = :host AND last_check_at > :since AND failures = 0 AND versions > 0 AND first_seen_at < :since
            AND id <> :id LIMIT :limit)";

/// What is known beyond the article in a row of `articles`.
pub(super) fn load(connection: &Connection, row: &Row<'_>) -> Result<Surroundings, StoreError> {
    let (article, host): (ArticleId, i64) = (row.get("id")?, row.get("host_id")?);
    let now: Timestamp = row.get::<_, Option<Timestamp>>("claimed_at")?.unwrap_or_default();
    Ok(Surroundings {
        steps: steps(connection, host, article, now - STEPS_COUNT_FOR)?,
        revised_at: revised_at(connection, article, now)?,
        is_braked: notices::is_open(connection, NoticeKind::Braked, &Subject::Article(article))?,
        host: host_looks(connection, host, article, row.get("missing_since_at")?, now)?,
        memory: hosts::memory(connection, host)?,
    })
}

fn steps(
    connection: &Connection,
    host: i64,
    article: ArticleId,
    since: Timestamp,
) -> Result<Vec<SharedStep>, StoreError> {
    let mut statement = connection.prepare_cached(STEPS)?;
    let mut looked_at = connection.prepare_cached(LOOKED_AT)?;
    let mut rows = statement.query(params![host, article, since, STEPS_OF_HOST])?;
    let mut steps = Vec::new();
    let mut known: Option<(Timestamp, u32)> = None;
    while let Some(row) = rows.next()? {
        let (digest, articles, first_at): (i64, u32, Timestamp) = (row.get(0)?, row.get(1)?, row.get(2)?);
        // What one article shows is nobody else's; and what came together was looked at together.
        let looked_at = match known {
            _ if articles < 2 => articles,
            Some((at, count)) if at == first_at => count,
            _ => {
                let values = named_params! { ":host": host, ":since": first_at, ":id": article, ":limit": OTHERS };
                let count = looked_at.query_row(values, |row| row.get(0))?;
                known = Some((first_at, count));
                count
            }
        };
        steps.push(SharedStep { digest: digest.cast_unsigned(), articles, looked_at: looked_at.max(articles) });
    }
    Ok(steps)
}

fn revised_at(connection: &Connection, article: ArticleId, now: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT observed_at FROM versions WHERE article_id = ? AND number > 1 AND NOT technical
         ORDER BY number DESC LIMIT ?",
    )?;
    let rows = statement.query_map(params![article, REVISIONS], |row| row.get(0))?;
    let mut revised: Vec<Timestamp> = rows.collect::<Result<_, _>>()?;
    // A clock that was ahead then must not keep the brake on now.
    revised.retain(|at| *at <= now);
    Ok(revised)
}

/// How the host's other articles fared since this one went missing, or lately where a notice is open; else nothing is asked.
fn host_looks(
    connection: &Connection,
    host: i64,
    article: ArticleId,
    missing_since: Option<Timestamp>,
    now: Timestamp,
) -> Result<HostLooks, StoreError> {
    let name: String =
        connection.prepare_cached("SELECT name FROM hosts WHERE id = ?")?.query_row([host], |row| row.get(0))?;
    let is_noticed = notices::is_open(connection, NoticeKind::SiteMissing, &Subject::Host(name))?;
    let lately = is_noticed.then(|| now - LATELY);
    let Some(since) = missing_since.or(lately) else { return Ok(HostLooks::default()) };
    let missing = connection
        .prepare_cached(MISSING)?
        .query_row(named_params! { ":host": host, ":id": article, ":limit": OTHERS }, |row| row.get(0))?;
    let answering = connection
        .prepare_cached(ANSWERING)?
        .query_row(named_params! { ":host": host, ":id": article, ":since": since, ":limit": OTHERS }, |row| {
            row.get(0)
        })?;
    Ok(HostLooks { missing, answering, is_noticed })
}

/// Keeps what a look showed for the other articles of its host.
pub(super) fn record(
    connection: &Connection,
    article: ArticleId,
    shown: &[u64],
    now: Timestamp,
) -> Result<(), StoreError> {
    if shown.is_empty() {
        return Ok(());
    }
    let host: i64 = connection
        .prepare_cached("SELECT host_id FROM articles WHERE id = ?")?
        .query_row([article], |row| row.get(0))?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO host_steps (host_id, digest, article_id, seen_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )?;
    for digest in shown.iter().take(STEPS_OF_LOOK) {
        insert.execute(params![host, digest.cast_signed(), article, now])?;
    }
    connection
        .prepare_cached(
            "DELETE FROM host_steps WHERE (host_id, digest, article_id) IN (
                 SELECT host_id, digest, article_id FROM host_steps WHERE host_id = ? AND seen_at <= ?
                 ORDER BY seen_at LIMIT ?)",
        )?
        .execute(params![host, now - STEPS_COUNT_FOR, FORGOTTEN_AT_ONCE])?;
    Ok(())
}
