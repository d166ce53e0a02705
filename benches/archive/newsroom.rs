//! Fills a database as the daemon does: polls that announce articles, looks that store versions.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;
use wirewatch::config::FeedConfig;
use wirewatch::diff;
use wirewatch::model::{Baseline, Entry, Lesson, Source, Timestamp, Validators, Version};
use wirewatch::store::{
    CheckOutcome, CheckRecord, ClaimedArticle, DaemonLock, NewVersion, PollOutcome, PollRecord, SeenEntry, Store,
};

use super::text::Writer;

/// Entries of one poll, and looks at the same time.
const ENTRIES: usize = 500;
const LOOKS: usize = 256;
const LEASE: Duration = Duration::from_secs(600);
/// Versions whose words are indexed at a time, as the daemon does it.
const BATCH: usize = 64;
const HOSTS: usize = 100;
/// Of so many articles the first ones are revised once.
const REVISED: (usize, usize) = (1, 2);

/// How many articles and versions were written.
pub struct Filled {
    pub articles: usize,
    pub versions: usize,
}

/// Writes `articles` articles, half of which have two versions, a minute apart from each other.
pub async fn fill(path: &Path, articles: usize, begin: Timestamp) -> anyhow::Result<Filled> {
    let _lock = DaemonLock::acquire(path)?;
    let store = Store::open(path).await?;
    store.sync_feeds(&[feed()?], begin).await?;
    let writer = std::sync::Arc::new(Writer::new());
    let mut versions = 0;
    for first in (0..articles).step_by(ENTRIES) {
        let now = begin + Duration::from_secs(60) * u32::try_from(first)?;
        announce(&store, first..(first + ENTRIES).min(articles), now).await?;
        versions += look(&store, &writer, now).await?;
        versions += look(&store, &writer, now + Duration::from_secs(30)).await?;
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

fn feed() -> anyhow::Result<FeedConfig> {
    Ok(FeedConfig {
        name: "wire".to_owned(),
        url: "https://wire.example/feed.xml".parse()?,
        schedule: "every 10m".parse().ok().context("a schedule")?,
        tags: vec!["world".to_owned()],
        follow: true,
        enabled: true,
        found_on_page: false,
    })
}

async fn announce(store: &Store, numbers: std::ops::Range<usize>, now: Timestamp) -> anyhow::Result<()> {
    let claimed = store.claim_feeds(now, 1, 1, LEASE).await?.pop().context("the feed is due")?;
    let entries: Vec<SeenEntry> = numbers.map(|number| entry(number, now)).collect::<anyhow::Result<_>>()?;
    let outcome = PollOutcome::Read {
        status: 200,
        validators: Validators::default(),
        body: *blake3::hash(&now.as_millis().to_le_bytes()).as_bytes(),
        partial: false,
        entries,
    };
    let (next_due_at, expected) = (now + LEASE, LEASE);
    let record = PollRecord { feed: claimed.id, token: claimed.token, now, next_due_at, expected, outcome };
    store.record_poll(record).await?;
    Ok(())
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
async fn look(store: &Store, writer: &std::sync::Arc<Writer>, now: Timestamp) -> anyhow::Result<usize> {
    let mut versions = 0;
    let mut looks: JoinSet<anyhow::Result<usize>> = JoinSet::new();
    loop {
        let claimed = store.claim_articles(now, LOOKS, LOOKS, LEASE).await?;
        if claimed.is_empty() && looks.is_empty() {
            return Ok(versions);
        }
        for article in claimed {
            let (store, writer) = (store.clone(), std::sync::Arc::clone(writer));
            looks.spawn(async move {
                let record = tokio::task::spawn_blocking(move || check(&writer, &article, now)).await??;
                let summary = store.record_check(record).await?;
                Ok(usize::from(summary.version.is_some()))
            });
        }
        while let Some(looked) = looks.join_next().await {
            versions += looked??;
        }
    }
}

fn check(writer: &Writer, article: &ClaimedArticle, now: Timestamp) -> anyhow::Result<CheckRecord> {
    let path = article.url.path();
    let number: usize = path.rsplit('-').next().context("a number")?.parse()?;
    let latest = article.latest.as_ref();
    let text = if latest.is_some() { writer.revised(number, 1) } else { writer.article(number) };
    let change = latest.and_then(|latest| diff::compare(&latest.text, &text));
    let version =
        Version { number: latest.map_or(1, |latest| latest.number + 1), observed_at: now, source: Source::Page, text };
    let is_revised = latest.is_none() && number % REVISED.1 < REVISED.0;
    Ok(CheckRecord {
        article: article.id,
        token: article.token,
        now,
        next_due_at: is_revised.then_some(now + Duration::from_secs(30)),
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
    })
}
