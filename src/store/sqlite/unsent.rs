//! Deliveries that were tried and certainly never arrived: what is tried again need not be the same message, so it tells
//! the story as it stands by then.

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::{Store, StoreError, backlog};
use crate::model::{DeliveryId, Timestamp};

/// The delivery of the same kind and about the same that still takes in alerts.
const OPEN_BESIDE: &str = "
    SELECT open.id FROM deliveries AS closed JOIN deliveries AS open
        ON open.address_id = closed.address_id AND open.kind = closed.kind
            AND coalesce(open.article_id, 0) = coalesce(closed.article_id, 0)
    WHERE closed.id = ? AND open.id <> closed.id AND open.sealed_at IS NULL AND open.kind <> 'notice'";

impl Store {
    /// Makes deliveries that failed, are held, or wait after a failed attempt due at `now`, as if they were new.
    ///
    /// `ids` are those of [`OutboxRow`](crate::store::OutboxRow); `None` stands for everything that was tried and is
    /// not sent. The Message-ID stays; the message does where it may have arrived, and else it is composed anew. How many
    /// that are.
    pub async fn retry(&self, ids: Option<&[i64]>, now: Timestamp) -> Result<usize, StoreError> {
        let ids = ids.map(<[i64]>::to_vec);
        self.write(move |connection| retry(connection, ids.as_deref(), now)).await
    }
}

/// Whether no attempt can have got through.
pub(super) fn never_arrived(connection: &Connection, delivery: DeliveryId) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM deliveries WHERE id = ? AND doubts = 0")?;
    Ok(statement.exists([delivery])?)
}

/// Lets a delivery be composed anew at its next attempt.
pub(super) fn forget_message(connection: &Connection, delivery: DeliveryId) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE deliveries SET subject = NULL WHERE id = ?")?.execute([delivery])?;
    connection.prepare_cached("DELETE FROM messages WHERE delivery_id = ?")?.execute([delivery])?;
    Ok(())
}

/// Opens a delivery that never arrived: it takes in more alerts, those of the one that was opened since then at once, and
/// goes out as soon as either of them may.
pub(super) fn reopen(connection: &Connection, delivery: DeliveryId) -> Result<(), StoreError> {
    forget_message(connection, delivery)?;
    let beside: Option<DeliveryId> =
        connection.prepare_cached(OPEN_BESIDE)?.query_row([delivery], |row| row.get(0)).optional()?;
    if let Some(beside) = beside {
        connection
            .prepare_cached(
                "UPDATE deliveries SET (earliest_at, settle_until, state) = (
                     SELECT min(deliveries.earliest_at, open.earliest_at),
                         min(deliveries.settle_until, open.settle_until),
                         iif(open.state = 'pending', 'pending', deliveries.state)
                     FROM deliveries AS open WHERE open.id = ?2)
                 WHERE id = ?1",
            )?
            .execute(params![delivery, beside])?;
        move_alerts(connection, beside, delivery)?;
    }
    connection.prepare_cached("UPDATE deliveries SET sealed_at = NULL WHERE id = ?")?.execute([delivery])?;
    Ok(())
}

/// Makes a delivery part of the next digest of its address, or that digest where nothing waits for it yet.
pub(super) fn join_digest(connection: &Connection, delivery: DeliveryId) -> Result<(), StoreError> {
    forget_message(connection, delivery)?;
    let digest: Option<DeliveryId> = connection
        .prepare_cached(
            "SELECT id FROM deliveries
             WHERE address_id = (SELECT address_id FROM deliveries WHERE id = ?) AND kind = 'digest'
                 AND coalesce(article_id, 0) = 0 AND sealed_at IS NULL",
        )?
        .query_row([delivery], |row| row.get(0))
        .optional()?;
    match digest {
        Some(digest) => move_alerts(connection, delivery, digest),
        None => {
            connection
                .prepare_cached(
                    "UPDATE deliveries SET kind = 'digest', state = 'pending', sealed_at = NULL WHERE id = ?",
                )?
                .execute([delivery])?;
            Ok(())
        }
    }
}

/// Makes the alerts of one delivery those of another, and takes the empty one out.
fn move_alerts(connection: &Connection, from: DeliveryId, to: DeliveryId) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE delivery_alerts SET delivery_id = ?2 WHERE delivery_id = ?1")?
        .execute(params![from, to])?;
    connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([from])?;
    Ok(())
}

fn retry(connection: &Connection, ids: Option<&[i64]>, now: Timestamp) -> Result<usize, StoreError> {
    const RELEASE: &str = "UPDATE delivery_alerts SET released = 1 WHERE id = ?1
        AND delivery_id IN (SELECT id FROM deliveries WHERE state = 'held')";
    let deliveries = match ids {
        None => ids_of(
            connection,
            "SELECT id FROM deliveries WHERE state = 'failed' OR (state = 'pending' AND attempts > 0)",
            [],
        )?,
        Some(ids) => {
            let mut deliveries = Vec::new();
            for id in ids {
                connection.prepare_cached(RELEASE)?.execute([id])?;
                deliveries.extend(ids_of(
                    connection,
                    "SELECT id FROM deliveries
                     WHERE (state IN ('failed', 'held') OR (state = 'pending' AND attempts > 0))
                         AND id = (SELECT delivery_id FROM delivery_alerts WHERE id = ?1)",
                    [id],
                )?);
            }
            deliveries.sort_unstable();
            deliveries.dedup();
            deliveries
        }
    };
    for delivery in &deliveries {
        retry_one(connection, *delivery, now)?;
    }
    backlog::resume(connection)?;
    Ok(deliveries.len())
}

fn ids_of(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<DeliveryId>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes a delivery due. What certainly never arrived tells the story as it stands by now.
fn retry_one(connection: &Connection, delivery: DeliveryId, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE deliveries SET state = 'pending', attempts = 0, earliest_at = ?2, settle_until = ?2 WHERE id = ?1",
        )?
        .execute(params![delivery, now])?;
    if never_arrived(connection, delivery)? {
        forget_message(connection, delivery)?;
    }
    Ok(())
}
