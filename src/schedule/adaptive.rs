//! `adaptive`: a feed is asked when a new entry of it is likely to be waiting.

use std::time::Duration;

use super::Tempo;
use crate::model::Timestamp;

/// One request is worth so many hours of entries that wait: 50 seconds of one, or 10 of five.
///
/// Of a feed with an entry an hour this makes a request every ten minutes, with one a day every fifty.
const WORTH: f64 = 50.0 / 3_600.0;
/// Of what stood in the document that was read last, so much may have come at most when it is read again: what was cut
/// off at its end was never seen.
const OVERLAP: f64 = 1.0 / 3.0;

/// The shortest and the longest time between two polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub shortest: Duration,
    pub longest: Duration,
}

impl Default for Bounds {
    /// Publishers welcome a request every two minutes where there is news; nothing waits longer than half an hour.
    fn default() -> Self {
        Self { shortest: Duration::from_secs(120), longest: Duration::from_secs(1_800) }
    }
}

/// When to ask a feed again that was read `now`.
///
/// With each moment the entries that are likely to have come (by its [`Tempo`]) have waited longer; the poll is due once
/// they have waited for [`WORTH`] all together. For news that come at a steady rate this spends requests such that
/// entries wait as little as so many requests allow (by the square root of the rate, as crawlers do for pages: Cho and
/// Garcia-Molina 2003); a feed that is written anew at fixed minutes is asked shortly after those.
pub(super) fn due(tempo: &Tempo, bounds: Bounds, now: Timestamp) -> Timestamp {
    let longest = tempo.missed_after().map_or(bounds.longest, |wait| wait.min(bounds.longest));
    let (soonest, latest) = (now + bounds.shortest, now + longest);
    let outlook = tempo.outlook(now);
    let most = (tempo.listed() as f64 * OVERLAP).max(1.0);
    let (mut at, mut come, mut waited) = (now, 0.0, 0.0);
    while at < latest {
        let step = to_next_minute(at).min(latest.since(at));
        let hours = step.as_secs_f64() / 3_600.0;
        let coming = outlook.at(at) * hours;
        let waiting = (come + coming / 2.0) * hours;
        let share = ((WORTH - waited) / waiting).min((most - come) / coming);
        if share < 1.0 {
            at = at + step.mul_f64(share.max(0.0));
            break;
        }
        (come, waited, at) = (come + coming, waited + waiting, at + step);
    }
    at.max(soonest)
}

fn to_next_minute(at: Timestamp) -> Duration {
    Duration::from_millis(60_000 - at.as_millis().rem_euclid(60_000).unsigned_abs())
}
