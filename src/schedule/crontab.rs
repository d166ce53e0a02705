//! Crontab lines as their users mean them, on the wall clock of a zone; the `cron` crate walks the calendar.
//!
//! The crate alone would read `1` as Sunday, want a field for seconds, join the two day fields with AND, and lose or
//! repeat times where clocks change. So fields are read here (crontab(5)) and handed over as plain lists, and the crate
//! sees the wall clock as if it were UTC; what the wall shows becomes a moment in `local_time`.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::ScheduleError;
use super::duration::shorten;
use super::local_time;

/// A crontab line, ready to be asked.
#[derive(Debug)]
pub(super) struct Crontab {
    /// Two where both day fields are restricted: the earlier one counts.
    calendars: Vec<cron::Schedule>,
    seconds: u64,
    minutes: u64,
    hours: u64,
}

impl Crontab {
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let line = expand_shorthand(text)?;
        let words = split_words(line);
        let fields: &[Field] = match words.len() {
            5 => &FIELDS[1..],
            6 => &FIELDS,
            count => return Err(wrong_number_of_fields(text, count)),
        };
        let mut values = Vec::with_capacity(6);
        if fields.len() == 5 {
            values.push(Values { set: 1, starred: false });
        }
        for (field, range) in fields.iter().zip(words) {
            let word = &line[range.clone()];
            values.push(parse_field(field, word).map_err(|error| error.shifted(range.start))?);
        }
        Self::build(text, &values)
    }

    fn build(text: &str, values: &[Values]) -> Result<Self, ScheduleError> {
        let [second, minute, hour, day, month, weekday] = values else {
            return Err(wrong_number_of_fields(text, values.len()));
        };
        let any = "*".to_owned();
        // crontab(5): when both day fields are restricted, that is, do not start with `*`, either may match.
        let day_fields = if day.starred || weekday.starred {
            vec![(day.list(), weekday_list(weekday.set))]
        } else {
            vec![(day.list(), any.clone()), (any, weekday_list(weekday.set))]
        };
        let mut calendars = Vec::with_capacity(2);
        for (day, weekday) in day_fields {
            let line = format!("{} {} {} {day} {} {weekday}", second.list(), minute.list(), hour.list(), month.list());
            let calendar = cron::Schedule::from_str(&line)
                .map_err(|_| ScheduleError::new(format!("`{}` is no cron schedule", shorten(text))))?;
            calendars.push(calendar);
        }
        let crontab = Self { calendars, seconds: second.set, minutes: minute.set, hours: hour.set };
        if crontab.next_wall(NaiveDateTime::default()).is_none() {
            return Err(ScheduleError::new(format!("`{}` never comes", shorten(text)))
                .hint("no month it names has that day: check the third and fourth of the five fields"));
        }
        Ok(crontab)
    }

    /// The first time after `after`, or `None` past the calendar's end in 2100.
    ///
    /// A time that the clocks skip comes when they have passed it; one that they show twice comes once, at the first.
    /// A line for every hour goes on through the repeated hour, as cron does: `*/10 * * * *` has no pause in autumn.
    pub(super) fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let wall = local_time::wall_at(zone, after);
        let mut next = wall;
        let first = loop {
            next = self.next_wall(next)?;
            let moment = local_time::first_moment(zone, next);
            if moment > after {
                break moment;
            }
        };
        if self.hours != EVERY_HOUR {
            return Some(first);
        }
        Some(self.next_on_running_clock(after, wall, zone).map_or(first, |moment| moment.min(first)))
    }

    /// The next time as a clock sees it that is put back rather than read twice.
    fn next_on_running_clock(&self, after: DateTime<Utc>, wall: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
        let offset = local_time::offset_at(zone, after);
        let moment = self.next_wall(wall)?.and_utc() - offset;
        if local_time::offset_at(zone, moment) == offset {
            return Some(moment);
        }
        // No clock is put back by more than three hours, so a repeated time is at most that far away.
        let horizon = moment.min(after + chrono::Duration::hours(3));
        let change = local_time::clock_change(zone, after, horizon)?;
        let from = local_time::wall_at(zone, change) - chrono::Duration::seconds(1);
        Some(self.next_wall(from)?.and_utc() - local_time::offset_at(zone, change))
    }

    /// The shortest time between two of a day's times, as if every day matched.
    pub(super) fn shortest_gap(&self) -> Duration {
        let holds = |set: u64, value: u32| set >> value & 1 == 1;
        let mut times = (0..86_400u32).filter(|time| {
            holds(self.hours, time / 3_600) && holds(self.minutes, time / 60 % 60) && holds(self.seconds, time % 60)
        });
        let Some(first) = times.next() else { return Duration::from_secs(86_400) };
        let (shortest, last) = times.fold((86_400, first), |(shortest, last), time| (shortest.min(time - last), time));
        Duration::from_secs(u64::from(shortest.min(first + 86_400 - last)))
    }

    fn next_wall(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        // The crate's calendar begins in 1970, and a year below zero would confuse it.
        let wall = wall.with_nanosecond(0).unwrap_or(wall).max(NaiveDateTime::default());
        let wall = wall.and_utc();
        self.calendars.iter().filter_map(|calendar| calendar.after(&wall).next()).min().map(|next| next.naive_utc())
    }
}

