//! `export`: versions and stored pages for other programs, one article as a report.

mod pieces;
mod report;
mod sink;

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anstream::eprintln;
use anyhow::anyhow;
use tokio::task::JoinHandle;

use self::pieces::{Format, Piece, Pieces, Place};
use self::sink::{Reader, Sink};
use super::articles::check_names;
use super::{Desk, find_article, listing};
use crate::archive::Numbers;
use crate::cli::arguments::{ArticlesArguments, ExportArguments, ExportFormat, General, Json};
use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::progress::Progress;
use crate::cli::reference::ArticleName;
use crate::cli::render::warc::Warc;
use crate::cli::terminal::clean;
use crate::cli::text::count;
use crate::cli::working::interrupted;
use crate::model::ArticleId;
use crate::store::{Store, StoreError};

/// Articles read at a time.
const PIECE: usize = 16;
/// Threads that read side by side; the store has no more readers.
const MOST_THREADS: usize = 4;

/// Writes what was selected.
pub async fn export(general: &General, arguments: &ExportArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    refuse_the_database(&desk, arguments.output.as_deref())?;
    let work = async {
        match arguments.format {
            ExportFormat::Html => report::write(&desk, &store, arguments).await,
            ExportFormat::Jsonl | ExportFormat::Csv | ExportFormat::Warc => all(&desk, &store, arguments).await,
        }
    };
    tokio::select! {
        ended = work => ended,
        // What was being made is taken away.
        () = interrupted() => Ok(Exit::Failed),
    }
}

/// A slip of the hand must not replace the archive by what was taken out of it.
fn refuse_the_database(desk: &Desk, output: Option<&Path>) -> anyhow::Result<()> {
    let real = |path: &Path| path.canonicalize().ok();
    match output.and_then(real) {
        Some(output) if Some(&output) == real(&desk.config.store.path).as_ref() => {
            Err(anyhow!("{} is the database itself", output.display()))
        }
        _ => Ok(()),
    }
}

async fn all(desk: &Desk, store: &Store, arguments: &ExportArguments) -> anyhow::Result<Exit> {
    let is_packed = arguments.format == ExportFormat::Warc;
    if is_packed && arguments.output.is_none() && io::stdout().is_terminal() {
        return Err(anyhow!("a WARC file is nothing for a terminal\n\nhint: `--output FILE.warc.gz` names a file"));
    }
    let Some(Numbers { articles, damaged }) = selected(desk, store, arguments).await? else { return Ok(Exit::Misused) };
    let (format, head) = match arguments.format {
        ExportFormat::Csv => (Format::Cells, pieces::csv_head().into_bytes()),
        ExportFormat::Warc => {
            let (warc, head) = Warc::begin(desk.terminal.now, &in_words(arguments, articles.len()))?;
            (Format::Pages(warc), head)
        }
        ExportFormat::Jsonl | ExportFormat::Html => (Format::Lines, Vec::new()),
    };
    let path = arguments.output.as_deref();
    let failed = |error: io::Error| failed(path, &error);
    let mut sink = Sink::open(path).map_err(failed)?;
    let mut told = Told::default();
    told.lose(&damaged);
    if sink.write(&head).map_err(failed)? == Reader::Gone {
        return Ok(Exit::Fine);
    }
    let is_seen = path.is_none() && io::stdout().is_terminal();
    let progress = match desk.is_quiet || is_seen {
        true => Progress::hidden(),
        false => Progress::new("exporting articles", articles.len() as u64),
    };
    let pieces = Arc::new(Pieces::new(desk.rules(), format));
    let mut reading = Reading::new(store, pieces, articles);
    while let Some((piece, articles)) = reading.next().await? {
        if sink.write(&piece.written).map_err(failed)? == Reader::Gone {
            return Ok(Exit::Fine);
        }
        told.add(&piece, &progress);
        progress.advance(articles);
    }
    progress.finish();
    sink.finish().map_err(failed)?;
    desk.remark(&told.sentence(is_packed));
    if told.articles == 0
        && let Some(typed) = arguments.query.as_deref().filter(|typed| typed.parse::<ArticleName>().is_ok())
    {
        desk.remark(&format!("\nhint: {typed:?} is searched for in the texts; `--article {typed}` names an article"));
    }
    Ok(if told.damaged > 0 { Exit::Failed } else { Exit::Fine })
}

fn failed(path: Option<&Path>, error: &io::Error) -> anyhow::Error {
    match path.filter(|path| path.as_os_str() != "-") {
        Some(path) => paths::unwritable(path, error),
        None => anyhow!("cannot write to standard output: {error}"),
    }
}

