//! Durations as people type them: `90s`, `15m`, `2h`, `7d`, `1h30m`.

use std::time::Duration;

use super::ScheduleError;

/// A hundred years, so that no sum with a date overflows.
const LONGEST_SECONDS: u64 = 36_525 * 86_400;

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads a duration: whole numbers with the units `s`, `m`, `h`, `d`, `w`, the largest first (`1h30m`, `1h 30m`).
pub fn parse_duration(text: &str) -> Result<Duration, ScheduleError> {
    let mut seconds: u64 = 0;
    let mut smallest = u64::MAX;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(ScheduleError::new("the duration is empty").hint("write it like `90s`, `15m`, `2h` or `7d`"));
    }
    while !rest.is_empty() {
        let (number, after_number) = split_number(rest, text)?;
        let (unit, after_unit) = split_unit(after_number, number, text)?;
        if unit >= smallest {
            return Err(not_a_duration(text).hint("each unit stands once, the largest first: `1h30m`"));
        }
        smallest = unit;
        seconds = number
            .checked_mul(unit)
            .and_then(|part| seconds.checked_add(part))
            .filter(|total| *total <= LONGEST_SECONDS)
            .ok_or_else(|| ScheduleError::new(format!("`{}` is too long", shorten(text))).hint("at most 100 years"))?;
        rest = after_unit.trim_start();
    }
    Ok(Duration::from_secs(seconds))
}

/// Shows a duration in the form [`parse_duration`] reads; parts of a second are dropped unless nothing else is left.
pub fn show_duration(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    if seconds == 0 {
        return match duration.subsec_millis() {
            0 => "0s".to_owned(),
            millis => format!("{millis}ms"),
        };
    }
    let mut shown = String::new();
    for (letter, length) in UNITS.into_iter().skip(1) {
        if seconds >= length {
            shown.push_str(&format!("{}{letter}", seconds / length));
            seconds %= length;
        }
    }
    shown
}

fn split_number<'t>(rest: &'t str, text: &str) -> Result<(u64, &'t str), ScheduleError> {
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, after) = rest.split_at(digits);
    if number.is_empty() {
        return Err(not_a_duration(text).hint("write it like `90s`, `15m`, `2h` or `7d`"));
    }
    if after.starts_with(['.', ',']) {
        return Err(not_a_duration(text).hint("only whole numbers: `90m` or `1h30m` in place of `1.5h`"));
    }
    let number = number
        .parse()
        .map_err(|_| ScheduleError::new(format!("`{}` is too long", shorten(text))).hint("at most 100 years"))?;
    Ok((number, after.trim_start()))
}

fn split_unit<'t>(rest: &'t str, number: u64, text: &str) -> Result<(u64, &'t str), ScheduleError> {
    let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(letters);
    if word.is_empty() {
        let message = format!("`{}` has no unit", shorten(text));
        return Err(
            ScheduleError::new(message).hint(format!("write `{number}s`, `{number}m`, `{number}h` or `{number}d`"))
        );
    }
    if let Some((_, length)) = UNITS.into_iter().find(|(letter, _)| word.chars().eq([*letter])) {
        return Ok((length, after));
    }
    let error = ScheduleError::new(format!("`{}` is no unit of time", shorten(word)));
    Err(match meant_unit(word) {
        Some(letter) => error.hint(format!("write `{number}{letter}`")),
        None => error.hint("the units are `s`, `m`, `h`, `d` and `w`"),
    })
}

/// The unit that a longer word names: `minutes`, `hrs`, `Tage` stays unknown.
fn meant_unit(word: &str) -> Option<char> {
    match word.to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => Some('s'),
        "min" | "mins" | "minute" | "minutes" => Some('m'),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some('h'),
        "d" | "day" | "days" => Some('d'),
        "w" | "week" | "weeks" => Some('w'),
        _ => None,
    }
}

fn not_a_duration(text: &str) -> ScheduleError {
    ScheduleError::new(format!("`{}` is no duration", shorten(text)))
}

/// The beginning of a text that may be very long.
pub(super) fn shorten(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
