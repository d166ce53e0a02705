//! `feeds`: what the feed reader makes of every document.

use std::panic;
use std::path::Path;
use std::time::Duration;

use url::Url;

use wirewatch::feed;
use wirewatch::model::FeedDocument;

use crate::Listing;
use crate::agreement::{Agreement, Row};
use crate::documents::{self, Document};
use crate::reasons::Reasons;
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
    let (all, differences) = agreement(outcomes.iter());
    let (real, _) = agreement(outcomes.iter().filter(|outcome| outcome.document.is_real()));
    let (made, _) = agreement(outcomes.iter().filter(|outcome| !outcome.document.is_real()));
    print_table("files that agree with feedparser", [&all, &real, &made].map(Agreement::file_rows));
    print_table("… of those with such a value", [&all, &real, &made].map(Agreement::valued_file_rows));
    print_table("single values that agree", [&all, &real, &made].map(Agreement::value_rows));
    let reasons = Reasons::load();
    print_reasons(&reasons, &differences, listing);
    if listing == Listing::Each {
        print_each(&outcomes);
    }
    Ok(())
}

fn print_table(what: &str, [all, real, made]: [Vec<Row>; 3]) {
    println!("\n{what:<34}  {:<28}  {:<28}  test suites", "all", "real feeds");
    for ((all, real), made) in all.iter().zip(&real).zip(&made) {
        println!("{:<34}  {:<28}  {:<28}  {}", all.name, all.share, real.share, made.share);
    }
}

/// Why files differ, with the files themselves where they are asked for; always those whose reason nobody has found.
fn print_reasons(reasons: &Reasons, differences: &[Difference<'_>], listing: Listing) {
    println!("\nfiles that differ, by reason:");
    for reason in reasons.all().chain([None]) {
        let alike: Vec<_> = differences.iter().filter(|other| reasons.of(other.file) == reason).collect();
        if alike.is_empty() {
            continue;
        }
        println!("{:9}  {}", alike.len(), reason.unwrap_or("for no known reason"));
        for difference in alike.iter().filter(|_| listing == Listing::Each || reason.is_none()) {
            println!("             {}: {}", difference.file, difference.what);
        }
    }
    for file in reasons.files().filter(|file| !differences.iter().any(|other| other.file == *file)) {
        println!("           no longer differs: {file}");
    }
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

/// A file that is read otherwise than feedparser reads it.
struct Difference<'d> {
    file: &'d str,
    what: String,
}

/// How far the readings agree with feedparser's, and where they do not.
fn agreement<'d>(outcomes: impl Iterator<Item = &'d Outcome<'d>>) -> (Agreement, Vec<Difference<'d>>) {
    let mut agreement = Agreement::default();
    let mut differences = Vec::new();
    for outcome in outcomes.filter(|outcome| outcome.document.usable) {
        let found = match &outcome.read {
            Ok(feed) => agreement.compare(&outcome.document.entries, &feed.entries, &outcome.address),
            Err(message) => agreement.refused(message),
        };
        differences.extend(found.map(|what| Difference { file: &outcome.document.file, what }));
    }
    (agreement, differences)
}

fn print_each(outcomes: &[Outcome<'_>]) {
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
