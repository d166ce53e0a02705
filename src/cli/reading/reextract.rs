//! `reextract`: the stored pages of the latest versions, read by today's reader.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::task::{JoinHandle, spawn_blocking};

use super::articles::check_names;
use super::{Desk, find_article, print};
use crate::archive::{Articles, Seen};
use crate::cli::arguments::{ArticlesArguments, General, ReextractArguments};
use crate::cli::exit::Exit;
use crate::cli::progress::Progress;
use crate::cli::render::{self, reextract::Tally};
use crate::cli::terminal::{printed, write_document};
use crate::daemon::{Clock, Readers, Reread, reread};
use crate::diff;
use crate::documents::{DiffDocument, ReextractSummary, Reextracted};
use crate::model::{Change, Diff, Source, Version};
use crate::store::{
    ArticleFilter, ArticleRow, Claim, ClaimedArticle, DaemonLock, ReadingRecord, Store, StoreError, StoredArticle,
};

/// Longer than a page takes to be read and stored.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Reads the stored pages of the latest versions anew, and stores what reads otherwise as technical versions.
pub async fn reextract(general: &General, arguments: &ReextractArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let query = match &arguments.query {
        Some(typed) => match desk.query(typed) {
            Some(query) => Some(query),
            None => return Ok(Exit::Misused),
        },
        None => None,
    };
    let store = desk.store().await?;
    let selection = selection(arguments);
    check_names(&desk, Some(&store), &selection).await?;
    let readers = Readers::new(&desk.config.sites);
    if !arguments.dry_run {
        refuse_other_readers(&desk, &store, &readers).await?;
    }
    let named = named(&store, arguments).await?;
    let total = if named.is_empty() { store.status().await?.articles } else { named.len() as u64 };
    let mut work = Work::begin(&desk, &store, readers, arguments, total)?;
    if named.is_empty() {
        let since = selection.since.map(|since| since.at(desk.terminal.zone, desk.terminal.now));
        let filter = ArticleFilter { feed: selection.feed, since, ..ArticleFilter::default() };
        let mut articles = Articles::select(&store, filter, query.as_ref()).await?;
        while let Some(article) = articles.next().await? {
            let is_wanted = match &query {
                Some(query) => matches(&store, query, &article).await?,
                None => true,
            };
            if is_wanted {
                work.take(article.row).await?;
            } else {
                work.progress.advance(1);
            }
        }
        desk.remark_on_damage(&articles.damaged());
    }
    for row in named {
        work.take(row).await?;
    }
    work.finish().await
}

/// The selection as `articles` takes it.
fn selection(arguments: &ReextractArguments) -> ArticlesArguments {
    ArticlesArguments {
        query: arguments.query.clone(),
        rule: None,
        feed: arguments.feed.clone(),
        since: arguments.since,
        revised: false,
        limit: None,
        output: arguments.output.clone(),
    }
}

async fn named(store: &Store, arguments: &ReextractArguments) -> anyhow::Result<Vec<ArticleRow>> {
    let mut rows = Vec::new();
    for name in &arguments.article {
        let id = find_article(store, name).await?;
        rows.push(store.article(id).await?.context("the article has just been removed")?.row);
    }
    Ok(rows)
}

async fn matches(store: &Store, query: &crate::rule::Query, article: &StoredArticle) -> anyhow::Result<bool> {
    let Some(latest) = article.latest.clone() else { return Ok(false) };
    let seen = Seen::new(store, article, latest, query.uses_change()).await?;
    Ok(seen.matches(query).is_some())
}

/// A daemon that reads otherwise would read everything back at its next look.
async fn refuse_other_readers(desk: &Desk, store: &Store, readers: &Readers) -> anyhow::Result<()> {
    if DaemonLock::is_held(&desk.config.store.path) && store.readers().await?.as_deref() != Some(&readers.digest()) {
        return Err(anyhow!(
            "the running wirewatch reads pages by other `[[site]]` rules than this configuration, or is another version\n\n\
             hint: reload it (SIGHUP) or restart it first; `--dry-run` works at any time"
        ));
    }
    Ok(())
}

/// How reading one article's page anew ended.
enum Ended {
    Same,
    ReadAnew {
        version: Option<u32>,
        change: Box<Change>,
        diff: Box<Diff>,
    },
    /// Its text is its feed's.
    FromFeed,
    NoPage,
    Unfit(String),
    Busy,
    Damaged(String),
}

/// The articles in work, told in their order.
struct Work<'a> {
    desk: &'a Desk,
    store: &'a Store,
    readers: Arc<Readers>,
    is_dry_run: bool,
    is_json: bool,
    is_named: bool,
    progress: Progress,
    running: VecDeque<(ArticleRow, JoinHandle<Result<Ended, StoreError>>)>,
    at_once: usize,
    tally: Tally,
    told: u64,
}

