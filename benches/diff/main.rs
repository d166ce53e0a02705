//! Measures what telling two texts apart costs: small edits, rewrites, live blogs, and texts made to hurt.
//!
//! `cargo bench --bench diff [NAME]` prints a line for each pair of texts (those whose name holds NAME): the CPU time and
//! the memory that `diff::compare`, `diff::align` and the whole decision of a look (`detect::assess`) take, and beside it
//! the plain word diff of the crate `similar`, which is stopped after some seconds. Each pair is measured in a process of
//! its own, so that the memory is its own.

mod inputs;
#[path = "../corpus/stopwatch.rs"]
mod stopwatch;

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use similar::TextDiff;
use url::Url;
use wirewatch::detect::{self, Known};
use wirewatch::diff;
use wirewatch::model::{
    ArticleId, ArticleText, Baseline, Capture, Fitness, PageBlock, Quality, Sightings, Source, Surroundings, Timestamp,
    Version,
};
use wirewatch::rule::RuleSet;

use stopwatch::{millis, timed};

/// The argument with which the program measures one pair.
const ONE: &str = "--one";
/// The peer is stopped after this long.
const PATIENCE: Duration = Duration::from_secs(10);
const STACK_BYTES: usize = 8 * 1024 * 1024;

fn main() -> anyhow::Result<()> {
    // cargo adds `--bench` itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [one, name] = arguments.as_slice()
        && one == ONE
    {
        return measure(name);
    }
    let wanted = arguments.first().map_or("", String::as_str);
    println!(
        "{:42} {:>9} {:>11} {:>9} {:>9} {:>9} {:>10} {:>9}",
        "two texts", "old/new kB", "compare ms", "align ms", "look ms", "MB", "similar ms", "of it"
    );
    for (name, _) in inputs::PAIRS.iter().filter(|(name, _)| name.contains(wanted)) {
        let program = std::env::current_exe()?;
        let output = Command::new(program).args([ONE, name]).output()?;
        if !output.status.success() {
            bail!("`{name}` failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(())
}

/// Measures one pair and prints its line.
fn measure(name: &str) -> anyhow::Result<()> {
    let (_, make) = inputs::PAIRS.iter().find(|(known, _)| *known == name).context("an unknown pair")?;
    let (old, new) = make();
    let kilobytes = |text: &ArticleText| text.text().len() / 1000;
    let sizes = format!("{}/{}", kilobytes(&old), kilobytes(&new));
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
    let line = worker.spawn(move || {
        let before = peak_kilobytes();
        let (change, compared) = timed(|| diff::compare(&old, &new));
        let (aligned, align) = timed(|| diff::align(&old, &new));
        drop((change, aligned));
        let (_, look) = timed(|| look(&old, &new));
        let memory = peak_kilobytes().saturating_sub(before) / 1000;
        let (old, new) = (old.text(), new.text());
        let (_, peer) = timed(|| {
            let mut differ = TextDiff::configure();
            differ.timeout(PATIENCE).diff_words(&old, &new).ops().len()
        });
        let times = [compared, align, look].map(millis);
        let share = if millis(peer) > 0.0 { millis(align) / millis(peer) } else { f64::NAN };
        format!(
            "{:>11.1} {:>9.1} {:>9.1} {memory:>9} {:>10.1} {share:>9.2}",
            times[0],
            times[1],
            times[2],
            millis(peer)
        )
    })?;
    let line = line.join().map_err(|_| anyhow::anyhow!("the measurement panicked"))?;
    println!("{name:42} {sizes:>10} {line}");
    Ok(())
}

/// A look that finds the new text where the old one was stored.
fn look(old: &ArticleText, new: &ArticleText) -> detect::Finding {
    const NOW: Timestamp = Timestamp::from_millis(1_795_348_800_000);
    let url = Url::parse("https://wire.example/story").expect("an address");
    let latest = Version { number: 1, observed_at: NOW, source: Source::Page, text: old.clone() };
    let blocks = new.paragraphs.iter().map(|paragraph| PageBlock {
        role: paragraph.role,
        text: paragraph.text.clone(),
        group: 1,
        is_prose: true,
        is_article: true,
        at: paragraph.at,
    });
    let capture = Capture {
        source: Source::Page,
        captured_at: NOW,
        final_url: url.clone(),
        page: blocks.collect(),
        wall: None,
        text: new.clone(),
        fitness: Fitness { quality: Quality::Good, reason: String::new() },
    };
    let known = Known {
        article: ArticleId(1),
        url: &url,
        feeds: &[],
        new_feeds: &[],
        entry_is_source: false,
        baseline: Baseline::News,
        latest: Some(&latest),
        fingerprints: &[(1, diff::fingerprint(old))],
        candidate: None,
        missing: None,
        gone: false,
        confirm: Duration::ZERO,
        surroundings: Surroundings::unknown(),
    };
    detect::assess(&RuleSet::new(Vec::new()), &known, &mut Sightings::default(), capture, NOW)
}

/// The most memory this process has held so far, by Linux's `/proc`; elsewhere 0.
fn peak_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}
