//! The first worker: polls due feeds and stores what is new in them.

use std::time::Duration;

use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::feed::{self, FeedError};
use crate::fetch::Response;
use crate::health::{self, Judgement, Turnover};
use crate::identity::{self, KeyPolicy};
use crate::model::{Baseline, Entry, FeedDocument, FoundNotice, Timestamp};
use crate::schedule::{self, Hints, PollHistory};
use crate::store::{Adaptive, ClaimedFeed, PollOutcome, PollRecord, PollSummary, SeenEntry, StoreError};

use super::ask::Polled;
use super::worker::Queue;
use super::{Daemon, Happening, ask, network};

/// Longer than the longest fetch with its wait at the host gate.
const LEASE: Duration = Duration::from_secs(10 * 60);
/// Feeds of one host that are polled at a time: more would only wait at its gate.
const CLAIMED_PER_HOST: usize = 2;
/// A poll is so late when there is much to do.
const LATE: Duration = Duration::from_secs(10 * 60);
/// For `poll.initial`: all that stands in a feed at its first poll, whatever its date and also without one.
pub const EVERYTHING: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The queue of due feeds.
#[derive(Clone)]
pub(super) struct Feeds(pub(super) Daemon);

/// The feeds that are due at one moment.
#[derive(Clone)]
pub(super) struct DueFeeds {
    pub(super) daemon: Daemon,
    pub(super) at: Timestamp,
}

impl Queue for DueFeeds {
    type Claimed = ClaimedFeed;

    async fn claim(&self, limit: usize) -> Result<Vec<ClaimedFeed>, StoreError> {
        self.daemon.store.claim_feeds(self.at, limit, CLAIMED_PER_HOST, LEASE).await
    }

    async fn work(&self, feed: ClaimedFeed) -> Result<(), StoreError> {
        self.daemon.poll(feed).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    fn recorded(&self) -> watch::Receiver<()> {
        self.daemon.recorded.subscribe()
    }

    fn now(&self) -> Timestamp {
        self.at
    }
}

impl Queue for Feeds {
    type Claimed = ClaimedFeed;

    async fn claim(&self, limit: usize) -> Result<Vec<ClaimedFeed>, StoreError> {
        self.0.store.claim_feeds(self.now(), limit, CLAIMED_PER_HOST, LEASE).await
    }

    async fn work(&self, feed: ClaimedFeed) -> Result<(), StoreError> {
        self.0.poll(feed).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.store.next_feed_due().await
    }

