//! The figures that health is judged by, and the notices that follow: found by indexes of what is not in order.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use rustix::fs::statvfs;

use super::columns::unpack;
use super::error::if_readable;
use super::{Store, StoreError, notices, queue};
use crate::health::{
    Disk, FailingFeed, GoneFeed, Judgement, LookedAt, MovedFeed, OpenNotice, Queue, QueueSigns, Rhythm, RuleMemory,
    Signs, SilentFeed, SiteSigns, WatchedFeed,
};
use crate::model::{FeedId, NoticeKind, Subject, Timestamp};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A feed that fails for so long is noticed, if it was polled as it should.
const FAILING: Duration = DAY;
/// A permanent redirect is believed that led so many polls, over so long, to the same feed: some are a slip.
const MOVED_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);
const MOVED_POLLS: u32 = 3;
/// New notices of a kind at a time; the others come at the next one.
const AT_ONCE: u32 = 500;
/// Hosts whose pages are asked about, and the last articles of each.
const HOSTS: u32 = 500;
const ARTICLES: u32 = 60;
/// How far back pages that were not fit to be read are a reason to ask.
const UNFIT_LATELY: Duration = Duration::from_secs(6 * 60 * 60);
/// A message that found no server for so long waits for more than a hiccup.
const UNREACHED_FOR: Duration = Duration::from_secs(2 * 60 * 60);
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// More articles than this are enough to judge by.
const ENOUGH_ARTICLES: u32 = 1_000;

pub(super) const FAILED: &str = "
    SELECT name, failing_since_at, last_error, last_status FROM feeds
    WHERE failing_since_at <= ?1 AND +state = 'watched' AND due_at > ?2 AND NOT EXISTS (
        SELECT 1 FROM notices
        WHERE kind IN ('feed_failing', 'feed_gone') AND about = 'feed' AND subject = feeds.name AND closed_at IS NULL)
    LIMIT ?3";

pub(super) const GONE: &str = "
    SELECT name, failing_since_at FROM feeds
    WHERE failing_since_at <= ?1 AND +state = 'watched' AND last_status = 410 AND NOT EXISTS (
        SELECT 1 FROM notices
        WHERE kind = 'feed_gone' AND about = 'feed' AND subject = feeds.name AND closed_at IS NULL)
    LIMIT ?2";

pub(super) const MOVED: &str = "
    SELECT name, moved_at, moved_to FROM feeds
    WHERE moved_at <= ?1 AND +state = 'watched' AND moved_polls >= ?2 AND NOT EXISTS (
        SELECT 1 FROM notices
        WHERE kind = 'feed_moved' AND about = 'feed' AND subject = feeds.name AND closed_at IS NULL)
    LIMIT ?3";

pub(super) const SILENT: &str = "
    SELECT name, rhythm FROM feeds
    WHERE silent_at <= ?1 AND +state = 'watched' AND failures = 0 AND last_success_at >= silent_at AND NOT EXISTS (
        SELECT 1 FROM notices
        WHERE kind = 'feed_silent' AND about = 'feed' AND subject = feeds.name AND closed_at IS NULL)
    LIMIT ?2";

pub(super) const UNFIT: &str = "
    SELECT name FROM hosts WHERE unfit_at > ?1 AND name <> '' ORDER BY unfit_at DESC LIMIT ?2";

pub(super) const LOOKS: &str = "
    SELECT last_check_at, first_seen_at, extractor IS NOT NULL AND versions > 0, quality FROM articles
    WHERE host_id = ?1 AND last_check_at IS NOT NULL ORDER BY last_check_at DESC LIMIT ?2";

/// As lists have it, whose index it reads.
pub(super) const CHANGED_SINCE: &str = "
    SELECT count(*) FROM (
        SELECT 1 FROM articles
        WHERE (versions > 0 OR (same_as IS NULL AND pruned_at IS NULL)) AND last_changed_at >= ? LIMIT ?)";

const CHANNELS: &str = "
    SELECT channel, count(*), min(coalesce(sealed_at, deliveries.created_at)), error
    FROM deliveries JOIN addresses ON addresses.id = address_id
    WHERE state = 'pending' AND attempts > 0 AND (unreached OR channel IN ('webhook', 'ntfy')) GROUP BY channel";

const OPEN: &str = "
    SELECT kind, about, subject, first_at, opened_at, feeds.id AS feed, failing_since_at, recovered_at,
        coalesce(silent_at <= ?1, 0) AS is_silent, moved_at IS NOT NULL AS is_moved
    FROM notices LEFT JOIN feeds ON about = 'feed' AND name = subject AND state = 'watched'
    WHERE closed_at IS NULL AND kind IN (
        'feed_failing', 'feed_gone', 'feed_moved', 'feed_silent', 'polled_rarely', 'site_unreadable', 'rule_silent',
        'rule_greedy', 'queue_stuck', 'disk_full')";

