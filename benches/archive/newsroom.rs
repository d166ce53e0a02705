//! Fills a database as the daemon does: polls that announce articles, looks that store versions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;
use wirewatch::config::FeedConfig;
use wirewatch::diff;
use wirewatch::identity::KeyPolicy;
use wirewatch::model::{Baseline, Entry, Lesson, Source, Timestamp, Validators, Version};
use wirewatch::store::{
    CheckOutcome, CheckRecord, ClaimedArticle, DaemonLock, NewVersion, PollOutcome, PollRecord, SeenEntry, Store, Told,
};

use super::text::Writer;

/// Entries of one poll, and looks at the same time.
const ENTRIES: usize = 500;
const LOOKS: usize = 256;
const LEASE: Duration = Duration::from_secs(600);
/// Versions whose words are indexed at a time, as the daemon does it.
const BATCH: usize = 64;
const HOSTS: usize = 100;
/// Feeds that are polled at a time, at most.
const POLLED: usize = 30;
/// From one article to the next.
pub const BETWEEN: Duration = Duration::from_secs(60);
const HALF_MINUTE: Duration = Duration::from_secs(30);

/// What is watched.
#[derive(Clone, Copy)]
pub struct Paper {
    /// How many feeds announce it, in turn.
    pub feeds: usize,
    /// Words of an article, on average.
    pub words: usize,
    /// How often the article of a number is revised, and how often at most.
    pub revisions: fn(usize) -> u32,
    pub most_revisions: u32,
    /// Adds to the look at an article of a number what else it gave.
    pub tell: fn(usize, &mut CheckRecord),
}

/// How many articles and versions were written.
pub struct Filled {
    pub articles: usize,
    pub versions: usize,
}

/// Writes so many articles, a minute apart from each other.
pub async fn fill(path: &Path, articles: usize, begin: Timestamp, paper: Paper) -> anyhow::Result<Filled> {
    let _lock = DaemonLock::acquire(path)?;
    let store = Store::open(path).await?;
    let feeds: Vec<FeedConfig> = (0..paper.feeds).map(feed).collect::<anyhow::Result<_>>()?;
    store.sync_feeds(&feeds, begin).await?;
    let writer = Arc::new(Writer::new(paper.words));
    let mut versions = 0;
    for first in (0..articles).step_by(ENTRIES) {
        let now = begin + BETWEEN * u32::try_from(first)?;
        announce(&store, first..(first + ENTRIES).min(articles), now).await?;
        for revision in 0..=paper.most_revisions {
            versions += look(&store, &writer, paper, now + HALF_MINUTE * revision).await?;
        }
    }
    store.close().await;
    Ok(Filled { articles, versions })
}

/// Brings the words of all versions into the index, as the daemon does in the background.
pub async fn index(path: &Path) -> anyhow::Result<usize> {
    let _lock = DaemonLock::acquire(path)?;
    let store = Store::open(path).await?;
    let mut indexed = 0;
    loop {
        let count = store.index_words(BATCH).await?;
        indexed += count;
        if count < BATCH {
            store.close().await;
            return Ok(indexed);
        }
    }
}

/// The first is `wire`, the next ones `wire-1` and so on.
fn feed(number: usize) -> anyhow::Result<FeedConfig> {
    let name = if number == 0 { "wire".to_owned() } else { format!("wire-{number}") };
    Ok(FeedConfig {
        url: format!("https://wire.example/{name}.xml").parse()?,
        name,
        schedule: "every 10m".parse().ok().context("a schedule")?,
        tags: vec!["world".to_owned()],
        follow: true,
        enabled: true,
        found_on_page: false,
    })
}

/// Polls the feeds that were not polled for longest.
async fn announce(store: &Store, numbers: std::ops::Range<usize>, now: Timestamp) -> anyhow::Result<()> {
    let mut numbers = numbers.peekable();
    let polled = store.claim_feeds(now, POLLED, POLLED, LEASE).await?;
    let share = numbers.len().div_ceil(polled.len().max(1));
    for claimed in polled {
        let entries = numbers.by_ref().take(share).map(|number| entry(number, now)).collect::<anyhow::Result<_>>()?;
        let outcome = PollOutcome::Read {
            status: 200,
            validators: Validators::default(),
            body: *blake3::hash(&now.as_millis().to_le_bytes()).as_bytes(),
            partial: false,
            hub: None,
            keys: KeyPolicy::default(),
            entries,
        };
        let (next_due_at, expected) = (now + LEASE, LEASE);
        let (id, token, told) = (claimed.id, claimed.token, Told::default());
        let record = PollRecord { feed: id, token, now, next_due_at, adaptive: None, expected, outcome, told };
        store.record_poll(record).await?;
    }
    numbers.peek().is_none().then_some(()).context("no feed is due")
}

fn entry(number: usize, now: Timestamp) -> anyhow::Result<SeenEntry> {
    let link: url::Url = format!("https://news{}.example/world/story-{number}", number % HOSTS).parse()?;
    let entry = Entry {
        key: number.to_string(),
        id: Some(number.to_string()),
        title: Some(format!("Story {number}")),
        link: Some(link.clone()),
        published_at: Some(now),
        updated_at: None,
        author: None,
        summary: None,
        text: Vec::new(),
        tags: Vec::new(),
        language: None,
    };
    Ok(SeenEntry { entry, article: link.clone(), link: Some(link), baseline: Baseline::News })
}

/// Looks at every article that is due, and says how many versions that gave.
async fn look(store: &Store, writer: &Arc<Writer>, paper: Paper, now: Timestamp) -> anyhow::Result<usize> {
    let mut versions = 0;
    let mut looks: JoinSet<anyhow::Result<usize>> = JoinSet::new();
    loop {
        let claimed = store.claim_articles(now, LOOKS, LOOKS, LEASE).await?;
        if claimed.is_empty() && looks.is_empty() {
            return Ok(versions);
        }
        for article in claimed {
            let (store, writer) = (store.clone(), Arc::clone(writer));
            looks.spawn(async move {
                let record = tokio::task::spawn_blocking(move || check(&writer, &article, paper, now)).await??;
                let summary = store.record_check(record).await?;
                Ok(usize::from(summary.version.is_some()))
            });
        }
        while let Some(looked) = looks.join_next().await {
            versions += looked??;
        }
    }
}

fn check(writer: &Writer, article: &ClaimedArticle, paper: Paper, now: Timestamp) -> anyhow::Result<CheckRecord> {
    let path = article.url.path();
    let number: usize = path.rsplit('-').next().context("a number")?.parse()?;
    let latest = article.latest.as_ref();
    let revision = latest.map_or(0, |latest| latest.number);
    let text = if revision > 0 { writer.revised(number, revision) } else { writer.article(number) };
    let change = latest.and_then(|latest| diff::compare(&latest.text, &text));
    let version = Version { number: revision + 1, observed_at: now, source: Source::Page, text };
    let mut record = CheckRecord {
        article: article.id,
        token: article.token,
        now,
        next_due_at: (revision < (paper.revisions)(number)).then_some(now + HALF_MINUTE),
        outcome: CheckOutcome::Version(NewVersion {
            fingerprint: diff::fingerprint(&version.text),
            version,
            change,
            fetched: None,
            page: None,
        }),
        aliases: Vec::new(),
        sightings: None,
        seen: None,
        trouble: None,
        reader: None,
        lesson: Lesson::default(),
        alerts: Vec::new(),
        deliveries: Vec::new(),
        notices: Vec::new(),
        ended: Vec::new(),
    };
    (paper.tell)(number, &mut record);
    Ok(record)
}
