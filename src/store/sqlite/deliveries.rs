//! Deliveries: which of them are due, and how attempts to send them ended.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use tracing::error;

use super::articles::damage;
use super::backlog::{self, Suspended};
use super::columns::{compress, decompress};
use super::error::if_readable;
use super::limit::{self, Due};
use super::mutes::{self, Silence};
use super::{Store, StoreError, bursts, initial, links, mailing, unsent, unsubscriptions};
use crate::model::{ArticleId, Delivery, DeliveryId, DeliveryKind, Timestamp};
use crate::store::{
    AttemptOutcome, AttemptRecord, ClaimToken, ClaimedDelivery, ComposedMessage, Covered, Fault, Lane, Settling,
};

pub(super) const DUE_SETTLED: &str = "
    SELECT id, kind, address_id, max_per_hour, created_at, sealed_at IS NOT NULL FROM deliveries
    WHERE ready_at <= ?1 AND (SELECT channel IN ('webhook', 'ntfy') FROM addresses WHERE id = address_id) = ?3
    ORDER BY ready_at LIMIT ?2";

pub(super) const DUE_EARLY: &str = "
    SELECT id, kind, address_id, max_per_hour, created_at, sealed_at IS NOT NULL FROM deliveries
    WHERE early_ready_at <= ?1 AND (SELECT channel IN ('webhook', 'ntfy') FROM addresses WHERE id = address_id) = ?3
    ORDER BY early_ready_at LIMIT ?2";

const CLAIM: &str = "
    UPDATE deliveries SET lease_until = :until, token = token + 1, doubts = doubts + 1, state = 'pending',
        sealed_at = coalesce(sealed_at, :now)
    WHERE id = :id RETURNING token";

/// What got through on a channel shows that nothing stands in the way of the others any more.
pub(super) const REACHED: &str = "
    UPDATE deliveries SET unreached = 0
    WHERE unreached AND (SELECT channel FROM addresses WHERE id = address_id)
        = (SELECT channel FROM deliveries JOIN addresses ON addresses.id = address_id WHERE deliveries.id = ?1)";

impl Store {
    /// Leases up to `limit` due deliveries of a lane, oldest first, and seals them: later alerts start others.
    ///
    /// Those on one article to one address come one at a time, in the order of their creation: the next one is due
    /// when the one before was sent or given up. What is over its address's hourly limit is not claimed: its alerts
    /// become part of a delivery of the kind `Overflow`.
    pub async fn claim_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
        lease: Duration,
        settling: Settling,
        lane: Lane,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        let claimed = self.write(move |connection| claim(connection, now, limit, lease, (settling, lane))).await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let (deliveries, damaged) = self.read(move |connection| load_all(connection, claimed)).await?;
        if !damaged.is_empty() {
            self.write(move |connection| damaged.iter().try_for_each(|damaged| give_up(connection, damaged))).await?;
        }
        Ok(deliveries)
    }

    /// Stores how an attempt ended, and the message as it was rendered if this was the first one or was accepted.
    pub async fn record_attempt(&self, record: AttemptRecord) -> Result<(), StoreError> {
        self.write(move |connection| record_attempt(connection, &record)).await
    }

    /// Keeps the message of a claimed delivery, and which versions it tells, before it is handed over for the first time:
    /// what is sent again after a crash is the same to the byte, and a full disk shows before anything is sent, not after.
    pub async fn keep_message(&self, composed: ComposedMessage) -> Result<(), StoreError> {
        let message = compress(&composed.message)?;
        self.write(move |connection| keep_message(connection, &composed, &message)).await
    }
}

