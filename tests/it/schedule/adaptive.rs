//! Feeds that are asked when news is likely: what is learnt of them, and when they are due by it.

use std::time::Duration;

use chrono_tz::Tz;
use proptest::prelude::*;
use wirewatch::model::Timestamp;
use wirewatch::schedule::{News, PollHistory, Schedule, Tempo, next_poll};

use super::{DAY, HOUR, MINUTE, at, schedule};

const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// A Monday.
const BEGIN: &str = "2026-11-02T00:00:00Z";

/// When a feed that is known so is asked again.
fn due(schedule: &Schedule, tempo: &Tempo, now: Timestamp) -> Timestamp {
    let history = PollHistory { tempo: Some(tempo), ..Default::default() };
    next_poll(schedule, &history, Tz::UTC, now)
}

/// Watches a feed by its own schedule for three weeks: `published` says whether there is an entry in a minute (counted
/// from the beginning).
fn watched(schedule: &Schedule, published: impl Fn(u64) -> bool) -> (Tempo, Vec<Timestamp>) {
    let begin = at(BEGIN);
    let (mut tempo, mut polls, mut now, mut read_at) = (Tempo::default(), Vec::new(), begin, begin);
    while now < begin + 3 * WEEK {
        let minutes = read_at.since(begin).as_secs() / 60..now.since(begin).as_secs() / 60;
        let dates: Vec<_> = minutes.filter(|minute| published(*minute)).map(|_| None).collect();
        if !dates.is_empty() {
            tempo.learn(&News { dates: &dates, listed: 50, polled_at: read_at }, now);
        }
        polls.push(now);
        read_at = now;
        now = due(schedule, &tempo, now);
    }
    (tempo, polls)
}

/// The mean wait between the polls of a time of day, on the working days of the third week.
fn wait_at(polls: &[Timestamp], hours: std::ops::Range<u32>) -> Duration {
    let monday = at(BEGIN) + 2 * WEEK;
    let count = (0..5u32).map(|day| {
        let (from, to) = (monday + DAY * day + HOUR * hours.start, monday + DAY * day + HOUR * hours.end);
        polls.iter().filter(|poll| (from..to).contains(poll)).count()
    });
    HOUR * 5 * (hours.end - hours.start) / u32::try_from(count.sum::<usize>()).expect("few")
}

#[test]
fn a_request_is_worth_fifty_seconds_of_waiting() {
    let open = schedule("adaptive 1s to 1d");
    // Minutes from entry to entry, in the mean, and minutes after which they have waited fifty seconds all together.
    for (every, expected) in [(1, 1.3), (6, 3.2), (60, 10.0), (360, 24.5), (1440, 49.0)] {
        // Without any rhythm (Knuth's multiplicative hash).
        let (_, polls) =
            watched(&open, |minute| (minute.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20).is_multiple_of(every));
        let wait = wait_at(&polls, 0..24).as_secs_f64() / 60.0;
        assert!(wait < expected * 1.35 && wait > expected / 1.35, "an entry every {every} minutes: {wait:.1}");
    }
}

#[test]
fn the_bounds_hold() {
    let bounded = schedule("adaptive 5m to 20m");
    let (_, busy) = watched(&bounded, |_| true);
    assert!(wait_at(&busy, 0..24) >= 5 * MINUTE);
    let (_, silent) = watched(&bounded, |_| false);
    assert!(wait_at(&silent, 0..24) < 21 * MINUTE);
}

#[test]
fn nights_are_quiet_where_nothing_is_published_at_night() {
    let (_, polls) =
        watched(&schedule("adaptive"), |minute| (8..20).contains(&(minute / 60 % 24)) && minute.is_multiple_of(7));
    let (day, night) = (wait_at(&polls, 9..19), wait_at(&polls, 22..24));
    assert!(day < 6 * MINUTE && night > 2 * day, "{day:?} by day, {night:?} by night");
}

#[test]
fn a_feed_that_is_written_at_fixed_minutes_is_asked_shortly_after_them() {
    let (_, polls) = watched(&schedule("adaptive"), |minute| minute % 60 == 20);
    let last = at(BEGIN) + 2 * WEEK;
    let late: Vec<_> = (0..7 * 24)
        .map(|hour| {
            let published = last + HOUR * hour + 21 * MINUTE;
            polls.iter().find(|poll| **poll >= published).expect("a poll").since(published)
        })
        .collect();
    let mean = late.iter().sum::<Duration>() / u32::try_from(late.len()).expect("few");
    let polls = polls.iter().filter(|poll| **poll >= last).count() / (7 * 24);
    assert!(mean < 2 * MINUTE && polls <= 6, "{mean:?} with {polls} polls an hour");
}

#[test]
fn where_much_is_going_on_it_is_asked_more_often_and_then_less_again() {
    let usual = |minute: u64| minute.is_multiple_of(120);
    let (mut tempo, _) = watched(&schedule("adaptive"), usual);
    let now = at(BEGIN) + 3 * WEEK + 10 * HOUR;
    let adaptive = schedule("adaptive");
    let calm = due(&adaptive, &tempo, now).since(now);
    tempo.learn(&News { dates: &[None; 8], listed: 50, polled_at: now - 10 * MINUTE }, now);
    let busy = due(&adaptive, &tempo, now).since(now);
    assert!(busy * 3 < calm * 2, "{busy:?} where {calm:?} is usual");
    let later = now + 8 * HOUR;
    let over = due(&adaptive, &tempo, later).since(later);
    assert!(over > busy && over.abs_diff(calm) < calm / 3, "{over:?} where {calm:?} is usual");
}

