//! What the check of an article found: version, alerts, deliveries and the next due time, all at once.

use rusqlite::{Connection, named_params, params};

use super::columns::{json, pack};
use super::versions::{self, Prepared};
use super::{Store, StoreError, aliases, bursts, fitness, handover, hosts, notices, outbox, surroundings};
use crate::model::{Alert, ArticleId, Event, Missing, Quality, Reader, Timestamp};
use crate::store::{CheckOutcome, CheckRecord, CheckSummary, Fetched, NewVersion, ReadingRecord};

impl Store {
    /// Stores what a check found. A version's number has to follow the latest one; a repeated alert is the same alert.
    pub async fn record_check(&self, record: CheckRecord) -> Result<CheckSummary, StoreError> {
        if !matches!(record.outcome, CheckOutcome::Version(_)) {
            return self.write(move |connection| record_check(connection, &record, None)).await;
        }
        let (record, prepared) = self
            .read(move |connection| {
                let CheckOutcome::Version(new) = &record.outcome else { return Ok((record, None)) };
                let prepared = versions::prepare(connection, record.article, new)?;
                Ok((record, Some(prepared)))
            })
            .await?;
        self.write(move |connection| record_check(connection, &record, prepared.as_ref())).await
    }

    /// Stores the page of a leased article's latest version as today's reader reads it, and that it does.
    pub async fn record_reading(&self, record: ReadingRecord) -> Result<(), StoreError> {
        let (record, prepared) = self
            .read(move |connection| {
                let version = record.version.as_ref();
                let prepared = version.map(|new| versions::prepare(connection, record.article, new)).transpose()?;
                Ok((record, prepared))
            })
            .await?;
        self.write(move |connection| record_reading(connection, &record, prepared.as_ref())).await
    }
}

fn record_check(
    connection: &Connection,
    record: &CheckRecord,
    prepared: Option<&Prepared>,
) -> Result<CheckSummary, StoreError> {
    let mut summary = CheckSummary::default();
    let claim = Claimed { connection, record };
    claim.finish()?;
    for seen in &record.aliases {
        aliases::learn(connection, record.article, seen, record.now)?;
    }
    summary.same_as = aliases::same_as(connection, record.article)?;
    if summary.same_as.is_some() {
        return Ok(summary);
    }
    match &record.outcome {
        CheckOutcome::Unchanged { fetched } => {
            claim.read_well(fetched.as_ref())?;
            claim.set("idle_checks = idle_checks + 1")?;
            claim.set(NO_CANDIDATE)?;
        }
        CheckOutcome::Unreached => {}
        CheckOutcome::Failed { status, error, missing } => {
            claim.failed(*missing)?;
            claim.set_with("quality = ?2", matches!(status, Some(404 | 410)).then_some(Quality::NotFound))?;
            claim.set_with("problem = ?2", error)?;
            if missing.is_some() && matches!(status, Some(404 | 410 | 451)) {
                handover::try_another_link(connection, record.article, record.now)?;
            }
        }
        CheckOutcome::Unfit { fitness, missing, .. } => {
            claim.failed(*missing)?;
            claim.set_with("quality = ?2", fitness.quality)?;
            claim.set_with("problem = ?2", &fitness.reason)?;
            connection
                .prepare_cached(
                    "UPDATE hosts SET unfit_at = ?2 WHERE id = (SELECT host_id FROM articles WHERE id = ?1)",
                )?
                .execute(params![record.article, record.now])?;
        }
        CheckOutcome::Unconfirmed { candidate } => {
            claim.read_well(None)?;
            claim.set_with("last_full_at = ?2", record.now)?;
            connection
                .prepare_cached(
                    "UPDATE articles SET candidate_fingerprint = ?2, candidate_seen_at = ?3, candidate_attempts = ?4
                     WHERE id = ?1",
                )?
                .execute(params![record.article, candidate.fingerprint, candidate.seen_at, candidate.attempts])?;
        }
        CheckOutcome::Version(new) => {
            let Some(prepared) = prepared else {
                return Err(StoreError::Contradiction("a version was not prepared".to_owned()));
            };
            versions::insert(connection, record.article, new, prepared)?;
            claim.read_well(new.fetched.as_ref())?;
            claim.set(NO_CANDIDATE)?;
            claim.changed(new)?;
            match new.version.number {
                1 => bursts::meet(connection, record.article, record.now)?,
                _ if versions::is_technical(new) => {}
                _ => bursts::revision(connection, record.article, record.now)?,
            }
            summary.version = Some(new.version.number);
        }
        CheckOutcome::Gone { missing } => {
            claim.failed(Some(*missing))?;
            claim.set("absences = absences + iif(gone, 0, 1), gone = 1, quality = NULL, problem = 'taken down'")?;
        }
        CheckOutcome::Back { fetched } => {
            claim.read_well(fetched.as_ref())?;
            claim.set_with("back_at = ?2, gone = 0, idle_checks = 0", record.now)?;
            claim.set(NO_CANDIDATE)?;
        }
    }
    fitness::record_seen(connection, record)?;
    fitness::record_trouble(connection, record)?;
    if let Some(reader) = record.reader {
        set_reader(connection, record.article, reader)?;
    }
    if let Some(sightings) = &record.sightings {
        claim.set_with("sightings = ?2", pack(sightings)?)?;
        surroundings::record(connection, record.article, &sightings.shown, record.now)?;
    }
    notices::close(connection, &record.ended, record.now)?;
    for (place, found) in record.notices.iter().enumerate() {
        if notices::add(connection, found, record.now)? {
            summary.notices.push(place);
        }
    }
    if !record.lesson.is_empty() {
        hosts::learn(connection, record.article, &record.lesson)?;
    }
    if matches!(record.outcome, CheckOutcome::Unchanged { .. } | CheckOutcome::Version(_) | CheckOutcome::Back { .. }) {
        claim.notice_feeds()?;
    }
    let alerts = insert_alerts(connection, record, &mut summary)?;
    for planned in &record.deliveries {
        if outbox::add(connection, record.article, &alerts, planned, record.now)? {
            summary.deliveries += 1;
        }
    }
    Ok(summary)
}

