//! `inspect feed`, `inspect page`, `inspect change`: what wirewatch reads in documents, without storing anything.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use url::Url;

use super::{Desk, print, print_json};
use crate::cli::arguments::{Document, General, InspectArguments, InspectCommand, Reading};
use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::render;
use crate::config;
use crate::daemon::Clock;
use crate::detect::{self, Finding, Known};
use crate::diff;
use crate::documents;
use crate::extract::{self, SiteRule};
use crate::feed;
use crate::fetch::{ACCEPT_FEED, ACCEPT_PAGE, Fetcher, NamedBy, Request, Response};
use crate::model::{
    ArticleId, ArticleText, Baseline, Capture, Change, FeedDocument, Fitness, Quality, Sightings, Source, Surroundings,
    Timestamp, Version, Wall,
};
use crate::rule::RuleSet;
use crate::words;

/// A file is read up to here; what is read in it has tighter bounds of its own.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// The address of a document of which nothing is known. RFC 6761: `.invalid` never is a real one.
const NOWHERE: &str = "https://unknown.invalid/";

pub async fn inspect(general: &General, arguments: &InspectArguments) -> anyhow::Result<Exit> {
    let desk = Desk::with_or_without_configuration(general)?;
    match &arguments.command {
        InspectCommand::Feed { document, reading, output } => feed(&desk, document, reading, output.json).await,
        InspectCommand::Page { document, reading, output } => page(&desk, document, reading, output.json).await,
        InspectCommand::Change { old, new, reading, output } => change(&desk, (old, new), reading, output.json).await,
    }
}

async fn feed(desk: &Desk, document: &Document, reading: &Reading, is_json: bool) -> anyhow::Result<Exit> {
    let obtained = obtain(desk, document, reading, ACCEPT_FEED).await?;
    let read = feed::parse(&obtained.bytes, obtained.content_type.as_deref(), &obtained.url);
    let read = read.with_context(|| format!("{} is no feed", obtained.name))?;
    let (read, is_complete) = without_inventions(read);
    if !is_complete {
        desk.remark("some links are relative to the feed's address; `--url` says which that is");
    }
    match is_json {
        true => print_json(&documents::InspectedFeed::from(&read))?,
        false => print(&render::inspect::feed(&read, &desk.terminal))?,
    }
    Ok(Exit::Fine)
}

/// Takes out what was read only because the document's address is unknown, and says whether nothing was. Of a link that
/// the document gives in full, user name and password are not shown either.
fn without_inventions(mut document: FeedDocument) -> (FeedDocument, bool) {
    let mut is_complete = true;
    for entry in &mut document.entries {
        if entry.link.as_ref().is_some_and(|link| link.as_str().starts_with(NOWHERE)) {
            entry.link = None;
            is_complete = false;
        }
        if entry.key.contains(NOWHERE) {
            entry.key.clear();
        }
        entry.link = entry.link.as_ref().map(config::without_user);
    }
    (document, is_complete)
}

async fn page(desk: &Desk, document: &Document, reading: &Reading, is_json: bool) -> anyhow::Result<Exit> {
    let page = read_page(desk, obtain(desk, document, reading, ACCEPT_PAGE).await?).await?;
    let (quality, reason) = (page.fitness.quality, page.fitness.reason.as_str());
    match is_json {
        true => print_json(&documents::InspectedPage::new(quality, reason, &page.text))?,
        false => print(&render::inspect::page(quality, reason, &page.text, &desk.terminal))?,
    }
    Ok(Exit::Fine)
}

async fn change(
    desk: &Desk,
    (old, new): (&Document, &Document),
    reading: &Reading,
    is_json: bool,
) -> anyhow::Result<Exit> {
    let before = read_page(desk, obtain(desk, old, reading, ACCEPT_PAGE).await?).await?;
    let after = read_page(desk, obtain(desk, new, reading, ACCEPT_PAGE).await?).await?;
    let unfit =
        [("old", &before), ("new", &after)].into_iter().filter(|(_, page)| page.fitness.quality != Quality::Good);
    let unfit: Vec<String> = unfit.map(|(which, page)| not_fit(which, &page.fitness)).collect();
    if !unfit.is_empty() {
        bail!("cannot compare the pages: {}", unfit.join("; "));
    }
    let words_changed = diff::align(&before.text, &after.text);
    let change = assessed(before, after, desk.terminal.now);
    let change = change.map_err(|fitness| anyhow!("cannot compare the pages: {}", not_fit("new", &fitness)))?;
    match is_json {
        true => print_json(&documents::InspectedChange::new(change.as_ref(), &words_changed))?,
        false => print(&render::inspect::change(change.as_ref(), &words_changed, &desk.terminal))?,
    }
    Ok(Exit::Fine)
}

fn not_fit(which: &str, fitness: &Fitness) -> String {
    let (_, quality) = words::quality(fitness.quality);
    format!("the {which} one is {quality}: {}", fitness.reason)
}

