//! Dates as feeds write them: RFC 822 and RFC 3339 with every deviation that is common.

use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeDelta};

use crate::model::Timestamp;

/// A longer text is no date.
const MAX_BYTES: usize = 120;

/// Software that has no date writes the year 1, and other years outside this range are as wrong.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2999;

/// Two-digit years below this are of this century (RFC 2822 §4.3 says 50; feeds did not exist before 1997).
const FIRST_YEAR_OF_LAST_CENTURY: i32 = 70;

/// The moment that `text` names, or `None` when it names none.
///
/// A date without a time is midnight, a time without a zone is UTC, and so is one with a zone that nobody knows.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text);
    }
    iso(text).or_else(|| words(text))
}

/// `20261122`, `20261122140500`, or seconds or milliseconds since the epoch.
fn digits(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    match text.len() {
        4 => Moment::on(number.try_into().ok()?, 1, 1).timestamp(),
        8 => Moment::on(part(0..4)?.try_into().ok()?, part(4..6)?, part(6..8)?).timestamp(),
        9 | 10 => Some(Timestamp::from_millis(number * 1000)),
        13 => Some(Timestamp::from_millis(number)),
        14 => {
            let mut moment = Moment::on(part(0..4)?.try_into().ok()?, part(4..6)?, part(6..8)?);
            (moment.hour, moment.minute, moment.second) = (part(8..10)?, part(10..12)?, part(12..14)?);
            moment.timestamp()
        }
        _ => None,
    }
}

/// RFC 3339 and what ISO 8601 allows beyond it, also with a blank for the `T` and slashes for the hyphens.
fn iso(text: &str) -> Option<Timestamp> {
    let date_end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '/' | '.'))).unwrap_or(text.len());
    let mut moment = iso_date(text[..date_end].trim_end_matches('.'))?;
    let time = text[date_end..].trim_start_matches(|c: char| matches!(c, 'T' | 't' | ',') || c.is_whitespace());
    if !time.is_empty() {
        read_time(&mut moment, time)?;
    }
    moment.timestamp()
}

fn iso_date(text: &str) -> Option<Moment> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let year: i32 = parts.first().filter(|year| year.len() == 4)?.parse().ok()?;
    match parts.as_slice() {
        [_] => Some(Moment::on(year, 1, 1)),
        [_, day] if day.len() == 3 => Moment::on_day(year, day.parse().ok()?),
        [_, month] => Some(Moment::on(year, month.parse().ok()?, 1)),
        [_, month, day] => Some(Moment::on(year, month.parse().ok()?, day.parse().ok()?)),
        _ => None,
    }
}

/// RFC 822, asctime, and every other order of day, month by name, year, time and zone.
fn words(text: &str) -> Option<Timestamp> {
    let mut moment = Moment::default();
    let mut numbers: Vec<&str> = Vec::new();
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    for word in words {
        if word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit()) {
            read_time(&mut moment, word)?;
        } else if let Some((day, month, year)) = hyphenated(word) {
            numbers.extend([day, year]);
            moment.month = month;
        } else if let Some(month) = month_named(word).filter(|_| moment.month == 0) {
            moment.month = month;
        } else if word.bytes().all(|byte| byte.is_ascii_digit()) {
            numbers.push(word);
        } else if let Some(number) = ordinal(word) {
            numbers.push(number);
        } else {
            read_zone(&mut moment, word);
        }
    }
    let (day, year) = match numbers.as_slice() {
        [year, day, ..] if year.len() == 4 => (*day, *year),
        [day, year, ..] => (*day, *year),
        [only] if only.len() == 4 => ("1", *only),
        _ => return None,
    };
    moment.day = day.parse().ok()?;
    moment.year = full_year(year)?;
    moment.timestamp()
}

/// `22-Nov-2026`.
fn hyphenated(word: &str) -> Option<(&str, u32, &str)> {
    let mut parts = word.split(['-', '/']);
    let (day, month, year) = (parts.next()?, month_named(parts.next()?)?, parts.next()?);
    (parts.next().is_none() && !day.is_empty()).then_some((day, month, year))
}

/// The number of `22nd` or `22.`.
fn ordinal(word: &str) -> Option<&str> {
    let end = word.find(|c: char| !c.is_ascii_digit())?;
    (end > 0 && matches!(&word[end..], "st" | "nd" | "rd" | "th" | ".")).then(|| &word[..end])
}

fn full_year(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    Some(match text.len() {
        1 | 2 if year < FIRST_YEAR_OF_LAST_CENTURY => year + 2000,
        // Software that counts years from 1900 gave 100 for 2000.
        1..=3 => year + 1900,
        _ => year,
    })
}

/// `14:05`, `14:05:00.123`, `2:05pm`, each with a zone behind it.
fn read_time(moment: &mut Moment, text: &str) -> Option<()> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(text.len());
    let (time, zone) = text.split_at(end);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = time.split(':').filter(|part| !part.is_empty());
    let hour = parts.next()?;
    if hour.len() > 2 {
        // `T140500`.
        moment.hour = hour.get(..2)?.parse().ok()?;
        moment.minute = hour.get(2..4)?.parse().ok()?;
        moment.second = hour.get(4..6).unwrap_or("0").parse().ok()?;
    } else {
        moment.hour = hour.parse().ok()?;
        moment.minute = parts.next().unwrap_or("0").parse().ok()?;
        moment.second = parts.next().unwrap_or("0").parse().ok()?;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    moment.millisecond = digits.parse().unwrap_or(0);
    zone.split_whitespace().for_each(|zone| read_zone(moment, zone));
    Some(())
}

