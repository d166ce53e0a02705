//! Unsubscriptions: what addresses asked to get no more, and the alerts that they therefore do not get.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::limit::Due;
use super::{Store, StoreError, outbox, unsent};
use crate::model::{DeliveryKind, Stopped, Timestamp, Unsubscription, UnsubscriptionId};
use crate::store::UnsubscribeRequest;

/// What is taken back and asked for again within this time goes on as it was: nobody is told of it again.
const SAME: Duration = Duration::from_secs(24 * 60 * 60);
/// Rows that are over, as a list shows them.
const OVER: usize = 200;

const ROWS: &str = "SELECT id, address, recipient, rule, how, begun_at, ended_at FROM unsubscriptions";

pub(super) const IN_FORCE: &str = "
    SELECT unsubscriptions.rule FROM addresses
        JOIN unsubscriptions ON unsubscriptions.address = addresses.address AND ended_at IS NULL
    WHERE addresses.id = ?
        AND (unsubscriptions.recipient IS NULL OR unsubscriptions.recipient = addresses.recipient)";

impl Store {
    /// Stops what an address asked to get no more; its alerts leave what waits for it. What was begun: nothing where
    /// all of it was stopped already.
    ///
    /// What may be on its way, since it was handed over once, stays as it is.
    pub async fn unsubscribe(&self, request: UnsubscribeRequest) -> Result<Vec<Unsubscription>, StoreError> {
        self.write(move |connection| unsubscribe(connection, &request)).await
    }

    /// Takes unsubscriptions back: what comes from now on is sent again. Those that were in force.
    pub async fn resubscribe(
        &self,
        ids: Vec<UnsubscriptionId>,
        now: Timestamp,
    ) -> Result<Vec<Unsubscription>, StoreError> {
        self.write(move |connection| {
            let mut ended = Vec::new();
            for id in ids {
                let sql = "UPDATE unsubscriptions SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
                if connection.prepare_cached(sql)?.execute(params![id, now])? > 0 {
                    ended.extend(find(connection, id)?);
                }
            }
            Ok(ended)
        })
        .await
    }

    /// Lets an unsubscription from a recipient hold for the same recipient under another name, in place of one for that
    /// name.
    pub async fn rename_unsubscribed(&self, id: UnsubscriptionId, recipient: String) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE OR REPLACE unsubscriptions SET recipient = ?2
                     WHERE id = ?1 AND recipient IS NOT NULL AND ended_at IS NULL",
                )?
                .execute(params![id, recipient])?;
            Ok(())
        })
        .await
    }

    /// The unsubscriptions in force, oldest first; those that are over only where `over` asks for them, after the
    /// others, the latest first.
    pub async fn unsubscriptions(&self, over: bool) -> Result<Vec<Unsubscription>, StoreError> {
        self.read(move |connection| {
            let mut listed = list(connection, "WHERE ended_at IS NULL ORDER BY id")?;
            if over {
                let chosen = format!("WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT {OVER}");
                listed.extend(list(connection, &chosen)?);
            }
            Ok(listed)
        })
        .await
    }
}

fn list(connection: &Connection, chosen: &str) -> Result<Vec<Unsubscription>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ROWS} {chosen}"))?;
    let rows = statement.query_map([], unsubscription)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn find(connection: &Connection, id: UnsubscriptionId) -> Result<Option<Unsubscription>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ROWS} WHERE id = ?"))?;
    Ok(statement.query_row([id], unsubscription).optional()?)
}

fn unsubscription(row: &Row<'_>) -> rusqlite::Result<Unsubscription> {
    let (recipient, rule): (Option<String>, Option<String>) = (row.get("recipient")?, row.get("rule")?);
    Ok(Unsubscription {
        id: row.get("id")?,
        address: row.get("address")?,
        stopped: match (recipient, rule) {
            (_, Some(rule)) => Stopped::Rule(rule),
            (Some(recipient), None) => Stopped::Recipient(recipient),
            (None, None) => Stopped::Everything,
        },
        how: row.get("how")?,
        begun_at: row.get("begun_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// What the address gets no more, of that which a mail with these rules to that recipient could stop.
pub(super) fn within(
    connection: &Connection,
    address: &str,
    recipient: &str,
    rules: &[String],
) -> Result<Vec<Unsubscription>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("{ROWS} WHERE address = ? AND ended_at IS NULL ORDER BY id"))?;
    let all: Vec<Unsubscription> = statement.query_map([address], unsubscription)?.collect::<Result<_, _>>()?;
    let is_within = |stopped: &Stopped| match stopped {
        Stopped::Rule(rule) => rules.contains(rule),
        Stopped::Recipient(name) => name == recipient,
        Stopped::Everything => true,
    };
    Ok(all.into_iter().filter(|unsubscription| is_within(&unsubscription.stopped)).collect())
}

fn unsubscribe(connection: &Connection, request: &UnsubscribeRequest) -> Result<Vec<Unsubscription>, StoreError> {
    let (mut begun, mut news) = (Vec::new(), false);
    for stopped in &request.stops {
        let (recipient, rule) = columns(stopped);
        if is_stopped(connection, &request.address, recipient, rule)? {
            continue;
        }
        let id = match revive(connection, request, recipient, rule)? {
            Some(id) => id,
            None => {
                news = true;
                insert(connection, request, recipient, rule)?
            }
        };
        begun.extend(find(connection, id)?);
    }
    if begun.is_empty() {
        return Ok(begun);
    }
    release_waiting(connection, &request.address)?;
    if news {
        outbox::add_notice(connection, &request.warning, &request.host, request.now)?;
    }
    Ok(begun)
}

fn columns(stopped: &Stopped) -> (Option<&str>, Option<&str>) {
    match stopped {
        Stopped::Rule(rule) => (None, Some(rule)),
        Stopped::Recipient(recipient) => (Some(recipient), None),
        Stopped::Everything => (None, None),
    }
}

/// Whether it is stopped already, by itself or with all else.
fn is_stopped(
    connection: &Connection,
    address: &str,
    recipient: Option<&str>,
    rule: Option<&str>,
) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM unsubscriptions
         WHERE address = ? AND ended_at IS NULL AND (recipient IS NULL OR recipient IS ?) AND (rule IS NULL OR rule IS ?)",
    )?;
    Ok(statement.exists(params![address, recipient, rule])?)
}

