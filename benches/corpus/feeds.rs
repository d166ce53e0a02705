//! `feeds`: what the feed reader makes of every document.

use std::panic;
use std::path::Path;
use std::time::Duration;

use url::Url;

use wirewatch::feed;
use wirewatch::model::FeedDocument;

use crate::Listing;
use crate::agreement::Agreement;
use crate::documents::{self, Document};
use crate::stopwatch::{millis, timed};
use crate::tally::{Tally, cause};

/// A document with what became of it.
struct Outcome<'d> {
    document: &'d Document,
    address: Url,
    /// The error is the message that a user would see.
    read: Result<FeedDocument, String>,
    time: Duration,
}

pub fn measure(folder: &Path, listing: Listing) -> anyhow::Result<()> {
    let documents = documents::load(folder)?;
    let outcomes = documents.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    print_readings(&outcomes);
    print_speed(&outcomes);
    let (real, real_differences) = agreement(outcomes.iter().filter(|outcome| outcome.document.is_real()));
    let (made, made_differences) = agreement(outcomes.iter().filter(|outcome| !outcome.document.is_real()));
    println!("\nof what feedparser reads           real feeds                    test suites");
    for (real, made) in real.rows().iter().zip(made.rows()) {
        println!("{:<22}  {:<28}  {}", real.name, real.share, made.share);
    }
    if listing == Listing::Each {
        print_each(&outcomes, real_differences.iter().chain(&made_differences));
    }
    Ok(())
}

fn read(document: &Document) -> anyhow::Result<Outcome<'_>> {
    let address = document.address()?;
    let parse = || feed::parse(&document.bytes, document.content_type(), &address);
    let (caught, time) = timed(|| panic::catch_unwind(parse));
    let read = match caught {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("the reader panicked".to_owned()),
    };
    Ok(Outcome { document, address, read, time })
}

fn print_readings(outcomes: &[Outcome<'_>]) {
    let partial = outcomes.iter().filter(|outcome| outcome.is_partial()).count();
    let refused: Tally = outcomes.iter().filter_map(|outcome| outcome.read.as_ref().err()).map(|e| cause(e)).collect();
    let panics = outcomes.iter().filter(|outcome| outcome.has_panicked()).count();
    println!("{:9}  documents", outcomes.len());
    println!("{:9}  read, {partial} of them in part", outcomes.len() - refused.total());
    println!("{panics:9}  panics");
    println!("{:9}  refused, by cause:", refused.total());
    print!("{refused}");
}

fn print_speed(outcomes: &[Outcome<'_>]) {
    let total: Duration = outcomes.iter().map(|outcome| outcome.time).sum();
    let bytes: usize = outcomes.iter().map(|outcome| outcome.document.bytes.len()).sum();
    let megabytes = bytes as f64 / 1e6;
    println!("\nCPU {:.0} ms for {megabytes:.1} MB, {:.0} MB/s", millis(total), megabytes / total.as_secs_f64());
    if let Some(slowest) = outcomes.iter().max_by_key(|outcome| outcome.time) {
        println!("slowest {:.1} ms, {}", millis(slowest.time), slowest.document.file);
    }
}

/// How far the readings agree with feedparser's, and where they do not.
fn agreement<'o>(outcomes: impl Iterator<Item = &'o Outcome<'o>>) -> (Agreement, Vec<String>) {
    let mut agreement = Agreement::default();
    let mut differences = Vec::new();
    for outcome in outcomes.filter(|outcome| outcome.document.usable) {
        let found = match &outcome.read {
            Ok(feed) => agreement.compare(&outcome.document.entries, &feed.entries, &outcome.address),
            Err(message) => agreement.refused(message),
        };
        if let Some(difference) = found {
            differences.push(format!("{}: {difference}", outcome.document.file));
        }
    }
    (agreement, differences)
}

fn print_each<'d>(outcomes: &[Outcome<'_>], differences: impl Iterator<Item = &'d String>) {
    println!("\nother than feedparser:");
    differences.for_each(|difference| println!("  {difference}"));
    println!("\nread in part:");
    for outcome in outcomes.iter().filter(|outcome| outcome.is_partial()) {
        println!("  {}", outcome.document.file);
    }
    println!("\nno feed to feedparser:");
    for outcome in outcomes.iter().filter(|outcome| !outcome.document.usable) {
        let said = match &outcome.read {
            Ok(feed) => format!("{:?} with {} entries", feed.kind, feed.entries.len()),
            Err(message) => message.clone(),
        };
        println!("  {}: {said}", outcome.document.file);
    }
}

impl Outcome<'_> {
    fn is_partial(&self) -> bool {
        self.read.as_ref().is_ok_and(|feed| feed.partial)
    }

    /// In the reader, or in a parser below it that the reader caught.
    fn has_panicked(&self) -> bool {
        self.read.as_ref().is_err_and(|message| message.contains("panicked"))
    }
}
