//! How long news waits until it is seen: adaptive schedules against fixed intervals that make as many requests, in a
//! simulated world (no network, no clock). `cargo bench --bench polling`.

mod random;
mod watch;
mod world;

use std::time::Duration;

use watch::{Tally, watch};
use wirewatch::schedule::Schedule;

/// What is known after so many days counts on the day after.
const LEARNING: i64 = 14;

fn main() {
    let argument = |name: &str, default: usize| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
        arguments.next().and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (feeds, hosts, seed) = (argument("--feeds", 2_000), argument("--hosts", 100), argument("--seed", 1));
    let world = world::world(feeds, hosts, LEARNING + 2, seed as u64);
    println!("{feeds} feeds of {hosts} hosts, one day\n");
    println!(
        "| schedule | requests | a host, busiest | in a minute | without news | failed | refused | entries | missed | wait: median | mean | where no host failed | 95 of 100 | mean of the feeds |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (text, day) in
        [("adaptive", LEARNING), ("adaptive", 0), ("adaptive 1m to 1h", LEARNING), ("adaptive 5m to 1h", LEARNING)]
    {
        let schedule: Schedule = text.parse().expect("a schedule");
        let adaptive = watch(&world, &schedule, day);
        let (interval, fixed) = as_many(&world, &adaptive, feeds, day);
        row(&format!("{text}{}", if day == 0 { ", first day" } else { "" }), &adaptive);
        row(&interval.to_string(), &fixed);
        let ratio = |pick: fn(&Tally) -> f64| pick(&adaptive) / pick(&fixed);
        println!(
            "| *ratio* | {:.2} | | | | | | | | **{:.2}** | **{:.2}** | **{:.2}** | **{:.2}** | {:.2} |",
            adaptive.requests as f64 / fixed.requests as f64,
            ratio(|tally| part(&tally.delays, 0.5)),
            ratio(|tally| mean(&tally.delays)),
            ratio(|tally| mean(&tally.undisturbed)),
            ratio(|tally| part(&tally.delays, 0.95)),
            ratio(|tally| mean(&tally.by_feed)),
        );
    }
}

/// The fixed interval that makes as many requests.
fn as_many(world: &world::World, adaptive: &Tally, feeds: usize, day: i64) -> (Schedule, Tally) {
    let mut seconds = feeds as f64 * 86_400.0 / adaptive.requests as f64;
    let mut last = None;
    for _ in 0..4 {
        let schedule = Schedule::every(Duration::from_secs(seconds as u64));
        let fixed = watch(world, &schedule, day);
        seconds *= fixed.requests as f64 / adaptive.requests as f64;
        last = Some((schedule, fixed));
    }
    last.expect("four rounds")
}

fn row(name: &str, tally: &Tally) {
    println!(
        "| {name} | {} | {} | {} | {:.0} % | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        tally.requests,
        tally.by_host.iter().max().unwrap_or(&0),
        tally.peak,
        100.0 * tally.wasted as f64 / tally.requests as f64,
        tally.failed,
        tally.refused,
        tally.delays.len(),
        tally.missed,
        clock(part(&tally.delays, 0.5)),
        clock(mean(&tally.delays)),
        clock(mean(&tally.undisturbed)),
        clock(part(&tally.delays, 0.95)),
        clock(mean(&tally.by_feed)),
    );
}

fn part(sorted: &[f64], share: f64) -> f64 {
    sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or(0.0)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn clock(seconds: f64) -> String {
    format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60)
}
