//! Reads the many ways in which pages write a moment.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::model::Timestamp;

use super::written;

/// The first of these that is a moment with a time of day; else the first that is a day, at midnight UTC.
///
/// A source with a time of day must speak of the same day to be preferred, give or take the zone.
pub fn best(stated: impl IntoIterator<Item = String>) -> Option<Timestamp> {
    let mut day: Option<DateTime<Utc>> = None;
    for text in stated {
        match read(&text) {
            Some(Moment::Time(time)) => match day {
                Some(day) if (time - day).abs() > TimeDelta::hours(38) => {}
                _ => return Some(time.into()),
            },
            Some(Moment::Day(date)) if day.is_none() => day = Some(date.and_time(NaiveTime::MIN).and_utc()),
            _ => {}
        }
    }
    day.map(Timestamp::from)
}

enum Moment {
    Time(DateTime<Utc>),
    Day(NaiveDate),
}

fn read(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let moment = zoned(text)
        .or_else(|| unzoned(text))
        .map(Moment::Time)
        .or_else(|| day(text).map(Moment::Day))
        .or_else(|| epoch(text).map(Moment::Time))
        .or_else(|| written::read(text).map(|read| read.time.map_or(Moment::Day(read.day), Moment::Time)))?;
    is_plausible(&moment).then_some(moment)
}

/// From the first newspapers on the web to the end of the century: anything else is a default or a slip.
fn is_plausible(moment: &Moment) -> bool {
    let date = match moment {
        Moment::Time(time) => time.date_naive(),
        Moment::Day(date) => *date,
    };
    NaiveDate::from_ymd_opt(1990, 1, 1).is_some_and(|first| date >= first)
        && NaiveDate::from_ymd_opt(2099, 12, 31).is_some_and(|last| date <= last)
}

fn zoned(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    if let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return Some(time.to_utc());
    }
    let text = text.strip_suffix(['Z', 'z']).map_or_else(|| text.to_owned(), |bare| format!("{bare}+0000"));
    const FORMATS: [&str; 8] = [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M:%S%.f %#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M %#z",
        "%Y%m%dT%H%M%S%#z",
        "%Y/%m/%d %H:%M:%S %#z",
        "%a %b %d %H:%M:%S %z %Y",
    ];
    FORMATS.iter().find_map(|format| DateTime::parse_from_str(&text, format).ok()).map(|time| time.to_utc())
}

/// Without a zone it is taken as UTC: of all guesses the one that is wrong by the fewest hours.
fn unzoned(text: &str) -> Option<DateTime<Utc>> {
    const FORMATS: [&str; 9] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d %H:%M",
        "%Y%m%d%H%M%S",
        "%B %d, %Y %H:%M",
        "%d.%m.%Y %H:%M",
    ];
    let text = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT")).unwrap_or(text);
    FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).map(|time| time.and_utc())
}

fn day(text: &str) -> Option<NaiveDate> {
    const FORMATS: [&str; 9] = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y%m%d",
        "%B %d, %Y",
        "%b %d, %Y",
        "%d %B %Y",
        "%d %b %Y",
        "%d.%m.%Y",
        "%A, %B %d, %Y",
    ];
    FORMATS
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .filter(|date| date.checked_add_days(Days::new(1)).is_some())
}

/// Seconds or milliseconds since the epoch.
fn epoch(text: &str) -> Option<DateTime<Utc>> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    match text.len() {
        9 | 10 => DateTime::from_timestamp(number, 0),
        12 | 13 => DateTime::from_timestamp_millis(number),
        _ => None,
    }
}