impl Store {
    /// What is not in order with feeds, sites and messages, and the notices that are open. Disk, work and rules are asked
    /// elsewhere.
    pub async fn signs(&self, now: Timestamp) -> Result<Signs, StoreError> {
        self.read(move |connection| {
            let open = open(connection, now)?;
            Ok(Signs {
                failing: failing(connection, now)?,
                gone: gone(connection, now)?,
                moved: moved(connection, now)?,
                silent: silent(connection, now)?,
                sites: sites(connection, &open, now)?,
                queues: channels(connection, now)?,
                open,
                ..Signs::default()
            })
        })
        .await
    }

    /// Since when the first poll and the first look at an article are due that nobody has begun.
    pub async fn waiting_since(&self) -> Result<[Option<Timestamp>; 2], StoreError> {
        self.read(|connection| {
            Ok([queue::first(connection, "feeds", "ready_at")?, queue::first(connection, "hosts", "ready_at")?])
        })
        .await
    }

    /// Opens, renews and ends notices. Says which of the found ones were not open before, by their places.
    pub async fn record_health(&self, judgement: Judgement, now: Timestamp) -> Result<Vec<usize>, StoreError> {
        self.write(move |connection| {
            notices::close(connection, &[], now)?;
            for ended in &judgement.ended {
                notices::end(connection, ended, now)?;
            }
            let mut opened = Vec::new();
            for (place, found) in judgement.found.iter().enumerate() {
                if notices::note(connection, found, now)? {
                    opened.push(place);
                }
            }
            Ok(opened)
        })
        .await
    }

    /// Since when the rules read as they do, and how many articles had news in the last month, as far as that matters.
    /// `None` where rules were judged within the last day.
    pub async fn rules_to_judge(&self, now: Timestamp) -> Result<Option<(Vec<RuleMemory>, u64)>, StoreError> {
        self.read(move |connection| {
            let judged: Option<String> = connection
                .prepare_cached("SELECT value FROM meta WHERE name = 'rules_judged_at'")?
                .query_row([], |row| row.get(0))
                .optional()?;
            let judged = judged.and_then(|millis| millis.parse().ok()).map(Timestamp::from_millis);
            if judged.is_some_and(|at| at <= now && now.since(at) < DAY) {
                return Ok(None);
            }
            let mut statement = connection.prepare_cached("SELECT name, query, since_at FROM rules")?;
            let rows = statement
                .query_map([], |row| Ok(RuleMemory { name: row.get(0)?, query: row.get(1)?, since: row.get(2)? }))?;
            let rules = rows.collect::<Result<_, _>>()?;
            let articles: i64 = connection
                .prepare_cached(CHANGED_SINCE)?
                .query_row(params![now - MONTH, ENOUGH_ARTICLES], |row| row.get(0))?;
            Ok(Some((rules, articles.unsigned_abs())))
        })
        .await
    }

    /// Remembers rules as they read now, forgets others, and that they were judged.
    pub async fn remember_rules(
        &self,
        rules: Vec<RuleMemory>,
        gone: Vec<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            for rule in &rules {
                connection
                    .prepare_cached("INSERT OR REPLACE INTO rules (name, query, since_at) VALUES (?, ?, ?)")?
                    .execute(params![rule.name, rule.query, rule.since])?;
            }
            for name in &gone {
                connection.prepare_cached("DELETE FROM rules WHERE name = ?")?.execute([name])?;
            }
            connection
                .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('rules_judged_at', ?)")?
                .execute([now.as_millis().to_string()])?;
            Ok(())
        })
        .await
    }

    /// When each of these rules alerted last, in their order.
    pub async fn last_alerts(&self, rules: Vec<String>) -> Result<Vec<Option<Timestamp>>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT max(created_at) FROM alerts WHERE rule = ?")?;
            rules.iter().map(|rule| Ok(statement.query_row([rule], |row| row.get(0))?)).collect()
        })
        .await
    }

    /// The room on the file system of the database; `None` where that does not say.
    pub fn disk(&self) -> Option<Disk> {
        disk_of(self.path())
    }
}

pub(super) fn disk_of(path: &Path) -> Option<Disk> {
    let room = statvfs(path).ok()?;
    let (free, total) = (room.f_bavail.checked_mul(room.f_frsize)?, room.f_blocks.checked_mul(room.f_frsize)?);
    (total > 0).then_some(Disk { free, total })
}

