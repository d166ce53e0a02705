//! Notices: one open row for each kind and subject, written with the check that found it.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::StoreError;
use crate::model::{ArticleId, EndedNotice, FoundNotice, Notice, NoticeKind, Subject, Timestamp};

/// Most open notices that a view shows.
const SHOWN: u32 = 50;
/// Most notices of one article that its history shows.
const SHOWN_OF_ARTICLE: u32 = 10;
/// What lasts is not written anew at every look.
const RENEWED_AFTER: Duration = Duration::from_secs(60 * 60);
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
            "INSERT INTO notices (kind, about, subject, text, first_at, opened_at, last_at, count, lasts_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 1, ?7)",
        )?
        .execute(params![
            found.kind,
            about,
            subject,
            found.text,
            found.since.map_or(now, |since| since.min(now)),
            now,
            now + found.lasts
        ])?;
    let oldest = connection.last_insert_rowid() - KEPT;
    connection.prepare_cached("DELETE FROM notices WHERE id < ? AND closed_at IS NOT NULL")?.execute([oldest])?;
    Ok(true)
}

/// Opens a notice of something that lasts, or says anew what it is; whether it was not open before.
pub(super) fn note(connection: &Connection, found: &FoundNotice, now: Timestamp) -> Result<bool, StoreError> {
    if !is_open(connection, found.kind, &found.subject)? {
        return add(connection, found, now);
    }
    let ((about, subject), until) = (columns(&found.subject), now + found.lasts);
    connection
        .prepare_cached(
            "UPDATE notices SET last_at = ?5, text = ?4, lasts_until = ?6
             WHERE kind = ?1 AND about = ?2 AND subject = ?3 AND closed_at IS NULL
                 AND (text <> ?4 OR lasts_until < ?7)",
        )?
        .execute(params![found.kind, about, subject, found.text, now, until, until - RENEWED_AFTER])?;
    Ok(false)
}

/// Closes the notices that are over, and every one that was not found again for as long as it lasts.
pub(super) fn close(
    connection: &Connection,
    ended: &[(NoticeKind, Subject)],
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.prepare_cached(ENDED)?.execute([now])?;
    for (kind, subject) in ended {
        let text = (*kind == NoticeKind::SiteMissing).then(|| "its articles are there again".to_owned());
        end(connection, &EndedNotice { kind: *kind, subject: subject.clone(), text }, now)?;
    }
    Ok(())
}

/// Closes a notice that is over. Of one that nobody was told of, nobody needs to hear the end, unless an earlier one was
/// told and its end was not; and of being offline nobody could be told before.
pub(super) fn end(connection: &Connection, ended: &EndedNotice, now: Timestamp) -> Result<bool, StoreError> {
    let (about, subject) = columns(&ended.subject);
    let closed = connection
        .prepare_cached(
            "UPDATE notices SET closed_at = ?4, end_text = ?5,
                 end_told_at = iif(told_at IS NULL AND kind <> 'offline' AND NOT EXISTS (
                     SELECT 1 FROM notices AS before
                     WHERE before.kind = ?1 AND before.about = ?2 AND before.subject = ?3
                         AND before.told_at IS NOT NULL AND before.end_told_at IS NULL AND before.id < notices.id), ?4, NULL)
             WHERE kind = ?1 AND about = ?2 AND subject = ?3 AND closed_at IS NULL",
        )?
        .execute(params![ended.kind, about, subject, now, ended.text])?;
    Ok(closed > 0)
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
        Subject::Article(_) | Subject::Rule(_) | Subject::System(_) => return Ok(Vec::new()),
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
        Subject::Rule(name) => ("rule", name.clone()),
        Subject::System(name) => ("system", name.clone()),
    }
}

pub(super) fn subject(row: &Row<'_>) -> Result<Subject, StoreError> {
    let (about, name): (String, String) = (row.get("about")?, row.get("subject")?);
    Ok(match about.as_str() {
        "host" => Subject::Host(name),
        "feed" => Subject::Feed(name),
        "rule" => Subject::Rule(name),
        "system" => Subject::System(name),
        _ => Subject::Article(ArticleId(name.parse().unwrap_or_default())),
    })
}

pub(super) fn notice(row: &Row<'_>) -> Result<Notice, StoreError> {
    let count: i64 = row.get("count")?;
    Ok(Notice {
        kind: row.get("kind")?,
        subject: subject(row)?,
        text: row.get("text")?,
        first_at: row.get("first_at")?,
        last_at: row.get("last_at")?,
        count: count.unsigned_abs(),
        closed_at: row.get("closed_at")?,
        end: row.get("end_text")?,
    })
}