const EVERY_HOUR: u64 = (1 << 24) - 1;

/// One field of the line.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    /// Names of the values, from `first` on.
    names: &'static [&'static str],
}

impl Field {
    /// How many different values there are. Sunday has two.
    fn size(&self) -> usize {
        let values = self.last - self.first + u32::from(self.last != 7);
        values as usize
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const FIELDS: [Field; 6] = [
    Field { name: "second", first: 0, last: 59, names: &[] },
    Field { name: "minute", first: 0, last: 59, names: &[] },
    Field { name: "hour", first: 0, last: 23, names: &[] },
    Field { name: "day of the month", first: 1, last: 31, names: &[] },
    Field { name: "month", first: 1, last: 12, names: &MONTHS },
    Field { name: "day of the week", first: 0, last: 7, names: &WEEKDAYS },
];

/// What a field allows: bit `n` stands for the value `n`.
struct Values {
    set: u64,
    starred: bool,
}

impl Values {
    fn list(&self) -> String {
        list(self.set)
    }
}

/// The values as the crate reads them, in runs: it takes a microsecond for each item, and feeds are many.
fn list(set: u64) -> String {
    let mut items = Vec::new();
    let mut rest = set;
    while rest != 0 {
        let first = rest.trailing_zeros();
        let length = (rest >> first).trailing_ones();
        let last = first + length - 1;
        items.push(if length > 2 { format!("{first}-{last}") } else { join(first..=last) });
        rest &= !(((1 << length) - 1) << first);
    }
    items.join(",")
}

fn join(values: impl Iterator<Item = u32>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    values.join(",")
}

/// The crate counts days from Sunday = 1.
fn weekday_list(set: u64) -> String {
    match set & 0x7f {
        0x7f => "*".to_owned(),
        days => list(days << 1),
    }
}

fn parse_field(field: &Field, word: &str) -> Result<Values, ScheduleError> {
    let mut set = 0;
    let mut offset = 0;
    for item in word.split(',') {
        let span = offset..offset + item.len();
        set |= parse_item(field, item).map_err(|error| error.at(span))?;
        offset += item.len() + 1;
    }
    // Sunday may be 0 or 7.
    if field.last == 7 && set >> 7 & 1 == 1 {
        set = set & 0x7f | 1;
    }
    Ok(Values { set, starred: word.starts_with(['*', '?']) })
}

/// `*`, `5`, `1-5`, each with `/2` behind it if wanted.
fn parse_item(field: &Field, item: &str) -> Result<u64, ScheduleError> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(parse_step(field, step)?)),
        None => (item, None),
    };
    let (first, last) = match range.split_once('-') {
        // The week ends with day 6; 7 is Sunday once more.
        _ if range == "*" || range == "?" => (field.first, if field.last == 7 { 6 } else { field.last }),
        Some((first, last)) => parse_range(field, first, last)?,
        None => {
            let value = parse_value(field, range)?;
            // `5/15` is what many write for "from 5 on, every 15".
            (value, if step.is_some() { field.last } else { value })
        }
    };
    Ok((first..=last).step_by(step.unwrap_or(1)).fold(0, |set, value| set | 1 << value))
}

