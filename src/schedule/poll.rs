//! When to poll a feed again.

use std::time::Duration;

use chrono_tz::Tz;

use super::Schedule;
use super::jitter;
use crate::model::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3_600);
/// What a server asks for with `Retry-After` counts up to this.
pub(super) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// How the last polls of a feed went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PollHistory {
    /// Failures in a row, the last poll included; 0 after a success.
    pub failures: u32,
    /// What the server asked for at the last poll.
    pub retry_after: Option<Duration>,
    /// The same for a feed at every poll, and another for each feed: spreads them over time.
    pub seed: u64,
}

/// When to poll a feed again after the poll that ended `now`. Always later than `now`.
///
/// After a success the schedule's next time; an interval is stretched by up to a tenth, the same for a feed each time,
/// so that feeds added together spread out. Each failure in a row doubles the wait, from a minute up to six hours, and
/// never before the schedule's next time; a feed is never given up. `Retry-After` is respected, up to a day.
pub fn next_poll(schedule: &Schedule, history: &PollHistory, zone: Tz, now: Timestamp) -> Timestamp {
    let mut due = schedule.next_after(now, zone);
    if let Some(interval) = schedule.interval() {
        due = due + jitter::below_a_tenth(interval, history.seed, 0);
    }
    if history.failures > 0 {
        let wait = failure_wait(history.failures);
        due = due.max(now + wait + jitter::below_a_tenth(wait, history.seed, history.failures));
    }
    match history.retry_after {
        Some(wait) => due.max(now + wait.min(LONGEST_RETRY_AFTER)),
        None => due,
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
