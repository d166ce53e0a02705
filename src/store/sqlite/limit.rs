//! The hourly limit of an address: what is over it becomes one overflow digest when its turn to be sent comes.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{StoreError, outbox};
use crate::model::{DeliveryId, DeliveryKind, Timestamp};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long an overflow digest waits on while nothing gets through to its address.
const STUCK: Duration = Duration::from_secs(10 * 60);
/// The longest it does so: the others may be stuck for reasons of their own.
const STUCK_AT_MOST: Duration = Duration::from_secs(4 * 60 * 60);

pub(super) const SENT: &str = "
    SELECT count(*), min(sent_at) FROM deliveries
    WHERE address_id = ? AND kind = 'article' AND sent_at > ?";

pub(super) const UNSENT: &str = "
    SELECT count(*) FROM deliveries
    WHERE address_id = ? AND kind = 'article' AND sealed_at IS NOT NULL AND state = 'pending'";

/// A delivery whose time to be sent has come.
pub(super) struct Due {
    pub(super) id: DeliveryId,
    pub(super) kind: DeliveryKind,
    pub(super) address: i64,
    pub(super) max_per_hour: u32,
    pub(super) created_at: Timestamp,
    /// Already claimed once.
    pub(super) sealed: bool,
}

impl Due {
    /// From a row of id, kind, address, hourly limit, time of creation, and whether it is sealed.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            address: row.get(2)?,
            max_per_hour: row.get(3)?,
            created_at: row.get(4)?,
            sealed: row.get(5)?,
        })
    }

    /// Whether it became part of another one a moment ago.
    pub(super) fn is_gone(&self, connection: &Connection) -> Result<bool, StoreError> {
        Ok(!connection.prepare_cached("SELECT 1 FROM deliveries WHERE id = ?")?.exists([self.id])?)
    }
}

/// Whether a due delivery may be sent now. What may not is put off or has its alerts moved into an overflow digest.
///
/// Mails on single articles take up the limit from their first claim until an hour after they were sent: while a mail
/// server is down only so many are tried, all others become one digest. What is urgent goes all the same.
pub(super) fn admit(connection: &Connection, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
    if due.sealed || due.max_per_hour == 0 {
        return Ok(true);
    }
    match due.kind {
        DeliveryKind::Article => {
            let spent = Spent::of(connection, due.address, now)?;
            if spent.sum() < due.max_per_hour || is_urgent(connection, due.id)? {
                return Ok(true);
            }
            move_into_overflow(connection, due, spent.room_at(now), now)?;
            Ok(false)
        }
        DeliveryKind::Overflow => {
            let unsent = Spent::of(connection, due.address, now)?.unsent;
            if unsent < due.max_per_hour || now.since(due.created_at) >= STUCK_AT_MOST {
                return Ok(true);
            }
            put_off(connection, due.id, now + STUCK)?;
            Ok(false)
        }
        DeliveryKind::Digest
        | DeliveryKind::Initial
        | DeliveryKind::Muted
        | DeliveryKind::Backlog
        | DeliveryKind::Notice => Ok(true),
    }
}

fn is_urgent(connection: &Connection, delivery: DeliveryId) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM delivery_alerts JOIN alerts ON alerts.id = alert_id WHERE delivery_id = ? AND urgent",
    )?;
    Ok(statement.exists([delivery])?)
}

/// How much of its limit an address has had.
struct Spent {
    unsent: u32,
    sent: u32,
    first_sent_at: Option<Timestamp>,
}

impl Spent {
    fn of(connection: &Connection, address: i64, now: Timestamp) -> Result<Self, StoreError> {
        let (sent, first_sent_at) = connection
            .prepare_cached(SENT)?
            .query_row(params![address, now - HOUR], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let unsent = connection.prepare_cached(UNSENT)?.query_row([address], |row| row.get(0))?;
        Ok(Self { unsent, sent, first_sent_at })
    }

    fn sum(&self) -> u32 {
        self.unsent.saturating_add(self.sent)
    }

    /// When the first of them is an hour old; one that is being sent now is so in an hour.
    fn room_at(&self, now: Timestamp) -> Timestamp {
        self.first_sent_at.unwrap_or(now) + HOUR
    }
}

fn move_into_overflow(connection: &Connection, due: &Due, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let overflow = match open(connection, due.address)? {
        Some(open) => open,
        None => create(connection, due, until, now)?,
    };
    connection
        .prepare_cached("UPDATE delivery_alerts SET delivery_id = ? WHERE delivery_id = ?")?
        .execute(params![overflow, due.id])?;
    connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([due.id])?;
    Ok(())
}

fn open(connection: &Connection, address: i64) -> Result<Option<DeliveryId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM deliveries
         WHERE address_id = ? AND kind = 'overflow' AND coalesce(article_id, 0) = 0 AND sealed_at IS NULL",
    )?;
    Ok(statement.query_row([address], |row| row.get(0)).optional()?)
}

fn create(connection: &Connection, due: &Due, until: Timestamp, now: Timestamp) -> Result<DeliveryId, StoreError> {
    let id = outbox::next_id(connection)?;
    let host = outbox::host(connection, due.id)?;
    connection
        .prepare_cached(
            "INSERT INTO deliveries (id, address_id, kind, message_id, state, created_at, earliest_at, settle_until,
                 max_per_hour)
             VALUES (?1, ?2, 'overflow', ?3, 'pending', ?4, ?5, ?5, ?6)",
        )?
        .execute(params![
            id,
            due.address,
            outbox::message_id(connection, id, &host, now)?,
            now,
            until,
            due.max_per_hour
        ])?;
    Ok(DeliveryId(id))
}

fn put_off(connection: &Connection, delivery: DeliveryId, until: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE deliveries SET earliest_at = ?2, settle_until = ?2 WHERE id = ?1")?
        .execute(params![delivery, until])?;
    Ok(())
}
