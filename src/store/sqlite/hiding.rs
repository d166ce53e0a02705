//! Hiding: a version is shown no more. Its text and page are deleted; its row, its hashes, and who hid it and why remain.
//!
//! The latest version is not hidden: the watch compares every look with it, and lists and mails show it.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest as _, Sha256};

use super::checksum::Checked;
use super::columns::{from_json, hex, pack, unpack};
use super::error::if_readable;
use super::{Store, StoreError, contents, vocabulary};
use crate::model::{ArticleId, ArticleText, Change, Match, MatchField};
use crate::store::{Digest, HideOutcome, HideRequest, Hiding};

/// So much of a headline is looked for in subjects, which may be cut.
const SUBJECT_CHARACTERS: usize = 30;

impl Store {
    /// Hides a version, once: all of it or, where it cannot be hidden, nothing. What was deleted is overwritten in the
    /// file; its words leave the full-text index by [`sweep_words`](Self::sweep_words).
    pub async fn hide(&self, request: HideRequest) -> Result<HideOutcome, StoreError> {
        self.write(move |connection| hide(connection, &request)).await
    }
}

fn hide(connection: &Connection, request: &HideRequest) -> Result<HideOutcome, StoreError> {
    let HideRequest { article, number, why, who, now } = request;
    let latest: Option<u32> = connection
        .prepare_cached("SELECT versions FROM articles WHERE id = ?")?
        .query_row([article], |row| row.get(0))
        .optional()?;
    let content: Option<Option<i64>> = connection
        .prepare_cached("SELECT content_id FROM versions WHERE article_id = ? AND number = ?")?
        .query_row(params![article, number], |row| row.get(0))
        .optional()?;
    let content = match content {
        None => return Ok(HideOutcome::Missing),
        Some(None) => return Ok(HideOutcome::Already),
        Some(Some(_)) if latest == Some(*number) => return Ok(HideOutcome::Latest),
        Some(Some(content)) => content,
    };
    // What was altered before does not become whole by this.
    let mut whole = Vec::new();
    for number in [*number, *number + 1] {
        if Checked::Version.is_whole(connection, *article, number)? == Some(true) {
            whole.push(number);
        }
    }
    let stored = contents::load(connection, content)?;
    let text_sha256: Digest = Sha256::digest(&stored).into();
    let text: ArticleText = if_readable(from_json(&stored))?.unwrap_or_default();
    connection
        .prepare_cached(
            "INSERT INTO hidings (article_id, number, hidden_at, who, why, text_sha256) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![article, number, now, who, why, text_sha256])?;
    strip_change(connection, *article, *number)?;
    // Its figures before are those of the version that is hidden.
    strip_change(connection, *article, *number + 1)?;
    connection
        .prepare_cached(
            "UPDATE versions SET content_id = NULL, headline = NULL, byline = NULL WHERE article_id = ? AND number = ?",
        )?
        .execute(params![article, number])?;
    for number in whole {
        Checked::Version.seal(connection, *article, number)?;
    }
    Checked::Hiding.seal(connection, *article, *number)?;
    contents::release(connection, content)?;
    let page: Option<i64> = connection
        .prepare_cached("DELETE FROM pages WHERE article_id = ? AND number = ? RETURNING content_id")?
        .query_row(params![article, number], |row| row.get(0))
        .optional()?;
    if let Some(page) = page {
        contents::release(connection, page)?;
    }
    vocabulary::note_again(connection, *article, *number)?;
    vocabulary::note_again(connection, *article, *number + 1)?;
    vocabulary::want_sweep(connection)?;
    forget_matches(connection, *article, *number)?;
    let messages = forget_messages(connection, *article, *number)?;
    forget_subjects(connection, *article, text.headline.as_deref().unwrap_or_default())?;
    forget_quotations(connection, *article, &text)?;
    let same = same_text(connection, *article, content)?;
    let hiding = Hiding { hidden_at: *now, who: who.clone(), why: why.clone(), text_sha256: hex(&text_sha256) };
    Ok(HideOutcome::Hidden { hiding, messages, same })
}

/// Takes the words out of what a version's change says; its kinds and counts remain.
fn strip_change(connection: &Connection, article: ArticleId, number: u32) -> Result<(), StoreError> {
    let change: Option<Vec<u8>> = connection
        .prepare_cached("SELECT change FROM versions WHERE article_id = ? AND number = ?")?
        .query_row(params![article, number], |row| row.get(0))
        .optional()?
        .flatten();
    let Some(packed) = change else { return Ok(()) };
    let stripped = match if_readable(unpack::<Change>(&packed))? {
        Some(change) => Some(pack(&Change { figures: Vec::new(), ..change })?),
        None => None,
    };
    connection
        .prepare_cached("UPDATE versions SET change = ?3 WHERE article_id = ?1 AND number = ?2")?
        .execute(params![article, number, stripped])?;
    Ok(())
}

/// Alerts keep that a rule matched, and lose the words it found: of the version itself, and those that were found to be
/// removed up to the next version that its publisher made.
fn forget_matches(connection: &Connection, article: ArticleId, number: u32) -> Result<(), StoreError> {
    let next: u32 = connection
        .prepare_cached(
            "SELECT coalesce(min(number), ?2) FROM versions WHERE article_id = ?1 AND number > ?2 AND NOT technical",
        )?
        .query_row(params![article, number], |row| row.get(0))?;
    let mut statement = connection
        .prepare_cached("SELECT id, version, matches FROM alerts WHERE article_id = ? AND version BETWEEN ? AND ?")?;
    let alerts: Vec<(i64, u32, Vec<u8>)> = statement
        .query_map(params![article, number, next], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, version, packed) in alerts {
        let mut matches: Vec<Match> = if_readable(unpack(&packed))?.unwrap_or_default();
        matches.retain(|found| version != number && found.field != MatchField::Removed);
        connection
            .prepare_cached("UPDATE alerts SET matches = ?2 WHERE id = ?1")?
            .execute(params![id, pack(&matches)?])?;
    }
    Ok(())
}

/// Deletes the messages that may show words of the version: those on it, and on later ones, which say what came of it.
/// One that waits is composed anew, without them. How many that were.
fn forget_messages(connection: &Connection, article: ArticleId, number: u32) -> Result<usize, StoreError> {
    let forgotten = connection.execute(
        "DELETE FROM messages WHERE delivery_id IN (
             SELECT delivery_id FROM delivery_alerts JOIN alerts ON alerts.id = alert_id
             WHERE article_id = ?1 AND coalesce(told, version) >= ?2)",
        params![article, number],
    )?;
    Ok(forgotten)
}

