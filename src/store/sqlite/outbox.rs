//! From planned deliveries to rows of the outbox: an alert joins a delivery that still waits, or starts one.

use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::mutes::{Fired, Place, Silence};
use super::{StoreError, columns, unsubscriptions};
use crate::alert::PlannedDelivery;
use crate::model::{ArticleId, DeliveryId, DeliveryKind, Timestamp};
use crate::store::Warning;

/// The name under which the operator's address stands among the recipients.
const OPERATOR: &str = "operator";

/// Puts the alerts of a planned delivery into the outbox, each once for each address, but for those of which the address
/// asked to get no more. Whether any was new there.
///
/// `alerts` are the rows of the record's alerts, in its order.
pub(super) fn add(
    connection: &Connection,
    article: ArticleId,
    alerts: &[i64],
    planned: &PlannedDelivery,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let address = address_of(connection, &planned.address, &planned.recipient, &planned.channel)?;
    let mut fresh = Vec::new();
    for index in &planned.alerts {
        let alert = *alerts
            .get(*index)
            .ok_or_else(|| StoreError::Contradiction(format!("a delivery names alert {index}, which is not there")))?;
        if !is_told(connection, alert, address)? {
            fresh.push(alert);
        }
    }
    unsubscriptions::take_out(connection, address, &mut fresh)?;
    if fresh.is_empty() {
        return Ok(false);
    }
    hold_muted(connection, article, address, &mut fresh, planned, now)?;
    if fresh.is_empty() {
        return Ok(true);
    }
    let outbox = Outbox { connection, article, address, planned, now };
    let delivery = outbox.delivery(is_urgent(connection, &fresh)?)?;
    for alert in fresh {
        connection
            .prepare_cached("INSERT INTO delivery_alerts (delivery_id, alert_id, address_id) VALUES (?, ?, ?)")?
            .execute([delivery, alert, address])?;
    }
    Ok(true)
}