fn claim(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
    lease: Duration,
    (settling, lane): (Settling, Lane),
) -> Result<Vec<(DeliveryId, ClaimToken)>, StoreError> {
    let mut statement = connection.prepare_cached(CLAIM)?;
    let mut claimed = Vec::new();
    let (silence, suspended) = (Silence::at(connection, now)?, Suspended::read(connection)?);
    // What is not admitted is due no more, so this ends.
    while claimed.len() < limit {
        let due = due(connection, now, limit - claimed.len(), settling, lane)?;
        if due.is_empty() {
            break;
        }
        for due in due {
            if due.is_gone(connection)? {
                continue;
            }
            let is_heard = bursts::passes(connection, &due, now)?
                && unsubscriptions::passes(connection, &due)?
                && suspended.passes(connection, &due, now)?
                && silence.passes(connection, &due, now)?
                && backlog::passes(connection, &due, now)?
                && initial::passes(connection, &due, settling, now)?;
            if is_heard && limit::admit(connection, &due, now)? {
                let values = named_params! { ":id": due.id, ":now": now, ":until": now + lease };
                let token = statement.query_row(values, |row| row.get(0))?;
                claimed.push((due.id, ClaimToken(token)));
            }
        }
    }
    if !claimed.is_empty() {
        links::make_key(connection)?;
    }
    claimed.sort_by_key(|(id, _)| *id);
    Ok(claimed)
}

fn due(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
    settling: Settling,
    lane: Lane,
) -> Result<Vec<Due>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(match settling {
        Settling::Wait => DUE_SETTLED,
        Settling::Over => DUE_EARLY,
    })?;
    let rows = statement.query_map(params![now, limit, lane == Lane::Hooks], Due::of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) struct Stored {
    pub(super) delivery: Delivery,
    pub(super) channel: String,
    pub(super) address: i64,
    attempts: u32,
    doubts: u32,
    article: Option<ArticleId>,
}

/// A claimed delivery that cannot be read, with what is wrong.
type Damaged = (DeliveryId, ClaimToken, String);

fn load_all(
    connection: &Connection,
    claimed: Vec<(DeliveryId, ClaimToken)>,
) -> Result<(Vec<ClaimedDelivery>, Vec<Damaged>), StoreError> {
    let (mut deliveries, mut damaged) = (Vec::with_capacity(claimed.len()), Vec::new());
    for (id, token) in claimed {
        match load(connection, id, token) {
            Ok(delivery) => deliveries.push(delivery),
            Err(StoreError::Unreadable(what)) => damaged.push((id, token, what)),
            Err(error) => return Err(error),
        }
    }
    Ok((deliveries, damaged))
}

/// Marks a delivery as failed that not even its headlines can be read of; `alerts retry` tries it again.
fn give_up(connection: &Connection, (id, token, what): &Damaged) -> Result<(), StoreError> {
    error!(delivery = id.0, what, "what is stored of a delivery is damaged; gave it up");
    connection
        .prepare_cached(
            "UPDATE deliveries SET state = 'failed', lease_until = NULL, error = ?3 WHERE id = ?1 AND token = ?2",
        )?
        .execute(params![id, token.0, damage(what)])?;
    Ok(())
}

fn load(connection: &Connection, id: DeliveryId, token: ClaimToken) -> Result<ClaimedDelivery, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT deliveries.id, kind, recipient, address, message_id, created_at, channel, attempts, article_id, note,
             address_id, doubts
         FROM deliveries JOIN addresses ON addresses.id = address_id WHERE deliveries.id = ?",
    )?;
    let mut stored = statement.query_row([id], stored)?;
    stored.delivery.articles = mailing::articles(connection, &stored.delivery)?;
    stored.delivery.mutes = mutes::of_delivery(connection, id)?;
    stored.delivery.unsubscribe_token = links::token(connection, id, &stored)?;
    if let Some(article) = stored.article {
        stored.delivery.thread = mailing::thread(connection, article, &stored.delivery)?;
    }
    let message = if_readable(message(connection, id))?.flatten();
    Ok(ClaimedDelivery {
        token,
        delivery: stored.delivery,
        channel: stored.channel,
        attempts: stored.attempts,
        doubts: stored.doubts,
        is_released: is_released(connection, id)?,
        message,
    })
}