impl<'a> Work<'a> {
    fn begin(
        desk: &'a Desk,
        store: &'a Store,
        readers: Readers,
        arguments: &ReextractArguments,
        total: u64,
    ) -> anyhow::Result<Self> {
        let is_json = arguments.output.json;
        if is_json {
            write_document(format!("{{\"dry_run\":{},\"articles\":[\n", arguments.dry_run).as_bytes())?;
        }
        Ok(Self {
            desk,
            store,
            readers: Arc::new(readers),
            is_dry_run: arguments.dry_run,
            is_json,
            is_named: !arguments.article.is_empty(),
            progress: if desk.is_quiet { Progress::hidden() } else { Progress::new("reading pages anew", total) },
            running: VecDeque::new(),
            at_once: thread::available_parallelism().map_or(2, NonZeroUsize::get),
            tally: Tally::default(),
            told: 0,
        })
    }

    /// Begins with an article, once there is room.
    async fn take(&mut self, row: ArticleRow) -> anyhow::Result<()> {
        while self.running.len() >= self.at_once {
            self.tell_next().await?;
        }
        let (store, readers, id, is_dry_run) = (self.store.clone(), Arc::clone(&self.readers), row.id, self.is_dry_run);
        let work = tokio::spawn(async move {
            let read = match is_dry_run {
                true => look(&store, &readers, id).await,
                false => read_and_store(&store, &readers, id).await,
            };
            match read {
                Err(StoreError::Unreadable(what)) => Ok(Ended::Damaged(what)),
                Err(StoreError::ClaimLost) => Ok(Ended::Busy),
                read => read,
            }
        });
        self.running.push_back((row, work));
        Ok(())
    }

    async fn tell_next(&mut self) -> anyhow::Result<()> {
        let Some((row, work)) = self.running.pop_front() else { return Ok(()) };
        let ended = match work.await {
            Ok(ended) => ended?,
            Err(panic) => Ended::Unfit(format!("the reading failed: {panic}")),
        };
        self.progress.advance(1);
        let (outcome, reason) = match &ended {
            Ended::Same => return self.count(|tally| &mut tally.same),
            Ended::FromFeed if !self.is_named => return Ok(()),
            Ended::FromFeed => ("no_page", Some("its text is its feed's: there is no page to read".to_owned())),
            Ended::ReadAnew { .. } => ("read_anew", None),
            Ended::NoPage => ("no_page", Some("its page was not kept".to_owned())),
            Ended::Unfit(reason) => ("unfit", Some(reason.clone())),
            Ended::Busy => ("busy", Some("it is being looked at just now".to_owned())),
            Ended::Damaged(what) => ("damaged", Some(format!("what is stored of it is damaged: {what}"))),
        };
        self.count(|tally| match &ended {
            Ended::Same => &mut tally.same,
            Ended::ReadAnew { .. } => &mut tally.read_anew,
            Ended::FromFeed | Ended::NoPage => &mut tally.no_page,
            Ended::Unfit(_) => &mut tally.unfit,
            Ended::Busy => &mut tally.busy,
            Ended::Damaged(_) => &mut tally.damaged,
        })?;
        match self.is_json {
            true => self.print_json(&row, outcome, reason.as_deref(), &ended),
            false => self.print_text(&row, reason.as_deref(), &ended),
        }
    }

    fn count(&mut self, number: impl FnOnce(&mut Tally) -> &mut u64) -> anyhow::Result<()> {
        *number(&mut self.tally) += 1;
        Ok(())
    }

    fn print_json(
        &mut self,
        row: &ArticleRow,
        outcome: &'static str,
        reason: Option<&str>,
        ended: &Ended,
    ) -> anyhow::Result<()> {
        let latest = row.versions;
        let (version, change, diff) = match ended {
            Ended::ReadAnew { version, change, diff } => {
                (*version, Some(&**change), Some(DiffDocument::new(latest, latest + 1, diff)))
            }
            _ => (None, None, None),
        };
        let (headline, url) = (row.headline.as_deref(), &row.url);
        let document = Reextracted { id: row.id, url, headline, outcome, version, reason, change, diff };
        let comma = if self.told > 0 { "," } else { "" };
        self.told += 1;
        Ok(write_document(format!("{comma}{}", printed(&document)?).as_bytes())?)
    }

