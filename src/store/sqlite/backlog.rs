//! What waits because no mail gets through to an address: it becomes one digest, and an address that refused mail for good
//! is tried once a day, with all that has come for it, or when somebody asks for it.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use tracing::warn;

use super::limit::Due;
use super::{Store, StoreError, outbox, unsent};
use crate::model::{DeliveryId, DeliveryKind, Timestamp};
use crate::store::{AttemptOutcome, AttemptRecord, Fault, Suspension};

/// Refusals of an address in a row after which nothing more is tried.
const REFUSALS: u32 = 2;
/// So long after the last refusal an address is tried again: the server may know it by then.
const PROBED: Duration = Duration::from_secs(24 * 60 * 60);
/// Mails that wait for so long, and so many of them, are a backlog.
const WAITED: Duration = Duration::from_secs(60 * 60);
const SEVERAL: usize = 3;
/// What comes anew brings the next attempt of a backlog forward, but not closer to the last one than this.
const APART: Duration = Duration::from_secs(15 * 60);

pub(super) const SUSPENDED: &str =
    "SELECT id, refused_at, refusal FROM addresses WHERE suspended_at IS NOT NULL ORDER BY suspended_at";

pub(super) const OPEN: &str = "
    SELECT id FROM deliveries
    WHERE address_id = ? AND kind = 'backlog' AND state IN ('pending', 'held', 'failed')
        AND (sealed_at IS NULL OR (lease_until IS NULL AND doubts = 0))
    ORDER BY sealed_at IS NOT NULL, id DESC LIMIT 1";

pub(super) const WAITING: &str = "
    SELECT id FROM deliveries
    WHERE address_id = ?1 AND kind = 'article' AND sealed_at IS NOT NULL AND state = 'pending'
        AND lease_until IS NULL AND doubts = 0 AND attempts > 0
    UNION ALL
    SELECT id FROM deliveries
    WHERE address_id = ?1 AND kind IN ('overflow', 'backlog') AND state = 'pending'
        AND lease_until IS NULL AND doubts = 0
        AND (kind = 'overflow' OR (sealed_at IS NOT NULL AND attempts > 0))";

