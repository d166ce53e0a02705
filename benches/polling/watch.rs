//! A watcher of the world: polls by a schedule through a host gate, and counts.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;
use std::time::Duration;

use chrono_tz::Tz;
use wirewatch::model::Timestamp;
use wirewatch::schedule::{News, PollHistory, Schedule, Tempo, next_poll};

use crate::random::Random;
use crate::world::{BEGIN, DAY, Entry, Feed, HOUR, Host, MINUTE, SECOND, World};

/// The pause between two requests to a host.
const PAUSE: i64 = 2 * SECOND;

/// What was counted on the day that counts.
#[derive(Default)]
pub struct Tally {
    pub requests: usize,
    /// Requests that brought nothing.
    pub wasted: usize,
    pub failed: usize,
    pub refused: usize,
    /// From publishing to detection, in seconds, of all entries, sorted.
    pub delays: Vec<f64>,
    /// The same of feeds whose host answered all day.
    pub undisturbed: Vec<f64>,
    /// The mean of each feed that published.
    pub by_feed: Vec<f64>,
    /// Entries that were pushed out of the document before anybody looked.
    pub missed: usize,
    pub by_host: Vec<usize>,
    /// The most requests that one host got in a minute.
    pub peak: usize,
}

struct Watched {
    /// Entries up to here were seen.
    seen: usize,
    read_at: Option<i64>,
    failures: u32,
    tempo: Option<Tempo>,
    delays: (f64, usize),
}

struct Gate {
    free_at: i64,
    held_until: i64,
    lately: VecDeque<i64>,
}

/// When each feed is due, the first of them first.
type Queue = BinaryHeap<Reverse<(i64, usize)>>;

/// Watches from `BEGIN` on; the day `day` (from 0) counts.
pub fn watch(world: &World, schedule: &Schedule, day: i64) -> Tally {
    let counted = BEGIN + day * DAY..BEGIN + (day + 1) * DAY;
    let end = counted.end + 2 * HOUR;
    let mut random = Random::new(7);
    let mut tally = Tally { by_host: vec![0; world.hosts.len()], ..Tally::default() };
    let new = || Watched { seen: 0, read_at: None, failures: 0, tempo: None, delays: (0.0, 0) };
    let mut watched: Vec<Watched> = world.feeds.iter().map(|_| new()).collect();
    let gate = || Gate { free_at: 0, held_until: 0, lately: VecDeque::new() };
    let mut gates: Vec<Gate> = world.hosts.iter().map(|_| gate()).collect();
    // All are added at one moment.
    let mut due: Queue = (0..world.feeds.len()).map(|place| Reverse((BEGIN + HOUR, place))).collect();
    while let Some(Reverse((at, place))) = due.pop() {
        if at >= end {
            continue;
        }
        let (feed, known) = (&world.feeds[place], &mut watched[place]);
        let gate = &mut gates[feed.host];
        let free = gate.free_at.max(gate.held_until);
        if free > at {
            due.push(Reverse((free, place)));
            continue;
        }
        let now = at + (random.between(0.1, 1.0) * SECOND as f64) as i64;
        gate.free_at = now + PAUSE;
        let counts = counted.contains(&at);
        let host = &world.hosts[feed.host];
        let is_up = !host.outages.iter().any(|(from, to)| *from < counted.end && *to > counted.start);
        let (is_read, retry_after) = answer(host, gate, at);
        if counts {
            tally.requests += 1;
            tally.by_host[feed.host] += 1;
            tally.peak = tally.peak.max(gate.lately.len());
        }
        let news = if is_read { read(feed, is_up, known, now, &counted, &mut tally) } else { 0 };
        if counts {
            tally.wasted += usize::from(news == 0);
            tally.failed += usize::from(!is_read);
            tally.refused += usize::from(retry_after.is_some());
        }
        let history = PollHistory {
            failures: if is_read { 0 } else { known.failures + 1 },
            retry_after,
            fresh_until: None,
            seed: place as u64 + 1,
            tempo: known.tempo.as_ref(),
        };
        let is_back = is_read && known.failures > 0;
        known.failures = history.failures;
        let next = next_poll(schedule, &history, Tz::UTC, Timestamp::from_millis(now));
        due.push(Reverse((next.as_millis(), place)));
        if is_back {
            due = woken(due, now, |other| world.feeds[other].host == feed.host && watched[other].failures > 0);
        }
    }
    tally.delays.sort_by(f64::total_cmp);
    tally.by_feed =
        watched.iter().filter(|feed| feed.delays.1 > 0).map(|feed| feed.delays.0 / feed.delays.1 as f64).collect();
    tally
}

/// A host that answers again is asked for all that failed there.
fn woken(due: Queue, now: i64, is_failing: impl Fn(usize) -> bool) -> Queue {
    let wake = |(at, place): (i64, usize)| if is_failing(place) { (at.min(now), place) } else { (at, place) };
    due.into_iter().map(|Reverse(next)| Reverse(wake(next))).collect()
}

/// Whether the host answers with the feed, and else what it asks for.
fn answer(host: &Host, gate: &mut Gate, at: i64) -> (bool, Option<Duration>) {
    while gate.lately.front().is_some_and(|first| *first <= at - MINUTE) {
        gate.lately.pop_front();
    }
    gate.lately.push_back(at);
    if host.outages.iter().any(|(from, to)| (*from..*to).contains(&at)) {
        return (false, None);
    }
    if host.limit.is_some_and(|limit| gate.lately.len() > limit) {
        gate.held_until = at + 2 * MINUTE;
        return (false, Some(Duration::from_secs(120)));
    }
    (true, None)
}

/// Reads the document; gives the number of new entries.
fn read(feed: &Feed, is_up: bool, known: &mut Watched, now: i64, counted: &Range<i64>, tally: &mut Tally) -> usize {
    let visible = feed.entries.partition_point(|entry| entry.visible <= now);
    let listed = visible.min(feed.length);
    let document = &feed.entries[visible - listed..visible];
    let moment = Timestamp::from_millis(now);
    let Some(read_at) = known.read_at.replace(now) else {
        let dates: Vec<Timestamp> =
            document.iter().filter_map(|entry| entry.dated).map(Timestamp::from_millis).collect();
        known.tempo = Some(Tempo::of_dates(&dates, listed, moment));
        known.seen = visible;
        return 0;
    };
    let first_listed = visible - listed;
    let counts = |entry: &&Entry| counted.contains(&entry.published);
    if first_listed > known.seen {
        tally.missed += feed.entries[known.seen..first_listed].iter().filter(counts).count();
    }
    let new = &feed.entries[known.seen.max(first_listed)..visible];
    known.seen = visible;
    for entry in new.iter().filter(counts) {
        let delay = (now - entry.published) as f64 / SECOND as f64;
        tally.delays.push(delay);
        if is_up {
            tally.undisturbed.push(delay);
        }
        known.delays = (known.delays.0 + delay, known.delays.1 + 1);
    }
    if !new.is_empty() {
        let dates: Vec<Option<Timestamp>> = new.iter().map(|entry| entry.dated.map(Timestamp::from_millis)).collect();
        let news = News { dates: &dates, listed, polled_at: Timestamp::from_millis(read_at) };
        if let Some(tempo) = known.tempo.as_mut() {
            tempo.learn(&news, moment);
        }
    }
    new.len()
}
