//! Days as the reader's calendar has them: from one midnight to the next, of 23 to 25 hours where the clocks change.

use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveTime, TimeZone as _};
use chrono_tz::Tz;

use crate::model::Timestamp;
use crate::store::Spans;

/// Clocks are moved to times like these.
const STEP: chrono::Duration = chrono::Duration::minutes(15);
/// Once a day was left out as a whole (Samoa, 30 December 2011).
const MOST_STEPS: i32 = 4 * 24 + 1;

/// The first moment of today.
pub(super) fn beginning_of_day(now: Timestamp, zone: Tz) -> Timestamp {
    beginning(today(now, zone), zone)
}

/// Today and the days before it, so many in all.
pub(super) fn last_days(now: Timestamp, zone: Tz, count: u64) -> Spans {
    let today = today(now, zone);
    let days = (0..count).filter_map(|back| today.checked_sub_days(Days::new(back)));
    Spans::between(days.chain(today.succ_opt()).map(|day| beginning(day, zone)).collect())
}

fn today(now: Timestamp, zone: Tz) -> NaiveDate {
    now.to_utc().with_timezone(&zone).date_naive()
}

/// Midnight; the first of two, and where the clocks skip it, what they show next.
fn beginning(day: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    let found = (0..MOST_STEPS).find_map(|step| zone.from_local_datetime(&(midnight + STEP * step)).earliest());
    let at = found.map_or_else(|| midnight.and_utc().timestamp_millis(), |found| found.timestamp_millis());
    Timestamp::from_millis(at)
}

/// The beginning of this hour of UTC.
pub(super) fn beginning_of_hour(now: Timestamp) -> Timestamp {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let hour = i64::try_from(HOUR.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().div_euclid(hour) * hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).expect("a moment").to_utc().into()
    }

    #[test]
    fn a_day_begins_at_midnight_or_at_what_the_clocks_show_first() {
        for (zone, now, beginning) in [
            ("Europe/Berlin", "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00"),
            ("Europe/Berlin", "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00"),
            ("America/Santiago", "2026-09-06T12:00:00-03:00", "2026-09-06T01:00:00-03:00"),
            ("Africa/Cairo", "2026-04-24T12:00:00+03:00", "2026-04-24T01:00:00+03:00"),
            ("Asia/Beirut", "2026-03-29T12:00:00+03:00", "2026-03-29T01:00:00+03:00"),
            ("America/Havana", "2026-11-01T12:00:00-05:00", "2026-11-01T00:00:00-04:00"),
            ("Asia/Kolkata", "2026-05-01T03:00:00+05:30", "2026-05-01T00:00:00+05:30"),
            ("Pacific/Apia", "2011-12-31T12:00:00+14:00", "2011-12-31T00:00:00+14:00"),
        ] {
            let zone: Tz = zone.parse().expect("a zone");
            assert_eq!(beginning_of_day(at(now), zone), at(beginning), "{zone}");
        }
    }

    #[test]
    fn days_run_from_midnight_to_midnight_over_the_nights_in_which_the_clocks_change() {
        let berlin = chrono_tz::Europe::Berlin;
        let edges = |texts: &[&str]| Spans::between(texts.iter().map(|text| at(text)).collect());
        assert_eq!(
            last_days(at("2026-03-30T08:00:00+02:00"), berlin, 3),
            edges(&[
                "2026-03-28T00:00:00+01:00",
                "2026-03-29T00:00:00+01:00",
                "2026-03-30T00:00:00+02:00",
                "2026-03-31T00:00:00+02:00",
            ])
        );
        assert_eq!(
            last_days(at("2026-10-25T23:30:00+01:00"), berlin, 2),
            edges(&["2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"])
        );
        // The day that Samoa left out is none.
        assert_eq!(
            last_days(at("2011-12-31T12:00:00+14:00"), chrono_tz::Pacific::Apia, 3),
            edges(&["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"])
        );
    }
}