/// Takes the headline out of the subjects of mails, which later ones of their threads repeat.
fn forget_subjects(connection: &Connection, article: ArticleId, headline: &str) -> Result<(), StoreError> {
    let beginning: String = headline.chars().take(SUBJECT_CHARACTERS).collect();
    let is_shown_still = connection
        .prepare_cached("SELECT 1 FROM versions WHERE article_id = ? AND headline = ?")?
        .exists(params![article, headline])?;
    if beginning.is_empty() || is_shown_still {
        return Ok(());
    }
    connection.execute(
        "UPDATE deliveries SET subject = substr(subject, 1, instr(subject, ?2) - 1) || '(hidden)'
         WHERE instr(subject, ?2) AND id IN (
             SELECT delivery_id FROM delivery_alerts JOIN alerts ON alerts.id = alert_id WHERE article_id = ?1)",
        params![article, beginning],
    )?;
    Ok(())
}

/// Notices quote what comes and goes.
fn forget_quotations(connection: &Connection, article: ArticleId, text: &ArticleText) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, text FROM notices WHERE about = 'article' AND subject = ?")?;
    let notices: Vec<(i64, String)> = statement
        .query_map([article.0.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let whole = format!("{}\n{}", text.headline.as_deref().unwrap_or_default(), text.text());
    for (id, told) in notices {
        let Some((before, quoted)) = told.split_once('“') else { continue };
        let quoted = quoted.trim_end_matches(['”', '…']);
        if !quoted.is_empty() && whole.contains(quoted) {
            connection
                .prepare_cached("UPDATE notices SET text = ?2 WHERE id = ?1")?
                .execute(params![id, format!("{before}(hidden)")])?;
        }
    }
    Ok(())
}

/// The other versions of the article that have the same text, and are shown still.
fn same_text(connection: &Connection, article: ArticleId, content: i64) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT number FROM versions WHERE article_id = ? AND content_id = ? ORDER BY number")?;
    Ok(statement.query_map(params![article, content], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
