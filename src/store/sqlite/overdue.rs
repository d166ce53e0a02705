//! Due times that a clock wrote which ran ahead: once it is set back, they lie too far off.

use rusqlite::{Connection, params};

use super::{Store, StoreError};
use crate::model::{DeliveryId, FeedId, Timestamp};
use crate::store::{FarOff, PullBack, PulledBack};

/// Rows looked at in one go; more are found the next time.
const ROWS: u32 = 10_000;
/// What is due too late is spread over this, by its number.
const SPREAD_MILLIS: i64 = 10 * 60 * 1000;

pub(super) const FEEDS: &str = "SELECT id, name, due_at FROM feeds WHERE ready_at > ?1 AND due_at > ?1 LIMIT ?2";

pub(super) const DIGESTS: &str = "
    SELECT deliveries.id, recipient, earliest_at FROM deliveries JOIN addresses ON addresses.id = address_id
    WHERE ready_at > ?1 AND kind = 'digest' LIMIT ?2";

// By host, as articles are indexed.
pub(super) const ARTICLES: &str = "
    UPDATE articles SET due_at = ?2 + id * 7919 % ?3
    WHERE host_id IN (SELECT id FROM hosts) AND ready_at > ?1 AND due_at > ?1";

pub(super) const MAILS: &str = "
    UPDATE deliveries SET earliest_at = min(earliest_at, ?2), settle_until = min(settle_until, ?2)
    WHERE ready_at > ?1 AND kind NOT IN ('digest', 'muted')";

/// What waits for quiet hours to end, and for no mute.
pub(super) const QUIET: &str = "
    UPDATE deliveries SET earliest_at = ?1
    WHERE state = 'held' AND ready_at > ?1 AND lease_until IS NULL
        AND NOT EXISTS (SELECT 1 FROM delivery_alerts WHERE delivery_id = deliveries.id AND mute_id IS NOT NULL)";

// What was written in the future keeps the wait that it was given then.
const WRITTEN_IN_THE_FUTURE: [&str; 3] = [
    "UPDATE feeds SET due_at = ?1 + max(0, due_at - last_poll_at), last_poll_at = ?1
     WHERE last_poll_at > ?1 AND due_at > ?1",
    "UPDATE articles SET due_at = ?1 + max(0, due_at - last_check_at), last_check_at = ?1
     WHERE last_check_at > ?1 AND due_at > ?1",
    "UPDATE deliveries SET earliest_at = ?1 + max(0, earliest_at - created_at),
         settle_until = ?1 + max(0, settle_until - created_at), created_at = ?1
     WHERE created_at > ?1 AND state IN ('pending', 'held')",
];

impl Store {
    /// The feeds and digests that are due after a moment: whoever knows their schedules says which of them are too late.
    pub async fn far_off(&self, after: Timestamp) -> Result<FarOff, StoreError> {
        self.read(move |connection| {
            let mut feeds = connection.prepare_cached(FEEDS)?;
            let feeds = feeds.query_map(params![after, ROWS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let mut digests = connection.prepare_cached(DIGESTS)?;
            let digests = digests.query_map(params![after, ROWS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(FarOff { feeds: feeds.collect::<Result<_, _>>()?, digests: digests.collect::<Result<_, _>>()? })
        })
        .await
    }

    /// Makes what waits for quiet hours due now, to be judged anew by whoever knows them, and digests due at these times
    /// where they were due later. Says how many deliveries that were.
    pub async fn reconsider(&self, digests: Vec<(DeliveryId, Timestamp)>, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let quiet = connection.prepare_cached(QUIET)?.execute([now])?;
            Ok(quiet + pull_digests(connection, &digests)?)
        })
        .await
    }

    /// Makes due soon what is due later than can be. Says how much that was.
    pub async fn pull_back(&self, order: PullBack) -> Result<PulledBack, StoreError> {
        self.write(move |connection| pull_back(connection, &order)).await
    }
}

fn pull_back(connection: &Connection, order: &PullBack) -> Result<PulledBack, StoreError> {
    let mut pulled = PulledBack::default();
    if order.is_clock_set_back {
        let [feeds, articles, deliveries] = WRITTEN_IN_THE_FUTURE;
        pulled.feeds += connection.execute(feeds, [order.now])?;
        pulled.articles += connection.execute(articles, [order.now])?;
        pulled.deliveries += connection.execute(deliveries, [order.now])?;
    }
    pulled.feeds += pull_feeds(connection, &order.feeds, order.now)?;
    pulled.deliveries += pull_digests(connection, &order.digests)?;
    pulled.articles +=
        connection.prepare_cached(ARTICLES)?.execute(params![order.articles_after, order.now, SPREAD_MILLIS])?;
    pulled.deliveries += connection.prepare_cached(MAILS)?.execute(params![order.mails_after, order.now])?;
    Ok(pulled)
}

fn pull_feeds(connection: &Connection, feeds: &[FeedId], now: Timestamp) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached("UPDATE feeds SET due_at = ?2 WHERE id = ?1 AND due_at > ?2")?;
    let mut pulled = 0;
    for feed in feeds {
        pulled += statement.execute(params![feed, now])?;
    }
    Ok(pulled)
}

fn pull_digests(connection: &Connection, digests: &[(DeliveryId, Timestamp)]) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(
        "UPDATE deliveries SET earliest_at = ?2, settle_until = min(settle_until, ?2) WHERE id = ?1 AND earliest_at > ?2",
    )?;
    let mut pulled = 0;
    for (digest, at) in digests {
        pulled += statement.execute(params![digest, at])?;
    }
    Ok(pulled)
}