/// Whether somebody asked for one of its alerts, whatever holds it.
fn is_released(connection: &Connection, id: DeliveryId) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM delivery_alerts WHERE delivery_id = ? AND released LIMIT 1")?;
    Ok(statement.exists([id])?)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let note: Option<String> = row.get(9)?;
    let delivery = Delivery {
        id: row.get(0)?,
        kind: row.get::<_, DeliveryKind>(1)?,
        recipient: row.get(2)?,
        address: row.get(3)?,
        message_id: row.get(4)?,
        created_at: row.get(5)?,
        thread: None,
        articles: Vec::new(),
        mutes: Vec::new(),
        note: note.and_then(|note| serde_json::from_str(&note).ok()),
        unsubscribe_token: None,
    };
    Ok(Stored {
        delivery,
        channel: row.get(6)?,
        address: row.get(10)?,
        attempts: row.get(7)?,
        doubts: row.get(11)?,
        article: row.get(8)?,
    })
}

/// The message of a delivery as it was rendered for its first attempt, or as it was accepted.
pub(super) fn message(connection: &Connection, delivery: DeliveryId) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM messages WHERE delivery_id = ?")?;
    let bytes: Option<Vec<u8>> = statement.query_row([delivery], |row| row.get(0)).optional()?;
    bytes.as_deref().map(decompress).transpose()
}

fn keep_message(connection: &Connection, composed: &ComposedMessage, message: &[u8]) -> Result<(), StoreError> {
    let ComposedMessage { delivery, token, subject, tells, .. } = composed;
    let ours = connection
        .prepare_cached(
            "UPDATE deliveries SET subject = coalesce(subject, ?3)
             WHERE id = ?1 AND token = ?2 AND lease_until IS NOT NULL",
        )?
        .execute(params![delivery, token.0, subject])?;
    if ours == 0 {
        return Err(StoreError::ClaimLost);
    }
    note_told(connection, *delivery, tells)?;
    connection
        .prepare_cached("INSERT INTO messages (delivery_id, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING")?
        .execute(params![delivery, message])?;
    Ok(())
}

/// Notes with each alert of a delivery what its message tells. Of an edit that was undone it says nothing: that one leaves
/// the outbox.
fn note_told(
    connection: &Connection,
    delivery: DeliveryId,
    tells: &HashMap<ArticleId, Covered>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT delivery_alerts.id, article_id FROM delivery_alerts JOIN alerts ON alerts.id = alert_id
         WHERE delivery_id = ?",
    )?;
    let alerts: Vec<(i64, ArticleId)> =
        statement.query_map([delivery], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut note = connection.prepare_cached("UPDATE delivery_alerts SET told = ?2, since = ?3 WHERE id = ?1")?;
    let mut take_out = connection.prepare_cached("DELETE FROM delivery_alerts WHERE id = ?")?;
    for (alert, article) in alerts {
        match tells.get(&article) {
            Some(told) => note.execute(params![alert, told.version, told.since])?,
            None => take_out.execute([alert])?,
        };
    }
    Ok(())
}