fn parse_step(field: &Field, step: &str) -> Result<usize, ScheduleError> {
    match step.parse() {
        Ok(step) if step > field.size() => {
            let error = ScheduleError::new(format!("`/{step}` is too long a step for the {}", field.name));
            let values = format!("it has {} values", field.size());
            Err(match field.name.chars().next().filter(|_| field.first == 0 && field.last != 7) {
                Some(unit) => error.hint(format!("{values}; write `every {step}{unit}`")),
                None => error.hint(values),
            })
        }
        Ok(step) if step > 0 => Ok(step),
        _ => Err(ScheduleError::new(format!("`/{}` is no step for the {}", shorten(step), field.name))
            .hint("write a number above zero, as in `*/10`")),
    }
}

fn parse_range(field: &Field, first: &str, last: &str) -> Result<(u32, u32), ScheduleError> {
    let first = parse_value(field, first)?;
    let mut last = parse_value(field, last)?;
    if field.last == 7 && last == 0 && first > 0 {
        // FRI-SUN: the week ends with Sunday.
        last = 7;
    }
    if first > last {
        return Err(ScheduleError::new(format!("the range of the {} runs backwards", field.name))
            .hint(format!("write `{first}-{},{}-{last}`", field.last, field.first)));
    }
    Ok((first, last))
}

fn parse_value(field: &Field, word: &str) -> Result<u32, ScheduleError> {
    if let Some(value) = named_value(field, word) {
        return Ok(value);
    }
    if word.ends_with(['L', 'W', 'l', 'w']) || word.contains('#') {
        return Err(ScheduleError::new(format!("`{}` is not supported in a cron schedule", shorten(word)))
            .hint("`L`, `W` and `#` belong to other schedulers; use numbers, names, `*`, `,`, `-` and `/`"));
    }
    let allowed = format!("the {} is from {} to {}", field.name, field.first, field.last);
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    match word.parse::<u32>() {
        Ok(value) if is_number && (field.first..=field.last).contains(&value) => Ok(value),
        _ if word.is_empty() => {
            Err(ScheduleError::new(format!("a value of the {} is missing", field.name)).hint(allowed))
        }
        _ if is_number => Err(ScheduleError::new(format!("`{}` is out of range", shorten(word))).hint(allowed)),
        _ if field.names.is_empty() => {
            Err(ScheduleError::new(format!("`{}` is no number", shorten(word))).hint(allowed))
        }
        _ => Err(ScheduleError::new(format!("`{}` is no {}", shorten(word), field.name))
            .hint(format!("{allowed}, or a name like `{}`", field.names[1][..3].to_uppercase()))),
    }
}

/// Names count in full and from three letters on: `MON`, `tues`, `September`.
fn named_value(field: &Field, word: &str) -> Option<u32> {
    if word.len() < 3 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let index = field.names.iter().position(|name| name.starts_with(&word))?;
    u32::try_from(index).ok().map(|index| index + field.first)
}

fn expand_shorthand(text: &str) -> Result<&str, ScheduleError> {
    if !text.starts_with('@') {
        return Ok(text);
    }
    Ok(match text.to_ascii_lowercase().as_str() {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => {
            return Err(ScheduleError::new(format!("`{}` is no schedule", shorten(text)))
                .hint("there are `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`"));
        }
    })
}

fn split_words(line: &str) -> Vec<Range<usize>> {
    line.split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - line.as_ptr() as usize;
            start..start + word.len()
        })
        .collect()
}

fn wrong_number_of_fields(text: &str, count: usize) -> ScheduleError {
    if count == 1 {
        let error = ScheduleError::new(format!("`{}` is no schedule", shorten(text)));
        let shorthand = format!("@{}", text.to_ascii_lowercase());
        return match expand_shorthand(&shorthand) {
            Ok(_) => error.hint(format!("write `{shorthand}`")),
            Err(_) => error.hint("write five fields (minute hour day month weekday) or `every 10m`"),
        };
    }
    ScheduleError::new(format!("`{}` is no schedule: it has {count} fields", shorten(text)))
        .hint("write five fields (minute hour day month weekday), six with seconds first, or `every 10m`")
}
