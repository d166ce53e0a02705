//! The hours in which nobody wants mail.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveTime, Timelike};
use chrono_tz::Tz;

use super::duration::shorten;
use super::{ScheduleError, local_time};
use crate::model::Timestamp;

/// A time of every day, `23:00-06:00`, on the clocks of a zone; may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    start: NaiveTime,
    /// Not included, and never equal to `start`.
    end: NaiveTime,
}

impl Quiet {
    /// When the quiet time that holds `now` is over, or `None` when it is not quiet.
    pub fn ends_at(&self, now: Timestamp, zone: Tz) -> Option<Timestamp> {
        let wall = local_time::wall_at(zone, now.to_utc());
        if !self.holds(wall.time()) {
            return None;
        }
        let day = if wall.time() < self.end { wall.date() } else { wall.date().checked_add_days(Days::new(1))? };
        let end = day.and_time(self.end);
        let first = Timestamp::from(local_time::first_moment(zone, end));
        // In the second of two equal hours the first end is past already.
        let end = if first > now { first } else { Timestamp::from(local_time::last_moment(zone, end)) };
        // Where the clocks skip the end (a whole day, in Samoa), the next quiet time may have begun.
        (end > now).then(|| self.ends_at(end, zone).unwrap_or(end))
    }

    fn holds(&self, time: NaiveTime) -> bool {
        match self.start < self.end {
            true => self.start <= time && time < self.end,
            false => self.start <= time || time < self.end,
        }
    }
}

impl FromStr for Quiet {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed =
            || ScheduleError::new(format!("`{}` is no time of day", shorten(text))).hint("write it like `23:00-06:00`");
        let (start, end) = text.split_once(['-', '–']).ok_or_else(malformed)?;
        let start = parse_time(start).ok_or_else(malformed)?;
        let end = parse_time(end).ok_or_else(malformed)?;
        if start == end {
            return Err(ScheduleError::new(format!("`{}` begins and ends at the same time", shorten(text)))
                .hint("leave `quiet` out for no quiet time"));
        }
        Ok(Self { start, end })
    }
}

/// `23:00`, `6:30`; `24:00` is midnight.
fn parse_time(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_number = |word: &str| (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || minute.len() != 2 || !is_number(minute) {
        return None;
    }
    match (hour.parse().ok()?, minute.parse().ok()?) {
        (24, 0) => NaiveTime::from_hms_opt(0, 0, 0),
        (hour, minute) => NaiveTime::from_hms_opt(hour, minute, 0),
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |time: NaiveTime| format!("{:02}:{:02}", time.hour(), time.minute());
        write!(f, "{}-{}", clock(self.start), clock(self.end))
    }
}
