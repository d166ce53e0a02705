//! Since when to look, as people type it.

use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::parse_duration;
use crate::model::Timestamp;

/// What was typed is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a span such as `7d` or `12h` nor a date such as `2026-11-22`")]
pub struct NotATime;

/// Since when to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Ago(Duration),
    /// From midnight in the user's zone.
    Day(NaiveDate),
    Moment(Timestamp),
}

impl Since {
    /// The moment that is meant when it is `now`.
    pub fn at(self, zone: Tz, now: Timestamp) -> Timestamp {
        match self {
            Since::Ago(span) => now - span,
            Since::Moment(moment) => moment,
            Since::Day(day) => {
                let midnight = day.and_time(NaiveTime::MIN);
                // A zone that skips midnight for daylight saving starts the day an hour later; UTC is close enough.
                let local = zone.from_local_datetime(&midnight).earliest();
                local.map_or_else(|| midnight.and_utc().into(), |local| local.to_utc().into())
            }
        }
    }
}

impl FromStr for Since {
    type Err = NotATime;

    fn from_str(typed: &str) -> Result<Self, NotATime> {
        if let Ok(span) = parse_duration(typed) {
            return Ok(Self::Ago(span));
        }
        if let Ok(day) = typed.parse() {
            return Ok(Self::Day(day));
        }
        typed.parse().map(Self::Moment).map_err(|_| NotATime)
    }
}
