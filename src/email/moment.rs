//! Times as a reader says them, in his zone, with the zone named.

use chrono::{DateTime, Offset};
use chrono_tz::Tz;

use crate::model::Timestamp;

/// `14:05 CET, 22 Nov 2026`
pub fn full(moment: Timestamp, zone: Tz) -> String {
    let local = moment.to_utc().with_timezone(&zone);
    format!("{} {}, {}", local.format("%H:%M"), zone_name(&local), local.format("%-d %b %Y"))
}

/// `14:05 CET` on the day of `now`, else with the date.
pub(super) fn short(moment: Timestamp, now: Timestamp, zone: Tz) -> String {
    let local = moment.to_utc().with_timezone(&zone);
    let today = now.to_utc().with_timezone(&zone).date_naive();
    if local.date_naive() != today {
        return full(moment, zone);
    }
    format!("{} {}", local.format("%H:%M"), zone_name(&local))
}

/// The zone's abbreviation, or `UTC+5:30` where it has none (the zone database then holds a bare offset).
fn zone_name(local: &DateTime<Tz>) -> String {
    let name = local.format("%Z").to_string();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return name;
    }
    let minutes = local.offset().fix().local_minus_utc() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}