fn record_attempt(connection: &Connection, record: &AttemptRecord) -> Result<(), StoreError> {
    match record.outcome {
        AttemptOutcome::Held { until } => return hold(connection, record, until),
        AttemptOutcome::Joins { digest_at } => return join_digest(connection, record, digest_at),
        AttemptOutcome::Void => return take_out(connection, record),
        AttemptOutcome::Sent | AttemptOutcome::Retry { .. } | AttemptOutcome::Failed { .. } => {}
    }
    let (state, retry_at, sent_at, error) = match &record.outcome {
        AttemptOutcome::Sent => ("sent", None, Some(record.now), None),
        AttemptOutcome::Retry { at, error } => ("pending", Some(*at), None, Some(error)),
        AttemptOutcome::Failed { error } => ("failed", None, None, Some(error)),
        AttemptOutcome::Held { .. } | AttemptOutcome::Joins { .. } | AttemptOutcome::Void => return Ok(()),
    };
    // There is none where rendering failed.
    let rendered = !record.message.is_empty();
    // In place of a refused message another one may have been accepted.
    let is_final = rendered
        && record.outcome == AttemptOutcome::Sent
        && if_readable(message(connection, record.delivery))?.flatten().is_none_or(|first| first != record.message);
    let ours = connection
        .prepare_cached(
            "UPDATE deliveries SET lease_until = NULL, state = :state, attempts = attempts + 1, sent_at = :sent,
                 error = :error, subject = iif(:final, :subject, coalesce(subject, :subject)),
                 earliest_at = coalesce(:retry, earliest_at), settle_until = coalesce(:retry, settle_until),
                 doubts = max(doubts - :certain, 0), unreached = :unreached
             WHERE id = :id AND token = :token AND lease_until IS NOT NULL",
        )?
        .execute(named_params! {
            ":id": record.delivery, ":token": record.token.0, ":state": state, ":sent": sent_at,
            ":error": error, ":subject": rendered.then_some(&record.subject), ":retry": retry_at,
            ":final": is_final, ":certain": record.fault != Fault::Unknown,
            ":unreached": retry_at.is_some() && record.fault == Fault::Unreached,
        })?;
    if ours == 0 {
        return Err(StoreError::ClaimLost);
    }
    backlog::record(connection, record)?;
    if record.outcome == AttemptOutcome::Sent {
        connection.prepare_cached(REACHED)?.execute([record.delivery])?;
    }
    if !rendered {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO messages (delivery_id, bytes) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE ?3",
        )?
        .execute(params![record.delivery, compress(&record.message)?, is_final])?;
    Ok(())
}

/// Puts a delivery back until quiet hours end. What certainly never arrived takes in more alerts by then, so that an
/// urgent one brings it with it.
fn hold(connection: &Connection, record: &AttemptRecord, until: Timestamp) -> Result<(), StoreError> {
    put_back(connection, record, until)?;
    if unsent::never_arrived(connection, record.delivery)? {
        unsent::reopen(connection, record.delivery)?;
    }
    Ok(())
}

/// Makes the alerts of a delivery part of their address's next digest, unless it may have arrived: then it waits as long.
fn join_digest(connection: &Connection, record: &AttemptRecord, digest_at: Timestamp) -> Result<(), StoreError> {
    put_back(connection, record, digest_at)?;
    if unsent::never_arrived(connection, record.delivery)? {
        unsent::join_digest(connection, record.delivery)?;
    }
    Ok(())
}

/// Ends a claim without an attempt.
fn put_back(connection: &Connection, record: &AttemptRecord, until: Timestamp) -> Result<(), StoreError> {
    let ours = connection
        .prepare_cached(
            "UPDATE deliveries SET lease_until = NULL, state = 'held', earliest_at = ?3, doubts = max(doubts - 1, 0)
             WHERE id = ?1 AND token = ?2 AND lease_until IS NOT NULL",
        )?
        .execute(params![record.delivery, record.token.0, until])?;
    if ours == 0 { Err(StoreError::ClaimLost) } else { Ok(()) }
}

/// Removes a delivery that has nothing left to tell.
fn take_out(connection: &Connection, record: &AttemptRecord) -> Result<(), StoreError> {
    let ours: Option<i64> = connection
        .prepare_cached("SELECT id FROM deliveries WHERE id = ? AND token = ? AND lease_until IS NOT NULL")?
        .query_row(params![record.delivery, record.token.0], |row| row.get(0))
        .optional()?;
    if ours.is_none() {
        return Err(StoreError::ClaimLost);
    }
    for sql in [
        "DELETE FROM delivery_alerts WHERE delivery_id = ?",
        "DELETE FROM messages WHERE delivery_id = ?",
        "DELETE FROM deliveries WHERE id = ?",
    ] {
        connection.prepare_cached(sql)?.execute([record.delivery])?;
    }
    Ok(())
}
