//! Feeds: those of the configuration, which of them are due, and what their polls bring.

use std::collections::HashMap;
use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use tracing::error;

use super::articles::damage;
use super::columns::{from_json, json, pack, unpack};
use super::entries::{self, Reading};
use super::error::if_readable;
use super::{Store, StoreError, bursts, subscriptions, tempo, told};
use crate::config::FeedConfig;
use crate::health::Rhythm;
use crate::identity::KeyPolicy;
use crate::model::{FeedId, Timestamp, Validators};
use crate::schedule::News;
use crate::store::{ClaimToken, ClaimedFeed, PollOutcome, PollRecord, PollSummary, SyncSummary};

/// What is due, longest due first.
pub(super) const READY: &str = "SELECT id, host FROM feeds WHERE ready_at <= ? ORDER BY ready_at";

/// How many polls of each host are under way.
pub(super) const UNDER_WAY: &str = "SELECT host, count(*) FROM feeds WHERE lease_until > ? GROUP BY host";

/// Due feeds that a claim looks at: behind so many of hosts that are busy it gives up until one of those is done.
const LOOKED_AT: usize = 20_000;

/// How long a feed is left alone that cannot be read.
const PARKED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The failing feeds of another one's host: those that got no answer, or that of a fault. A server that is overloaded
/// says when to ask again.
pub(super) const WAKE_HOST: &str = "
    UPDATE feeds SET due_at = ?2
    WHERE host = (SELECT host FROM feeds WHERE id = ?1) AND failing_since_at IS NOT NULL AND due_at > ?2
        AND lease_until IS NULL AND (last_status IS NULL OR last_status IN (500, 502, 504, 520, 521, 522, 523, 524))";

/// Whoever mended a password reads the configuration anew for that: what was turned away for want of the right one is asked
/// again.
pub(super) const LOG_IN_AGAIN: &str = "
    UPDATE feeds SET due_at = min(due_at, ?1)
    WHERE failing_since_at IS NOT NULL AND last_status IN (401, 407) AND due_at > ?1";

const CLAIM: &str = "
    UPDATE feeds SET lease_until = :until, token = token + 1 WHERE id = :id
    RETURNING id, token, config, etag, last_modified, body, keys, failures, due_at,
              last_success_at, last_full_at, begun, distrusted_until, hints";

impl Store {
    /// Makes the watched feeds those of the configuration, found again by name; an unknown name with a known address
    /// is the same feed renamed.
    ///
    /// A feed that is no longer configured keeps its history and is not polled. New and changed ones are due at
    /// `now`; one whose name or tags alone changed is due as before. A feed at a new address loses its validators and
    /// whatever poll is under way.
    pub async fn sync_feeds(&self, feeds: &[FeedConfig], now: Timestamp) -> Result<SyncSummary, StoreError> {
        let feeds = feeds.to_vec();
        self.write(move |connection| sync(connection, &feeds, now)).await
    }

    /// Leases up to `limit` due feeds, longest due first, at most `per_host` of one host at a time, those under way
    /// included: feeds of a slow host would only wait for each other, and keep the others waiting.
    pub async fn claim_feeds(
        &self,
        now: Timestamp,
        limit: usize,
        per_host: usize,
        lease: Duration,
    ) -> Result<Vec<ClaimedFeed>, StoreError> {
        self.write(move |connection| claim(connection, now, limit, per_host, lease)).await
    }

    /// Stores what a poll brought: entries, the articles they announce, validators and the next due time, all at once.
    pub async fn record_poll(&self, record: PollRecord) -> Result<PollSummary, StoreError> {
        let reading = match &record.outcome {
            PollOutcome::Read { entries, .. } => Reading::of(entries)?,
            _ => Vec::new(),
        };
        self.write(move |connection| record_poll(connection, &record, &reading)).await
    }
}

