//! Feeds as they are published: rhythms of day and week, batches, fixed minutes, breaking news, caches, wrong dates;
//! and their hosts, which fail at times or refuse who asks too often.

use crate::random::Random;

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// Monday, 2026-11-02T00:00:00Z.
pub const BEGIN: i64 = 1_793_577_600_000;

/// An entry: all times in milliseconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub published: i64,
    /// When the feed's document has it.
    pub visible: i64,
    /// What it says of its date.
    pub dated: Option<i64>,
}

pub struct Feed {
    pub host: usize,
    /// Sorted by `visible`.
    pub entries: Vec<Entry>,
    /// How many of the newest the document lists.
    pub length: usize,
}

pub struct Host {
    /// From when until when nothing is answered.
    pub outages: Vec<(i64, i64)>,
    /// Requests in a minute; one more is answered by 429.
    pub limit: Option<usize>,
}

pub struct World {
    pub feeds: Vec<Feed>,
    pub hosts: Vec<Host>,
}

/// A world of so many feeds and hosts over so many days.
pub fn world(feeds: usize, hosts: usize, days: i64, seed: u64) -> World {
    let mut random = Random::new(seed);
    let hosts: Vec<Host> = (0..hosts).map(|number| host(number, days, &mut random)).collect();
    let caches: Vec<f64> = hosts.iter().map(|_| random.one_of(&[5.0, 20.0, 60.0, 60.0, 300.0])).collect();
    let feeds = (0..feeds)
        .map(|number| {
            let host = number % hosts.len();
            feed(host, caches[host], days, &mut random)
        })
        .collect();
    World { feeds, hosts }
}

fn host(number: usize, days: i64, random: &mut Random) -> Host {
    let mut outages = Vec::new();
    for day in 0..days {
        if random.is(0.15) {
            let from = BEGIN + day * DAY + (random.share() * DAY as f64) as i64;
            outages.push((from, from + (random.between(20.0, 240.0) * MINUTE as f64) as i64));
        }
    }
    Host { outages, limit: (number % 10 == 3).then_some(10) }
}

/// When what was written comes out.
#[derive(Clone, Copy)]
enum Release {
    /// At once.
    Written,
    /// When the feed is built: every so many minutes, so many seconds after.
    Built(i64, i64),
    /// All of the day at some times of the day (minutes after midnight).
    Batches([i64; 3]),
}

fn feed(host: usize, cache: f64, days: i64, random: &mut Random) -> Feed {
    let daily = (6f64.ln() + 1.5 * random.normal()).exp().clamp(0.05, 500.0);
    let (zone, weekend) = (random.one_of(&[-8, -5, -5, 0, 0, 1, 1, 2, 3, 5, 8, 9]), random.between(0.2, 1.0));
    let is_steady = random.is(0.1);
    let release = match random.share() {
        share if share < 0.2 => Release::Built(random.one_of(&[5, 10, 15, 30, 60]), random.between(5.0, 90.0) as i64),
        share if share < 0.35 => {
            let first = random.between(240.0, 1_000.0) as i64;
            let other =
                |random: &mut Random| if random.is(0.5) { first } else { random.between(240.0, 1_300.0) as i64 };
            Release::Batches([first, other(random), other(random)])
        }
        _ => Release::Written,
    };
    let dates = random.share();
    let shift = random.one_of(&[-7, -2, -1, 1, 3, 8]) * HOUR;
    let mut entries = Vec::new();
    for day in 0..days {
        let is_weekend = day % 7 >= 5;
        let mood = (0.3 * random.normal()).exp() * if is_weekend { weekend } else { 1.0 };
        for hour in 0..24 {
            let weight = if is_steady { 1.0 } else { HOURS[((hour + zone) as usize + 24) % 24] };
            let mean = 60.0 / (daily * mood * weight / 24.0);
            let mut minute = random.wait(mean);
            while minute < 60.0 {
                let at = BEGIN + day * DAY + hour * HOUR + (minute * MINUTE as f64) as i64;
                entries.push(at);
                // What happens goes on.
                while random.is(0.3) {
                    entries.push(at + (random.wait(15.0) * MINUTE as f64) as i64);
                }
                minute += random.wait(mean);
            }
        }
    }
    let mut entries: Vec<Entry> = entries
        .into_iter()
        .map(|written| {
            let published = released(release, written);
            let visible = published + (random.between(0.0, cache) * SECOND as f64) as i64;
            let dated = match dates {
                share if share < 0.1 => None,
                share if share < 0.2 => Some(published + shift),
                share if share < 0.5 => Some(written.min(published)),
                _ => Some(published),
            };
            Entry { published, visible, dated }
        })
        .collect();
    entries.sort_by_key(|entry| entry.visible);
    Feed { host, entries, length: random.one_of(&[10, 15, 20, 25, 30, 50, 100]) }
}

/// How much is written in each hour of the day, as its writers have it.
const HOURS: [f64; 24] = [
    0.2, 0.15, 0.1, 0.1, 0.2, 0.5, 1.0, 1.4, 1.7, 1.8, 1.8, 1.8, 1.6, 1.6, 1.7, 1.7, 1.7, 1.5, 1.2, 1.0, 0.8, 0.6, 0.4,
    0.3,
];

fn released(release: Release, written: i64) -> i64 {
    match release {
        Release::Written => written,
        Release::Built(minutes, after) => {
            let every = minutes * MINUTE;
            (written.div_euclid(every) + 1) * every + after * SECOND
        }
        Release::Batches(times) => {
            let day = written.div_euclid(DAY) * DAY;
            let today = times.into_iter().map(|minute| day + minute * MINUTE).filter(|at| *at >= written).min();
            today.unwrap_or_else(|| day + DAY + times.into_iter().min().unwrap_or(0) * MINUTE)
        }
    }
}
