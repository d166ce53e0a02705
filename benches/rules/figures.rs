//! Times and bytes, measured and written for people.

use std::time::Duration;

use wirewatch::model::ArticleText;

use crate::stopwatch::timed;

/// Even where one takes long, so many articles are measured.
const LEAST_ARTICLES: usize = 8;
const MOST_PASSES: usize = 15;

/// What an article takes: of each article the middle of its passes, of those the middle and the 95th percentile.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    pub median: Duration,
    pub p95: Duration,
    pub articles: usize,
}

impl Spread {
    pub fn micros(self) -> f64 {
        micros(self.median)
    }
}

/// Gives the articles to `work` one after the other, again and again until the budget is spent.
///
/// The first pass warms up, and counts only where it is the only one. That it is never the same article twice in a row
/// keeps the caches as warm as a busy daemon has them, and no warmer.
pub fn each(articles: &[ArticleText], budget: Duration, mut work: impl FnMut(&ArticleText)) -> Spread {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); articles.len()];
    let mut spent = Duration::ZERO;
    'passes: for pass in 0..MOST_PASSES {
        for (number, article) in articles.iter().enumerate() {
            let ((), time) = timed(|| work(article));
            times[number].push(time);
            spent += time;
            if spent > budget && (pass > 0 || number + 1 >= LEAST_ARTICLES) {
                break 'passes;
            }
        }
    }
    let warm = times.into_iter().filter(|passes| !passes.is_empty()).map(|mut passes| {
        if passes.len() > 1 {
            passes.remove(0);
        }
        middle(passes)
    });
    let mut warm: Vec<Duration> = warm.collect();
    warm.sort_unstable();
    let at = |percent: usize| warm.get(((warm.len() * percent).div_ceil(100)).saturating_sub(1)).copied();
    Spread { median: at(50).unwrap_or_default(), p95: at(95).unwrap_or_default(), articles: warm.len() }
}

pub fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// What building something took and left behind.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub time: Duration,
    /// Bytes that are live afterwards and were not before.
    pub kept: i64,
    /// The most bytes that were live at once, beyond those before.
    pub peak: i64,
}

/// What `work` makes, and its cost in time and memory on this thread.
pub fn cost<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let mut made = None;
    let counted = allocation_counter::measure(|| made = Some(timed(work)));
    let (result, time) = made.expect("the work was done");
    let cost = Cost { time, kept: counted.bytes_current, peak: i64::try_from(counted.bytes_max).unwrap_or(i64::MAX) };
    (result, cost)
}

/// With as many decimals as are worth reading.
pub fn short(number: f64) -> String {
    match number.abs() {
        0.0..10.0 => format!("{number:.2}"),
        10.0..100.0 => format!("{number:.1}"),
        _ => grouped(number.round() as i64),
    }
}

pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}