fn claimed(row: &Row<'_>) -> Result<ClaimedFeed, StoreError> {
    let (config, hints): (String, Option<String>) = (row.get("config")?, row.get("hints")?);
    Ok(ClaimedFeed {
        id: row.get("id")?,
        token: ClaimToken(row.get("token")?),
        config: from_json(config.as_bytes())?,
        validators: Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? },
        body: row.get("body")?,
        keys: keys(row)?,
        failures: row.get("failures")?,
        due_at: row.get("due_at")?,
        is_begun: row.get("begun")?,
        last_success_at: row.get("last_success_at")?,
        last_full_at: row.get("last_full_at")?,
        distrusted_until: row.get("distrusted_until")?,
        hints: hints.and_then(|hints| from_json(hints.as_bytes()).ok()).unwrap_or_default(),
    })
}

/// How the entries of a feed are told apart; what cannot be read is learnt anew.
pub(super) fn keys(row: &Row<'_>) -> Result<KeyPolicy, StoreError> {
    let packed: Option<Vec<u8>> = row.get("keys")?;
    Ok(packed.map(|packed| if_readable(unpack(&packed))).transpose()?.flatten().unwrap_or_default())
}

fn claim(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
    per_host: usize,
    lease: Duration,
) -> Result<Vec<ClaimedFeed>, StoreError> {
    let mut statement = connection.prepare_cached(CLAIM)?;
    let mut feeds = Vec::new();
    for id in ready(connection, now, limit, per_host)? {
        let values = named_params! { ":id": id, ":until": now + lease };
        match statement.query_row(values, |row| Ok(claimed(row)))? {
            Ok(feed) => feeds.push(feed),
            Err(StoreError::Unreadable(what)) => park(connection, id, &what, now)?,
            Err(error) => return Err(error),
        }
    }
    Ok(feeds)
}

/// Puts a feed aside that cannot be read; the next start, which brings its configuration, mends it.
fn park(connection: &Connection, feed: FeedId, what: &str, now: Timestamp) -> Result<(), StoreError> {
    error!(feed = feed.0, what, "what is stored of a feed is damaged; the feed is left alone for a day");
    connection
        .prepare_cached(
            "UPDATE feeds SET lease_until = NULL, due_at = ?2, failures = failures + 1, last_status = NULL, last_error = ?3,
                 failing_since_at = coalesce(failing_since_at, ?4)
             WHERE id = ?1",
        )?
        .execute(params![feed, now + PARKED_FOR, damage(what), now])?;
    Ok(())
}

