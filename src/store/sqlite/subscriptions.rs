//! Subscriptions with the hubs of feeds (WebSub): which of them are to be asked for, what hubs answered, what they told.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::columns::url;
use super::{Store, StoreError, links};
use crate::model::{FeedId, Hub, Subscription, SubscriptionState, Timestamp};
use crate::store::{Answered, DueSubscription, KnownSubscription, PollOutcome, PollRecord};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A hub confirms within this time, or is asked again: later and later.
const WAITS: [Duration; 4] = [Duration::from_secs(10 * 60), HOUR, Duration::from_secs(6 * 60 * 60), DAY];
/// A hub that refused, or was given up, is asked again after this.
const REST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// For how long a subscription is asked, and what a hub may grant.
pub(super) const LEASE: Duration = Duration::from_secs(10 * 24 * 60 * 60);
const LEASES: [Duration; 2] = [Duration::from_secs(5 * 60), Duration::from_secs(30 * 24 * 60 * 60)];
/// A hub may tell so long after a poll found the news by itself.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// So many times in a row that it told nothing, it is given up.
const SILENCES: i64 = 3;
/// Hubs tell of news before it stands in the feed: a poll that finds nothing is repeated once, so long after.
const AGAIN: Duration = MINUTE;
/// However often a hub tells, a feed is not polled again sooner after its last poll.
const APART: Duration = Duration::from_secs(10);
const MOST_REASON_CHARS: usize = 300;

pub(super) const DUE: &str = "
    SELECT feed_id, hub, topic, subscriptions.token FROM subscriptions JOIN feeds ON feeds.id = feed_id
    WHERE subscriptions.due_at <= ?1 AND +feeds.state = 'watched' ORDER BY subscriptions.due_at LIMIT ?2";

pub(super) const BY_TOKEN: &str = "
    SELECT feed_id, name, hub, topic, feeds.state = 'watched' AS is_watched
    FROM subscriptions JOIN feeds ON feeds.id = feed_id WHERE subscriptions.token = ?";

impl Store {
    /// The subscriptions that are to be asked for now; each is due again once the hub had time to confirm it.
    ///
    /// Where hubs were asked under another address of ours before, all of them are asked anew.
    pub async fn due_subscriptions(
        &self,
        our_address: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueSubscription>, StoreError> {
        let our_address = our_address.to_owned();
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE subscriptions SET due_at = ?2, callback = ?1 WHERE callback IS NOT ?1")?
                .execute(params![our_address, now])?;
            let mut statement = connection.prepare_cached(DUE)?;
            let rows = statement.query_and_then(params![now, limit], |row| {
                let (id, token): (FeedId, String) = (row.get("feed_id")?, row.get("token")?);
                let hub = Hub { url: url(row, "hub")?, topic: url(row, "topic")? };
                let secret = secret(connection, &token)?;
                Ok::<_, StoreError>(DueSubscription { feed: id, hub, secret, token, asked_at: now })
            })?;
            let due: Vec<DueSubscription> = rows.collect::<Result<_, _>>()?;
            for subscription in &due {
                put_off(connection, subscription.feed, now)?;
            }
            Ok(due)
        })
        .await
    }

    /// When the next subscription is to be asked for.
    pub async fn next_subscription_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT min(due_at) FROM subscriptions")?;
            Ok(statement.query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Notes why a hub could not be asked, unless it has confirmed meanwhile.
    pub async fn subscription_failed(&self, due: &DueSubscription, error: String) -> Result<(), StoreError> {
        let (feed, asked_at) = (due.feed, due.asked_at);
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE subscriptions SET error = ?3 WHERE feed_id = ?1 AND asked_at = ?2")?
                .execute(params![feed, asked_at, shortened(&error)])?;
            Ok(())
        })
        .await
    }

    /// The subscription of an address that a hub calls; `None` where there is none.
    pub async fn subscription(&self, token: &str) -> Result<Option<KnownSubscription>, StoreError> {
        let token = token.to_owned();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(BY_TOKEN)?;
            let known = statement
                .query_and_then([&token], |row| {
                    Ok::<_, StoreError>(KnownSubscription {
                        feed: row.get("feed_id")?,
                        feed_name: row.get("name")?,
                        hub: Hub { url: url(row, "hub")?, topic: url(row, "topic")? },
                        secret: secret(connection, &token)?,
                        is_watched: row.get("is_watched")?,
                    })
                })?
                .next();
            known.transpose()
        })
        .await
    }

    /// Takes what a hub says of a subscription: that it holds, for so long, or that it does not.
    pub async fn answer_subscription(
        &self,
        feed: FeedId,
        answered: Answered,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            match answered {
                Answered::Confirmed { lease } => {
                    let lease = lease.unwrap_or(LEASE).clamp(LEASES[0], LEASES[1]);
                    let renewed_at = now + lease - (lease / 10).min(DAY);
                    connection
                        .prepare_cached(
                            "UPDATE subscriptions SET state = 'active', lease_until = ?2, due_at = ?3, failures = 0,
                                 asked_at = NULL, error = NULL, silences = iif(state = 'active', silences, 0),
                                 active_since = iif(state = 'active', active_since, ?4)
                             WHERE feed_id = ?1",
                        )?
                        .execute(params![feed, now + lease, renewed_at, now])?;
                }
                Answered::Denied { reason } => {
                    connection
                        .prepare_cached(
                            "UPDATE subscriptions SET state = 'refused', lease_until = NULL, due_at = ?2,
                                 asked_at = NULL, error = ?3
                             WHERE feed_id = ?1",
                        )?
                        .execute(params![feed, now + REST, shortened(&reason)])?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Makes a feed due of which its hub told news: at once, but not within seconds of its last poll. One that fails, or
    /// was asked to wait, waits. Says whether it is due by this.
    pub async fn pushed(&self, feed: FeedId, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE subscriptions SET pushed_at = :now, wanted = 2, state = 'active',
                         silences = 0, unannounced_at = iif(unannounced_at > :patient, NULL, unannounced_at)
                     WHERE feed_id = :feed",
                )?
                .execute(named_params! { ":feed": feed, ":now": now, ":patient": now - PATIENCE })?;
            let woken = connection
                .prepare_cached(
                    "UPDATE feeds SET due_at = min(due_at, max(?2, coalesce(last_poll_at + ?3, ?2)))
                     WHERE id = ?1 AND state = 'watched' AND failures = 0 AND due_at IS NOT NULL",
                )?
                .execute(params![feed, now, i64::try_from(APART.as_millis()).unwrap_or(0)])?;
            Ok(woken > 0)
        })
        .await
    }
}