/// What the daemon would say of the two, once looks enough have found the second one; or why that is not fit to be read
/// as the next state of the first.
fn assessed(before: PageRead, after: PageRead, now: Timestamp) -> Result<Option<Change>, Fitness> {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    const MAX_LOOKS: u32 = 12;
    let latest = Version { number: 1, observed_at: now, source: Source::Page, text: before.text };
    let (mut sightings, mut candidate) = (Sightings::default(), None);
    for look in 1..=MAX_LOOKS {
        let known = Known {
            article: ArticleId(0),
            url: &before.url,
            feeds: &[],
            new_feeds: &[],
            entry_is_source: false,
            baseline: Baseline::News,
            latest: Some(&latest),
            fingerprints: &[],
            candidate,
            missing: None,
            gone: false,
            confirm: Duration::ZERO,
            surroundings: Surroundings::unknown(),
        };
        let at = now + HOUR * look;
        let capture = Capture {
            source: Source::Page,
            captured_at: at,
            final_url: after.url.clone(),
            text: after.text.clone(),
            page: Vec::new(),
            fitness: after.fitness.clone(),
            wall: after.wall.clone(),
        };
        match detect::assess(&RuleSet::default(), &known, &mut sightings, capture, at) {
            // Bytes that differ where no reader would see it are called technical.
            Finding::Version(found) => return Ok(found.change.filter(|change| change.severity.is_some())),
            Finding::Unconfirmed { candidate: waits, .. } => candidate = Some(waits),
            Finding::Unfit(fitness) => return Err(fitness),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// A page as extraction reads it.
struct PageRead {
    text: ArticleText,
    fitness: Fitness,
    wall: Option<Wall>,
    url: Url,
}

/// Reads the page as the one at its address; where that is unknown, at the one the page claims.
async fn read_page(desk: &Desk, obtained: Obtained) -> anyhow::Result<PageRead> {
    let sites: Vec<SiteRule> = desk.config.sites.iter().map(|site| site.rule.clone()).collect();
    // Parsers of deep markup recurse: the threads for blocking work have the stack for it.
    tokio::task::spawn_blocking(move || extracted(&sites, obtained)).await.context("the page could not be read")?
}

fn extracted(sites: &[SiteRule], obtained: Obtained) -> anyhow::Result<PageRead> {
    let extract_at = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        let site = sites.iter().find(|site| site.applies_to(host));
        let read = extract::extract(&obtained.bytes, obtained.content_type.as_deref(), url, site);
        read.with_context(|| format!("cannot read {}", obtained.name))
    };
    let first = extract_at(&obtained.url)?;
    match &first.text.canonical_url {
        Some(claimed) if obtained.url.as_str() == NOWHERE => {
            let read = extract_at(claimed)?;
            Ok(PageRead { text: read.text, fitness: read.fitness, wall: read.wall, url: claimed.clone() })
        }
        _ => Ok(PageRead { text: first.text, fitness: first.fitness, wall: first.wall, url: obtained.url }),
    }
}

/// A document with what is known of where it came from.
struct Obtained {
    bytes: Vec<u8>,
    content_type: Option<String>,
    url: Url,
    /// For messages.
    name: String,
}

async fn obtain(desk: &Desk, document: &Document, reading: &Reading, accept: &'static str) -> anyhow::Result<Obtained> {
    let nowhere = || Url::parse(NOWHERE).expect("a constant address");
    let from_file = |bytes, name| Obtained {
        bytes,
        content_type: reading.content_type.clone(),
        url: reading.url.clone().unwrap_or_else(nowhere),
        name,
    };
    match document {
        Document::StandardInput => Ok(from_file(read_file(Path::new("-"))?, "standard input".to_owned())),
        Document::File(path) => Ok(from_file(read_file(path)?, path.display().to_string())),
        Document::Url(url) => {
            let answer = fetch(desk, url, accept).await?;
            let content_type = answer.content_type().map(str::to_owned);
            Ok(Obtained {
                content_type: reading.content_type.clone().or(content_type),
                url: reading.url.clone().unwrap_or(answer.url),
                bytes: answer.body,
                name: config::without_user(url).to_string(),
            })
        }
    }
}

/// GETs what the operator named.
pub(super) async fn fetch(desk: &Desk, url: &Url, accept: &'static str) -> anyhow::Result<Response> {
    let fetcher = Fetcher::new(&desk.config.poll)?;
    let request = Request::new(url, NamedBy::Operator, accept, desk.config.poll.max_body);
    let answer = fetcher.get(request, Clock::system().now()).await;
    let url = config::without_user(url);
    let answer = answer.with_context(|| format!("cannot fetch {url}"))?;
    if !(200..300).contains(&answer.status) {
        bail!("cannot fetch {url}: {}", answer.refusal());
    }
    Ok(answer)
}

/// Reads a file, or standard input for `-`.
pub(super) fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
    };
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound && looks_like_address(path) => {
            let hint = format!("for the address write `https://{}`", path.display());
            Err(anyhow!("no file {}\n\nhint: {hint}", path.display()))
        }
        Err(error) => Err(paths::unreadable(path, &error)),
        Ok(_) if bytes.len() as u64 > MAX_FILE_BYTES => Err(anyhow!("{} is larger than 64 MiB", path.display())),
        Ok(_) => Ok(bytes),
    }
}

/// `example.org/rss`
fn looks_like_address(path: &Path) -> bool {
    let first = path.components().next().and_then(|first| first.as_os_str().to_str()).unwrap_or_default();
    path.components().count() > 1 && first.contains('.') && !first.starts_with('.')
}