    fn print_text(&mut self, row: &ArticleRow, reason: Option<&str>, ended: &Ended) -> anyhow::Result<()> {
        let terminal = &self.desk.terminal;
        let is_mass = matches!(ended, Ended::NoPage) && !self.is_named;
        match (ended, reason) {
            (Ended::ReadAnew { change, diff, .. }, _) => {
                let told = render::reextract::differs(row, self.is_dry_run, change, diff, terminal);
                let gap = if self.told > 0 { "\n" } else { "" };
                self.told += 1;
                self.progress.suspend(|| print(&format!("{gap}{told}")))
            }
            (_, Some(reason)) if !is_mass && !self.desk.is_quiet => {
                let told = render::reextract::skipped(row, reason, terminal);
                self.progress.suspend(|| anstream::eprint!("{told}"));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn finish(mut self) -> anyhow::Result<Exit> {
        while !self.running.is_empty() {
            self.tell_next().await?;
        }
        let Self { desk, tally, is_dry_run, is_json, is_named, progress, .. } = self;
        progress.finish();
        if is_json {
            let summary = printed(&ReextractSummary::from(&tally))?;
            let summary = summary.trim_start_matches('{');
            write_document(format!("],{summary}").as_bytes())?;
        } else {
            desk.remark(&render::reextract::summary(&tally, is_dry_run));
        }
        // What was asked for by name and has no page was not found.
        let is_missing = is_named && tally.no_page > 0;
        let has_failed = tally.damaged > 0 || (is_named && tally.unfit + tally.busy > 0);
        Ok(if is_missing || has_failed { Exit::Failed } else { Exit::Fine })
    }
}

/// What reading anew would bring; stores nothing.
async fn look(store: &Store, readers: &Arc<Readers>, id: crate::model::ArticleId) -> Result<Ended, StoreError> {
    let Some(article) = store.known_article(id).await? else { return Ok(Ended::Busy) };
    match unread(&article, readers) {
        Err(ended) => Ok(ended),
        Ok(latest) => Ok(read(store, readers, &article, &latest).await?.1),
    }
}

/// Reads a leased article anew, and stores what came of it. The lease ends either way.
async fn read_and_store(
    store: &Store,
    readers: &Arc<Readers>,
    id: crate::model::ArticleId,
) -> Result<Ended, StoreError> {
    // Most articles read as they did: those are not worth a lease.
    let Some(known) = store.known_article(id).await? else { return Ok(Ended::Busy) };
    if let Err(ended) = unread(&known, readers) {
        return Ok(ended);
    }
    let Some(article) = store.claim_article(id, Clock::system().now(), LEASE).await? else { return Ok(Ended::Busy) };
    let ended = read_claimed(store, readers, &article).await;
    store.drop_claim(Claim::Article(article.id, article.token)).await?;
    ended
}

async fn read_claimed(store: &Store, readers: &Arc<Readers>, article: &ClaimedArticle) -> Result<Ended, StoreError> {
    let latest = match unread(article, readers) {
        Err(ended) => return Ok(ended),
        Ok(latest) => latest,
    };
    let (record, ended) = read(store, readers, article, &latest).await?;
    if let Some(record) = record {
        store.record_reading(record).await?;
    }
    Ok(ended)
}

/// The latest version, where another reader than today's has read it and its page is kept.
fn unread(article: &ClaimedArticle, readers: &Readers) -> Result<Version, Ended> {
    let Some(latest) = article.latest.clone().filter(|latest| latest.source == Source::Page) else {
        return Err(Ended::FromFeed);
    };
    if article.reader == Some(readers.of(article)) {
        return Err(Ended::Same);
    }
    if article.page_url.is_none() { Err(Ended::NoPage) } else { Ok(latest) }
}

async fn read(
    store: &Store,
    readers: &Arc<Readers>,
    article: &ClaimedArticle,
    latest: &Version,
) -> Result<(Option<ReadingRecord>, Ended), StoreError> {
    let Some(page) = store.page(article.id, latest.number).await? else { return Ok((None, Ended::NoPage)) };
    let now = Clock::system().now();
    let (claimed, old, with) = (article.clone(), latest.clone(), Arc::clone(readers));
    let read = spawn_blocking(move || reread(&claimed, &old, page, &with, now)).await;
    let record = |sightings, version| ReadingRecord {
        article: article.id,
        token: article.token,
        now,
        reader: readers.of(article),
        sightings,
        version,
    };
    Ok(match read {
        Ok(Reread::Same(sightings)) => (Some(record(sightings, None)), Ended::Same),
        Ok(Reread::Differs(sightings, new)) => {
            let diff = Box::new(diff::align(&latest.text, &new.version.text));
            let change =
                new.change.clone().unwrap_or_else(|| crate::detect::read_anew(&latest.text, &new.version.text));
            let ended = Ended::ReadAnew { version: Some(new.version.number), change: Box::new(change), diff };
            (Some(record(sightings, Some(*new))), ended)
        }
        Ok(Reread::Unfit { reason }) => (None, Ended::Unfit(reason)),
        Err(panic) => (None, Ended::Unfit(format!("the reading failed: {panic}"))),
    })
}
