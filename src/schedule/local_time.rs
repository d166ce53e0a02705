//! From the clock on the wall to the moment it shows, also where the clock is put forward or back.

use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// How far east of UTC the clocks of the zone are at this moment.
pub(super) fn offset_at(zone: Tz, moment: DateTime<Utc>) -> Duration {
    let seconds = zone.offset_from_utc_datetime(&moment.naive_utc()).fix().local_minus_utc();
    Duration::seconds(i64::from(seconds))
}

/// What the clocks of the zone show at this moment.
pub(super) fn wall_at(zone: Tz, moment: DateTime<Utc>) -> NaiveDateTime {
    moment.naive_utc() + offset_at(zone, moment)
}

/// The first moment at which the clocks show `wall`, or, where they skip it, at which they have passed it.
pub(super) fn first_moment(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall).earliest() {
        Some(moment) => moment.with_timezone(&Utc),
        None => end_of_gap(zone, wall),
    }
}

/// The last moment at which the clocks show `wall`: differs from [`first_moment`] where they are put back.
pub(super) fn last_moment(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall).latest() {
        Some(moment) => moment.with_timezone(&Utc),
        None => end_of_gap(zone, wall),
    }
}

/// The first second of `after..=until` whose offset is not the one at `after`, if the clocks change once in that time.
pub(super) fn clock_change(zone: Tz, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let before = offset_at(zone, after);
    (offset_at(zone, until) != before).then(|| first_where(after, until, |moment| offset_at(zone, moment) != before))
}

fn end_of_gap(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    // Offsets reach from -12 to +14 hours and a gap is at most a day (Samoa, 2011): these bounds hold the moment.
    let middle = wall.and_utc();
    let span = Duration::hours(50);
    first_where(middle - span, middle + span, |moment| wall_at(zone, moment) >= wall)
}

/// The first second in `low..=high` for which the claim holds; it holds at `high`, and from some moment on.
fn first_where(low: DateTime<Utc>, high: DateTime<Utc>, holds: impl Fn(DateTime<Utc>) -> bool) -> DateTime<Utc> {
    let (mut low, mut high) = (low.timestamp(), high.timestamp());
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(at(middle)) { high = middle } else { low = middle }
    }
    at(high)
}