/// Takes out the alerts that are muted: they wait in a delivery of their own. A digest of its own time takes in all, and
/// what is muted then leaves it.
fn hold_muted(
    connection: &Connection,
    article: ArticleId,
    address: i64,
    fresh: &mut Vec<i64>,
    planned: &PlannedDelivery,
    now: Timestamp,
) -> Result<(), StoreError> {
    let silence = Silence::at(connection, now)?;
    if silence.is_empty() || planned.kind == DeliveryKind::Digest {
        return Ok(());
    }
    let place = Place { address, host: planned.host.clone(), max_per_hour: planned.max_per_hour };
    let mut heard = Vec::with_capacity(fresh.len());
    for alert in fresh.drain(..) {
        let mut statement = connection.prepare_cached("SELECT rule, feeds FROM alerts WHERE id = ?")?;
        let rule = statement.query_row([alert], |row| Ok(Fired::of(row)))??;
        let Some(held) = silence.of(connection, &rule, article)? else {
            heard.push(alert);
            continue;
        };
        let delivery = place.delivery(connection, held.until, now)?;
        connection
            .prepare_cached(
                "INSERT INTO delivery_alerts (delivery_id, alert_id, address_id, mute_id) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![delivery, alert, address, held.mute])?;
    }
    *fresh = heard;
    Ok(())
}

fn is_urgent(connection: &Connection, alerts: &[i64]) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM alerts WHERE id = ? AND urgent")?;
    for alert in alerts {
        if statement.exists([alert])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The row of an address of a recipient, made where there is none.
pub(super) fn address_of(
    connection: &Connection,
    address: &str,
    recipient: &str,
    channel: &str,
) -> Result<i64, StoreError> {
    let values = params![address, recipient, channel];
    let mut known =
        connection.prepare_cached("SELECT id FROM addresses WHERE address = ? AND recipient = ? AND channel = ?")?;
    if let Some(id) = known.query_row(values, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let mut statement = connection
        .prepare_cached("INSERT INTO addresses (address, recipient, channel) VALUES (?, ?, ?) RETURNING id")?;
    Ok(statement.query_row(values, |row| row.get(0))?)
}

fn is_told(connection: &Connection, alert: i64, address: i64) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM delivery_alerts WHERE alert_id = ? AND address_id = ?")?;
    Ok(statement.exists([alert, address])?)
}

struct Outbox<'a> {
    connection: &'a Connection,
    article: ArticleId,
    address: i64,
    planned: &'a PlannedDelivery,
    now: Timestamp,
}

/// When a delivery may go out, and what it is.
struct Terms {
    kind: DeliveryKind,
    earliest_at: Timestamp,
    settle_until: Timestamp,
}

impl Outbox<'_> {
    fn delivery(&self, is_urgent: bool) -> Result<i64, StoreError> {
        let planned = self.planned;
        let terms = Terms { kind: planned.kind, earliest_at: planned.earliest_at, settle_until: planned.settle_until };
        if planned.kind != DeliveryKind::Article {
            return self.join_or_create(&terms);
        }
        let terms = Terms { earliest_at: self.after_interval(terms.earliest_at)?, ..terms };
        match self.overflow()? {
            Some(overflow) if is_urgent => self.out_of(overflow, &terms),
            Some(overflow) => Ok(overflow),
            None => self.join_or_create(&terms),
        }
    }

    /// Takes the article out of an overflow digest, for a mail of its own that does not wait.
    fn out_of(&self, overflow: i64, terms: &Terms) -> Result<i64, StoreError> {
        let delivery = self.join_or_create(terms)?;
        self.connection
            .prepare_cached(
                "UPDATE delivery_alerts SET delivery_id = ?1
                 WHERE delivery_id = ?2 AND (SELECT article_id FROM alerts WHERE id = alert_id) = ?3",
            )?
            .execute(params![delivery, overflow, self.article])?;
        self.connection
            .prepare_cached(
                "DELETE FROM deliveries
                 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery_alerts WHERE delivery_id = ?1)",
            )?
            .execute([overflow])?;
        Ok(delivery)
    }

    /// The overflow digest that has yet to tell of the article: what comes after joins it, or would be told first.
    fn overflow(&self) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM deliveries
             WHERE address_id = ? AND kind = 'overflow' AND coalesce(article_id, 0) = 0 AND sealed_at IS NULL
                 AND EXISTS (SELECT 1 FROM delivery_alerts JOIN alerts ON alerts.id = alert_id
                             WHERE delivery_id = deliveries.id AND alerts.article_id = ?)",
        )?;
        Ok(statement.query_row(params![self.address, self.article], |row| row.get(0)).optional()?)
    }

    fn join_or_create(&self, terms: &Terms) -> Result<i64, StoreError> {
        match self.open(terms.kind)? {
            Some(open) if !self.close_other_story(open)? => self.join(open, terms),
            _ => self.create(terms),
        }
    }

    /// Closes a mail that tells of the story that stood at the article's address before: what stands there now is told by
    /// one of its own.
    fn close_other_story(&self, delivery: i64) -> Result<bool, StoreError> {
        let closed = self
            .connection
            .prepare_cached(
                "UPDATE deliveries SET sealed_at = ?3 WHERE id = ?1 AND article_id = ?2 AND EXISTS (
                     SELECT 1 FROM delivery_alerts JOIN alerts ON alerts.id = alert_id
                     WHERE delivery_id = ?1 AND version < (SELECT run FROM articles WHERE id = ?2))",
            )?
            .execute(params![delivery, self.article, self.now])?;
        Ok(closed > 0)
    }

    /// The delivery of this kind that still takes in alerts.
    fn open(&self, kind: DeliveryKind) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM deliveries
             WHERE address_id = ? AND kind = ? AND coalesce(article_id, 0) = ? AND sealed_at IS NULL",
        )?;
        let about = self.about(kind).map_or(0, |article| article.0);
        Ok(statement.query_row(params![self.address, kind, about], |row| row.get(0)).optional()?)
    }

    fn about(&self, kind: DeliveryKind) -> Option<ArticleId> {
        (kind == DeliveryKind::Article).then_some(self.article)
    }

    /// A delivery goes out at the earliest time that any of its alerts allows, so that an urgent one is not held up.
    /// How long it settles was decided by the first of them, or a busy article would never be mailed; what the first
    /// poll of a feed brings comes in over minutes, and there the last one decides.
    fn join(&self, delivery: i64, terms: &Terms) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE deliveries SET earliest_at = min(earliest_at, :earliest),
                 settle_until = iif(kind = 'initial', max(settle_until, :settle), min(settle_until, :settle)),
                 state = iif(:state = 'pending', 'pending', state)
             WHERE id = :id",
        )?;
        statement.execute(named_params! {
            ":id": delivery, ":earliest": terms.earliest_at, ":settle": terms.settle_until,
            ":state": self.planned.state,
        })?;
        Ok(delivery)
    }

    fn create(&self, terms: &Terms) -> Result<i64, StoreError> {
        let id = next_id(self.connection)?;
        self.connection
            .prepare_cached(
                "INSERT INTO deliveries (id, address_id, kind, article_id, message_id, state, created_at,
                     earliest_at, settle_until, max_per_hour)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id,
                self.address,
                terms.kind,
                self.about(terms.kind),
                message_id(self.connection, id, &self.planned.host, self.now)?,
                self.planned.state,
                self.now,
                terms.earliest_at,
                terms.settle_until,
                self.planned.max_per_hour
            ])?;
        Ok(id)
    }

    /// `earliest`, or later if the article was mailed to the address a short time ago, or is being mailed.
    fn after_interval(&self, earliest: Timestamp) -> Result<Timestamp, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT max(coalesce(sent_at, sealed_at)) FROM deliveries
             WHERE article_id = ? AND address_id = ? AND sealed_at IS NOT NULL AND state <> 'failed'",
        )?;
        let last: Option<Timestamp> = statement.query_row(params![self.article, self.address], |row| row.get(0))?;
        // One that a clock ahead of its time has sent is no reason to wait for that time.
        Ok(last.map_or(earliest, |last| earliest.max(last.min(self.now) + self.planned.update_interval)))
    }
}