/// Counts the request, so that the next one comes later.
fn put_off(connection: &Connection, feed: FeedId, now: Timestamp) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT failures FROM subscriptions WHERE feed_id = ?")?;
    let failures: i64 = statement.query_row([feed], |row| row.get(0))?;
    let wait = WAITS[usize::try_from(failures).unwrap_or(0).min(WAITS.len() - 1)];
    connection
        .prepare_cached(
            "UPDATE subscriptions SET due_at = ?2, asked_at = ?3, failures = failures + 1,
                 state = iif(state = 'active' AND lease_until > ?3, state, 'asking')
             WHERE feed_id = ?1",
        )?
        .execute(params![feed, now + wait, now])?;
    Ok(())
}

/// Takes in which hub a document names, and what its poll says of the hub: whether it told of what was found.
pub(super) fn after_poll(
    connection: &Connection,
    record: &PollRecord,
    has_news: bool,
    polled_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    if let PollOutcome::Read { hub, partial, .. } = &record.outcome {
        name(connection, record.feed, hub.as_deref(), *partial, record.now)?;
    }
    let mut statement = connection.prepare_cached(
        "SELECT wanted, pushed_at, silences, unannounced_at, state = 'active' AND active_since < ?2
         FROM subscriptions WHERE feed_id = ?1",
    )?;
    let known = statement.query_row(params![record.feed, record.now - PATIENCE], |row| {
        Ok(Pushes {
            wanted: row.get(0)?,
            pushed_at: row.get(1)?,
            silences: row.get(2)?,
            unannounced_at: row.get(3)?,
            is_expected: row.get(4)?,
        })
    });
    let Some(mut pushes) = known.optional()? else { return Ok(()) };
    if pushes.wanted > 0 {
        poll_again(connection, record, if has_news { 0 } else { pushes.wanted - 1 })?;
    }
    if has_news
        && pushes.is_expected
        && let Some(polled_at) = polled_at
    {
        pushes.judge(polled_at, record.now);
        let given_up_until = (pushes.silences >= SILENCES).then_some(record.now + REST);
        connection
            .prepare_cached(
                "UPDATE subscriptions SET silences = ?2, unannounced_at = ?3,
                     state = iif(?4 IS NULL, state, 'given_up'), due_at = coalesce(?4, due_at)
                 WHERE feed_id = ?1",
            )?
            .execute(params![record.feed, pushes.silences, pushes.unannounced_at, given_up_until])?;
    }
    Ok(())
}