impl Store {
    /// The addresses at which nothing is tried any more, the longest silent first.
    pub async fn suspended(&self) -> Result<Vec<Suspension>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT address, min(suspended_at), refusal FROM addresses WHERE suspended_at IS NOT NULL
                 GROUP BY address ORDER BY 2",
            )?;
            let rows = statement
                .query_map([], |row| Ok(Suspension { address: row.get(0)?, since: row.get(1)?, error: row.get(2)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// The addresses that are suspended, with when and how their server refused them last.
pub(super) struct Suspended(Vec<(i64, Timestamp, String)>);

impl Suspended {
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached(SUSPENDED)?;
        let rows = statement.query_map([], |row| {
            let refusal: Option<String> = row.get(2)?;
            Ok((row.get(0)?, row.get(1)?, refusal.unwrap_or_default()))
        })?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    /// Whether a due delivery may be tried. To a suspended address it is not: it joins what failed there.
    pub(super) fn passes(&self, connection: &Connection, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
        let Some((_, refused, refusal)) = self.0.iter().find(|(id, ..)| *id == due.address) else { return Ok(true) };
        if now.since(*refused) >= PROBED {
            return probes(connection, due, now);
        }
        let error = format!("the address is suspended after {REFUSALS} refusals in a row: {refusal}");
        warn!(delivery = due.id.0, error, "gave up sending alert; `wirewatch alerts retry` tries the address again");
        if due.sealed || due.kind == DeliveryKind::Notice {
            connection
                .prepare_cached("UPDATE deliveries SET state = 'failed', error = ?2 WHERE id = ?1")?
                .execute(params![due.id, error])?;
            return Ok(false);
        }
        let backlog = gather(connection, due, &[due.id], now)?;
        connection
            .prepare_cached("UPDATE deliveries SET state = 'failed', error = ?2 WHERE id = ?1")?
            .execute(params![backlog, error])?;
        Ok(false)
    }
}

/// Whether a due delivery tries its suspended address: by itself where it is composed already, else with all that failed
/// there.
fn probes(connection: &Connection, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
    if due.sealed || matches!(due.kind, DeliveryKind::Notice | DeliveryKind::Backlog) {
        return Ok(true);
    }
    let backlog = gather(connection, due, &[due.id], now)?;
    make_due(connection, backlog, now)?;
    Ok(false)
}

/// Whether a due delivery goes out by itself. After an outage it does not: all that waits at its address and certainly
/// never arrived becomes one digest, and what comes while that waits joins it.
pub(super) fn passes(connection: &Connection, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
    if !matches!(due.kind, DeliveryKind::Article | DeliveryKind::Overflow | DeliveryKind::Backlog) {
        return Ok(true);
    }
    if !due.sealed {
        return Ok(due.kind == DeliveryKind::Backlog || !join(connection, due, now)?);
    }
    if now.since(due.created_at) < WAITED {
        return Ok(true);
    }
    let mut statement = connection.prepare_cached(WAITING)?;
    let waiting: Vec<DeliveryId> = statement.query_map([due.address], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if !waiting.contains(&due.id) || waiting.len() < SEVERAL {
        return Ok(true);
    }
    let backlog = gather(connection, due, &waiting, now)?;
    make_due(connection, backlog, now)?;
    Ok(false)
}

/// Lets a delivery that was never tried join the backlog that waits at its address, where there is one.
fn join(connection: &Connection, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
    let waiting = connection
        .prepare_cached(
            "SELECT earliest_at, sealed_at FROM deliveries
             WHERE address_id = ? AND kind IN ('overflow', 'backlog') AND state = 'pending' AND kind = 'backlog'
                 AND lease_until IS NULL AND doubts = 0 AND attempts > 0 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([due.address], |row| Ok((row.get::<_, Timestamp>(0)?, row.get::<_, Option<Timestamp>>(1)?)))
        .optional()?;
    let Some((due_at, tried_at)) = waiting else { return Ok(false) };
    let backlog = gather(connection, due, &[due.id], now)?;
    let at = tried_at.map_or(due_at, |tried| due_at.min(now.max(tried + APART)));
    make_due(connection, backlog, at)?;
    Ok(true)
}

fn make_due(connection: &Connection, delivery: DeliveryId, at: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE deliveries SET earliest_at = ?2, settle_until = ?2 WHERE id = ?1")?
        .execute(params![delivery, at])?;
    Ok(())
}

/// Moves the alerts of deliveries into the backlog of their address, opened again or made anew, and takes them out.
fn gather(
    connection: &Connection,
    due: &Due,
    deliveries: &[DeliveryId],
    now: Timestamp,
) -> Result<DeliveryId, StoreError> {
    let backlog = match open(connection, due.address)? {
        Some(backlog) => backlog,
        None => create(connection, due, now)?,
    };
    for id in deliveries.iter().filter(|id| **id != backlog) {
        connection
            .prepare_cached(
                "UPDATE deliveries SET (attempts, created_at, error) = (
                     SELECT max(deliveries.attempts, gone.attempts), min(deliveries.created_at, gone.created_at),
                         coalesce(gone.error, deliveries.error)
                     FROM deliveries AS gone WHERE gone.id = ?2)
                 WHERE id = ?1",
            )?
            .execute(params![backlog, id])?;
        connection
            .prepare_cached("UPDATE delivery_alerts SET delivery_id = ?1 WHERE delivery_id = ?2")?
            .execute(params![backlog, id])?;
        connection.prepare_cached("DELETE FROM messages WHERE delivery_id = ?")?.execute([id])?;
        connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([id])?;
    }
    Ok(backlog)
}

/// The backlog of an address, if it certainly never arrived: open to more alerts, and to be composed anew.
fn open(connection: &Connection, address: i64) -> Result<Option<DeliveryId>, StoreError> {
    let found: Option<DeliveryId> =
        connection.prepare_cached(OPEN)?.query_row([address], |row| row.get(0)).optional()?;
    let Some(backlog) = found else { return Ok(None) };
    connection
        .prepare_cached("UPDATE deliveries SET sealed_at = NULL, state = 'pending' WHERE id = ?")?
        .execute([backlog])?;
    unsent::forget_message(connection, backlog)?;
    Ok(Some(backlog))
}

fn create(connection: &Connection, due: &Due, now: Timestamp) -> Result<DeliveryId, StoreError> {
    let id = outbox::next_id(connection)?;
    let host = outbox::host(connection, due.id)?;
    connection
        .prepare_cached(
            "INSERT INTO deliveries (id, address_id, kind, message_id, state, created_at, earliest_at, settle_until,
                 max_per_hour)
             VALUES (?1, ?2, 'backlog', ?3, 'pending', ?4, ?4, ?4, ?5)",
        )?
        .execute(params![id, due.address, outbox::message_id(connection, id, &host, now)?, now, due.max_per_hour])?;
    Ok(DeliveryId(id))
}

/// Counts what the end of an attempt says of its address, and tells the others where nothing gets through any more.
pub(super) fn record(connection: &Connection, record: &AttemptRecord) -> Result<(), StoreError> {
    let address: i64 = connection
        .prepare_cached("SELECT address_id FROM deliveries WHERE id = ?")?
        .query_row([record.delivery], |row| row.get(0))?;
    const SAME: &str = "WHERE (address, channel) = (SELECT address, channel FROM addresses WHERE id = ?1)";
    let refusal = match &record.outcome {
        AttemptOutcome::Sent => {
            let sql = format!(
                "UPDATE addresses SET refusals = 0, told_at = NULL, suspended_at = NULL {SAME} AND (refusals OR told_at)"
            );
            connection.prepare_cached(&sql)?.execute([address])?;
            return Ok(());
        }
        AttemptOutcome::Failed { error } if record.fault == Fault::Address => Some(error),
        _ => None,
    };
    if let Some(refusal) = refusal {
        let sql = format!(
            "UPDATE addresses SET refusals = refusals + 1, refusal = ?2, refused_at = ?3,
                 suspended_at = iif(refusals + 1 >= ?4, coalesce(suspended_at, ?3), suspended_at) {SAME}"
        );
        connection.prepare_cached(&sql)?.execute(params![address, refusal, record.now, REFUSALS])?;
    }
    let Some(warning) = &record.warning else { return Ok(()) };
    let sql =
        format!("UPDATE addresses SET told_at = ?2 {SAME} AND told_at IS NULL AND (?3 OR suspended_at IS NOT NULL)");
    let told = connection.prepare_cached(&sql)?.execute(params![address, record.now, refusal.is_none()])?;
    if told == 0 {
        return Ok(());
    }
    let host = outbox::host(connection, record.delivery)?;
    outbox::add_notice(connection, warning, &host, record.now)
}

/// Lifts the suspension of the addresses whose deliveries are tried again.
pub(super) fn resume(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE addresses SET refusals = 0, suspended_at = NULL, told_at = NULL
             WHERE suspended_at IS NOT NULL AND address IN (
                 SELECT address FROM deliveries JOIN addresses ON addresses.id = address_id WHERE state = 'pending')",
        )?
        .execute([])?;
    Ok(())
}