fn failing(connection: &Connection, now: Timestamp) -> Result<Vec<FailingFeed>, StoreError> {
    let mut statement = connection.prepare_cached(FAILED)?;
    // One that is overdue was not polled as it should: nobody knows how it fares.
    let rows = statement.query_map(params![now - FAILING, now - HOUR, AT_ONCE], |row| {
        let (error, status): (Option<String>, Option<u16>) = (row.get(2)?, row.get(3)?);
        let is_missing = status == Some(404);
        Ok(FailingFeed { name: row.get(0)?, since: row.get(1)?, error: error.unwrap_or_default(), is_missing })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn gone(connection: &Connection, now: Timestamp) -> Result<Vec<GoneFeed>, StoreError> {
    let mut statement = connection.prepare_cached(GONE)?;
    let rows =
        statement.query_map(params![now, AT_ONCE], |row| Ok(GoneFeed { name: row.get(0)?, since: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn moved(connection: &Connection, now: Timestamp) -> Result<Vec<MovedFeed>, StoreError> {
    let mut statement = connection.prepare_cached(MOVED)?;
    let rows = statement.query_map(params![now - MOVED_FOR, MOVED_POLLS, AT_ONCE], |row| {
        Ok(MovedFeed { name: row.get(0)?, since: row.get(1)?, to: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn silent(connection: &Connection, now: Timestamp) -> Result<Vec<SilentFeed>, StoreError> {
    let mut statement = connection.prepare_cached(SILENT)?;
    let rows = statement.query_map(params![now, AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut silent = Vec::new();
    for row in rows {
        let (name, packed): (String, Vec<u8>) = row?;
        let Some(rhythm) = if_readable(unpack::<Rhythm>(&packed))? else { continue };
        if let (Some(since), Some(usual)) = (rhythm.last_news_at(), rhythm.usual_silence()) {
            silent.push(SilentFeed { name, since, usual });
        }
    }
    Ok(silent)
}

fn sites(connection: &Connection, open: &[OpenNotice], now: Timestamp) -> Result<Vec<SiteSigns>, StoreError> {
    let mut statement = connection.prepare_cached(UNFIT)?;
    let mut hosts: Vec<String> =
        statement.query_map(params![now - UNFIT_LATELY, HOSTS], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for notice in open.iter().filter(|notice| notice.kind == NoticeKind::SiteUnreadable) {
        if let Subject::Host(name) = &notice.subject
            && !hosts.contains(name)
        {
            hosts.push(name.clone());
        }
    }
    hosts.into_iter().map(|host| Ok(SiteSigns { looks: looks(connection, &host)?, host })).collect()
}

fn looks(connection: &Connection, host: &str) -> Result<Vec<LookedAt>, StoreError> {
    let mut known = connection.prepare_cached("SELECT id FROM hosts WHERE name = ?")?;
    let Some(id): Option<i64> = known.query_row([host], |row| row.get(0)).optional()? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(LOOKS)?;
    let rows = statement.query_map(params![id, ARTICLES], |row| {
        Ok(LookedAt { at: row.get(0)?, first_seen_at: row.get(1)?, was_read: row.get(2)?, quality: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn channels(connection: &Connection, now: Timestamp) -> Result<Vec<QueueSigns>, StoreError> {
    let mut statement = connection.prepare_cached(CHANNELS)?;
    let rows = statement.query_map([], |row| {
        let (channel, waiting): (String, i64) = (row.get(0)?, row.get(1)?);
        let queue = match channel.as_str() {
            "webhook" => Queue::Webhook,
            "ntfy" => Queue::Ntfy,
            _ => Queue::Mail,
        };
        Ok(QueueSigns { queue, waiting: Some(waiting.unsigned_abs()), since: row.get(2)?, error: row.get(3)? })
    })?;
    let mut stuck = rows.collect::<Result<Vec<_>, _>>()?;
    stuck.retain(|signs| now.since(signs.since) >= UNREACHED_FOR);
    Ok(stuck)
}

fn open(connection: &Connection, now: Timestamp) -> Result<Vec<OpenNotice>, StoreError> {
    connection.prepare_cached(OPEN)?.query_and_then([now], |row| open_notice(connection, row))?.collect()
}

fn open_notice(connection: &Connection, row: &Row<'_>) -> Result<OpenNotice, StoreError> {
    let kind: NoticeKind = row.get("kind")?;
    let feed: Option<FeedId> = row.get("feed")?;
    let failing_since: Option<Timestamp> = row.get("failing_since_at")?;
    let mut watched = WatchedFeed {
        is_failing: failing_since.is_some(),
        is_moved: row.get("is_moved")?,
        is_silent: row.get("is_silent")?,
        recovered_at: row.get("recovered_at")?,
        found: 0,
    };
    let is_over = match kind {
        NoticeKind::FeedFailing => !watched.is_failing,
        NoticeKind::FeedSilent => !watched.is_silent,
        _ => false,
    };
    if let (Some(feed), true) = (feed, is_over) {
        let opened_at: Timestamp = row.get("opened_at")?;
        let since = if kind == NoticeKind::FeedFailing { watched.recovered_at.unwrap_or(opened_at) } else { opened_at };
        watched.found = found(connection, feed, since)?;
    }
    Ok(OpenNotice { kind, subject: notices::subject(row)?, since: row.get("first_at")?, feed: feed.map(|_| watched) })
}

fn found(connection: &Connection, feed: FeedId, since: Timestamp) -> Result<u64, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT count(*) FROM entries WHERE feed_id = ? AND first_seen_at >= ?")?;
    let found: i64 = statement.query_row(params![feed, since], |row| row.get(0))?;
    Ok(found.unsigned_abs())
}
