//! A world of sites on this machine, polled by wirewatch and, where asked for, by its peers: what a round over all feeds
//! costs each. docs/performance.md has the figures.
//!
//! `cargo bench --bench world -- [FEEDS] [PROGRAM …]`: programs are `wirewatch` (the default), `rss2email`, `newsboat`,
//! `sfeed`, `reader`, `urlwatch` and `peers`, for all of them. Each plays the same rounds on the same sites, one after
//! the other. `benches/world/install_peers` installs what the peers need.

mod peers;
#[path = "../corpus/process.rs"]
mod process;
mod site;
mod ours;

use anyhow::{Context as _, bail};

use crate::process::Usage;
use crate::site::{Answers, Manner, Site};

const USUAL_FEEDS: usize = 1_000;

/// What the sites do at a round, in the order played.
const ROUNDS: [(&str, Manner); 4] = [
    ("first", Manner { conditions: true, is_new_edition: false }),
    ("unchanged, 304", Manner { conditions: true, is_new_edition: false }),
    ("unchanged, 200", Manner { conditions: false, is_new_edition: false }),
    ("one new, one revised", Manner { conditions: true, is_new_edition: true }),
];

/// A program that is shown feeds and can be told to poll them all now.
trait Program {
    fn name(&self) -> &'static str;

    /// Makes it know the feeds, in a folder of its own.
    fn subscribe(&mut self, site: &Site) -> anyhow::Result<()>;

    /// Polls every feed once.
    fn poll(&mut self) -> anyhow::Result<Usage>;

    /// How many articles it knows and how many revisions of articles it found, where it tells.
    fn found(&self) -> anyhow::Result<Option<(usize, usize)>> {
        Ok(None)
    }
}

fn main() -> anyhow::Result<()> {
    let mut feeds = USUAL_FEEDS;
    let mut programs: Vec<Box<dyn Program>> = Vec::new();
    for argument in std::env::args().skip(1).filter(|argument| argument != "--bench") {
        match argument.parse() {
            Ok(number) => feeds = number,
            Err(_) if argument == "peers" => programs.extend(peers::all()?),
            Err(_) if argument == "wirewatch" => programs.push(Box::new(ours::Wirewatch::new()?)),
            Err(_) => programs.push(peers::named(&argument)?.with_context(|| format!("no program `{argument}`"))?),
        }
    }
    if programs.is_empty() {
        programs.push(Box::new(ours::Wirewatch::new()?));
    }
    println!("{feeds} feeds of {} KB on as many hosts\n", site::document(0, 0).len() / 1000);
    println!("| program | round | requests | CPU, s | CPU a feed, ms | wall, s | memory, MiB |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for program in &mut programs {
        play(program.as_mut(), feeds)?;
    }
    Ok(())
}

fn play(program: &mut dyn Program, feeds: usize) -> anyhow::Result<()> {
    let site = Site::serve(feeds)?;
    program.subscribe(&site)?;
    for (round, manner) in ROUNDS {
        site.behave(manner);
        let before = site.answers();
        let usage = program.poll().with_context(|| format!("{}, {round}", program.name()))?;
        print(program.name(), round, feeds, usage, site.answers().since(before))?;
    }
    if let Some((articles, revisions)) = program.found()? {
        println!("\n{}: {articles} articles and {revisions} revisions found\n", program.name());
        if articles != feeds * (site::ENTRIES + 1) || revisions != feeds {
            bail!("{} published, {feeds} revised", feeds * (site::ENTRIES + 1));
        }
    }
    Ok(())
}

fn print(program: &str, round: &str, feeds: usize, usage: Usage, answers: Answers) -> anyhow::Result<()> {
    let cpu = usage.cpu.context("no /proc to read times from")?.as_secs_f64();
    let memory = usage.peak_kilobytes.unwrap_or_default() as f64 / 1024.0;
    let requests = answers.with_document + answers.not_modified;
    let each = 1000.0 * cpu / feeds as f64;
    let wall = usage.time.as_secs_f64();
    println!("| {program} | {round} | {requests} | {cpu:.2} | {each:.3} | {wall:.2} | {memory:.0} |");
    Ok(())
}
