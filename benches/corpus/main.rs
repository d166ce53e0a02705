//! Measures wirewatch on a folder of real feeds and pages: what it reads, how well, and at what cost.
//!
//! - `feeds FOLDER` reads every feed document and compares it with what feedparser reads there;
//! - `mutate FOLDER COUNT [FIRST]` damages the feed documents in so many ways and reads them, and fails when one makes the
//!   reader panic or takes longer than a second; FIRST is the number of the first, so that a run can be continued;
//! - `pages FOLDER` reads every article's page and compares its text with what people marked as the article;
//! - `addresses FOLDER` weighs what the pages say of their own addresses, and looks for entries of a feed that share one
//!   identity;
//! - `poll FOLDER` serves every feed document and lets the program poll them all.
//!
//! `--list` names what went wrong, a line each. Of the folder it needs `feeds/expected.jsonl` (a line for each document
//! below `feeds`: `file`, `content_type`, `headers`, and what feedparser finds: `usable`, `entries` with `title`, `link`
//! and `published`), `articles/html/ID.html.gz`, and `articles/ground-truth.json` (`url` and `articleBody` by ID).

mod addresses;
mod agreement;
mod documents;
mod feeds;
mod mutate;
mod pages;
mod poll;
mod process;
mod reasons;
mod score;
mod site;
mod stopwatch;
mod tally;

use std::path::Path;

use anyhow::bail;

const USAGE: &str = "wanted: `cargo bench --bench corpus -- feeds|pages|addresses|poll FOLDER [--list]`, or `mutate FOLDER COUNT [FIRST]`";

fn main() -> anyhow::Result<()> {
    // cargo adds `--bench` itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let listing = if arguments.iter().any(|argument| argument == "--list") { Listing::Each } else { Listing::None };
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--list").collect();
    match words[..] {
        ["feeds", folder] => feeds::measure(Path::new(folder), listing),
        ["mutate", folder, count] => mutate::measure(Path::new(folder), 0, count.parse()?),
        ["mutate", folder, count, first] => mutate::measure(Path::new(folder), first.parse()?, count.parse()?),
        ["pages", folder] => pages::measure(Path::new(folder), listing),
        ["addresses", folder] => addresses::measure(Path::new(folder), listing),
        ["poll", folder] => poll::measure(Path::new(folder), listing),
        [] | [_] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!(USAGE),
    }
}

/// Whether single documents are named below the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listing {
    None,
    Each,
}
