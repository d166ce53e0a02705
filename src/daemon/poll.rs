//! The first worker: polls due feeds and stores what is new in them.

use std::time::Duration;

use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::feed::{self, FeedError};
use crate::fetch::{ACCEPT_FEED, NamedBy, Request, Response};
use crate::health::{self, Judgement, Turnover};
use crate::identity;
use crate::model::{Baseline, Entry, FeedDocument, FoundNotice, Timestamp, Validators};
use crate::schedule::{self, PollHistory};
use crate::store::{ClaimedFeed, PollOutcome, PollRecord, PollSummary, SeenEntry, StoreError};

use super::worker::Queue;
use super::{Daemon, Happening, network};

/// Longer than the longest fetch with its wait at the host gate.
const LEASE: Duration = Duration::from_secs(10 * 60);
/// Feeds of one host that are polled at a time: more would only wait at its gate.
const CLAIMED_PER_HOST: usize = 2;
/// A poll is so late when there is much to do.
const LATE: Duration = Duration::from_secs(10 * 60);
/// A server that answers 304 to everything is asked for the whole feed this often.
const FULL_FETCH_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// For `poll.initial`: all that stands in a feed at its first poll, whatever its date and also without one.
pub const EVERYTHING: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// "Not modified" says nothing where nothing was said to compare with.
pub(super) const UNASKED_304: &str = "the server answered 304 to a request without conditions";

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

/// How a poll ended, before it is recorded.
struct Polled {
    outcome: PollOutcome,
    retry_after: Option<Duration>,
}

impl Daemon {
    /// Polls one feed, from its request to its record.
    async fn poll(&self, feed: ClaimedFeed) -> Result<(), StoreError> {
        let polled = self.fetch_feed(&feed).await?;
        let now = self.clock.now();
        self.seen.state().polled_at = Some(now);
        let failures = match polled.outcome {
            PollOutcome::Failed { .. } => feed.failures.saturating_add(1),
            PollOutcome::Unreached => feed.failures,
            PollOutcome::Unchanged { .. } | PollOutcome::Read { .. } => 0,
        };
        let history = PollHistory { failures, retry_after: polled.retry_after, seed: feed.id.0.unsigned_abs() };
        let zone = self.setup().config.timezone;
        let next_due_at = match polled.outcome {
            PollOutcome::Unreached => schedule::next_try(network::patience(false), history.seed, now),
            _ => schedule::next_poll(&feed.config.schedule, &history, zone, now),
        };
        let outcome = polled.outcome.clone();
        let expected = feed.last_success_at.map_or(Duration::ZERO, |at| {
            schedule::next_poll(
                &feed.config.schedule,
                &PollHistory { seed: history.seed, ..Default::default() },
                zone,
                at,
            )
            .since(at)
        });
        let record =
            PollRecord { feed: feed.id, token: feed.token, now, next_due_at, expected, outcome: polled.outcome };
        let summary = self.store.record_poll(record).await?;
        self.recorded();
        self.note_turnover(&feed, &outcome, summary, expected, now).await?;
        self.tell_of_poll(&feed, &outcome, summary, next_due_at);
        Ok(())
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

    async fn fetch_feed(&self, feed: &ClaimedFeed) -> Result<Polled, StoreError> {
        let setup = self.setup();
        let now = self.clock.now();
        let full = feed.last_full_at.is_none_or(|at| now.since(at) >= FULL_FETCH_EVERY);
        let known = if full { Validators::default() } else { feed.validators.clone() };
        let unconditional = known == Validators::default();
        let max_body = setup.config.poll.max_body;
        let named_by = if feed.config.found_on_page { NamedBy::Stranger } else { NamedBy::Operator };
        let request = Request { known, ..Request::new(&feed.config.url, named_by, ACCEPT_FEED, max_body) };
        let answer = setup.fetcher.get(request).await;
        let is_offline = self.met(&feed.config.url, answer.as_ref().err(), feed.failures == 0).await?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let failed = PollOutcome::Failed { status: None, error: error.to_string() };
                let outcome = if is_offline { PollOutcome::Unreached } else { failed };
                return Ok(Polled { outcome, retry_after: None });
            }
        };
        let retry_after = answer.retry_after(self.clock.now());
        if answer.status == 304 && unconditional {
            let outcome = PollOutcome::Failed { status: Some(304), error: UNASKED_304.to_owned() };
            return Ok(Polled { outcome, retry_after });
        }
        let outcome = self.read_feed(feed, answer).await;
        Ok(Polled { outcome, retry_after })
    }

    async fn read_feed(&self, feed: &ClaimedFeed, answer: Response) -> PollOutcome {
        let status = answer.status;
        let validators = answer.validators(&feed.validators);
        match status {
            304 => return PollOutcome::Unchanged { status, validators, full: false },
            200..=299 => {}
            _ => return PollOutcome::Failed { status: Some(status), error: answer.refusal() },
        }
        let body: [u8; 32] = blake3::hash(&answer.body).into();
        if feed.body == Some(body) {
            return PollOutcome::Unchanged { status, validators, full: true };
        }
        match self.parse(answer).await {
            Ok(document) => PollOutcome::Read {
                status,
                validators,
                body,
                partial: document.partial,
                entries: self.seen_entries(feed, document),
            },
            Err(error) => PollOutcome::Failed { status: Some(status), error: error.to_string() },
        }
    }

    async fn parse(&self, answer: Response) -> Result<FeedDocument, FeedError> {
        let parsed = self.compute(move || feed::parse(&answer.body, answer.content_type(), &answer.url)).await;
        parsed.unwrap_or_else(|panic| Err(FeedError::panicked(&panic.to_string())))
    }

    fn seen_entries(&self, feed: &ClaimedFeed, document: FeedDocument) -> Vec<SeenEntry> {
        let now = self.clock.now();
        let initial = self.setup().config.poll.initial;
        let baseline = |entry: &Entry| match feed.last_success_at {
            Some(_) => Baseline::News,
            None => first_poll_baseline(entry, now, initial),
        };
        let seen = |entry: Entry| {
            let link = entry.link.as_ref().filter(|_| feed.config.follow);
            let link = link.map(|link| identity::unwrapped(link).into_owned());
            let article = match &entry.link {
                Some(link) => identity::normalise(link),
                None => identity::of_entry(&feed.config.url, &entry.key),
            };
            SeenEntry { article, link, baseline: baseline(&entry), entry }
        };
        document.entries.into_iter().map(seen).collect()
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
