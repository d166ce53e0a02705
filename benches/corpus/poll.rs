//! `poll`: the program itself polls every document as a feed, twice.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use url::Url;

use wirewatch::feed;

use crate::Listing;
use crate::documents::{self, Document};
use crate::process::{self, Usage};
use crate::site::{Answers, Site};
use crate::tally::{Tally, cause};

/// The log of a run, in its folder.
const LOG: &str = "log";

/// `feeds --json`, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Feeds {
    feeds: Vec<FeedHealth>,
}

#[derive(Debug, Deserialize)]
struct FeedHealth {
    name: String,
    url: Url,
    state: String,
    last_success: Option<String>,
    last_error: Option<String>,
    entries: u64,
    articles: u64,
}

/// One run of the program.
struct Run {
    usage: Usage,
    answers: Answers,
}

pub fn measure(folder: &Path, listing: Listing) -> anyhow::Result<()> {
    let documents = documents::load(folder)?;
    let site = Site::serve(&documents)?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("wirewatch.toml"), configuration(&documents, &site))?;

    let run = run_once(folder.path(), &site, &["run", "--once"])?;
    let feeds = health(folder.path())?;
    ensure!(feeds.len() == documents.len(), "{} feeds of {} documents", feeds.len(), documents.len());
    print_run("the first run", &run);
    print_health(&feeds);
    print_unlike_parse(&documents, &feeds);
    if listing == Listing::Each {
        print_failing(&feeds);
    }

    let again = run_once(folder.path(), &site, &["run", "--once", "--all"])?;
    print_run("\nthe second run", &again);
    print_changes(&feeds, &health(folder.path())?);
    let unclear: Vec<&str> = feeds.iter().filter(|feed| feed.is_unclear()).map(|feed| feed.name.as_str()).collect();
    ensure!(unclear.is_empty(), "failed without a clear reason: {}", unclear.join(", "));
    Ok(())
}

fn configuration(documents: &[Document], site: &Site) -> String {
    let mut configuration = String::from("[poll]\nper_host_interval = \"0s\"\n[pages]\nfollow = false\n");
    for (index, document) in documents.iter().enumerate() {
        let url = site.url(index, document);
        configuration.push_str(&format!("[[feed]]\nname = {:?}\nurl = {url:?}\n", document.file));
    }
    configuration
}

/// Runs the program to its end, which must be a good one.
fn run_once(folder: &Path, site: &Site, arguments: &[&str]) -> anyhow::Result<Run> {
    let before = site.answers();
    let child = command(folder, arguments).stdout(Stdio::null()).stderr(File::create(folder.join(LOG))?).spawn()?;
    let (status, usage) = process::watch(child)?;
    let log = String::from_utf8_lossy(&fs::read(folder.join(LOG))?).into_owned();
    let end = || log.lines().rev().take(20).collect::<Vec<_>>().join("\n");
    ensure!(status.success(), "the program ended with {status}; its log, last line first:\n{}", end());
    if let Some(panic) = log.lines().find(|line| line.contains("panicked")) {
        bail!("something panicked: {panic}");
    }
    Ok(Run { usage, answers: site.answers().since(before) })
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirewatch"));
    command.current_dir(folder).args(arguments).env_remove("WIREWATCH_CONFIG").env_remove("RUST_LOG");
    command
}

fn health(folder: &Path) -> anyhow::Result<Vec<FeedHealth>> {
    let output = command(folder, &["feeds", "--json"]).output()?;
    ensure!(output.status.success(), "`feeds --json`: {}", String::from_utf8_lossy(&output.stderr));
    let feeds: Feeds = serde_json::from_slice(&output.stdout).context("cannot understand `feeds --json`")?;
    Ok(feeds.feeds)
}

fn print_run(which: &str, run: &Run) {
    let Usage { time, cpu, peak_kilobytes } = run.usage;
    let cpu = cpu.map_or("?".to_owned(), |cpu| format!("{:.2}", cpu.as_secs_f64()));
    let memory = peak_kilobytes.map_or("?".to_owned(), |kilobytes| format!("{:.1}", kilobytes as f64 / 1024.0));
    println!("{which}: {:.2} s, {cpu} s of CPU, at most {memory} MiB of memory", time.as_secs_f64());
    let Answers { with_document, not_modified, not_found } = run.answers;
    println!("served: {with_document} documents, {not_modified} × `304 Not Modified`, {not_found} × `404 Not Found`");
}

fn print_health(feeds: &[FeedHealth]) {
    let failing: Tally = feeds.iter().filter(|feed| !feed.is_read()).map(|feed| cause(feed.error())).collect();
    let entries: u64 = feeds.iter().map(|feed| feed.entries).sum();
    println!("{:9}  feeds read, with {entries} entries", feeds.len() - failing.total());
    println!("{:9}  feeds failed, by cause:", failing.total());
    print!("{failing}");
}

/// The program says of a document what its reader says, except where fetching unpacks it first.
fn print_unlike_parse(documents: &[Document], feeds: &[FeedHealth]) {
    let by_name: HashMap<&str, &Document> =
        documents.iter().map(|document| (document.file.as_str(), document)).collect();
    let unlike = |feed: &FeedHealth| feed.unlike_parse(by_name.get(feed.name.as_str())?);
    let unlike: Vec<String> = feeds.iter().filter_map(unlike).collect();
    println!("{:9}  feeds fared otherwise than by `feed::parse` alone", unlike.len());
    unlike.iter().for_each(|line| println!("  {line}"));
}

fn print_failing(feeds: &[FeedHealth]) {
    for feed in feeds.iter().filter(|feed| !feed.is_read()) {
        println!("  {}: {} ({})", feed.name, feed.error(), feed.state);
    }
}

/// Nothing was published between the runs.
fn print_changes(before: &[FeedHealth], after: &[FeedHealth]) {
    let pairs = before.iter().zip(after);
    let changed: Vec<_> = pairs.filter(|(before, after)| before.fared() != after.fared()).collect();
    println!("{:9}  feeds fared otherwise than before", changed.len());
    for (before, after) in changed {
        println!("  {before:?}, then {after:?}");
    }
}

impl FeedHealth {
    fn is_read(&self) -> bool {
        self.state == "healthy" && self.last_error.is_none() && self.last_success.is_some()
    }

    fn error(&self) -> &str {
        self.last_error.as_deref().unwrap_or("never polled")
    }

    fn is_unclear(&self) -> bool {
        !self.is_read() && self.last_error.as_ref().is_none_or(|error| error.is_empty() || error.contains("panicked"))
    }

    /// All but the times.
    fn fared(&self) -> (&str, &str, Option<&str>, u64, u64) {
        (&self.name, &self.state, self.last_error.as_deref(), self.entries, self.articles)
    }

    /// How the feed fared, if the reader alone says otherwise.
    fn unlike_parse(&self, document: &Document) -> Option<String> {
        let parsed = feed::parse(&document.bytes, document.content_type(), &self.url);
        let expected = parsed.map(|feed| feed.entries.len() as u64).map_err(|error| error.to_string());
        let found = if self.is_read() { Ok(self.entries) } else { Err(self.error().to_owned()) };
        (found != expected).then(|| format!("{}: {}, alone {}", self.name, shown(&found), shown(&expected)))
    }
}

fn shown(read: &Result<u64, String>) -> String {
    match read {
        Ok(entries) => format!("{entries} entries"),
        Err(error) => error.clone(),
    }
}