/// Stores what a page said that was read anew.
fn record_reading(
    connection: &Connection,
    record: &ReadingRecord,
    prepared: Option<&Prepared>,
) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE articles SET sightings = ?3, {NO_CANDIDATE} WHERE id = ?1 AND token = ?2 AND lease_until IS NOT NULL"
    );
    let values = params![record.article, record.token.0, pack(&record.sightings)?];
    if connection.prepare_cached(&sql)?.execute(values)? == 0 {
        return Err(StoreError::ClaimLost);
    }
    set_reader(connection, record.article, record.reader)?;
    let (Some(new), Some(prepared)) = (&record.version, prepared) else { return Ok(()) };
    versions::insert(connection, record.article, new, prepared)?;
    count_version(connection, record.article, new)
}

fn set_reader(connection: &Connection, article: ArticleId, reader: Reader) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE articles SET extractor = ?2, site_rule = ?3 WHERE id = ?1")?.execute(params![
        article,
        reader.extractor,
        reader.site_rule.cast_signed()
    ])?;
    Ok(())
}

fn count_version(connection: &Connection, article: ArticleId, new: &NewVersion) -> Result<(), StoreError> {
    let is_revision = new.version.number > 1 && !versions::is_technical(new);
    connection
        .prepare_cached(
            "UPDATE articles SET versions = ?2, revisions = revisions + ?3, headline = coalesce(?4, headline)
             WHERE id = ?1",
        )?
        .execute(params![article, new.version.number, is_revision, new.version.text.headline])?;
    Ok(())
}

const NO_CANDIDATE: &str = "candidate_fingerprint = NULL, candidate_seen_at = NULL, candidate_attempts = NULL";

struct Claimed<'a> {
    connection: &'a Connection,
    record: &'a CheckRecord,
}