/// Goes on with what was taken back a short time after it had begun.
fn revive(
    connection: &Connection,
    request: &UnsubscribeRequest,
    recipient: Option<&str>,
    rule: Option<&str>,
) -> Result<Option<UnsubscriptionId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "UPDATE unsubscriptions SET ended_at = NULL, how = ?4
         WHERE id = (SELECT max(id) FROM unsubscriptions
                     WHERE address = ?1 AND recipient IS ?2 AND rule IS ?3 AND begun_at > ?5)
         RETURNING id",
    )?;
    let values = params![request.address, recipient, rule, request.how, request.now - SAME];
    Ok(statement.query_row(values, |row| row.get(0)).optional()?)
}

fn insert(
    connection: &Connection,
    request: &UnsubscribeRequest,
    recipient: Option<&str>,
    rule: Option<&str>,
) -> Result<UnsubscriptionId, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO unsubscriptions (address, recipient, rule, how, begun_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
    )?;
    let values = params![request.address, recipient, rule, request.how, request.now];
    Ok(statement.query_row(values, |row| row.get(0))?)
}

/// Takes the alerts that an address gets no more out of what waits for it.
fn release_waiting(connection: &Connection, address: &str) -> Result<(), StoreError> {
    let waiting: Vec<Due> = connection
        .prepare_cached(
            "SELECT deliveries.id, kind, address_id, max_per_hour, created_at, sealed_at IS NOT NULL
             FROM deliveries JOIN addresses ON addresses.id = address_id
             WHERE state IN ('pending', 'held') AND lease_until IS NULL AND address = ? COLLATE NOCASE",
        )?
        .query_map([address], Due::of)?
        .collect::<Result<_, _>>()?;
    for due in waiting {
        passes(connection, &due)?;
    }
    Ok(())
}

/// Whether anything of a due delivery is still wanted. What its address gets no more leaves it, and a message that was made
/// already is composed anew; but one that may have arrived stays whole.
pub(super) fn passes(connection: &Connection, due: &Due) -> Result<bool, StoreError> {
    if due.kind == DeliveryKind::Notice {
        return Ok(true);
    }
    let stopped = stopped(connection, due.address)?;
    if stopped.is_empty() {
        return Ok(true);
    }
    let alerts: Vec<(i64, String)> = connection
        .prepare_cached(
            "SELECT delivery_alerts.id, rule FROM delivery_alerts JOIN alerts ON alerts.id = alert_id
             WHERE delivery_id = ?",
        )?
        .query_map([due.id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let unwanted: Vec<i64> =
        alerts.iter().filter(|(_, rule)| covers(&stopped, rule)).map(|(alert, _)| *alert).collect();
    let is_all = unwanted.len() == alerts.len();
    if unwanted.is_empty() || (due.sealed && !unsent::never_arrived(connection, due.id)?) {
        return Ok(true);
    }
    for alert in &unwanted {
        connection.prepare_cached("DELETE FROM delivery_alerts WHERE id = ?")?.execute([alert])?;
    }
    unsent::forget_message(connection, due.id)?;
    if is_all {
        connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([due.id])?;
    }
    Ok(!is_all)
}

/// Takes out of the alerts those that an address gets no more.
pub(super) fn take_out(connection: &Connection, address: i64, alerts: &mut Vec<i64>) -> Result<(), StoreError> {
    let stopped = stopped(connection, address)?;
    if stopped.is_empty() || alerts.is_empty() {
        return Ok(());
    }
    let sql = format!("SELECT id, rule FROM alerts WHERE id IN ({})", vec!["?"; alerts.len()].join(", "));
    let rules: Vec<(i64, String)> = connection
        .prepare(&sql)?
        .query_map(params_from_iter(alerts.iter()), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    alerts.retain(|alert| !rules.iter().any(|(id, rule)| id == alert && covers(&stopped, rule)));
    Ok(())
}

/// The rules of which an address gets no more; `None` stands for all of them.
fn stopped(connection: &Connection, address: i64) -> Result<Vec<Option<String>>, StoreError> {
    let mut statement = connection.prepare_cached(IN_FORCE)?;
    let rows = statement.query_map([address], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn covers(stopped: &[Option<String>], rule: &str) -> bool {
    stopped.iter().any(|stopped| stopped.as_deref().is_none_or(|stopped| stopped == rule))
}

/// Whether an address asked to get nothing at all as one of that recipient's.
pub(super) fn wants_nothing(connection: &Connection, address: i64) -> Result<bool, StoreError> {
    Ok(stopped(connection, address)?.iter().any(Option::is_none))
}
