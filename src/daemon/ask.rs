//! Asks for a feed: on which conditions, how often in full, and what an answer means before anybody reads it.

use std::time::Duration;

use crate::config::Access;
use crate::fetch::{ACCEPT_FEED, FetchError, NamedBy, Request, Response, Room};
use crate::model::{Timestamp, Validators};
use crate::schedule::Freshness;
use crate::store::{ClaimedFeed, PollOutcome, StoreError, Told};

use super::{Daemon, Setup};

/// A server that answers 304 to everything is asked for the whole feed this often.
const FULL_FETCH_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// For so long every 304 of a feed is checked that gets another chance.
const PROBATION: Duration = Duration::from_secs(24 * 60 * 60);
/// What was taken down for good (410) is asked for once in this time, in case it was not.
const GONE_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// "Not modified" says nothing where nothing was said to compare with.
pub(super) const UNASKED_304: &str = "the server answered 304 to a request without conditions";

/// How a poll ended, before it is recorded.
pub(super) struct Polled {
    pub(super) outcome: PollOutcome,
    pub(super) retry_after: Option<Duration>,
    /// Until when nothing new is to be expected, by what the answer says.
    pub(super) fresh_until: Option<Timestamp>,
    pub(super) told: Told,
    /// What the document takes of the memory, until it is recorded.
    pub(super) room: Room,
}

impl Polled {
    fn without_answer(outcome: PollOutcome, retry_after: Option<Duration>) -> Self {
        Self { outcome, retry_after, fresh_until: None, told: Told::default(), room: Room::default() }
    }
}

impl Daemon {
    /// Asks for a feed and reads what comes.
    pub(super) async fn fetch_feed(&self, feed: &ClaimedFeed) -> Result<Polled, StoreError> {
        let setup = self.setup();
        let asked = self.ask_feed(&setup, feed).await;
        let is_offline = self.met(&feed.config.url, asked.as_ref().err(), feed.failures == 0).await?;
        let now = self.clock.now();
        let Asked { mut answer, is_unconditional, is_behind_304 } = match asked {
            Ok(asked) => asked,
            Err(FetchError::Held { until, .. }) => {
                return Ok(Polled::without_answer(PollOutcome::PutOff, Some(until.since(now))));
            }
            Err(_) if is_offline => return Ok(Polled::without_answer(PollOutcome::Unreached, None)),
            Err(error) => {
                let failed = PollOutcome::Failed { status: None, error: error.to_string() };
                return Ok(Polled::without_answer(failed, None));
            }
        };
        let retry_after = retry_after(&setup, &answer, now);
        if answer.status == 304 && is_unconditional {
            let failed = PollOutcome::Failed { status: Some(304), error: UNASKED_304.to_owned() };
            return Ok(Polled::without_answer(failed, retry_after));
        }
        let (fresh_for, moved_to) = (answer.fresh_for(), answer.moved_to.clone());
        let room = answer.take_room();
        let (outcome, hints) = self.read_feed(feed, answer).await;
        let freshness = Freshness { answer: fresh_for, document: hints.unwrap_or(feed.hints) };
        let fresh_until = freshness.stays_fresh_until(now);
        Ok(Polled { outcome, retry_after, fresh_until, told: Told { is_behind_304, moved_to, hints }, room })
    }

    /// Asks whether the feed has changed. Where that was denied for a day, and for a day after it was wrongly denied, the
    /// whole feed is asked for as well: at the same moment, so that nothing but the answer can be at fault.
    async fn ask_feed(&self, setup: &Setup, feed: &ClaimedFeed) -> Result<Asked, FetchError> {
        let now = self.clock.now();
        let is_distrusted = feed.distrusted_until.is_some_and(|until| now < until);
        let known = if is_distrusted { Validators::default() } else { feed.validators.clone() };
        let is_unconditional = known == Validators::default();
        let named_by = if feed.config.found_on_page { NamedBy::Stranger } else { NamedBy::Operator };
        let request = Request {
            known,
            access: setup.access_to_feed(&feed.config.name),
            ..Request::new(&feed.config.url, named_by, ACCEPT_FEED, setup.config.poll.max_body)
        };
        let answer = setup.fetcher.get(request.clone(), now).await?;
        let is_full_due = feed.last_full_at.is_none_or(|at| now.since(at) >= FULL_FETCH_EVERY);
        let is_on_probation = feed.distrusted_until.is_some_and(|until| now < until + PROBATION);
        if answer.status != 304 || is_unconditional || !(is_full_due || is_on_probation) {
            return Ok(Asked { answer, is_unconditional, is_behind_304: false });
        }
        let whole = Request { known: Validators::default(), ..request };
        let answer = setup.fetcher.get(whole, self.clock.now()).await?;
        Ok(Asked { answer, is_unconditional: true, is_behind_304: true })
    }
}

/// An answer to a request for a feed.
struct Asked {
    answer: Response,
    is_unconditional: bool,
    is_behind_304: bool,
}

/// How long to leave a feed alone: as it asks, as its host is (429), and for a day where it was taken down.
fn retry_after(setup: &Setup, answer: &Response, now: Timestamp) -> Option<Duration> {
    match answer.status {
        410 => Some(GONE_WAIT),
        429 => setup.fetcher.held_until(&answer.url, now).map(|until| until.since(now)),
        400.. => answer.retry_after(now),
        _ => None,
    }
}

/// What an answer means that is none of success. Who logs in where the address no longer is learns why that is in vain.
pub(super) fn refused(setup: &Setup, feed: &ClaimedFeed, answer: &Response) -> String {
    let (home, url) = (feed.config.url.origin(), answer.url.origin());
    let logs_in =
        !feed.config.url.username().is_empty() || setup.access_to_feed(&feed.config.name).is_some_and(Access::logs_in);
    let refusal = answer.refusal();
    if !matches!(answer.status, 401 | 403 | 404) || home == url || !logs_in {
        return refusal;
    }
    let (home, url) = (home.ascii_serialization(), url.ascii_serialization());
    format!(
        "{refusal}; the address leads to `{url}`, and what logs in goes to `{home}` alone: configure the address that it leads to"
    )
}

/// What is wrong with a document, with where it was found if that is another host than the feed's.
pub(super) fn misled(feed: &ClaimedFeed, host: Option<&str>, error: &str) -> String {
    match host.filter(|host| Some(*host) != feed.config.url.host_str()) {
        Some(host) => format!("its address leads to `{host}`: {error}"),
        None => error.to_owned(),
    }
}
