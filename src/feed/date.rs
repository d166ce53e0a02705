//! Dates as feeds write them: RFC 822 and RFC 3339 with every deviation that is common.

use std::borrow::Cow;

use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeDelta};

use super::calendar::{is_afternoon, month_named, zone_named};
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
    let text = without_signs(text);
    iso(&text).or_else(|| words(&text))
}

/// `2026-11-22 14:05:` of `2026年11月22日 14時05分`: the signs that stand for year, month and day in Korean, Japanese and
/// Chinese, as others write them.
fn without_signs(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(['년', '年']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '년' | '年' | '월' | '月' => {
                out.truncate(out.trim_end().len());
                out.push('-');
            }
            '일' | '日' | '초' | '秒' => out.push(' '),
            '시' | '時' | '时' | '분' | '分' => out.push(':'),
            ' ' if out.ends_with(['-', ':']) => {}
            _ => out.push(character),
        }
    }
    out.into()
}

/// `20261122`, `20261122140500`, or seconds or milliseconds since the epoch.
fn digits(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    match text.len() {
        4 => Moment::on(number.try_into().ok()?, 1, 1).timestamp(),
        7 | 8 => joined_date(text)?.timestamp(),
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
    let mut time = text[date_end..].trim_start_matches(|c: char| matches!(c, 'T' | 't' | ',') || c.is_whitespace());
    if let Some((half, rest)) = time.split_once(' ').filter(|(half, _)| is_afternoon(&half.to_uppercase()).is_some()) {
        read_zone(&mut moment, half);
        time = rest.trim_start();
    }
    if !time.is_empty() {
        read_time(&mut moment, time)?;
    }
    moment.timestamp()
}

fn iso_date(text: &str) -> Option<Moment> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    if let [digits] = parts.as_slice()
        && digits.len() > 4
    {
        return joined_date(digits);
    }
    let year: i32 = parts.first().filter(|year| year.len() == 4)?.parse().ok()?;
    match parts.as_slice() {
        [_] => Some(Moment::on(year, 1, 1)),
        [_, day] if day.len() == 3 => Moment::on_day(year, day.parse().ok()?),
        [_, month] => Some(Moment::on(year, month.parse().ok()?, 1)),
        [_, month, day] => Some(Moment::on(year, month.parse().ok()?, day.parse().ok()?)),
        _ => None,
    }
}

/// `20261122`, or with the day of the year `2026326`.
fn joined_date(digits: &str) -> Option<Moment> {
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok());
    let year = i32::try_from(part(0..4)?).ok()?;
    match digits.len() {
        7 => Moment::on_day(year, part(4..7)?),
        8 => Some(Moment::on(year, part(4..6)?, part(6..8)?)),
        _ => None,
    }
}

/// `22.11.2026`, `22/11/2026` and `11/22/2026`; nothing where slashes leave open which is the day.
fn numeric_date(word: &str) -> Option<Moment> {
    if let Some(moment) = iso_date(word.trim_end_matches(['.', '-'])) {
        return Some(moment);
    }
    let separator = word.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = word.trim_end_matches(separator).split(separator).collect();
    let [first, second, year] = parts.as_slice() else { return None };
    let year = full_year(year).filter(|_| year.len() == 4)?;
    let (first, second): (u32, u32) = (first.parse().ok()?, second.parse().ok()?);
    match (separator, first, second) {
        ('.', day, month) => Some(Moment::on(year, month, day)),
        ('/' | '-', day @ 13.., month) | ('/' | '-', month, day @ 13..) => Some(Moment::on(year, month, day)),
        ('/' | '-', day, month) if day == month => Some(Moment::on(year, month, day)),
        _ => None,
    }
}

/// RFC 822, asctime, and every other order of day, month by name, year, time and zone.
fn words(text: &str) -> Option<Timestamp> {
    let mut moment = Moment::default();
    let mut numbers: Vec<&str> = Vec::new();
    // A month was named before any number.
    let mut is_before_day = false;
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    for word in words {
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        if let Some((day, month, year, time)) = hyphenated(word) {
            numbers.extend([day, year]);
            moment.month = month;
            if !time.is_empty() {
                read_time(&mut moment, time)?;
            }
        } else if word.contains(':') && is_number {
            read_time(&mut moment, word)?;
        } else if moment.month != 0 && is_number && word.split('.').count() == 3 {
            // `14.05.09`.
            read_time(&mut moment, &word.replace('.', ":"))?;
        } else if let Some(date) = numeric_date(word).filter(|_| is_number && word.len() > 7) {
            (moment.year, moment.month, moment.day) = (date.year, date.month, date.day);
        } else if let Some(month) =
            month_named(word).filter(|_| moment.month == 0 || is_before_day && numbers.len() == 1)
        {
            // `mar. 24 nov. 2026`: the first was a day of the week.
            moment.month = month;
            is_before_day = numbers.is_empty();
        } else if word.bytes().all(|byte| byte.is_ascii_digit()) {
            numbers.push(word);
        } else if let Some(number) = ordinal(word) {
            numbers.push(number);
        } else {
            read_zone(&mut moment, word);
        }
    }
    if moment.year != 0 {
        return moment.timestamp();
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

/// `22-Nov-2026` and `2026-november-22T14:05`: day, month, year and what follows.
fn hyphenated(word: &str) -> Option<(&str, u32, &str, &str)> {
    let mut parts = word.splitn(3, ['-', '/']);
    let (first, month, last) = (parts.next()?, month_named(parts.next()?)?, parts.next()?);
    let (last, rest) = last.split_at(last.find(|c: char| !c.is_ascii_digit()).unwrap_or(last.len()));
    if first.is_empty() || last.is_empty() {
        return None;
    }
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    Some((day, month, year, rest.trim_start_matches('T')))
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
    let name = name.trim_matches(|c: char| !c.is_alphabetic()).to_uppercase();
    moment.is_afternoon = is_afternoon(&name).or(moment.is_afternoon);
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
    /// Whether a 12-hour clock was past noon.
    is_afternoon: Option<bool>,
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
        let hour = match self.is_afternoon {
            Some(false) if self.hour == 12 => 0,
            Some(true) if self.hour < 12 => self.hour + 12,
            _ => self.hour,
        };
        if !YEARS.contains(&self.year) || hour > 24 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let date = NaiveDate::from_ymd_opt(self.year, self.month, self.day)?;
        // 24:00 is midnight of the next day; a leap second is the last one before it.
        let time = NaiveTime::from_hms_milli_opt(hour % 24, self.minute, self.second.min(59), self.millisecond)?;
        let days = TimeDelta::days(i64::from(hour / 24));
        let zone = FixedOffset::east_opt(self.offset_minutes * 60)?;
        let local = date.and_time(time).checked_add_signed(days)?.and_local_timezone(zone).single()?;
        Some(local.to_utc().into())
    }
}
