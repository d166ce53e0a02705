//! Notices: one open row for each kind and subject, written with the check that found it.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::StoreError;
use crate::model::{ArticleId, FoundNotice, Notice, NoticeKind, Subject, Timestamp};

/// Most open notices that a view shows.
const SHOWN: u32 = 50;
/// Most notices of one article that its history shows.
const SHOWN_OF_ARTICLE: u32 = 10;
/// Closed notices older than so many later ones are forgotten.
const KEPT: i64 = 5_000;
/// Of a host with a notice, the feeds that announced so many of its newest articles are told.
const ARTICLES_OF_HOST: u32 = 500;

pub(super) const OPEN: &str = "
    SELECT * FROM notices WHERE closed_at IS NULL ORDER BY last_at DESC LIMIT ?";

pub(super) const ENDED: &str = "
    UPDATE notices SET closed_at = lasts_until WHERE closed_at IS NULL AND lasts_until <= ?";

/// Opens a notice or counts it once more; whether it was not open before.
pub(super) fn add(connection: &Connection, found: &FoundNotice, now: Timestamp) -> Result<bool, StoreError> {
    let (about, subject) = columns(&found.subject);
    let again = connection
        .prepare_cached(
            "UPDATE notices SET count = count + 1, last_at = :now, lasts_until = :until, text = :text
             WHERE kind = :kind AND about = :about AND subject = :subject AND closed_at IS NULL",
        )?
        .execute(named_params! {
            ":now": now, ":until": now + found.lasts, ":text": found.text, ":kind": found.kind, ":about": about,
            ":subject": subject,
        })?;
    if again > 0 {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "INSERT INTO notices (kind, about, subject, text, first_at, last_at, count, lasts_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1, ?6)",
        )?
        .execute(params![found.kind, about, subject, found.text, now, now + found.lasts])?;
    let oldest = connection.last_insert_rowid() - KEPT;
    connection.prepare_cached("DELETE FROM notices WHERE id < ? AND closed_at IS NOT NULL")?.execute([oldest])?;
    Ok(true)
}

/// Closes a notice that is over, and every one that was not found again for as long as it lasts.
pub(super) fn close(
    connection: &Connection,
    ended: &[(NoticeKind, Subject)],
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.prepare_cached(ENDED)?.execute([now])?;
    for (kind, subject) in ended {
        let (about, subject) = columns(subject);
        connection
            .prepare_cached(
                "UPDATE notices SET closed_at = ?4
                 WHERE kind = ?1 AND about = ?2 AND subject = ?3 AND closed_at IS NULL",
            )?
            .execute(params![kind, about, subject, now])?;
    }
    Ok(())
}

/// Whether a notice is open.
pub(super) fn is_open(connection: &Connection, kind: NoticeKind, subject: &Subject) -> Result<bool, StoreError> {
    let (about, subject) = columns(subject);
    let mut statement = connection
        .prepare_cached("SELECT 1 FROM notices WHERE kind = ? AND about = ? AND subject = ? AND closed_at IS NULL")?;
    Ok(statement.exists(params![kind, about, subject])?)
}

/// The open ones, newest first.
pub(super) fn open(connection: &Connection) -> Result<Vec<Notice>, StoreError> {
    connection.prepare_cached(OPEN)?.query_and_then([SHOWN], notice)?.collect()
}

/// The latest of an article, open or not.
pub(super) fn of_article(connection: &Connection, article: ArticleId) -> Result<Vec<Notice>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM notices WHERE about = 'article' AND subject = ? ORDER BY last_at DESC LIMIT ?",
    )?;
    statement.query_and_then(params![article.0.to_string(), SHOWN_OF_ARTICLE], notice)?.collect()
}

/// The names of the feeds that a notice concerns.
pub(super) fn feeds_of(connection: &Connection, notice: &Notice) -> Result<Vec<String>, StoreError> {
    let host = match &notice.subject {
        Subject::Feed(name) => return Ok(vec![name.clone()]),
        Subject::Article(_) => return Ok(Vec::new()),
        Subject::Host(host) => host,
    };
    let mut known = connection.prepare_cached("SELECT id FROM hosts WHERE name = ?")?;
    let Some(host): Option<i64> = known.query_row([host], |row| row.get(0)).optional()? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT name FROM announcements JOIN feeds ON feeds.id = feed_id
         WHERE article_id IN (SELECT id FROM articles WHERE host_id = ? ORDER BY last_check_at DESC LIMIT ?)",
    )?;
    let names = statement.query_map(params![host, ARTICLES_OF_HOST], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn columns(subject: &Subject) -> (&'static str, String) {
    match subject {
        Subject::Article(id) => ("article", id.0.to_string()),
        Subject::Host(name) => ("host", name.clone()),
        Subject::Feed(name) => ("feed", name.clone()),
    }
}

fn notice(row: &Row<'_>) -> Result<Notice, StoreError> {
    let (about, name): (String, String) = (row.get("about")?, row.get("subject")?);
    let subject = match about.as_str() {
        "host" => Subject::Host(name),
        "feed" => Subject::Feed(name),
        _ => Subject::Article(ArticleId(name.parse().unwrap_or_default())),
    };
    let count: i64 = row.get("count")?;
    Ok(Notice {
        kind: row.get("kind")?,
        subject,
        text: row.get("text")?,
        first_at: row.get("first_at")?,
        last_at: row.get("last_at")?,
        count: count.unsigned_abs(),
        closed_at: row.get("closed_at")?,
    })
}