/// The due feeds to claim, in the order of their due times.
fn ready(connection: &Connection, now: Timestamp, limit: usize, per_host: usize) -> Result<Vec<FeedId>, StoreError> {
    let mut under_way: HashMap<String, usize> = HashMap::new();
    let mut statement = connection.prepare_cached(UNDER_WAY)?;
    for host in statement.query_map([now], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (host, polls): (String, i64) = host?;
        under_way.insert(host, usize::try_from(polls).unwrap_or(0));
    }
    let mut statement = connection.prepare_cached(READY)?;
    let due = statement.query_map([now], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut chosen = Vec::new();
    for feed in due.take(LOOKED_AT) {
        let (id, host): (FeedId, String) = feed?;
        let polls = under_way.entry(host).or_default();
        if *polls < per_host {
            *polls += 1;
            chosen.push(id);
        }
        if chosen.len() >= limit {
            break;
        }
    }
    Ok(chosen)
}

fn record_poll(connection: &Connection, record: &PollRecord, reading: &[Reading]) -> Result<PollSummary, StoreError> {
    let before = before(connection, record.feed)?;
    finish(connection, record)?;
    if before.is_failing
        && !matches!(record.outcome, PollOutcome::Failed { .. } | PollOutcome::Unreached | PollOutcome::PutOff)
    {
        wake_host(connection, record)?;
    }
    connection
        .prepare_cached("UPDATE totals SET last_poll_at = max(coalesce(last_poll_at, 0), ?)")?
        .execute([record.now])?;
    let PollOutcome::Read { entries, keys, .. } = &record.outcome else {
        told::take(connection, record, None)?;
        tempo::keep(connection, record)?;
        subscriptions::after_poll(connection, record, false, before.read_at)?;
        return Ok(PollSummary::default());
    };
    let entries::Brought { summary, touched, news, keys } =
        entries::record(connection, record.feed, entries, reading, keys, record.now)?;
    connection
        .prepare_cached("UPDATE feeds SET keys = ?2 WHERE id = ?1")?
        .execute(params![record.feed, (keys != KeyPolicy::default()).then(|| pack(&keys)).transpose()?])?;
    told::take(connection, record, Some(&summary).filter(|_| before.read_at.is_some()))?;
    let Some(polled_at) = before.read_at else {
        tempo::learn(connection, record, entries, None)?;
        subscriptions::after_poll(connection, record, false, None)?;
        return Ok(summary);
    };
    let is_burst = bursts::poll(connection, record, &summary, polled_at, &touched)?;
    if summary.new_entries > 0 {
        learn_rhythm(connection, record.feed, polled_at, record.now)?;
    }
    let news = News { dates: if is_burst { &[] } else { &news }, listed: entries.len(), polled_at };
    tempo::learn(connection, record, entries, Some(news))?;
    subscriptions::after_poll(connection, record, summary.announced > 0, Some(polled_at))?;
    Ok(PollSummary { listed_before: before.listed, is_burst, ..summary })
}

/// A host that answers again is asked for all that failed there; what it refused with a reason waits for its time.
fn wake_host(connection: &Connection, record: &PollRecord) -> Result<(), StoreError> {
    connection.prepare_cached(WAKE_HOST)?.execute(params![record.feed, record.now])?;
    Ok(())
}

/// How a feed was before a poll.
#[derive(Default)]
struct Before {
    /// `None` at the first poll.
    read_at: Option<Timestamp>,
    /// Entries that it had when they changed last.
    listed: usize,
    is_failing: bool,
}

fn before(connection: &Connection, feed: FeedId) -> Result<Before, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT last_success_at, listed, failing_since_at IS NOT NULL FROM feeds WHERE id = ?")?;
    let known = statement.query_row([feed], |row| {
        let listed = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        Ok(Before { read_at: row.get(0)?, listed, is_failing: row.get(2)? })
    });
    Ok(known.optional()?.unwrap_or_default())
}

/// Takes in that a feed has news, and with it when the next silence will be strange.
fn learn_rhythm(connection: &Connection, feed: FeedId, polled_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT rhythm FROM feeds WHERE id = ?")?;
    let packed: Option<Vec<u8>> = statement.query_row([feed], |row| row.get(0))?;
    // One that cannot be read is learnt anew.
    let known = packed.map(|packed| if_readable(unpack::<Rhythm>(&packed))).transpose()?.flatten();
    let mut rhythm = known.unwrap_or_default();
    rhythm.learn(polled_at, now);
    connection.prepare_cached("UPDATE feeds SET rhythm = ?2, silent_at = ?3 WHERE id = ?1")?.execute(params![
        feed,
        pack(&rhythm)?,
        rhythm.silent_at()
    ])?;
    Ok(())
}

