//! When things are due: cron on local clocks, polls, revisits, quiet hours, durations.

mod adaptive;

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use wirewatch::model::Timestamp;
use wirewatch::schedule::{
    CheckHistory, Interest, PollHistory, Quiet, Recheck, Schedule, next_check, next_poll, parse_duration, show_duration,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn schedule(text: &str) -> Schedule {
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

fn zone(name: &str) -> Tz {
    name.parse().expect("a timezone")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// The first times of a schedule after a moment, as the clocks of the zone show them with their offset.
fn upcoming(text: &str, zone_name: &str, after: &str, count: usize) -> Vec<String> {
    let (schedule, zone) = (schedule(text), zone(zone_name));
    let mut after = at(after);
    let mut times = Vec::new();
    for _ in 0..count {
        after = schedule.next_after(after, zone);
        times.push(after.to_utc().with_timezone(&zone).format("%a %m-%d %H:%M:%S %z").to_string());
    }
    times
}

#[track_caller]
fn check(text: &str, zone_name: &str, after: &str, expected: &[&str]) {
    assert_eq!(upcoming(text, zone_name, after, expected.len()), expected, "`{text}` in {zone_name} after {after}");
}

/// What is wrong with a schedule, its hint, and the part of the text at fault.
fn complaint(text: &str) -> (String, String, String) {
    let error = text.parse::<Schedule>().expect_err(text);
    let part = error.span().map_or(text, |span| &text[span]).to_owned();
    (error.to_string(), error.suggestion().unwrap_or_default().to_owned(), part)
}

#[test]
fn sunday_is_zero_and_seven_and_sun() {
    for sunday in ["0", "7", "SUN", "sunday"] {
        check(&format!("0 8 * * {sunday}"), "UTC", "2026-11-18T12:00:00Z", &["Sun 11-22 08:00:00 +0000"]);
    }
    check("0 8 * * 1", "UTC", "2026-11-18T12:00:00Z", &["Mon 11-23 08:00:00 +0000"]);
    check("0 8 * * 6", "UTC", "2026-11-18T12:00:00Z", &["Sat 11-21 08:00:00 +0000"]);
}

#[test]
fn ranges_of_weekdays_may_end_with_sunday() {
    let weekend = &[
        "Fri 11-20 08:00:00 +0000",
        "Sat 11-21 08:00:00 +0000",
        "Sun 11-22 08:00:00 +0000",
        "Fri 11-27 08:00:00 +0000",
    ];
    for days in ["5-7", "FRI-SUN", "fri-0", "0,5,6", "5-6,7"] {
        check(&format!("0 8 * * {days}"), "UTC", "2026-11-18T12:00:00Z", weekend);
    }
}

#[test]
fn restricted_days_of_month_and_week_are_joined_with_or() {
    check(
        "30 4 1,15 * 5",
        "UTC",
        "2026-11-10T00:00:00Z",
        &[
            "Fri 11-13 04:30:00 +0000",
            "Sun 11-15 04:30:00 +0000",
            "Fri 11-20 04:30:00 +0000",
            "Fri 11-27 04:30:00 +0000",
            "Tue 12-01 04:30:00 +0000",
        ],
    );
}

#[test]
fn a_day_field_that_begins_with_a_star_is_joined_with_and() {
    // crontab(5): `*/2` is not restricted. Odd days that are Mondays.
    check("0 0 */2 * 1", "UTC", "2026-11-01T00:00:00Z", &["Mon 11-09 00:00:00 +0000", "Mon 11-23 00:00:00 +0000"]);
    check("0 0 ? * MON", "UTC", "2026-11-18T00:00:00Z", &["Mon 11-23 00:00:00 +0000"]);
}

#[test]
fn names_steps_ranges_and_lists_are_read() {
    check(
        "*/20 9-10 * JAN,sept MON-WED",
        "UTC",
        "2026-11-18T00:00:00Z",
        &["Mon 01-04 09:00:00 +0000", "Mon 01-04 09:20:00 +0000"],
    );
    check("5/15 0 1 1 *", "UTC", "2026-01-01T00:00:00Z", &["Thu 01-01 00:05:00 +0000", "Thu 01-01 00:20:00 +0000"]);
    check(
        "10-30/10 0 * * *",
        "UTC",
        "2026-01-01T00:15:00Z",
        &["Thu 01-01 00:20:00 +0000", "Thu 01-01 00:30:00 +0000", "Fri 01-02 00:10:00 +0000"],
    );
    check(
        "*/15 30 12 * * *",
        "UTC",
        "2026-01-01T12:30:20Z",
        &["Thu 01-01 12:30:30 +0000", "Thu 01-01 12:30:45 +0000", "Fri 01-02 12:30:00 +0000"],
    );
    check("0 12 29 2 *", "UTC", "2026-01-01T00:00:00Z", &["Tue 02-29 12:00:00 +0000"]);
}

#[test]
fn shorthands_are_read() {
    check("@hourly", "UTC", "2026-11-18T12:30:00Z", &["Wed 11-18 13:00:00 +0000"]);
    check("@daily", "UTC", "2026-11-18T12:30:00Z", &["Thu 11-19 00:00:00 +0000"]);
    check("@midnight", "UTC", "2026-11-18T12:30:00Z", &["Thu 11-19 00:00:00 +0000"]);
    check("@weekly", "UTC", "2026-11-18T12:30:00Z", &["Sun 11-22 00:00:00 +0000"]);
    check("@monthly", "UTC", "2026-11-18T12:30:00Z", &["Tue 12-01 00:00:00 +0000"]);
    check("@yearly", "UTC", "2026-11-18T12:30:00Z", &["Fri 01-01 00:00:00 +0000"]);
}

#[test]
fn a_time_that_the_clocks_skip_comes_when_they_have_passed_it() {
    check(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T00:00:00Z",
        &["Sat 03-28 02:30:00 +0100", "Sun 03-29 03:00:00 +0200", "Mon 03-30 02:30:00 +0200"],
    );
    check(
        "15,45 2 * * *",
        "America/New_York",
        "2026-03-08T00:00:00Z",
        &["Sun 03-08 03:00:00 -0400", "Mon 03-09 02:15:00 -0400"],
    );
    // Samoa had no 30 December 2011.
    check(
        "0 8 30 12 *",
        "Pacific/Apia",
        "2011-12-01T00:00:00Z",
        &["Sat 12-31 00:00:00 +1400", "Sun 12-30 08:00:00 +1400"],
    );
}

#[test]
fn a_time_that_the_clocks_show_twice_comes_once() {
    check(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T10:00:00Z",
        &["Sun 10-25 02:30:00 +0200", "Mon 10-26 02:30:00 +0100"],
    );
    check(
        "30 1 * * *",
        "America/New_York",
        "2026-10-31T12:00:00Z",
        &["Sun 11-01 01:30:00 -0400", "Mon 11-02 01:30:00 -0500"],
    );
    // Asked between the two, the second is not a time either.
    check("30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", &["Mon 10-26 02:30:00 +0100"]);
    check("0 3 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", &["Sun 10-25 03:00:00 +0100"]);
}

#[test]
fn a_schedule_for_every_hour_has_no_pause_in_autumn() {
    check(
        "*/30 * * * *",
        "Europe/Berlin",
        "2026-10-25T00:15:00Z",
        &[
            "Sun 10-25 02:30:00 +0200",
            "Sun 10-25 02:00:00 +0100",
            "Sun 10-25 02:30:00 +0100",
            "Sun 10-25 03:00:00 +0100",
        ],
    );
    check(
        "0 * * * *",
        "America/New_York",
        "2026-11-01T04:30:00Z",
        &["Sun 11-01 01:00:00 -0400", "Sun 11-01 01:00:00 -0500", "Sun 11-01 02:00:00 -0500"],
    );
}

#[test]
fn a_schedule_for_every_hour_goes_on_in_spring() {
    check(
        "*/30 * * * *",
        "Europe/Berlin",
        "2026-03-29T00:15:00Z",
        &["Sun 03-29 01:30:00 +0100", "Sun 03-29 03:00:00 +0200", "Sun 03-29 03:30:00 +0200"],
    );
}

#[test]
fn an_interval_counts_from_the_moment_asked() {
    check("every 10m", "UTC", "2026-11-18T12:03:07Z", &["Wed 11-18 12:13:07 +0000", "Wed 11-18 12:23:07 +0000"]);
    check("every 1h30m", "UTC", "2026-11-18T12:00:00Z", &["Wed 11-18 13:30:00 +0000"]);
}

#[test]
fn a_schedule_keeps_its_text() {
    for text in ["*/5 * * * *", "0 30 8 * * 1-5", "@hourly", "every 10m"] {
        let read = schedule(text);
        assert_eq!(read.to_string(), text);
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), read);
    }
    assert_eq!(schedule("  every 10m "), schedule("every 10m"));
    assert_eq!(Schedule::every(10 * MINUTE), schedule("every 10m"));
}

#[test]
fn a_bad_schedule_says_where_and_what_to_write() {
    let cases = [
        ("", "the schedule is empty", "write one like `*/10 * * * *` or `every 10m`", ""),
        ("* * *", "`* * *` is no schedule: it has 3 fields", "write five fields", "* * *"),
        (
            "0 0 12 * * ? 2027",
            "`0 0 12 * * ? 2027` is no schedule: it has 7 fields",
            "write five fields",
            "0 0 12 * * ? 2027",
        ),
        ("*/10 25 * * *", "`25` is out of range", "the hour is from 0 to 23", "25"),
        ("5,60 * * * *", "`60` is out of range", "the minute is from 0 to 59", "60"),
        ("0 0 0 * *", "`0` is out of range", "the day of the month is from 1 to 31", "0"),
        (
            "0 0 * * MOO",
            "`MOO` is no day of the week",
            "the day of the week is from 0 to 7, or a name like `MON`",
            "MOO",
        ),
        ("0 0 * FOO *", "`FOO` is no month", "the month is from 1 to 12, or a name like `FEB`", "FOO"),
        ("a * * * *", "`a` is no number", "the minute is from 0 to 59", "a"),
        ("*/61 * * * *", "`/61` is too long a step for the minute", "it has 60 values; write `every 61m`", "*/61"),
        ("0 0 * * 1-5/8", "`/8` is too long a step for the day of the week", "it has 7 values", "1-5/8"),
        ("*/0 * * * *", "`/0` is no step for the minute", "write a number above zero, as in `*/10`", "*/0"),
        ("1,,2 * * * *", "a value of the minute is missing", "the minute is from 0 to 59", ""),
        ("0 22-6 * * *", "the range of the hour runs backwards", "write `22-23,0-6`", "22-6"),
        ("0 0 L * *", "`L` is not supported in a cron schedule", "`L`, `W` and `#` belong to other schedulers", "L"),
        ("0 0 31 2 *", "`0 0 31 2 *` never comes", "no month it names has that day", "0 0 31 2 *"),
        ("0 0 30,31 feb *", "`0 0 30,31 feb *` never comes", "no month it names has that day", "0 0 30,31 feb *"),
        ("@reboot", "`@reboot` is no schedule", "there are `@hourly`", "@reboot"),
        ("10m", "`10m` is no schedule", "write `every 10m`", "10m"),
        ("every 10", "`10` has no unit", "write `10s`, `10m`, `10h` or `10d`", "10"),
        ("every 0s", "an interval of zero would never rest", "", "0s"),
        ("adaptive 2m", "`adaptive 2m` is no schedule", "write `adaptive`, or `adaptive 2m to 30m`", " 2m"),
        ("adaptive2m to 30m", "`adaptive2m to 30m` is no schedule", "write `adaptive`", "2m to 30m"),
        ("adaptive 2m to 30", "`30` has no unit", "write `30s`", "30"),
        ("adaptive 0s to 30m", "the shortest wait of `adaptive` is a second at least", "", " 0s"),
        ("adaptive 1h to 30m", "the longest wait of `adaptive` is from its shortest to a day", "", "30m"),
        ("adaptive 1h to 30d", "the longest wait of `adaptive` is from its shortest to a day", "", "30d"),
    ];
    for (text, message, hint, part) in cases {
        let (said, hinted, pointed) = complaint(text);
        assert_eq!(said, message, "`{text}`");
        assert!(hinted.starts_with(hint), "`{text}`: {hinted}");
        assert_eq!(pointed, part, "`{text}`");
    }
}

#[test]
fn a_day_that_never_comes_is_fine_where_the_weekday_may_match() {
    check("0 0 31 2 1", "UTC", "2026-11-18T00:00:00Z", &["Mon 02-01 00:00:00 +0000"]);
}

#[test]
fn the_shortest_gap_is_known() {
    for (text, gap) in [
        ("*/10 * * * *", 10 * MINUTE),
        ("0,50 * * * *", 10 * MINUTE),
        ("*/30 * * * * *", MINUTE / 2),
        ("* * * * *", MINUTE),
        ("0 8 * * 1", DAY),
        ("0 1,23 * * *", 2 * HOUR),
        ("every 45s", 45 * MINUTE / 60),
    ] {
        assert_eq!(schedule(text).shortest_gap(), gap, "`{text}`");
    }
}

#[test]
fn times_beyond_the_calendar_still_come() {
    let late = at("2100-12-31T23:59:00Z");
    let next = schedule("0 0 * * *").next_after(late, Tz::UTC);
    assert!(next > late);
    assert!(schedule("0 0 * * *").next_after(next, Tz::UTC) > next);
    let early = Timestamp::from_millis(-99_999_999_999_999);
    assert!(schedule("0 0 * * *").next_after(early, Tz::UTC) > early);
}

/// A cron line as numbers, with another way to say when it comes.
#[derive(Debug, Clone)]
struct Line {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    weekdays: Vec<u32>,
}

impl Line {
    fn text(&self) -> String {
        let list = |values: &[u32]| match values {
            [] => "*".to_owned(),
            values => values.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        };
        format!("{} {} {} * {}", list(&self.minutes), list(&self.hours), list(&self.days), list(&self.weekdays))
    }

    fn shows(&self, wall: NaiveDateTime) -> bool {
        let holds = |values: &[u32], value: u32| values.is_empty() || values.contains(&value);
        let day = self.days.contains(&wall.day());
        let weekday = self.weekdays.contains(&wall.weekday().num_days_from_sunday());
        let date = match (self.days.is_empty(), self.weekdays.is_empty()) {
            (true, true) => true,
            (false, true) => day,
            (true, false) => weekday,
            (false, false) => day || weekday,
        };
        date && holds(&self.minutes, wall.minute()) && holds(&self.hours, wall.hour())
    }

    /// Whether the schedule comes at this whole minute, told from the clocks just before it.
    fn comes(&self, moment: DateTime<Utc>, zone: Tz) -> bool {
        let offset = |moment: DateTime<Utc>| {
            chrono::Duration::seconds(i64::from(
                zone.offset_from_utc_datetime(&moment.naive_utc()).fix().local_minus_utc(),
            ))
        };
        let wall = moment.naive_utc() + offset(moment);
        let minute_before = moment - chrono::Duration::minutes(1);
        let skipped_from = minute_before.naive_utc() + offset(minute_before) + chrono::Duration::minutes(1);
        let mut skipped = skipped_from;
        while skipped < wall {
            if self.shows(skipped) {
                return true;
            }
            skipped += chrono::Duration::minutes(1);
        }
        let is_repeat = zone.from_local_datetime(&wall).earliest().is_some_and(|first| first < moment);
        self.shows(wall) && (!is_repeat || self.hours.is_empty())
    }
}

fn lines() -> impl Strategy<Value = Line> {
    let values = |first: u32, last: u32, most: usize| {
        prop_oneof![
            Just(Vec::new()),
            proptest::collection::btree_set(first..=last, 1..=most).prop_map(|set| set.into_iter().collect())
        ]
    };
    // Hours in the night, where the clocks change; never all of them, which would count as `*`.
    (values(0, 59, 4), values(0, 4, 3), values(1, 28, 6), values(0, 6, 3))
        .prop_map(|(minutes, hours, days, weekdays)| Line { minutes, hours, days, weekdays })
}

/// Minutes around a change of the clocks, among them changes at midnight, of half an hour, and of a whole day.
fn moments() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
    let changes = [
        ("Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("America/New_York", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-11-01T06:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Asia/Beirut", "2022-10-29T21:00:00Z"),
        ("America/Havana", "2026-11-01T05:00:00Z"),
        ("Asia/Beirut", "2022-03-26T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("Asia/Kolkata", "2026-06-01T00:00:00Z"),
    ];
    (proptest::sample::select(changes.to_vec()), -600i64..600)
        .prop_map(|((name, change), minutes)| (zone(name), at(change).to_utc() + chrono::Duration::minutes(minutes)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_next_time_is_the_first_that_a_walk_over_the_minutes_finds(line in lines(), (zone, after) in moments()) {
        let next = schedule(&line.text()).next_after(after.into(), zone).to_utc();
        prop_assert!(next > after);
        let two_days = after + chrono::Duration::days(2);
        let walked = (1..=2 * 1440).map(|minute| after + chrono::Duration::minutes(minute)).find(|moment| line.comes(*moment, zone));
        match walked {
            Some(walked) => prop_assert_eq!(next, walked),
            None => prop_assert!(next > two_days),
        }
    }

    #[test]
    fn a_later_start_never_gives_an_earlier_time(line in lines(), (zone, after) in moments(), step in 1i64..7_200_000) {
        let schedule = schedule(&line.text());
        let (first, second) = (Timestamp::from(after), Timestamp::from_millis(after.timestamp_millis() + step));
        let (next, later) = (schedule.next_after(first, zone), schedule.next_after(second, zone));
        prop_assert!(next > first && later > second);
        prop_assert!(next <= later);
        prop_assert!(next > second || later > next);
    }

    #[test]
    fn a_duration_reads_as_it_is_shown(seconds in 0u64..3_000_000_000) {
        let duration = Duration::from_secs(seconds);
        prop_assert_eq!(parse_duration(&show_duration(duration)).unwrap(), duration);
    }

    #[test]
    fn no_text_breaks_the_readers(text in "\\PC{0,40}", cron in "[0-9*/,?LW#a-c -]{0,30}") {
        for text in [text, cron] {
            let _ = parse_duration(&text);
            let _ = text.parse::<Schedule>();
            let _ = text.parse::<Quiet>();
            let _ = Recheck::parse(&[text]);
        }
    }

    #[test]
    fn quiet_time_ends_later_and_is_then_over((zone, now) in moments(), start in 0u32..1440, length in 1u32..1439) {
        let end = (start + length) % 1440;
        let quiet: Quiet = format!("{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60).parse().unwrap();
        if let Some(end) = quiet.ends_at(now.into(), zone) {
            prop_assert!(end > now.into());
            prop_assert!(end.since(now.into()) < 2 * DAY);
            prop_assert!(quiet.ends_at(end, zone).is_none());
        }
    }
}

const SUCCESS: PollHistory<'static> =
    PollHistory { failures: 0, retry_after: None, fresh_until: None, seed: 7, tempo: None };

#[test]
fn after_a_success_a_feed_is_due_at_the_next_time_of_its_schedule() {
    let now = at("2026-11-22T12:01:00Z");
    for seed in 0..100 {
        let due = next_poll(&schedule("*/10 * * * *"), &PollHistory { seed, ..SUCCESS }, Tz::UTC, now);
        assert!(due >= at("2026-11-22T12:10:00Z") && due < at("2026-11-22T12:10:20Z"), "{due}");
    }
}

#[test]
fn intervals_spread_by_less_than_a_tenth_and_stay_the_same_for_a_feed() {
    let now = at("2026-11-22T12:00:00Z");
    let every = schedule("every 10m");
    let waits: Vec<Duration> =
        (0..1_000).map(|seed| next_poll(&every, &PollHistory { seed, ..SUCCESS }, Tz::UTC, now).since(now)).collect();
    assert!(waits.iter().all(|wait| (10 * MINUTE..11 * MINUTE).contains(wait)));
    let early = waits.iter().filter(|wait| **wait < 10 * MINUTE + MINUTE / 2).count();
    assert!((400..600).contains(&early), "{early} of 1000 in the first half");
    assert_eq!(next_poll(&every, &SUCCESS, Tz::UTC, now), next_poll(&every, &SUCCESS, Tz::UTC, now));
}

#[test]
fn failures_double_the_wait_up_to_six_hours_and_never_end() {
    let now = at("2026-11-22T12:00:00Z");
    let wait =
        |failures| next_poll(&schedule("* * * * *"), &PollHistory { failures, ..SUCCESS }, Tz::UTC, now).since(now);
    for (failures, expected) in [(2, 2 * MINUTE), (5, 16 * MINUTE), (10, 6 * HOUR), (4_000_000_000, 6 * HOUR)] {
        let wait = wait(failures);
        assert!(wait >= expected / 2 && wait < expected * 3 / 2, "{failures}: {wait:?}");
    }
}

#[test]
fn a_failing_feed_is_not_polled_before_its_schedule() {
    let now = at("2026-11-22T12:00:00Z");
    let history = PollHistory { failures: 1, ..SUCCESS };
    let due = next_poll(&schedule("0 8 * * *"), &history, Tz::UTC, now);
    assert!(due >= at("2026-11-23T08:00:00Z") && due < at("2026-11-23T08:00:20Z"), "{due}");
}

#[test]
fn retry_after_is_respected_up_to_a_day() {
    let now = at("2026-11-22T12:00:00Z");
    let due = |retry_after| {
        next_poll(&schedule("* * * * *"), &PollHistory { retry_after: Some(retry_after), ..SUCCESS }, Tz::UTC, now)
    };
    assert_eq!(due(2 * HOUR), now + 2 * HOUR);
    assert!(due(Duration::from_secs(1)).since(now + MINUTE) < MINUTE / 10);
    assert_eq!(due(Duration::MAX), now + DAY);
}

fn look(idle_checks: u32, failures: u32) -> CheckHistory {
    CheckHistory {
        last_changed_at: at("2026-11-22T00:00:00Z"),
        idle_checks,
        failures,
        retry_after: None,
        interest: Interest::default(),
        seed: 3,
    }
}

/// The wait before the next look at an article that changed last this long ago.
fn check_wait(history: &CheckHistory, age: Duration) -> Option<Duration> {
    let now = history.last_changed_at + age;
    next_check(&Recheck::default(), history, now).map(|due| due.since(now))
}

#[track_caller]
fn assert_about(wait: Option<Duration>, expected: Duration) {
    let wait = wait.expect("the article is still watched");
    assert!(wait >= expected && wait <= expected.mul_f64(1.1), "{wait:?} is not {expected:?} and up to a tenth more");
}

#[test]
fn an_article_is_looked_at_less_often_as_it_ages() {
    assert_about(check_wait(&look(0, 0), Duration::ZERO), 15 * MINUTE);
    assert_about(check_wait(&look(0, 0), 3 * HOUR), HOUR);
    assert_about(check_wait(&look(0, 0), 2 * DAY), 6 * HOUR);
    assert_about(check_wait(&look(0, 0), 8 * DAY), DAY);
}

#[test]
fn looks_that_find_nothing_stretch_the_wait_up_to_four_times() {
    assert_about(check_wait(&look(1, 0), HOUR), 18 * MINUTE);
    assert_about(check_wait(&look(2, 0), HOUR), (15 * MINUTE).mul_f64(1.44));
    assert_about(check_wait(&look(50, 0), HOUR), HOUR);
    assert_about(check_wait(&look(u32::MAX, 0), HOUR), HOUR);
}

#[test]
fn failed_looks_double_the_wait_less_for_young_articles_and_up_to_a_day() {
    assert_about(check_wait(&look(0, 1), HOUR), HOUR / 2);
    assert_about(check_wait(&look(0, 2), HOUR), HOUR);
    assert_about(check_wait(&look(0, u32::MAX), HOUR), HOUR);
    assert_about(check_wait(&look(0, 1), 2 * DAY), 12 * HOUR);
    assert_about(check_wait(&look(0, u32::MAX), 2 * DAY), DAY);
}

#[test]
fn the_last_look_is_at_the_end_of_the_policy() {
    assert_eq!(check_wait(&look(40, 0), 29 * DAY), Some(DAY));
    assert_eq!(check_wait(&look(0, 0), 30 * DAY), None);
    assert_eq!(check_wait(&look(0, 0), 400 * DAY), None);
}

#[test]
fn a_server_that_asks_for_time_gets_it() {
    let history = CheckHistory { retry_after: Some(2 * HOUR), ..look(0, 0) };
    assert_eq!(check_wait(&history, HOUR), Some(2 * HOUR));
    let history = CheckHistory { retry_after: Some(30 * DAY), ..look(0, 0) };
    assert_eq!(check_wait(&history, 30 * DAY - HOUR), Some(DAY));
}

#[test]
fn a_recheck_policy_is_read_and_shown() {
    let steps = ["15m for 3h", "1h for 1d", "6h for 7d", "1d for 30d"];
    let policy = Recheck::parse(&steps).unwrap();
    assert_eq!(policy, Recheck::default());
    assert_eq!(policy.to_string(), steps.join(", "));
    let none = Recheck::parse::<&str>(&[]).unwrap();
    assert_eq!(next_check(&none, &look(0, 0), at("2026-11-22T00:00:00Z")), None);
}

#[test]
fn a_bad_recheck_policy_names_the_step() {
    for (steps, index, message) in [
        (vec!["15m for 3h", "1h"], 1, "`1h` is no step"),
        (vec!["15m for 3h", "1h for 2h"], 1, "`1h for 2h` ends before it begins: the step before it lasts 3h"),
        (vec!["0s for 3h"], 0, "a wait of zero would never rest"),
        (vec!["2h for 1h"], 0, "the wait is longer than the step lasts"),
        (vec!["15m for 3 moons"], 0, "`moons` is no unit of time"),
    ] {
        let (at, error) = Recheck::parse(&steps).unwrap_err();
        assert_eq!((at, error.to_string().as_str()), (index, message));
    }
}

#[test]
fn quiet_time_may_pass_midnight() {
    let quiet: Quiet = "23:00-06:00".parse().unwrap();
    let berlin = zone("Europe/Berlin");
    let ends = |now: &str| quiet.ends_at(at(now), berlin).map(|end| end.to_string());
    assert_eq!(ends("2026-11-22T21:59:59Z"), None);
    assert_eq!(ends("2026-11-22T22:00:00Z").as_deref(), Some("2026-11-23T05:00:00Z"));
    assert_eq!(ends("2026-11-23T04:59:59Z").as_deref(), Some("2026-11-23T05:00:00Z"));
    assert_eq!(ends("2026-11-23T05:00:00Z"), None);
    assert_eq!(quiet.to_string(), "23:00-06:00");
}

#[test]
fn quiet_time_follows_the_clocks() {
    let berlin = zone("Europe/Berlin");
    let night: Quiet = "23:00-06:00".parse().unwrap();
    // The night of the change is an hour shorter, or longer.
    assert_eq!(night.ends_at(at("2026-03-28T22:00:00Z"), berlin), Some(at("2026-03-29T04:00:00Z")));
    assert_eq!(night.ends_at(at("2026-10-24T21:00:00Z"), berlin), Some(at("2026-10-25T05:00:00Z")));
    // An end that the clocks skip, and one that they show twice.
    let early: Quiet = "01:00-02:30".parse().unwrap();
    assert_eq!(early.ends_at(at("2026-03-29T00:30:00Z"), berlin), Some(at("2026-03-29T01:00:00Z")));
    assert_eq!(early.ends_at(at("2026-10-25T00:10:00Z"), berlin), Some(at("2026-10-25T00:30:00Z")));
    assert_eq!(early.ends_at(at("2026-10-25T01:10:00Z"), berlin), Some(at("2026-10-25T01:30:00Z")));
}

#[test]
fn quiet_time_is_never_empty_or_malformed() {
    for text in ["06:00-06:00", "00:00-24:00", "23:00", "25:00-06:00", "23:60-06:00", "11pm-6am", "-", ""] {
        assert!(text.parse::<Quiet>().is_err(), "`{text}`");
    }
    assert_eq!("9:00–17:30".parse::<Quiet>().unwrap().to_string(), "09:00-17:30");
}

#[test]
fn durations_are_read() {
    for (text, seconds) in [
        ("90s", 90),
        ("15m", 900),
        ("2h", 7_200),
        ("7d", 604_800),
        ("0s", 0),
        ("1h30m", 5_400),
        ("1d 2h", 93_600),
        ("2w", 1_209_600),
        (" 5 m ", 300),
    ] {
        assert_eq!(parse_duration(text).unwrap(), Duration::from_secs(seconds), "`{text}`");
    }
}

#[test]
fn a_bad_duration_says_what_to_write() {
    for (text, message, hint) in [
        ("15", "`15` has no unit", "write `15s`, `15m`, `15h` or `15d`"),
        ("5 minutes", "`minutes` is no unit of time", "write `5m`"),
        ("3 months", "`months` is no unit of time", "the units are `s`, `m`, `h`, `d` and `w`"),
        ("1.5h", "`1.5h` is no duration", "only whole numbers: `90m` or `1h30m` in place of `1.5h`"),
        ("soon", "`soon` is no duration", "write it like `90s`, `15m`, `2h` or `7d`"),
        ("30m1h", "`30m1h` is no duration", "each unit stands once, the largest first: `1h30m`"),
        ("-5m", "`-5m` is no duration", "write it like `90s`, `15m`, `2h` or `7d`"),
        ("99999999999999999999d", "`99999999999999999999d` is too long", "at most 100 years"),
        ("40000d", "`40000d` is too long", "at most 100 years"),
    ] {
        let error = parse_duration(text).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.suggestion()), (message, Some(hint)));
    }
}

#[test]
fn durations_are_shown_in_their_largest_units() {
    for (seconds, shown) in
        [(0, "0s"), (90, "1m30s"), (900, "15m"), (86_400, "1d"), (93_784, "1d2h3m4s"), (2_592_000, "30d")]
    {
        assert_eq!(show_duration(Duration::from_secs(seconds)), shown);
    }
    assert_eq!(show_duration(Duration::from_millis(250)), "250ms");
}

#[test]
fn an_article_that_a_rule_matches_or_that_is_still_written_is_looked_at_sooner() {
    let asked =
        |is_matched, is_developing| CheckHistory { interest: Interest { is_matched, is_developing }, ..look(0, 0) };
    assert_about(check_wait(&asked(true, false), 2 * DAY), 3 * HOUR);
    assert_about(check_wait(&asked(false, true), 2 * DAY), 3 * HOUR);
    assert_about(check_wait(&asked(true, true), 2 * DAY), 2 * HOUR);
    let eager = Recheck::parse(&["3m for 1h"]).expect("a policy");
    let now = asked(true, true).last_changed_at;
    assert_about(next_check(&eager, &asked(true, true), now).map(|due| due.since(now)), 2 * MINUTE);
    let own = Recheck::parse(&["1m for 1h"]).expect("a policy");
    assert_about(next_check(&own, &asked(true, true), now).map(|due| due.since(now)), MINUTE);
}
