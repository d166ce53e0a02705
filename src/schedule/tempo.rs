//! How often a feed has news: by the hour of working days and of weekends, by the minute of the hour, and lately.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What was learnt counts half as much after so long.
const HALF_LIFE: i64 = 21 * DAY;
/// The same of what is going on lately.
const LATELY: i64 = HOUR;
/// An hour of the day says as much as the feed as a whole once it was watched for so many hours.
const HOURS_TO_KNOW: f64 = 3.0;
/// A minute of the hour counts as any other until so many entries say otherwise.
const ENTRIES_TO_KNOW: f64 = 0.5;
/// So many entries more or less than usual are no sign that more or less is going on.
const USUAL_SPREAD: f64 = 2.0;
/// A feed that nothing is known of has an entry every two hours.
const UNKNOWN: (f64, f64) = (0.5, 1.0);
/// Dates that a first document tells are believed for so long back.
const BELIEVED: i64 = 14 * DAY;
/// An entry without a date came so long before the poll that found it, at most.
const UNDATED: i64 = 6 * HOUR;
/// Fewer entries are no document whose end was cut off.
const FEW: usize = 3;

/// What is learnt of when a feed has news; about a kilobyte. Hours are those of UTC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tempo {
    /// Up to here it was learnt.
    until: Option<Timestamp>,
    /// Entries and hours watched, for the 24 hours of working days and the 24 of weekends; empty: nothing learnt.
    hours: Vec<(f32, f32)>,
    /// Entries by the minute of the hour.
    minutes: Vec<f32>,
    /// Entries of the last hours, and how many there usually would have been.
    lately: (f32, f32),
    /// Entries in the document that was read last.
    listed: usize,
    /// Entries were missed after a longer wait than this, in seconds.
    missed_after: Option<u64>,
}

/// What a poll that read a feed found.
#[derive(Debug, Clone, Copy)]
pub struct News<'a> {
    /// For each new entry, when it says that it was published.
    pub dates: &'a [Option<Timestamp>],
    /// Entries in the document.
    pub listed: usize,
    /// When the feed was read before.
    pub polled_at: Timestamp,
}

impl Tempo {
    /// Takes in what a poll found. An entry that is not dated since the poll before may have come at any time since.
    pub fn learn(&mut self, news: &News<'_>, now: Timestamp) {
        let (polled_at, now) = (news.polled_at.as_millis(), now.as_millis());
        let since = self.until.map_or(polled_at, Timestamp::as_millis).min(now);
        self.lately.1 += self.usual_between(since, now) as f32;
        self.fade(now - since);
        self.watch(since, now);
        for dated in news.dates {
            match dated.map(Timestamp::as_millis).filter(|at| (polled_at..=now).contains(at)) {
                Some(at) => self.count(at, at + MINUTE),
                None => self.count(polled_at.max(now - UNDATED), now),
            }
        }
        self.lately.0 += news.dates.len() as f32;
        self.until = Some(Timestamp::from_millis(now));
        self.look_for_missed(news, now - polled_at);
    }

    /// Where nothing is left of the document before, entries were missed, and half the wait is the longest from now on;
    /// as much as was known again makes it longer.
    fn look_for_missed(&mut self, news: &News<'_>, wait: i64) {
        let wait = u64::try_from(wait / SECOND).unwrap_or(0);
        let is_turned_over = self.listed >= FEW && news.listed >= FEW && news.dates.len() >= news.listed;
        self.listed = news.listed;
        if is_turned_over {
            self.missed_after = Some(wait / 2);
        } else if news.dates.len() <= news.listed / 2 {
            self.missed_after =
                self.missed_after.map(|longest| longest + longest / 4).filter(|longest| *longest < wait * 4);
        }
    }

    /// What the dates of a first document tell.
    pub fn of_dates(dates: &[Timestamp], listed: usize, now: Timestamp) -> Self {
        let earliest = Timestamp::from_millis(now.as_millis() - BELIEVED);
        let (mut believed, mut is_older) = (Vec::new(), false);
        for date in dates.iter().filter(|date| **date <= now) {
            if *date > earliest { believed.push(Some(*date)) } else { is_older = true }
        }
        let first = if is_older { Some(earliest) } else { believed.iter().flatten().min().copied() };
        let mut tempo = Self::default();
        if let Some(polled_at) = first {
            tempo.learn(&News { dates: &believed, listed, polled_at }, now);
        }
        Self { lately: (0.0, 0.0), listed, missed_after: None, ..tempo }
    }

