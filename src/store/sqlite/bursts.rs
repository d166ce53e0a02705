//! Bursts: what came at once, and far too much of it, is held as if it were muted.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use tracing::warn;

use super::columns::{pack, unpack};
use super::error::if_readable;
use super::limit::Due;
use super::{Store, StoreError, mutes, notices, outbox};
use crate::health::{Brought, Concerned, HELD_FOR, HeldBurst, Pace, Volume};
use crate::model::{ArticleId, DeliveryKind, FeedId, FoundNotice, MuteId, NoticeKind, Subject, Timestamp};
use crate::store::{PollRecord, PollSummary, Warning};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Recipients that hear of a burst.
const TOLD: u32 = 50;

/// The bursts of the last day that are not told yet, with what is held of them.
const UNTOLD: &str = "
    SELECT notices.id, mutes.id, coalesce(feeds.name, hosts.name), why, until_at, count(*), min(alerts.created_at),
        max(alerts.urgent)
    FROM mutes
        LEFT JOIN feeds ON feeds.id = mutes.feed_id LEFT JOIN hosts ON hosts.id = mutes.host_id
        JOIN notices ON notices.kind = 'burst' AND notices.about = iif(mutes.host_id IS NULL, 'feed', 'host')
            AND notices.subject = coalesce(feeds.name, hosts.name) AND notices.closed_at IS NULL
            AND notices.told_at IS NULL
        JOIN delivery_alerts ON mute_id = mutes.id
        JOIN deliveries ON deliveries.id = delivery_id AND deliveries.state = 'held'
        JOIN alerts ON alerts.id = alert_id
    WHERE is_burst AND begun_at > ?1 AND lifted_at IS NULL
    GROUP BY notices.id ORDER BY mutes.id";

/// A burst of a feed or a host in force, or lifted today: who lifted it wants no other one.
pub(super) const RECENT: &str = "
    SELECT id, lifted_at IS NULL AND until_at > ?3 FROM mutes
    WHERE is_burst AND begun_at > ?2 AND (feed_id IS ?1 OR host_id IS ?4)
        AND (lifted_at IS NOT NULL OR until_at > ?3)
    ORDER BY begun_at DESC LIMIT 1";

impl Store {
    /// The bursts that nobody was told of, with their held alerts. Without any there is nothing to tell.
    pub async fn untold_bursts(&self, now: Timestamp) -> Result<Vec<HeldBurst>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(UNTOLD)?;
            let rows = statement.query_map([now - DAY], |row| {
                let held: i64 = row.get(5)?;
                Ok(HeldBurst {
                    notice: row.get(0)?,
                    mute: row.get(1)?,
                    name: row.get(2)?,
                    what: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                    until: row.get(4)?,
                    held: held.unsigned_abs(),
                    first_held_at: row.get(6)?,
                    is_urgent: row.get(7)?,
                    to: Vec::new(),
                })
            })?;
            let mut bursts = rows.collect::<Result<Vec<_>, _>>()?;
            for burst in &mut bursts {
                burst.to = concerned(connection, burst.mute)?;
            }
            Ok(bursts)
        })
        .await
    }

    /// Puts the letters on a burst into the outbox.
    pub async fn tell_of_burst(
        &self,
        notice: i64,
        warnings: Vec<Warning>,
        host: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE notices SET told_at = ?2 WHERE id = ?1")?
                .execute(params![notice, now])?;
            warnings.iter().try_for_each(|warning| outbox::add_notice(connection, warning, &host, now))
        })
        .await
    }
}