impl Claimed<'_> {
    /// Ends the lease, if it is still ours, and sets the next look.
    fn finish(&self) -> Result<(), StoreError> {
        let record = self.record;
        let ours = self
            .connection
            .prepare_cached(
                "UPDATE articles SET lease_until = NULL, woken = 0,
                     due_at = iif(same_as IS NOT NULL, NULL, iif(woken, :now, :due)),
                     last_check_at = iif(:reached, :now, last_check_at), damaged = 0
                 WHERE id = :id AND token = :token AND lease_until IS NOT NULL",
            )?
            .execute(named_params! {
                ":id": record.article, ":token": record.token.0, ":now": record.now, ":due": record.next_due_at,
                ":reached": record.outcome != CheckOutcome::Unreached,
            })?;
        if ours == 0 { Err(StoreError::ClaimLost) } else { Ok(()) }
    }

    fn read_well(&self, fetched: Option<&Fetched>) -> Result<(), StoreError> {
        self.set("failures = 0, missing_looks = NULL, missing_since_at = NULL, quality = 'good', problem = NULL")?;
        let Some(fetched) = fetched else { return Ok(()) };
        self.connection
            .prepare_cached(
                "UPDATE articles SET etag = ?2, last_modified = ?3, body = ?4,
                     last_full_at = iif(?6, ?5, last_full_at)
                 WHERE id = ?1",
            )?
            .execute(params![
                self.record.article,
                fetched.validators.etag,
                fetched.validators.last_modified,
                fetched.body,
                self.record.now,
                fetched.full
            ])?;
        Ok(())
    }

    /// The feeds that had announced the article when it was claimed were part of the decision.
    fn notice_feeds(&self) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE announcements SET noticed = 1 WHERE article_id = ?1 AND NOT noticed
                     AND first_at < (SELECT claimed_at FROM articles WHERE id = ?1)",
            )?
            .execute([self.record.article])?;
        Ok(())
    }

    fn failed(&self, missing: Option<Missing>) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE articles SET failures = failures + 1, missing_looks = ?2, missing_since_at = ?3 WHERE id = ?1",
            )?
            .execute(params![self.record.article, missing.map(|m| m.looks), missing.map(|m| m.since)])?;
        Ok(())
    }

    fn changed(&self, new: &NewVersion) -> Result<(), StoreError> {
        count_version(self.connection, self.record.article, new)?;
        if new.is_reused() {
            self.set_with("run = ?2", new.version.number)?;
        }
        match versions::is_technical(new) {
            true => self.set_with("back_at = iif(gone, ?2, back_at), gone = 0", self.record.now),
            false => self.set_with(
                "back_at = iif(gone, ?2, back_at), last_changed_at = ?2, idle_checks = 0, gone = 0",
                self.record.now,
            ),
        }
    }

    fn set(&self, assignments: &str) -> Result<(), StoreError> {
        let sql = format!("UPDATE articles SET {assignments} WHERE id = ?1");
        self.connection.prepare_cached(&sql)?.execute([self.record.article])?;
        Ok(())
    }

    fn set_with(&self, assignments: &str, value: impl rusqlite::ToSql) -> Result<(), StoreError> {
        let sql = format!("UPDATE articles SET {assignments} WHERE id = ?1");
        self.connection.prepare_cached(&sql)?.execute(params![self.record.article, value])?;
        Ok(())
    }
}

/// Stores the alerts and gives their rows, in the record's order.
fn insert_alerts(
    connection: &Connection,
    record: &CheckRecord,
    summary: &mut CheckSummary,
) -> Result<Vec<i64>, StoreError> {
    if record.alerts.is_empty() {
        return Ok(Vec::new());
    }
    let (version, absences): (u32, u32) = connection
        .prepare_cached("SELECT versions, absences FROM articles WHERE id = ?")?
        .query_row([record.article], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if version == 0 {
        return Err(StoreError::Contradiction("an alert needs a version that it is about".to_owned()));
    }
    let mut ids = Vec::with_capacity(record.alerts.len());
    for alert in &record.alerts {
        // Taken down once more without another word, it is told once more.
        let absence = if matches!(alert.event, Event::Gone | Event::Back) { absences } else { 0 };
        let subject = Subject { article: record.article, version, absence };
        summary.alerts += insert_alert(connection, &subject, alert, record.now)?;
        ids.push(find_alert(connection, &subject, alert)?);
    }
    Ok(ids)
}

/// What an alert is about.
struct Subject {
    article: ArticleId,
    version: u32,
    absence: u32,
}

fn insert_alert(
    connection: &Connection,
    subject: &Subject,
    alert: &Alert,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let added = connection
        .prepare_cached(
            "INSERT INTO alerts (article_id, version, rule, event, absence, query, feeds, urgent, newly, matches,
                 created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (article_id, version, rule, event, absence) DO NOTHING",
        )?
        .execute(params![
            subject.article,
            subject.version,
            alert.rule,
            alert.event,
            subject.absence,
            alert.query,
            json(&alert.feeds)?,
            alert.urgent,
            alert.newly,
            pack(&alert.matches)?,
            now
        ])?;
    Ok(added)
}

fn find_alert(connection: &Connection, subject: &Subject, alert: &Alert) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM alerts WHERE article_id = ? AND version = ? AND rule = ? AND event = ? AND absence = ?",
    )?;
    let values = params![subject.article, subject.version, alert.rule, alert.event, subject.absence];
    Ok(statement.query_row(values, |row| row.get(0))?)
}
