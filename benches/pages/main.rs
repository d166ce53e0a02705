//! Measures how long the web page takes at a hundred thousand articles, alone and beside a busy daemon.
//!
//! `cargo bench --bench pages -- FOLDER [--articles N] [--seconds N] [--goal 100ms]` fills a database in FOLDER (unless
//! one is there; half of the articles have two versions, every fourth three, half are told of), starts the real daemon on
//! it, and asks for every address of `addresses.txt`: one after the other while nothing else happens; then by eight
//! clients at once (first what is no search, then the searches), while feeds on this machine bring news and every article
//! is matched, stored and mailed. It also says how long that takes, from a feed's last byte to the look at its article and
//! to the mail, without and with the clients. With a goal it fails where one client waits longer for more than one in
//! twenty answers. It takes three times `--seconds` (20) and a minute, beside the first filling.

mod client;
mod daemon;
mod filling;
#[path = "../archive/newsroom.rs"]
mod newsroom;
#[path = "../steady/random.rs"]
#[allow(dead_code, reason = "shared with another bench, which uses all of it")]
mod random;
mod site;
#[path = "../archive/text.rs"]
mod text;
mod timing;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use client::{Answer, Client};
use daemon::Running;
use site::{Published, Site};
use timing::Timing;

const ARTICLES: usize = 100_000;
const ADDRESSES: &str = include_str!("addresses.txt");
const CLIENTS: usize = 8;
/// How often each address is asked for while nothing else happens.
const ROUNDS: usize = 21;
/// Feeds that bring news.
const BUSY_FEEDS: usize = 20;
/// What an answer may take, unless another goal is named.
const GOAL: Duration = Duration::from_millis(100);

/// What was typed.
struct Options {
    folder: PathBuf,
    articles: usize,
    /// How long the clients ask at once.
    seconds: u64,
    goal: Option<Duration>,
}

/// One address with what was measured.
struct Row {
    address: &'static str,
    answer: Answer,
    /// The first one after the start.
    first: Duration,
    alone: Timing,
    beside: Timing,
}

impl Row {
    fn is_search(&self) -> bool {
        self.address.contains("q=")
    }
}

fn main() -> anyhow::Result<()> {
    let Some(options) = Options::typed()? else {
        println!("no folder was named: `cargo bench --bench pages -- FOLDER`");
        return Ok(());
    };
    let database = options.folder.join("wirewatch.db");
    if !database.exists() {
        filling::fill(&options.folder, &database, options.articles)?;
    }
    let site = Site::open(BUSY_FEEDS)?;
    let began = Instant::now();
    let running = Running::start(&options.folder, &site)?;
    Client::connect(&running.page)?.ask("/")?;
    println!("the first page came {:.1?} after the start; waiting until the first polls are done", began.elapsed());
    running.settle()?;
    let mut rows = alone(&running, options.articles)?;

    let span = Duration::from_secs(options.seconds);
    let mut looks = vec![("alone", site.publish(span))];
    let mut memory = vec![("alone", running.peak_megabytes())];
    for (what, is_search) in [("beside 8 clients", false), ("beside 8 clients that search", true)] {
        running.forget_peak();
        looks.push((what, beside(&running, &site, &mut rows, is_search, &options)?));
        memory.push((what, running.peak_megabytes()));
    }
    running.settle()?;
    print(&mut rows);
    println!("\n{:46} {:>8} {:>8} {:>8} {:>8}", "from a feed's last byte, ms", "count", "p50", "p95", "max");
    for (what, published) in &looks {
        println!("{:46} {}", format!("to the look at its article, {what}"), published.looks.clone().line());
        println!("{:46} {}", format!("to the mail, {what}"), running.mailed(published)?.line());
    }
    println!();
    memory.iter().for_each(|(what, megabytes)| println!("the daemon's memory {what}: {megabytes} MB"));
    running.stop()?;
    hold(&mut rows, &options)
}

impl Options {
    fn typed() -> anyhow::Result<Option<Self>> {
        let mut options = Self { folder: PathBuf::new(), articles: ARTICLES, seconds: 20, goal: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                // cargo adds it itself.
                "--bench" => {}
                "--articles" => options.articles = value()?.parse()?,
                "--seconds" => options.seconds = value()?.parse()?,
                "--goal" => options.goal = Some(Duration::from_millis(value()?.trim_end_matches("ms").parse()?)),
                folder => options.folder = folder.into(),
            }
        }
        Ok((!options.folder.as_os_str().is_empty()).then_some(options))
    }
}

