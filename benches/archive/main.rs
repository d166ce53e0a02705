//! Measures how fast a large archive is searched and replayed.
//!
//! `cargo bench --bench archive -- FOLDER [ARTICLES [WORDS]]` fills a database in FOLDER (100,000 articles of about 800 words,
//! 150,000 versions, unless one is there), then runs the real program on it with queries that are asked for a few rare
//! words, for frequent ones, and for what no word narrows, and prints how long each took and how much it found.

mod newsroom;
#[path = "../steady/random.rs"]
#[allow(dead_code, reason = "shared with another bench, which uses all of it")]
mod random;
mod text;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};
use newsroom::Paper;
use wirewatch::model::Timestamp;

const ARTICLES: usize = 100_000;
const WORDS: usize = 800;
/// 1 November 2026.
const BEGIN: i64 = 1_793_491_200_000;

const CONFIGURATION: &str = r#"
timezone = "UTC"

[[feed]]
name = "wire"
url = "https://wire.example/feed.xml"
schedule = "every 10m"
tags = ["world"]
"#;

/// What is asked, from the most selective to what nothing narrows.
const QUERIES: [(&str, &str); 16] = [
    ("a rare word", "csto"),
    ("rare words and a frequent one", "kazakh* AND (csto OR \"collective security\") AND president"),
    ("words near each other", "csto NEAR/3 peacekeepers"),
    ("what a revision brought", "added:misstated"),
    ("nothing at all", "zzyzx"),
    ("a word in a hundred articles", "bazantalous"),
    ("two frequent words", "budget AND strike"),
    ("a phrase of frequent words", "\"budget strike\""),
    ("a frequent word", "minister"),
    ("a word with letters off", "tokaev~"),
    ("the beginning of a rare word", "kazakh*"),
    ("the beginning of frequent words", "gov*"),
    ("frequent words near each other", "budget NEAR/3 strike"),
    ("Chinese", "維和部隊"),
    ("Arabic", "كازاخستان"),
    ("a regular expression", "/CST[O0]\\b/"),
];

fn main() -> anyhow::Result<()> {
    // cargo adds `--bench` itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.first().map(PathBuf::from) else {
        println!("no folder was named: `cargo bench --bench archive -- FOLDER [ARTICLES [WORDS]]`");
        return Ok(());
    };
    let articles = arguments.get(1).map_or(Ok(ARTICLES), |articles| articles.parse())?;
    let words = arguments.get(2).map_or(Ok(WORDS), |words| words.parse())?;
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("wirewatch.toml"), CONFIGURATION)?;
    let database = folder.join("wirewatch.db");
    if !database.exists() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let began = Instant::now();
        let begin = Timestamp::from_millis(BEGIN);
        let filled = runtime.block_on(newsroom::fill(&database, articles, begin, paper(words)))?;
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "{} articles, {} versions in {seconds:.0} s, {} MB",
            filled.articles,
            filled.versions,
            megabytes(&database)?
        );
        let began = Instant::now();
        let indexed = runtime.block_on(newsroom::index(&database))?;
        let seconds = began.elapsed().as_secs_f64();
        println!("{indexed} indexed in {seconds:.0} s, {} MB", megabytes(&database)?);
    }
    println!("{:38} {:>12} {:>9} {:>12} {:>9}", "query", "articles s", "found", "rules test s", "found");
    for (what, query) in QUERIES {
        let (listing, listed) = asked(&folder, &["articles", query], "articles")?;
        let (testing, tested) = asked(&folder, &["rules", "test", query], "matches")?;
        println!("{what:38} {listing:>12.2} {listed:>9} {testing:>12.2} {tested:>9}");
    }
    Ok(())
}

/// Every second article is revised once.
fn paper(words: usize) -> Paper {
    let revisions = |number: usize| u32::from(number.is_multiple_of(2));
    Paper { feeds: 1, words, revisions, most_revisions: 1, tell: |_, _| () }
}

fn megabytes(file: &Path) -> anyhow::Result<u64> {
    Ok(fs::metadata(file)?.len() / 1_000_000)
}

/// How long the program took to answer, and how much it found.
fn asked(folder: &Path, question: &[&str], list: &str) -> anyhow::Result<(f64, usize)> {
    let began = Instant::now();
    let output =
        Command::new(env!("CARGO_BIN_EXE_wirewatch")).current_dir(folder).args(question).arg("--json").output()?;
    let seconds = began.elapsed().as_secs_f64();
    if !output.status.success() {
        bail!("{question:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let found: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok((seconds, found[list].as_array().context("a list")?.len()))
}