/// Ends the lease and writes what the poll says of the feed itself.
fn finish(connection: &Connection, record: &PollRecord) -> Result<(), StoreError> {
    const OURS: &str = "WHERE id = :id AND token = :token AND lease_until IS NOT NULL";
    const DUE: &str = "lease_until = NULL, due_at = iif(state = 'watched', :due, NULL), last_poll_at = :now";
    const WELL: &str =
        "failures = 0, last_success_at = :now, last_error = NULL, failing_since_at = NULL, polls = polls + 1,
        begun = begun OR :whole OR polls >= 2,
        recovered_at = iif(failing_since_at IS NULL, recovered_at, :now)";
    let (id, token, due, now) = (record.feed, record.token.0, record.next_due_at, record.now);
    let changed = match &record.outcome {
        PollOutcome::Unchanged { status, validators, full } => {
            let sql = format!(
                "UPDATE feeds SET {DUE}, {WELL}, last_status = :status, etag = :etag, last_modified = :modified,
                     last_full_at = iif(:full, :now, last_full_at) {OURS}"
            );
            connection.prepare_cached(&sql)?.execute(named_params! {
                ":whole": false,
                ":id": id, ":token": token, ":due": due, ":now": now, ":status": status, ":full": full,
                ":etag": validators.etag, ":modified": validators.last_modified,
            })?
        }
        PollOutcome::Read { status, validators, body, partial, entries, .. } => {
            // After a damaged document the next fetch is a full one, or its missing entries could hide behind a 304.
            let validators = if *partial { Validators::default() } else { validators.clone() };
            let sql = format!(
                "UPDATE feeds SET {DUE}, {WELL}, last_status = :status, etag = :etag, last_modified = :modified,
                     body = :body, last_full_at = :now, listed = :listed {OURS}"
            );
            connection.prepare_cached(&sql)?.execute(named_params! {
                ":whole": !partial,
                ":id": id, ":token": token, ":due": due, ":now": now, ":status": status, ":body": body,
                ":listed": i64::try_from(entries.len()).unwrap_or(i64::MAX),
                ":etag": validators.etag, ":modified": validators.last_modified,
            })?
        }
        PollOutcome::Failed { status, error } => {
            let sql = format!(
                "UPDATE feeds SET {DUE}, failures = failures + 1, last_status = :status, last_error = :error,
                     failing_since_at = coalesce(failing_since_at, :now) {OURS}"
            );
            connection.prepare_cached(&sql)?.execute(named_params! {
                ":id": id, ":token": token, ":due": due, ":now": now, ":status": status, ":error": error,
            })?
        }
        PollOutcome::PutOff => {
            let sql =
                format!("UPDATE feeds SET lease_until = NULL, due_at = iif(state = 'watched', :due, NULL) {OURS}");
            connection.prepare_cached(&sql)?.execute(named_params! { ":id": id, ":token": token, ":due": due })?
        }
        PollOutcome::Unreached => {
            let sql = format!("UPDATE feeds SET {DUE} {OURS}");
            connection
                .prepare_cached(&sql)?
                .execute(named_params! { ":id": id, ":token": token, ":due": due, ":now": now })?
        }
    };
    if changed == 0 { Err(StoreError::ClaimLost) } else { Ok(()) }
}

struct Known {
    id: FeedId,
    name: String,
    config: String,
    state: String,
}

fn sync(connection: &Connection, feeds: &[FeedConfig], now: Timestamp) -> Result<SyncSummary, StoreError> {
    let names: HashSet<&str> = feeds.iter().map(|feed| feed.name.as_str()).collect();
    let mut seen = HashSet::with_capacity(feeds.len());
    let mut summary = SyncSummary::default();
    for feed in feeds {
        let known = match find_by_name(connection, &feed.name)? {
            Some(known) => Some(known),
            None => find_renamed(connection, feed, &names)?,
        };
        let Some(known) = known else {
            seen.insert(insert(connection, feed, now)?);
            summary.added += 1;
            continue;
        };
        seen.insert(known.id);
        update(connection, feed, &known, now, &mut summary)?;
    }
    for id in configured(connection)? {
        if !seen.contains(&id) {
            connection
                .prepare_cached("UPDATE feeds SET state = 'removed', due_at = NULL, lease_until = NULL WHERE id = ?")?
                .execute([id])?;
            summary.removed += 1;
        }
    }
    connection.prepare_cached(LOG_IN_AGAIN)?.execute([now])?;
    Ok(summary)
}

fn find_by_name(connection: &Connection, name: &str) -> Result<Option<Known>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, name, config, state FROM feeds WHERE name = ?")?;
    Ok(statement.query_row([name], known).optional()?)
}