/// The articles to write; `None` where the query cannot be read.
async fn selected(desk: &Desk, store: &Store, arguments: &ExportArguments) -> anyhow::Result<Option<Numbers>> {
    let query = match &arguments.query {
        Some(typed) => match desk.query(typed) {
            Some(query) => Some(query),
            None => return Ok(None),
        },
        None => None,
    };
    if !arguments.article.is_empty() {
        if query.is_some() {
            return Err(anyhow!("a query and `--article` exclude each other"));
        }
        let mut named = Vec::new();
        for name in &arguments.article {
            named.push(find_article(store, name).await?);
        }
        return Ok(Some(Numbers { articles: named, damaged: Vec::new() }));
    }
    let selection = ArticlesArguments {
        query: None,
        rule: arguments.rule.clone(),
        feed: arguments.feed.clone(),
        since: arguments.since,
        revised: arguments.revised,
        limit: None,
        output: Json { json: true },
    };
    check_names(desk, Some(store), &selection).await?;
    let limit = arguments.limit.filter(|limit| *limit > 0);
    listing::numbers(desk, store, query, &selection, limit).await.map(Some)
}

/// What was asked for, for whoever finds the file.
fn in_words(arguments: &ExportArguments, articles: usize) -> String {
    let mut words = format!("stored pages of {}", count(articles as u64, "article"));
    let query = arguments.query.as_ref().map(|query| format!("that match {query}"));
    let rule = arguments.rule.as_ref().map(|rule| format!("of rule {rule}"));
    let feed = arguments.feed.as_ref().map(|feed| format!("of feed {feed}"));
    for part in [query, rule, feed].into_iter().flatten() {
        words.push_str(&format!(" {}", clean(&part)));
    }
    words
}

/// The reading of one piece.
type Begun = JoinHandle<Result<Piece, StoreError>>;

/// Pieces of the export, read side by side and handed on in their order. In memory there are a few of them.
struct Reading<'a> {
    store: &'a Store,
    pieces: Arc<Pieces>,
    waiting: VecDeque<Vec<ArticleId>>,
    running: VecDeque<(Vec<ArticleId>, Begun)>,
    at_once: usize,
}

impl<'a> Reading<'a> {
    fn new(store: &'a Store, pieces: Arc<Pieces>, articles: Vec<ArticleId>) -> Self {
        let at_once = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS);
        let waiting = articles.chunks(PIECE).map(<[ArticleId]>::to_vec).collect();
        Self { store, pieces, waiting, running: VecDeque::new(), at_once }
    }

    /// The next piece, and how many articles end with it.
    async fn next(&mut self) -> Result<Option<(Piece, u64)>, StoreError> {
        while self.running.len() < self.at_once
            && let Some(articles) = self.waiting.pop_front()
        {
            let reading = self.begin(articles.clone(), Place::default());
            self.running.push_back((articles, reading));
        }
        let Some((articles, reading)) = self.running.pop_front() else { return Ok(None) };
        let piece = reading.await.unwrap_or(Err(StoreError::Closed))?;
        let Some(rest) = piece.rest else { return Ok(Some((piece, articles.len() as u64))) };
        let left = articles[rest.article..].to_vec();
        let reading = self.begin(left.clone(), Place { article: 0, ..rest });
        self.running.push_front((left, reading));
        Ok(Some((piece, rest.article as u64)))
    }

    fn begin(&self, articles: Vec<ArticleId>, from: Place) -> Begun {
        let (store, pieces) = (self.store.clone(), Arc::clone(&self.pieces));
        tokio::spawn(async move { pieces::read(&store, pieces, articles, from).await })
    }
}

/// What is said of the whole in the end.
#[derive(Default)]
struct Told {
    articles: u64,
    versions: u64,
    without_page: u64,
    damaged: u64,
}

impl Told {
    fn add(&mut self, piece: &Piece, progress: &Progress) {
        self.articles += piece.articles;
        self.versions += piece.versions;
        self.without_page += piece.without_page;
        progress.suspend(|| self.lose(&piece.damaged));
    }

    fn lose(&mut self, damaged: &[String]) {
        self.damaged += damaged.len() as u64;
        for what in damaged {
            eprintln!("wirewatch: left out: {}", clean(what));
        }
    }

    /// `1,004 versions of 812 articles`
    fn sentence(&self, is_packed: bool) -> String {
        let what = if is_packed { "stored page" } else { "version" };
        let mut sentence = format!("{} of {}", count(self.versions, what), count(self.articles, "article"));
        if is_packed && self.without_page > 0 {
            sentence += &format!("; of {} no page is stored", count(self.without_page, "version"));
        }
        if self.damaged > 0 {
            sentence += &format!("; {} left out, because what is stored is damaged", count(self.damaged, "version"));
        }
        sentence
    }
}
