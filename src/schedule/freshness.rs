//! How long a feed says that it has nothing new: hints, never believed for long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

const HOUR: Duration = Duration::from_secs(60 * 60);
const HOUR_MILLIS: i64 = 60 * 60 * 1_000;
/// What an HTTP answer says of itself counts up to this: until then whoever caches gives out the same.
const LONGEST_OF_ANSWER: Duration = HOUR;
/// What the document says counts for less: WordPress writes `hourly` into the feed of every site.
const LONGEST_OF_DOCUMENT: Duration = Duration::from_secs(15 * 60);
/// 1970-01-01 was a Thursday; days are counted from Sunday.
const FIRST_DAY: i64 = 4;

/// What a feed document says of when to come again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// RSS `ttl`, or the time between two updates by `sy:updatePeriod` and `sy:updateFrequency`.
    pub lasts: Option<Duration>,
    /// RSS `skipHours`: bit 0 is the hour after midnight, UTC.
    pub skip_hours: u32,
    /// RSS `skipDays`: bit 0 is Sunday, UTC.
    pub skip_days: u8,
}

/// What is known of how long an answer holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freshness {
    /// `max-age` less `Age`, or `Expires` less `Date`.
    pub answer: Option<Duration>,
    pub document: Hints,
}

impl Freshness {
    /// Until when nothing new is to be expected after an answer that came `now`: at most an hour later, and `None` where
    /// nothing says so.
    ///
    /// A hint: a schedule that somebody typed counts for more. An hour or a day that the feed wants skipped puts the time
    /// off to its end, or for an hour.
    pub fn stays_fresh_until(&self, now: Timestamp) -> Option<Timestamp> {
        let answer = self.answer.map_or(Duration::ZERO, |left| left.min(LONGEST_OF_ANSWER));
        let document = self.document.lasts.map_or(Duration::ZERO, |lasts| lasts.min(LONGEST_OF_DOCUMENT));
        let mut until = now + answer.max(document);
        if self.document.skips(until) {
            until = end_of_hour(until).min(now + HOUR).max(until);
        }
        (until > now).then_some(until)
    }
}

impl Hints {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn skips(&self, at: Timestamp) -> bool {
        let hour = at.as_millis().div_euclid(HOUR_MILLIS);
        let day = (hour.div_euclid(24) + FIRST_DAY).rem_euclid(7);
        self.skip_hours >> hour.rem_euclid(24) & 1 == 1 || self.skip_days >> day & 1 == 1
    }
}

fn end_of_hour(at: Timestamp) -> Timestamp {
    Timestamp::from_millis((at.as_millis().div_euclid(HOUR_MILLIS) + 1) * HOUR_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn an_answer_is_believed_for_an_hour_and_a_document_for_a_quarter() {
        let now = at("2026-11-22T12:10:00Z");
        for (answer, document, minutes) in [
            (None, None, None),
            (Some(0), None, None),
            (Some(5 * MINUTE), None, Some(5)),
            (Some(86_400 * 365), None, Some(60)),
            (None, Some(10 * MINUTE), Some(10)),
            (None, Some(60 * MINUTE), Some(15)),
            (Some(5 * MINUTE), Some(10 * MINUTE), Some(10)),
            (Some(30 * MINUTE), Some(60 * MINUTE), Some(30)),
            (Some(0), Some(u64::MAX), Some(15)),
        ] {
            let document = Hints { lasts: document.map(Duration::from_secs), ..Hints::default() };
            let freshness = Freshness { answer: answer.map(Duration::from_secs), document };
            let until = freshness.stays_fresh_until(now);
            let wanted = minutes.map(|minutes: u64| now + Duration::from_secs(minutes * MINUTE));
            assert_eq!(until, wanted, "{freshness:?}");
        }
    }

    #[test]
    fn skipped_hours_and_days_put_a_poll_off_by_an_hour_at_most() {
        // 2026-11-22 is a Sunday.
        for (now, hours, days, until) in [
            ("2026-11-22T12:10:00Z", 1 << 12, 0, Some("2026-11-22T13:00:00Z")),
            ("2026-11-22T12:00:00Z", 1 << 12 | 1 << 13, 0, Some("2026-11-22T13:00:00Z")),
            ("2026-11-22T12:10:00Z", 1 << 13, 0, None),
            ("2026-11-22T23:59:00Z", 0, 1 << 0, Some("2026-11-23T00:00:00Z")),
            ("2026-11-23T00:00:00Z", 0, 1 << 0, None),
            ("2026-11-23T00:30:00Z", 0, 1 << 1, Some("2026-11-23T01:00:00Z")),
        ] {
            let document = Hints { lasts: None, skip_hours: hours, skip_days: days };
            let freshness = Freshness { answer: None, document };
            assert_eq!(freshness.stays_fresh_until(at(now)), until.map(at), "{now} {hours:b} {days:b}");
        }
    }
}