/// Puts a notice into the outbox, one delivery for each address that did not ask to get nothing at all. `host`: the part after the `@` of its Message-ID.
pub(super) fn add_notice(
    connection: &Connection,
    warning: &Warning,
    host: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let note = columns::json(&warning.note)?;
    for (recipient, address) in &warning.to {
        let address = address_of(connection, address, recipient, &warning.channel)?;
        if recipient != OPERATOR && unsubscriptions::wants_nothing(connection, address)? {
            continue;
        }
        let id = next_id(connection)?;
        connection
            .prepare_cached(
                "INSERT INTO deliveries (id, address_id, kind, message_id, state, created_at, earliest_at,
                     settle_until, max_per_hour, note)
                 VALUES (:id, :address, 'notice', :message, 'pending', :now, :now, :now, 0, :note)",
            )?
            .execute(named_params! {
                ":id": id, ":address": address, ":now": now, ":note": note,
                ":message": message_id(connection, id, host, now)?,
            })?;
    }
    Ok(())
}

/// The part after the `@` of a delivery's Message-ID.
pub(super) fn host(connection: &Connection, delivery: DeliveryId) -> Result<String, StoreError> {
    let mut statement = connection.prepare_cached("SELECT message_id FROM deliveries WHERE id = ?")?;
    let message_id: String = statement.query_row([delivery], |row| row.get(0))?;
    Ok(message_id.rsplit_once('@').map_or("localhost", |(_, host)| host).to_owned())
}

/// The id of the next delivery, which none had before.
pub(super) fn next_id(connection: &Connection) -> Result<i64, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'), 0) + 1")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Unique in the world by the database's own number, and after a restored backup by the time.
pub(super) fn message_id(
    connection: &Connection,
    delivery: i64,
    host: &str,
    now: Timestamp,
) -> Result<String, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = 'instance'")?;
    let instance: String = statement.query_row([], |row| row.get(0))?;
    Ok(format!("{delivery}.{:x}.{instance}@{host}", now.as_millis()))
}