/// A zone as an offset (`+0100`, `+1`, `GMT+01:00`) or by name, or half of the day (`pm`).
fn read_zone(moment: &mut Moment, word: &str) {
    let name_end = word.find(['+', '-', '\u{2212}']).unwrap_or(word.len());
    let (name, offset) = word.split_at(name_end);
    let name = name.trim_matches(|c: char| !c.is_ascii_alphabetic()).to_ascii_uppercase();
    match name.as_str() {
        "AM" if moment.hour == 12 => moment.hour = 0,
        "PM" if moment.hour < 12 => moment.hour += 12,
        _ => {}
    }
    if let Some(minutes) = offset_minutes(offset) {
        moment.offset_minutes = minutes;
    } else if let Some(hours_by_ten) = zone_named(&name) {
        moment.offset_minutes = hours_by_ten * 6;
    }
}

fn offset_minutes(text: &str) -> Option<i32> {
    let sign = match text.chars().next()? {
        '+' => 1,
        _ => -1,
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        3 => digits.split_at(1),
        4 | 6 => (&digits[..2], &digits[2..4]),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Tenths of an hour east of Greenwich. Where a name has several meanings, the one that news feeds use.
fn zone_named(name: &str) -> Option<i32> {
    Some(match name {
        "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
        "BST" | "CET" | "MEZ" | "WEST" | "WAT" => 10,
        "CEST" | "MESZ" | "EET" | "SAST" | "CAT" => 20,
        "EEST" | "MSK" | "EAT" | "TRT" => 30,
        "GST" => 40,
        "PKT" => 50,
        "IST" => 55,
        "ICT" | "WIB" => 70,
        "HKT" | "SGT" | "AWST" | "PHT" => 80,
        "JST" | "KST" => 90,
        "ACST" => 95,
        "AEST" => 100,
        "AEDT" => 110,
        "NZST" => 120,
        "NZDT" => 130,
        "BRT" | "ART" | "ADT" => -30,
        "AST" | "EDT" => -40,
        "EST" | "CDT" => -50,
        "CST" | "MDT" => -60,
        "MST" | "PDT" => -70,
        "PST" | "AKDT" => -80,
        "AKST" => -90,
        "HST" => -100,
        _ => return None,
    })
}

/// The number of the month in English, German, French, Spanish, Portuguese, Italian, Dutch or Swedish.
fn month_named(word: &str) -> Option<u32> {
    #[rustfmt::skip]
    const MONTHS: [(&str, u32); 38] = [
        ("jan", 1), ("ene", 1), ("gen", 1), ("feb", 2), ("fév", 2), ("fev", 2), ("mar", 3), ("mär", 3), ("mrt", 3),
        ("maa", 3), ("apr", 4), ("avr", 4), ("abr", 4), ("may", 5), ("mai", 5), ("mei", 5), ("maj", 5), ("mag", 5),
        ("jun", 6), ("juin", 6), ("giu", 6), ("jul", 7), ("juil", 7), ("lug", 7), ("aug", 8), ("aoû", 8), ("ago", 8),
        ("sep", 9), ("set", 9), ("oct", 10), ("okt", 10), ("ott", 10), ("out", 10), ("nov", 11), ("dec", 12),
        ("dez", 12), ("déc", 12), ("dic", 12),
    ];
    let word = word.to_lowercase();
    if word.starts_with(|c: char| !c.is_alphabetic()) || word.chars().count() < 3 || word == "mardi" {
        return None;
    }
    MONTHS.iter().find(|(start, _)| word.starts_with(start)).map(|(_, month)| *month)
}

/// A moment as a text spells it out.
#[derive(Debug, Default, Clone, Copy)]
struct Moment {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    millisecond: u32,
    offset_minutes: i32,
}

impl Moment {
    fn on(year: i32, month: u32, day: u32) -> Self {
        Self { year, month, day, ..Self::default() }
    }

    fn on_day(year: i32, day_of_year: u32) -> Option<Self> {
        use chrono::Datelike;
        let date = NaiveDate::from_yo_opt(year, day_of_year)?;
        Some(Self::on(year, date.month(), date.day()))
    }

    fn timestamp(self) -> Option<Timestamp> {
        if !YEARS.contains(&self.year) || self.hour > 24 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let date = NaiveDate::from_ymd_opt(self.year, self.month, self.day)?;
        // 24:00 is midnight of the next day; a leap second is the last one before it.
        let time = NaiveTime::from_hms_milli_opt(self.hour % 24, self.minute, self.second.min(59), self.millisecond)?;
        let days = TimeDelta::days(i64::from(self.hour / 24));
        let zone = FixedOffset::east_opt(self.offset_minutes * 60)?;
        let local = date.and_time(time).checked_add_signed(days)?.and_local_timezone(zone).single()?;
        Some(local.to_utc().into())
    }
}
