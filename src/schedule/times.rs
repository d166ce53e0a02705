//! The times at which something happens again and again: a crontab line, `every 10m`, or `adaptive`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ScheduleError;
use super::adaptive::Bounds;
use super::crontab::Crontab;
use super::duration::{parse_duration, shorten};
use crate::model::Timestamp;

/// A schedule as typed: cron with five fields, or six with seconds first, `@hourly` and its kin, `every 10m`, or for a
/// feed `adaptive` (`adaptive 2m to 30m`).
///
/// Cheap to clone. Equal when typed alike.
#[derive(Clone)]
pub struct Schedule {
    text: Arc<str>,
    times: Times,
}

#[derive(Clone)]
enum Times {
    Cron(Arc<Crontab>),
    Every(Duration),
    Adaptive(Bounds),
}

impl Schedule {
    /// A schedule that comes round after each `interval`; less than a second counts as one.
    pub fn every(interval: Duration) -> Self {
        let interval = interval.max(Duration::from_secs(1));
        Self { text: format!("every {}", super::show_duration(interval)).into(), times: Times::Every(interval) }
    }

    /// The first time after `after`, on the clocks of `zone`; `every 10m` counts from `after`, and so does the shortest
    /// wait of `adaptive`.
    ///
    /// Later starts never give earlier times. A time that the clocks skip in spring comes when they have passed it, one
    /// that they show twice in autumn comes once, at the first; schedules for every hour go on through the repeated hour.
    pub fn next_after(&self, after: Timestamp, zone: Tz) -> Timestamp {
        match &self.times {
            Times::Every(interval) => after + *interval,
            Times::Adaptive(bounds) => after + bounds.shortest,
            Times::Cron(crontab) => {
                crontab.next_after(after.to_utc(), zone).map_or_else(|| beyond(after), Timestamp::from)
            }
        }
    }

    /// The shortest time between two runs.
    pub fn shortest_gap(&self) -> Duration {
        match &self.times {
            Times::Every(interval) => *interval,
            Times::Adaptive(bounds) => bounds.shortest,
            Times::Cron(crontab) => crontab.shortest_gap(),
        }
    }

    /// The interval of `every 10m`; `None` for others.
    pub fn interval(&self) -> Option<Duration> {
        match self.times {
            Times::Every(interval) => Some(interval),
            _ => None,
        }
    }

    /// Whether it follows what is learnt of a feed.
    pub fn is_adaptive(&self) -> bool {
        self.bounds().is_some()
    }

    pub(super) fn bounds(&self) -> Option<Bounds> {
        match self.times {
            Times::Adaptive(bounds) => Some(bounds),
            _ => None,
        }
    }
}

const SHORTEST_ADAPTIVE: Duration = Duration::from_secs(1);
const LONGEST_ADAPTIVE: Duration = Duration::from_secs(86_400);

/// A cron calendar ends with the year 2100: from then on once a day.
fn beyond(after: Timestamp) -> Timestamp {
    const YEAR_2101: Timestamp = Timestamp::from_millis(4_133_980_800_000);
    (after + Duration::from_secs(86_400)).max(YEAR_2101)
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        let offset = text.len() - text.trim_start().len();
        let times = parse(trimmed).map_err(|error| error.shifted(offset))?;
        Ok(Self { text: trimmed.into(), times })
    }
}

fn parse(text: &str) -> Result<Times, ScheduleError> {
    const LONGEST_LINE: usize = 1_000;
    if text.is_empty() {
        return Err(ScheduleError::new("the schedule is empty").hint("write one like `*/10 * * * *` or `every 10m`"));
    }
    if text.len() > LONGEST_LINE {
        return Err(ScheduleError::new(format!("`{}` is too long for a schedule", shorten(text))));
    }
    if let Some(bounds) = text.strip_prefix("adaptive") {
        return parse_adaptive(text, bounds);
    }
    if let Some(interval) = text.strip_prefix("every").filter(|rest| rest.starts_with(char::is_whitespace)) {
        return parse_interval(text, interval);
    }
    if let Ok(interval) = parse_duration(text) {
        return Err(ScheduleError::new(format!("`{}` is no schedule", shorten(text)))
            .hint(format!("write `every {}`", super::show_duration(interval))));
    }
    Crontab::parse(text).map(|crontab| Times::Cron(Arc::new(crontab)))
}

fn parse_interval(text: &str, interval: &str) -> Result<Times, ScheduleError> {
    let start = text.len() - interval.trim_start().len();
    let interval = parse_duration(interval).map_err(|error| error.at(start..text.len()))?;
    if interval.is_zero() {
        return Err(ScheduleError::new("an interval of zero would never rest").at(start..text.len()));
    }
    Ok(Times::Every(interval))
}

/// What stands after `adaptive`: nothing, or `2m to 30m`.
fn parse_adaptive(text: &str, bounds: &str) -> Result<Times, ScheduleError> {
    if bounds.is_empty() {
        return Ok(Times::Adaptive(Bounds::default()));
    }
    let start = text.len() - bounds.len();
    let Some((shortest, longest)) = bounds.split_once(" to ").filter(|_| bounds.starts_with(char::is_whitespace))
    else {
        return Err(ScheduleError::new(format!("`{}` is no schedule", shorten(text)))
            .at(start..text.len())
            .hint("write `adaptive`, or `adaptive 2m to 30m` with the shortest and the longest wait"));
    };
    let (shortest_span, longest_span) = (start..start + shortest.len(), text.len() - longest.len()..text.len());
    let shortest = parse_duration(shortest).map_err(|error| error.at(shortest_span.clone()))?;
    let longest = parse_duration(longest).map_err(|error| error.at(longest_span.clone()))?;
    if shortest < SHORTEST_ADAPTIVE {
        return Err(ScheduleError::new("the shortest wait of `adaptive` is a second at least").at(shortest_span));
    }
    if longest < shortest || longest > LONGEST_ADAPTIVE {
        return Err(ScheduleError::new("the longest wait of `adaptive` is from its shortest to a day").at(longest_span));
    }
    Ok(Times::Adaptive(Bounds { shortest, longest }))
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Schedule {}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schedule").field(&self.text).finish()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