/// Every address, one after the other.
fn alone(running: &Running, articles: usize) -> anyhow::Result<Vec<Row>> {
    let mut client = Client::connect(&running.page)?;
    let mut rows = Vec::new();
    for address in ADDRESSES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let began = Instant::now();
        let mut answer = client.ask(&named(address, 0, articles))?;
        let first = began.elapsed();
        let mut alone = Timing::default();
        for round in 1..if answer.status == 200 { ROUNDS } else { 0 } {
            let began = Instant::now();
            answer = client.ask(&named(address, round, articles))?;
            alone.add(began.elapsed());
        }
        rows.push(Row { address, answer, first, alone, beside: Timing::default() });
    }
    Ok(rows)
}

/// All searches, or all other addresses, by eight clients at once while there is news.
fn beside(
    running: &Running,
    site: &Site,
    rows: &mut [Row],
    is_search: bool,
    options: &Options,
) -> anyhow::Result<Published> {
    let mut asked: Vec<&mut Row> =
        rows.iter_mut().filter(|row| row.answer.status == 200 && row.is_search() == is_search).collect();
    let addresses: Vec<&'static str> = asked.iter().map(|row| row.address).collect();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let ask = |number| ask(number, &running.page, &addresses, options.articles, &stop);
        let clients: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || ask(number))).collect();
        let published = site.publish(Duration::from_secs(options.seconds));
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            let times = client.join().ok().context("a client panicked")??;
            asked.iter_mut().zip(times).for_each(|(row, times)| row.beside.join(&times));
        }
        Ok(published)
    })
}

/// All of them again and again, each client from another one on.
fn ask(
    number: usize,
    page: &str,
    addresses: &[&str],
    articles: usize,
    stop: &AtomicBool,
) -> anyhow::Result<Vec<Timing>> {
    let mut client = Client::connect(page)?;
    let mut times = vec![Timing::default(); addresses.len()];
    for turn in (number * addresses.len() / CLIENTS).. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let at = turn % addresses.len();
        let began = Instant::now();
        if client.ask(&named(addresses[at], turn, articles))?.status == 200 {
            times[at].add(began.elapsed());
        }
    }
    Ok(times)
}

/// The address with names in it, others at each turn.
fn named(address: &str, turn: usize, articles: usize) -> String {
    let some = turn * 997 % articles;
    let big = some / 10_000 * 10_000 + filling::BUSY + 1;
    address
        .replace("{article}", &(some / 4 * 4 + 1).to_string())
        .replace("{big}", &big.to_string())
        .replace("{alert}", &(some / 2 + 1).to_string())
        .replace("{cursor}", &format!("{}-{some}", minutes_ago(some)))
        .replace("{rule}", &format!("rule-{}", turn % filling::RULES))
        .replace("{feed}", &format!("wire-{}", 1 + turn % (filling::FEEDS - 1)))
}

/// Articles were stored a minute apart from each other.
fn minutes_ago(minutes: usize) -> u128 {
    let ago = Duration::from_secs(60 * minutes as u64);
    site::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().saturating_sub(ago).as_millis()
}

fn print(rows: &mut [Row]) {
    println!("\n{:46} {:>8} {:>35} {:>35}", "", "", "1 client, ms", "8 clients, ms");
    println!(
        "{:46} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "address", "bytes", "first", "p50", "p95", "max", "count", "p50", "p95", "max"
    );
    for Row { address, answer, first, alone, beside } in rows {
        if answer.status == 200 {
            let first = first.as_secs_f64() * 1000.0;
            println!("{address:46} {:>8} {first:>8.1} {} {}", answer.bytes, alone.figures(), beside.line());
        } else {
            println!("{address:46} status {}", answer.status);
        }
    }
}

/// Says what took longer than the goal, by one client and by eight; one client may not.
fn hold(rows: &mut [Row], options: &Options) -> anyhow::Result<()> {
    let goal = options.goal.unwrap_or(GOAL);
    let mut slower = |what: &str, time: fn(&mut Row) -> Duration| {
        let slow = rows.iter_mut().filter_map(|row| (time(row) > goal).then_some(row.address));
        let slow: Vec<&str> = slow.collect();
        println!("{what} over {goal:?}: {}", if slow.is_empty() { "none".to_owned() } else { slow.join(" ") });
        slow.is_empty()
    };
    let is_held = slower("1 client, p95", |row| row.alone.percentile(95));
    slower("first answers", |row| row.first);
    slower("8 clients, p50", |row| row.beside.percentile(50));
    slower("8 clients, p95", |row| row.beside.percentile(95));
    if options.goal.is_some() && !is_held {
        bail!("slower than {goal:?}");
    }
    Ok(())
}