    /// Entries in an hour that are to be expected from `now` on, hour by hour and minute by minute.
    pub(super) fn outlook(&self, now: Timestamp) -> Outlook<'_> {
        let overall = self.overall();
        let since = self.until.map_or(now.as_millis(), Timestamp::as_millis);
        let faded = half(now.as_millis() - since, LATELY);
        let usual = f64::from(self.lately.1) * faded + self.usual_between(since, now.as_millis());
        let level = (f64::from(self.lately.0) * faded + USUAL_SPREAD) / (usual + USUAL_SPREAD);
        let total: f64 = self.minutes.iter().map(|count| f64::from(*count)).sum();
        Outlook { tempo: self, overall, level, minutes: total }
    }

    /// Entries in the document that was read last.
    pub(super) fn listed(&self) -> usize {
        self.listed
    }

    /// Longer than this nobody waits, or entries are missed.
    pub(super) fn missed_after(&self) -> Option<Duration> {
        self.missed_after.map(Duration::from_secs)
    }

    /// Entries in an hour, all hours alike.
    fn overall(&self) -> f64 {
        let (entries, hours) = self.hours.iter().fold((0.0, 0.0), |sum, hour| (sum.0 + hour.0, sum.1 + hour.1));
        (f64::from(entries) + UNKNOWN.0) / (f64::from(hours) + UNKNOWN.1)
    }

    /// Entries in the hour of `at` that are usual.
    fn usual(&self, at: i64, overall: f64) -> f64 {
        let (entries, hours) = self.hours.get(slot(at)).copied().unwrap_or_default();
        (f64::from(entries) + overall * HOURS_TO_KNOW) / (f64::from(hours) + HOURS_TO_KNOW)
    }

    fn usual_between(&self, from: i64, to: i64) -> f64 {
        let overall = self.overall();
        // What is further back has faded anyway.
        let from = from.max(to - 24 * LATELY);
        pieces(from, to).map(|(at, hours)| self.usual(at, overall) * hours * half(to - at, LATELY)).sum()
    }

    fn fade(&mut self, time: i64) {
        let (long, short) = (half(time, HALF_LIFE) as f32, half(time, LATELY) as f32);
        self.hours.resize(48, (0.0, 0.0));
        self.minutes.resize(60, 0.0);
        self.hours.iter_mut().for_each(|hour| *hour = (hour.0 * long, hour.1 * long));
        self.minutes.iter_mut().for_each(|minute| *minute *= long);
        self.lately.0 *= short;
        self.lately.1 *= short;
    }

    fn watch(&mut self, from: i64, to: i64) {
        for (at, hours) in pieces(from.max(to - 60 * DAY), to) {
            if let Some(slot) = self.hours.get_mut(slot(at)) {
                slot.1 += hours as f32;
            }
        }
    }

    /// Counts an entry, spread evenly over the time in which it may have come.
    fn count(&mut self, from: i64, to: i64) {
        let time = (to - from).max(1);
        let all = 1.0 / (time as f64 / HOUR as f64);
        for (at, hours) in pieces(from, from + time) {
            if let Some(slot) = self.hours.get_mut(slot(at)) {
                slot.0 += (all * hours) as f32;
            }
        }
        let minutes = (time / MINUTE).clamp(1, 60);
        for minute in 0..minutes {
            let place = (from / MINUTE + minute).rem_euclid(60) as usize;
            if let Some(count) = self.minutes.get_mut(place) {
                *count += (1.0 / minutes as f64) as f32;
            }
        }
    }
}

/// What is to be expected of a feed, from a moment on.
pub(super) struct Outlook<'a> {
    tempo: &'a Tempo,
    overall: f64,
    /// How much more is going on lately than usual.
    level: f64,
    minutes: f64,
}

impl Outlook<'_> {
    /// Entries in an hour at that time.
    pub(super) fn at(&self, at: Timestamp) -> f64 {
        let at = at.as_millis();
        let place = at.div_euclid(MINUTE).rem_euclid(60) as usize;
        let count = self.tempo.minutes.get(place).map_or(0.0, |count| f64::from(*count));
        let minute = (count + ENTRIES_TO_KNOW) / (self.minutes / 60.0 + ENTRIES_TO_KNOW);
        self.tempo.usual(at, self.overall) * minute * self.level
    }
}

/// The place of an hour among working days' and weekends'. The epoch was a Thursday.
fn slot(at: i64) -> usize {
    let hour = at.rem_euclid(DAY) / HOUR;
    let weekday = (at.div_euclid(DAY) + 3).rem_euclid(7);
    (hour + if weekday >= 5 { 24 } else { 0 }) as usize
}

/// The parts of a time that lie in one hour each: where one begins, and how many hours it has.
fn pieces(from: i64, to: i64) -> impl Iterator<Item = (i64, f64)> {
    let mut at = from;
    std::iter::from_fn(move || {
        let begin = at;
        if begin >= to {
            return None;
        }
        at = (begin.div_euclid(HOUR) * HOUR + HOUR).min(to);
        Some((begin, (at - begin) as f64 / HOUR as f64))
    })
}

fn half(time: i64, life: i64) -> f64 {
    (-(time.max(0) as f64) / life as f64).exp2()
}
