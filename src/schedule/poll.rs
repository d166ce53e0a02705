//! When to poll a feed again.

use std::time::Duration;

use chrono_tz::Tz;

use super::{Schedule, Tempo, adaptive, jitter};
use crate::model::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3_600);
/// Feeds that a crontab asks at one moment, or that are written anew at one, are kept apart by this at most.
const MOST_SPREAD: Duration = Duration::from_secs(20);
/// What a server asks for with `Retry-After` counts up to this.
pub(super) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// How the last polls of a feed went.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PollHistory<'a> {
    /// Failures in a row, the last poll included; 0 after a success.
    pub failures: u32,
    /// What the server asked for at the last poll.
    pub retry_after: Option<Duration>,
    /// Until when the feed says that nothing new will come: a hint, which stretches the wait of an adaptive schedule and no
    /// other.
    pub fresh_until: Option<Timestamp>,
    /// The same for a feed at every poll, and another for each feed: spreads them over time.
    pub seed: u64,
    /// What is learnt of its news, for a schedule that follows it.
    pub tempo: Option<&'a Tempo>,
}

/// When to poll a feed again after the poll that ended `now`. Always later than `now`.
///
/// After a success the schedule's next time; an interval is stretched by up to a tenth, and a time of a crontab comes up to
/// 20 seconds later, the same for a feed each time, so that feeds of one schedule spread out. Each failure in a row
/// doubles the wait, from about a minute up to about six hours (half of it less or more), and never before the schedule's
/// next time; a feed is never given up. `Retry-After` is respected, up to a day.
pub fn next_poll(schedule: &Schedule, history: &PollHistory<'_>, zone: Tz, now: Timestamp) -> Timestamp {
    let mut due = match (schedule.bounds(), history.tempo) {
        (Some(bounds), Some(tempo)) if history.failures == 0 => {
            let fresh_until = history.fresh_until.unwrap_or(now).min(now + bounds.longest);
            adaptive::due(tempo, bounds, now).max(fresh_until)
        }
        _ => schedule.next_after(now, zone),
    };
    due = due + spread(schedule, due.since(now), history.seed);
    if history.failures > 0 {
        let wait = failure_wait(history.failures);
        // The feeds of a host that is down ask one after the other, and the first that is answered wakes the others.
        due = due.max(now + wait / 2 + jitter::below(wait, history.seed, history.failures));
    }
    match history.retry_after {
        Some(wait) => due.max(now + wait.min(LONGEST_RETRY_AFTER)),
        None => due,
    }
}

/// A wait that keeps feeds of one schedule apart.
fn spread(schedule: &Schedule, wait: Duration, seed: u64) -> Duration {
    match schedule.interval() {
        Some(interval) => jitter::below_a_tenth(interval, seed, 0),
        None if schedule.is_adaptive() => jitter::below_a_tenth(wait, seed, 0).min(MOST_SPREAD),
        None => jitter::below_a_tenth(schedule.shortest_gap().min(MOST_SPREAD * 10), seed, 0),
    }
}

/// When to ask again while the machine is offline and nothing says how the server fares: in five minutes or up to
/// `spread` later, the same for a seed each time, so that not everything is asked at once when the network is back.
pub fn next_try(spread: Duration, seed: u64, now: Timestamp) -> Timestamp {
    now + MINUTE * 5 + jitter::below_a_tenth(spread * 10, seed, 0)
}

fn failure_wait(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (MINUTE * 2u32.pow(doublings)).min(LONGEST_WAIT)
}