/// The addresses whose alerts a burst holds.
fn concerned(connection: &Connection, burst: MuteId) -> Result<Vec<Concerned>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT recipient, address, channel
         FROM delivery_alerts JOIN addresses ON addresses.id = address_id WHERE mute_id = ? LIMIT ?",
    )?;
    let rows = statement.query_map(params![burst, TOLD], |row| {
        Ok(Concerned { recipient: row.get(0)?, address: row.get(1)?, channel: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether a due delivery is no letter on a burst that is over; that one is dropped.
pub(super) fn passes(connection: &Connection, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
    if due.kind != DeliveryKind::Notice {
        return Ok(true);
    }
    let is_over = connection
        .prepare_cached(
            "SELECT 1 FROM deliveries JOIN mutes ON mutes.id = note ->> '$.burst'
             WHERE deliveries.id = ?1 AND doubts = 0 AND (lifted_at IS NOT NULL OR until_at <= ?2)",
        )?
        .exists(params![due.id, now])?;
    if is_over {
        connection.prepare_cached("DELETE FROM messages WHERE delivery_id = ?")?.execute([due.id])?;
        connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([due.id])?;
    }
    Ok(!is_over)
}

/// Learns how much a poll brought, and holds what came with it where that is far too much.
pub(super) fn poll(
    connection: &Connection,
    record: &PollRecord,
    summary: &PollSummary,
    polled_at: Timestamp,
    touched: &[ArticleId],
) -> Result<bool, StoreError> {
    if touched.is_empty() {
        return Ok(false);
    }
    let (packed, polls, name): (Option<Vec<u8>>, u32, String) = connection
        .prepare_cached("SELECT volume, polls, name FROM feeds WHERE id = ?")?
        .query_row([record.feed], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut volume: Volume = known(packed)?;
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let brought = Brought {
        new: count(summary.announced),
        changed: count(summary.changed_entries),
        // This one is counted already.
        polls: polls.saturating_sub(1),
        elapsed: record.now.since(polled_at),
        expected: record.expected,
    };
    let what = volume.learn(&brought, record.now);
    connection
        .prepare_cached("UPDATE feeds SET volume = ?2 WHERE id = ?1")?
        .execute(params![record.feed, pack(&volume)?])?;
    let Some(what) = what else { return Ok(false) };
    let Some(burst) = begin(connection, Source::Feed(record.feed), Subject::Feed(name), &what, record.now)? else {
        return Ok(false);
    };
    for article in touched {
        // What another feed announces too is no part of it.
        connection
            .prepare_cached(
                "UPDATE articles SET burst_id = ?2 WHERE id = ?1 AND NOT EXISTS (
                     SELECT 1 FROM announcements JOIN feeds ON feeds.id = feed_id
                     WHERE article_id = ?1 AND feed_id <> ?3 AND state = 'watched')",
            )?
            .execute(params![article, burst, record.feed])?;
    }
    Ok(true)
}

/// Remembers since when a host is watched.
pub(super) fn meet(connection: &Connection, article: ArticleId, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE hosts SET pace = ?2
             WHERE id = (SELECT host_id FROM articles WHERE id = ?1) AND pace IS NULL AND name <> ''",
        )?
        .execute(params![article, pack(&Pace::since(now))?])?;
    Ok(())
}

/// Learns that an article was revised, and holds what was revised within the hour where that is far too much.
pub(super) fn revision(connection: &Connection, article: ArticleId, now: Timestamp) -> Result<(), StoreError> {
    let (host, name, packed): (i64, String, Option<Vec<u8>>) = connection
        .prepare_cached(
            "SELECT hosts.id, name, pace FROM articles JOIN hosts ON hosts.id = host_id WHERE articles.id = ?",
        )?
        .query_row([article], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    // What needs no fetch is on no host.
    if name.is_empty() {
        return Ok(());
    }
    let mut pace: Pace = known(packed)?;
    let what = pace.learn(article, now);
    connection.prepare_cached("UPDATE hosts SET pace = ?2 WHERE id = ?1")?.execute(params![host, pack(&pace)?])?;
    let Some(what) = what else { return Ok(()) };
    let Some(burst) = begin(connection, Source::Host(host), Subject::Host(name), &what, now)? else { return Ok(()) };
    for article in pace.lately(now) {
        connection
            .prepare_cached("UPDATE articles SET burst_id = ?2 WHERE id = ?1 AND burst_id IS NOT ?2")?
            .execute(params![article, burst])?;
    }
    mutes::hold_waiting(connection, now)
}

/// Where a burst came from.
#[derive(Clone, Copy)]
enum Source {
    Feed(FeedId),
    Host(i64),
}

/// The burst in force there, begun if there is none. `None` where somebody lifted one today.
fn begin(
    connection: &Connection,
    source: Source,
    subject: Subject,
    what: &str,
    now: Timestamp,
) -> Result<Option<MuteId>, StoreError> {
    let (feed, host) = match source {
        Source::Feed(feed) => (Some(feed), None),
        Source::Host(host) => (None, Some(host)),
    };
    let recent: Option<(MuteId, bool)> = connection
        .prepare_cached(RECENT)?
        // An id that no row has stands for none.
        .query_row(params![feed.map_or(-1, |feed| feed.0), now - DAY, now, host.unwrap_or(-1)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if let Some((burst, is_active)) = recent {
        return Ok(is_active.then_some(burst));
    }
    let id = connection
        .prepare_cached(
            "INSERT INTO mutes (feed_id, host_id, is_burst, why, begun_at, until_at) VALUES (?, ?, 1, ?, ?, ?) RETURNING id",
        )?
        .query_row(params![feed, host, what, now, now + HELD_FOR], |row| row.get(0))?;
    warn!(?subject, "{what}; what came with it is held");
    let text = format!("{what}; alerts on it that would go out at once are held");
    let found = FoundNotice { kind: NoticeKind::Burst, subject, text, since: None, lasts: HELD_FOR };
    notices::note(connection, &found, now)?;
    Ok(Some(id))
}

/// What is packed in a column; what cannot be read is learnt anew.
fn known<T: Default + serde::de::DeserializeOwned>(packed: Option<Vec<u8>>) -> Result<T, StoreError> {
    let read = packed.map(|packed| if_readable(unpack(&packed))).transpose()?.flatten();
    Ok(read.unwrap_or_default())
}