#[test]
fn the_dates_of_the_first_document_are_what_is_known_at_the_beginning() {
    let now = at("2026-11-18T12:00:00Z");
    let adaptive = schedule("adaptive 1s to 1d");
    let first = |count: u32, apart: Duration| {
        let dates: Vec<Timestamp> = (0..count).map(|n| now - apart * n).collect();
        due(&adaptive, &Tempo::of_dates(&dates, 20, now), now).since(now)
    };
    let (busy, calm, unknown) = (first(20, 3 * MINUTE), first(20, 12 * HOUR - 17 * MINUTE), first(0, MINUTE));
    assert!(busy < 5 * MINUTE, "{busy:?}");
    assert!(calm > 20 * MINUTE, "{calm:?}");
    assert!((10 * MINUTE..20 * MINUTE).contains(&unknown), "{unknown:?}");
    // Dates of years ago and of the future say that nothing comes, or nothing at all.
    assert!(first(20, 400 * DAY) > calm);
    let ahead = Tempo::of_dates(&[now + DAY, now + 2 * DAY], 2, now);
    assert_eq!(due(&adaptive, &ahead, now).since(now), unknown);
}

#[test]
fn no_more_is_let_come_than_a_third_of_what_the_document_lists() {
    let now = at("2026-11-18T12:00:00Z");
    let listing = |listed: usize| {
        let dates: Vec<Timestamp> = (0..720).map(|n| now - MINUTE / 12 * n).collect();
        due(&schedule("adaptive 1s to 1d"), &Tempo::of_dates(&dates, listed, now), now).since(now)
    };
    assert!(listing(3) * 3 < listing(60) * 2, "{:?}", listing(3));
}

#[test]
fn nothing_known_again_means_that_entries_were_missed_and_halves_the_longest_wait_until_much_is_known_again() {
    let adaptive = schedule("adaptive 1m to 1h");
    let mut now = at("2026-11-18T12:00:00Z");
    let mut poll = |tempo: &mut Tempo, new: usize, wait: Duration| {
        now = now + wait;
        tempo.learn(&News { dates: &vec![None; new], listed: 10, polled_at: now - wait }, now);
        due(&adaptive, tempo, now).since(now)
    };
    let mut tempo = Tempo::of_dates(&[], 10, at("2026-11-18T12:00:00Z"));
    let before = poll(&mut tempo, 1, 20 * MINUTE);
    let missed = poll(&mut tempo, 10, 4 * MINUTE);
    assert!(missed < 3 * MINUTE && missed < before, "{missed:?} after {before:?}");
    let mut waits: Vec<Duration> = (0..40).map(|_| poll(&mut tempo, 1, 30 * MINUTE)).collect();
    waits.retain(|wait| *wait > 4 * MINUTE);
    assert!(waits.len() > 20, "it recovers: {waits:?}");
}

#[test]
fn what_is_learnt_is_kept_in_two_kilobytes() {
    let (tempo, _) = watched(&schedule("adaptive"), |minute| minute.is_multiple_of(13));
    let json = serde_json::to_string(&tempo).expect("serialises");
    assert!(json.len() < 2_500, "{} bytes", json.len());
    let read: Tempo = serde_json::from_str(&json).expect("reads");
    let now = at(BEGIN) + 3 * WEEK;
    let adaptive = schedule("adaptive");
    assert!(due(&adaptive, &read, now).since(now).abs_diff(due(&adaptive, &tempo, now).since(now)) < MINUTE / 4);
}

proptest! {
    #[test]
    fn whatever_is_learnt_the_next_poll_lies_within_the_bounds(
        news in prop::collection::vec((0usize..60, 0usize..60, -400_000i64..400_000, -400_000i64..400_000), 0..12),
    ) {
        let mut now = at("2026-11-18T12:00:00Z");
        let mut tempo = Tempo::of_dates(&[now - DAY, now + DAY], 5, now);
        for (new, listed, dated, step) in news {
            let before = now;
            // Clocks are set back.
            now = Timestamp::from_millis(now.as_millis() + step * 1_000);
            let dates = vec![Some(Timestamp::from_millis(now.as_millis() + dated * 1_000)); new];
            tempo.learn(&News { dates: &dates, listed, polled_at: before }, now);
            let wait = due(&schedule("adaptive"), &tempo, now).since(now);
            prop_assert!(wait >= 2 * MINUTE && wait <= 30 * MINUTE + MINUTE / 3, "{wait:?}");
        }
    }
}

#[test]
fn what_a_feed_says_of_its_freshness_stretches_an_adaptive_wait_up_to_its_longest_and_no_other() {
    let now = at(BEGIN);
    let tempo = Tempo::default();
    let due = |typed: &str, minutes: u32| {
        let history =
            PollHistory { tempo: Some(&tempo), fresh_until: Some(now + MINUTE * minutes), ..Default::default() };
        next_poll(&schedule(typed), &history, Tz::UTC, now).since(now)
    };
    let plain = due("adaptive 2m to 30m", 0);
    for minutes in [1, 20, 29] {
        let wait = due("adaptive 2m to 30m", minutes);
        assert!(
            wait >= plain.max(MINUTE * minutes) && wait < plain.max(MINUTE * minutes) + MINUTE,
            "{minutes}: {wait:?}"
        );
    }
    assert!(due("adaptive 2m to 30m", 60) < MINUTE * 31, "the operator's longest wait is one");
    for typed in ["every 10m", "*/10 * * * *"] {
        assert_eq!(due(typed, 60), due(typed, 0), "{typed}");
    }
}