    fn recorded(&self) -> watch::Receiver<()> {
        self.0.recorded.subscribe()
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl Daemon {
    /// Polls one feed, from its request to its record.
    async fn poll(&self, feed: ClaimedFeed) -> Result<(), StoreError> {
        let Polled { outcome, retry_after, fresh_until, told, room } = self.fetch_feed(&feed).await?;
        let now = self.clock.now();
        self.seen.state().polled_at = Some(now);
        let failures = match outcome {
            PollOutcome::Failed { .. } => feed.failures.saturating_add(1),
            PollOutcome::Unreached | PollOutcome::PutOff => feed.failures,
            PollOutcome::Unchanged { .. } | PollOutcome::Read { .. } => 0,
        };
        let seed = feed.id.0.unsigned_abs();
        let history = PollHistory { failures, retry_after, fresh_until, seed, tempo: None };
        let zone = self.setup().config.timezone;
        let next_due_at = match outcome {
            PollOutcome::Unreached => schedule::next_try(network::patience(false), history.seed, now),
            _ => schedule::next_poll(&feed.config.schedule, &history, zone, now),
        };
        let expected = self.expected_wait(&feed);
        let is_read = matches!(outcome, PollOutcome::Unchanged { .. } | PollOutcome::Read { .. });
        let schedule = &feed.config.schedule;
        let adaptive =
            (is_read && schedule.is_adaptive()).then(|| Adaptive { schedule: schedule.clone(), seed, fresh_until });
        let (id, token, kept) = (feed.id, feed.token, outcome.clone());
        let record = PollRecord { feed: id, token, now, next_due_at, adaptive, expected, outcome: kept, told };
        let summary = self.store.record_poll(record).await?;
        drop(room);
        self.recorded();
        self.note_turnover(&feed, &outcome, summary, expected, now).await?;
        self.tell_of_poll(&feed, &outcome, summary, next_due_at);
        Ok(())
    }

    /// How long the feed's schedule waits from the poll before to this one; zero at the first.
    fn expected_wait(&self, feed: &ClaimedFeed) -> Duration {
        let Some(read_at) = feed.last_success_at else { return Duration::ZERO };
        if feed.config.schedule.is_adaptive() && feed.failures == 0 {
            return feed.due_at.since(read_at);
        }
        let history = PollHistory { seed: feed.id.0.unsigned_abs(), ..Default::default() };
        schedule::next_poll(&feed.config.schedule, &history, self.setup().config.timezone, read_at).since(read_at)
    }

    /// Notes a feed that is polled too rarely: as often as its schedule says, and all that stood in it is new.
    async fn note_turnover(
        &self,
        feed: &ClaimedFeed,
        outcome: &PollOutcome,
        summary: PollSummary,
        expected: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (PollOutcome::Read { entries, partial: false, .. }, Some(read_at)) = (outcome, feed.last_success_at) else {
            return Ok(());
        };
        // After failures, or a time in which no daemon ran, it is no wonder; and what was published anew was not missed.
        if feed.failures > 0 || now > read_at + expected + LATE || summary.is_burst {
            return Ok(());
        }
        let dates = entries.iter().filter_map(|seen| seen.entry.published_at.or(seen.entry.updated_at));
        let (first, last) = (dates.clone().min(), dates.max());
        let turnover = Turnover {
            feed: &feed.config.name,
            is_adaptive: feed.config.schedule.is_adaptive(),
            interval: now.since(read_at),
            entries: entries.len(),
            announced: summary.announced,
            before: summary.listed_before,
            covers: first.zip(last).map(|(first, last)| last.since(first)),
        };
        let found: Vec<FoundNotice> = health::polled_rarely(&turnover).into_iter().collect();
        if found.is_empty() {
            return Ok(());
        }
        for notice in &found {
            warn!(feed = %feed.config.name, "{}", notice.text);
        }
        self.store.record_health(Judgement { found, ended: Vec::new() }, now).await.map(drop)
    }

    /// What an answer says, and of its document when to come again where one was read.
    pub(super) async fn read_feed(&self, feed: &ClaimedFeed, answer: Response) -> (PollOutcome, Option<Hints>) {
        let status = answer.status;
        let validators = answer.validators(&feed.validators);
        match status {
            304 => return (PollOutcome::Unchanged { status, validators, full: false }, None),
            200..=299 => {}
            _ => {
                let error = ask::refused(&self.setup(), feed, &answer);
                return (PollOutcome::Failed { status: Some(status), error }, None);
            }
        }
        let body: [u8; 32] = blake3::hash(&answer.body).into();
        if feed.body == Some(body) {
            return (PollOutcome::Unchanged { status, validators, full: true }, None);
        }
        let host = answer.url.host_str().map(str::to_owned);
        match self.parse(answer).await {
            Ok((document, hints)) => {
                let partial = document.partial;
                if document.is_too_long {
                    warn!(feed = %feed.config.name, "feed lists more than {} entries; the others are not looked at", feed::MAX_ENTRIES);
                }
                let mut keys = feed.keys.clone();
                keys.read(&document.entries);
                let hub = document.hub.clone().filter(|_| self.setup().callback().is_some()).map(Box::new);
                let entries = self.seen_entries(feed, &keys, document);
                (PollOutcome::Read { status, validators, body, partial, hub, keys, entries }, Some(hints))
            }
            Err(error) => {
                let error = ask::misled(feed, host.as_deref(), &error.to_string());
                (PollOutcome::Failed { status: Some(status), error }, None)
            }
        }
    }

    async fn parse(&self, answer: Response) -> Result<(FeedDocument, Hints), FeedError> {
        let size = answer.body.len();
        let read = move || {
            let mut document = feed::parse(&answer.body, answer.content_type(), &answer.url)?;
            document.hub = feed::hub_in_headers(answer.all("link"), &answer.url).or(document.hub);
            Ok((document, feed::hints(&answer.body, answer.content_type())))
        };
        let parsed = self.compute_large(size, read).await;
        parsed.unwrap_or_else(|panic| Err(FeedError::panicked(&panic.to_string())))
    }

    fn seen_entries(&self, feed: &ClaimedFeed, keys: &KeyPolicy, document: FeedDocument) -> Vec<SeenEntry> {
        let now = self.clock.now();
        let initial = self.setup().config.poll.initial;
        let baseline = |entry: &Entry| match feed.is_begun {
            true => Baseline::News,
            false => first_poll_baseline(entry, now, initial),
        };
        let seen = |entry: Entry| {
            // What several entries link to is not read in the place of each.
            let link = entry.link.as_ref().filter(|link| feed.config.follow && !keys.is_shared(link));
            let link = link.map(|link| identity::unwrapped(link).into_owned());
            let article = keys.article(&feed.config.url, &entry);
            SeenEntry { article, link, baseline: baseline(&entry), entry }
        };
        keys.keyed(document.entries).into_iter().map(seen).collect()
    }

    fn tell_of_poll(&self, feed: &ClaimedFeed, outcome: &PollOutcome, summary: PollSummary, next: Timestamp) {
        let name = &feed.config.name;
        let PollSummary { new_entries, changed_entries, .. } = summary;
        let (status, error) = match outcome {
            PollOutcome::Failed { status, error } => {
                warn!(feed = %name, status, error = %error, failures = feed.failures + 1, next = %next, "could not read feed");
                (*status, Some(error.clone()))
            }
            PollOutcome::Unreached => {
                debug!(feed = %name, next = %next, "could not reach feed, as any other host");
                (None, Some("the machine is offline".to_owned()))
            }
            PollOutcome::PutOff => {
                debug!(feed = %name, next = %next, "put off feed, whose host wants no requests for a while");
                (None, Some("its host wants no requests for a while".to_owned()))
            }
            PollOutcome::Read { status, partial, .. } => {
                if *partial {
                    warn!(feed = %name, "feed is damaged or ends early; kept the entries before the break");
                }
                info!(feed = %name, status, new = new_entries, changed = changed_entries, "polled feed");
                (Some(*status), None)
            }
            PollOutcome::Unchanged { status, .. } => {
                debug!(feed = %name, status, "feed unchanged");
                (Some(*status), None)
            }
        };
        self.happened(|| Happening::Polled { feed: name.clone(), status, new_entries, changed_entries, error });
    }
}

/// What stands in a feed at its first poll is no news, unless it was published within `initial`.
fn first_poll_baseline(entry: &Entry, now: Timestamp, initial: Duration) -> Baseline {
    let dated = entry.published_at.or(entry.updated_at);
    match dated {
        _ if initial >= EVERYTHING => Baseline::Recent,
        Some(at) if !initial.is_zero() && now.since(at) <= initial => Baseline::Recent,
        _ => Baseline::Old,
    }
}