/// What a hub told of late.
struct Pushes {
    /// Polls that its last word is still worth.
    wanted: i64,
    pushed_at: Option<Timestamp>,
    silences: i64,
    /// When a poll found news of which it had not told.
    unannounced_at: Option<Timestamp>,
    is_expected: bool,
}

impl Pushes {
    /// After a poll that found news. What was found by itself counts once the hub had its time to tell of it.
    fn judge(&mut self, polled_at: Timestamp, now: Timestamp) {
        if self.pushed_at.is_some_and(|at| at + PATIENCE >= polled_at) {
            (self.silences, self.unannounced_at) = (0, None);
            return;
        }
        match self.unannounced_at {
            Some(since) if now.since(since) < PATIENCE => return,
            Some(_) => self.silences += 1,
            None => {}
        }
        self.unannounced_at = Some(now);
    }
}

fn poll_again(connection: &Connection, record: &PollRecord, wanted: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE subscriptions SET wanted = ?2 WHERE feed_id = ?1")?
        .execute(params![record.feed, wanted])?;
    if wanted > 0 && matches!(record.outcome, PollOutcome::Read { .. } | PollOutcome::Unchanged { .. }) {
        connection
            .prepare_cached("UPDATE feeds SET due_at = min(due_at, ?2) WHERE id = ?1 AND due_at IS NOT NULL")?
            .execute(params![record.feed, record.now + AGAIN])?;
    }
    Ok(())
}

/// Notes the hub that a whole document names, or that it names none.
fn name(
    connection: &Connection,
    feed: FeedId,
    hub: Option<&Hub>,
    is_partial: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(hub) = hub else {
        if !is_partial {
            forget(connection, feed)?;
        }
        return Ok(());
    };
    let token = token(connection, feed, hub)?;
    connection
        .prepare_cached(
            "INSERT INTO subscriptions (feed_id, hub, topic, token, due_at, state) VALUES (?1, ?2, ?3, ?4, ?5, 'asking')
             ON CONFLICT (feed_id) DO UPDATE SET hub = ?2, topic = ?3, token = ?4, due_at = ?5, state = 'asking',
                 failures = 0, asked_at = NULL, lease_until = NULL, error = NULL, silences = 0, unannounced_at = NULL,
                 wanted = 0, pushed_at = NULL
             WHERE token <> ?4",
        )?
        .execute(params![feed, hub.url.as_str(), hub.topic.as_str(), token, now])?;
    Ok(())
}

/// A feed that names no hub, or is no longer the same one, has no subscription.
pub(super) fn forget(connection: &Connection, feed: FeedId) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM subscriptions WHERE feed_id = ?")?.execute([feed])?;
    Ok(())
}

/// The subscription of a row of feeds joined with it.
pub(super) fn subscription(connection: &Connection, feed: FeedId) -> Result<Option<Subscription>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT hub, state, lease_until, pushed_at, error FROM subscriptions WHERE feed_id = ?")?;
    let mut rows = statement.query_and_then([feed], listed)?;
    rows.next().transpose()
}

fn listed(row: &Row<'_>) -> Result<Subscription, StoreError> {
    let state: String = row.get("state")?;
    let state = match state.as_str() {
        "active" => SubscriptionState::Active,
        "refused" => SubscriptionState::Refused,
        "given_up" => SubscriptionState::GivenUp,
        _ => SubscriptionState::Asking,
    };
    let (until, pushed_at, error) = (row.get("lease_until")?, row.get("pushed_at")?, row.get("error")?);
    Ok(Subscription { hub: url(row, "hub")?, state, until, pushed_at, error })
}

/// The last part of the address that the hub calls: nobody else knows it.
fn token(connection: &Connection, feed: FeedId, hub: &Hub) -> Result<String, StoreError> {
    links::make_key(connection)?;
    derived(connection, &format!("websub address\n{}\n{}\n{}", feed.0, hub.url, hub.topic))
}

/// What the hub signs its word with.
fn secret(connection: &Connection, token: &str) -> Result<String, StoreError> {
    derived(connection, &format!("websub secret\n{token}"))
}

/// Made from the database's own key, so that nothing is stored that could be read from a backup alone.
fn derived(connection: &Connection, text: &str) -> Result<String, StoreError> {
    let key = links::key(connection)?.ok_or_else(|| StoreError::Unreadable("the key of addresses".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes())))
}

fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(MOST_REASON_CHARS).collect()
}
