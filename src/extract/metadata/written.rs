//! Reads moments as pages show them to people: `Published 10:02 AM EST Nov 19, 2019`, `18 November 2019`.

use chrono::{DateTime, FixedOffset, Month, NaiveDate, NaiveTime, TimeZone, Utc};

/// Abbreviations of zones with their hours east of Greenwich, in halves.
const ZONES: [(&str, i32); 24] = [
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("bst", 2),
    ("cet", 2),
    ("mez", 2),
    ("cest", 4),
    ("mesz", 4),
    ("eet", 4),
    ("eest", 6),
    ("msk", 6),
    ("ist", 11),
    ("sgt", 16),
    ("hkt", 16),
    ("jst", 18),
    ("kst", 18),
    ("aest", 20),
    ("aedt", 22),
    ("est", -10),
    ("edt", -8),
    ("cst", -12),
    ("cdt", -10),
    ("pst", -16),
    ("pdt", -14),
];

/// A day, and the time of day where one is told; without a zone it is taken as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub day: NaiveDate,
    pub time: Option<DateTime<Utc>>,
}

/// The first day in a text with an English name of its month, and the first time of day.
pub fn read(text: &str) -> Option<Written> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != ':')
        .map(|word| word.trim_matches(':').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let day = (0..words.len()).find_map(|at| day_at(&words, at))?;
    let clock = (0..words.len()).find_map(|at| clock_at(&words, at));
    let time = clock.and_then(|(clock, zone)| {
        let moment = zone.from_local_datetime(&day.and_time(clock)).single()?;
        Some(moment.to_utc())
    });
    Some(Written { day, time })
}

/// `Nov 19 2019` or `19 November 2019`, beginning here.
fn day_at(words: &[String], at: usize) -> Option<NaiveDate> {
    let [first, second, year] = words.get(at..at + 3)? else { return None };
    let (month, day) = match month(first) {
        Some(month) => (month, second),
        None => (month(second)?, first),
    };
    let day = day.trim_end_matches(|c: char| c.is_alphabetic());
    let year = year.parse().ok().filter(|_| year.len() == 4)?;
    NaiveDate::from_ymd_opt(year, month, day.parse().ok()?)
}

fn month(word: &str) -> Option<u32> {
    let word = if word == "sept" { "sep" } else { word };
    word.parse::<Month>().ok().map(|month| month.number_from_month())
}

/// `10:02`, with what follows: seconds in it, half of the day, zone.
fn clock_at(words: &[String], at: usize) -> Option<(NaiveTime, FixedOffset)> {
    let digits = words[at].trim_end_matches(|c: char| c.is_alphabetic());
    let mut parts = digits.split(':');
    let mut hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next()?.parse().ok()?;
    let second: u32 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
    let mut rest = [&words[at][digits.len()..]].into_iter().chain(words[at + 1..].iter().map(String::as_str));
    let mut next = rest.find(|word| !word.is_empty()).unwrap_or_default();
    if matches!(next, "am" | "pm" | "a" | "p") {
        hour = hour % 12 + if next.starts_with('p') { 12 } else { 0 };
        next = rest.find(|word| !matches!(*word, "m" | "")).unwrap_or_default();
    }
    let halves = ZONES.iter().find(|(zone, _)| *zone == next).map_or(0, |(_, halves)| *halves);
    Some((NaiveTime::from_hms_opt(hour, minute, second)?, FixedOffset::east_opt(halves * 30 * 60)?))
}