/// The feed with this address whose own name is no longer configured.
fn find_renamed(
    connection: &Connection,
    feed: &FeedConfig,
    names: &HashSet<&str>,
) -> Result<Option<Known>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, config, state FROM feeds WHERE url = ? ORDER BY state = 'removed', id")?;
    for candidate in statement.query_map([feed.url.as_str()], known)? {
        let candidate = candidate?;
        if !names.contains(candidate.name.as_str()) {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known { id: row.get(0)?, name: row.get(1)?, config: row.get(2)?, state: row.get(3)? })
}

fn host(feed: &FeedConfig) -> &str {
    feed.url.host_str().unwrap_or_default()
}

fn insert(connection: &Connection, feed: &FeedConfig, now: Timestamp) -> Result<FeedId, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO feeds (name, url, host, config, tags, state, due_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )?;
    let due_at = feed.enabled.then_some(now);
    let values = params![feed.name, feed.url.as_str(), host(feed), json(feed)?, json(&feed.tags)?, state(feed), due_at];
    Ok(statement.query_row(values, |row| row.get(0))?)
}

fn update(
    connection: &Connection,
    feed: &FeedConfig,
    known: &Known,
    now: Timestamp,
    summary: &mut SyncSummary,
) -> Result<(), StoreError> {
    let config = json(feed)?;
    if config == known.config && state(feed) == known.state {
        return Ok(());
    }
    // One that an older wirewatch wrote and this one cannot read counts as different in everything.
    let before: Option<FeedConfig> = from_json(known.config.as_bytes()).ok();
    let same = |part: fn(&FeedConfig, &FeedConfig) -> bool| before.as_ref().is_some_and(|old| part(old, feed));
    let moved = !same(|a, b| a.url == b.url);
    let at_once = moved || known.state != "watched" || !same(|a, b| a.schedule == b.schedule && a.follow == b.follow);
    let mut statement = connection.prepare_cached(
        "UPDATE feeds SET name = :name, url = :url, host = :host, config = :config, tags = :tags, state = :state,
             due_at = CASE WHEN :state <> 'watched' THEN NULL
                           WHEN :at_once THEN min(coalesce(due_at, :now), :now)
                           ELSE due_at END,
             lease_until = iif(:moved OR :state <> 'watched', NULL, lease_until),
             etag = iif(:moved, NULL, etag), last_modified = iif(:moved, NULL, last_modified),
             body = iif(:moved, NULL, body), keys = iif(:moved, NULL, keys), last_success_at = iif(:moved, NULL, last_success_at), failures = iif(:moved, 0, failures),
             failing_since_at = iif(:moved, NULL, failing_since_at), rhythm = iif(:moved, NULL, rhythm),
             volume = iif(:moved, NULL, volume), polls = iif(:moved, 0, polls), begun = iif(:moved, 0, begun),
             silent_at = iif(:moved, NULL, silent_at), distrusted_until = iif(:moved, NULL, distrusted_until),
             hints = iif(:moved, NULL, hints), moved_to = iif(:moved, NULL, moved_to),
             moved_at = iif(:moved, NULL, moved_at), moved_polls = iif(:moved, 0, moved_polls)
         WHERE id = :id",
    )?;
    statement.execute(named_params! {
        ":id": known.id, ":name": feed.name, ":url": feed.url.as_str(), ":host": host(feed), ":config": config,
        ":tags": json(&feed.tags)?, ":state": state(feed), ":at_once": at_once, ":moved": moved, ":now": now,
    })?;
    match known.state.as_str() {
        "removed" => summary.added += 1,
        _ if known.name != feed.name => summary.renamed += 1,
        _ => summary.changed += 1,
    }
    Ok(())
}

fn configured(connection: &Connection) -> Result<Vec<FeedId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM feeds WHERE state <> 'removed'")?;
    let ids = statement.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

fn state(feed: &FeedConfig) -> &'static str {
    if feed.enabled { "watched" } else { "paused" }
}
