//! Asking queries and rules of stored versions.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::diff;
use crate::model::{ArticleId, Diff, Event, FeedFacts, Match, Version};
use crate::rule::{About, Explanation, Query, RuleSet, Subject};
use crate::store::{Archived, ArticleFilter, ArticleRow, Looks, Store, StoreError, StoredArticle};

/// Articles read at a time: few enough that a hit is shown soon and little is read in vain behind the last one wanted.
const PIECE: usize = 32;
/// Threads that read side by side; the store has no more readers.
const MOST_THREADS: usize = 4;

/// The look at one piece; one that has not begun ends with the search.
type Looking<T> = AbortOnDropHandle<Result<Looks<T>, StoreError>>;

/// Looks at articles side by side, and hands on what was seen in their order, until `each` breaks off.
///
/// `progress` is told of how many more articles were looked at. Gives what is damaged of those that could not be. In memory there are the results of a few dozen articles and the texts of as many as are read at once.
pub async fn look_through<T: Send + 'static>(
    store: &Store,
    articles: Vec<ArticleId>,
    progress: impl Fn(u64),
    look: impl Fn(Archived<'_>) -> Result<T, StoreError> + Send + Sync + 'static,
    mut each: impl FnMut(T) -> ControlFlow<()>,
) -> Result<Vec<String>, StoreError> {
    // What was begun ends with the search, whoever breaks that off.
    let search = Arc::new(());
    let look = {
        let search = Arc::downgrade(&search);
        let goes_on = move || search.strong_count() > 0;
        Arc::new(move |archived: Archived<'_>| if goes_on() { look(archived) } else { Err(StoreError::Closed) })
    };
    let mut damaged = Vec::new();
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS);
    let mut pieces = articles.chunks(PIECE);
    let mut running: VecDeque<(usize, Looking<T>)> = VecDeque::new();
    loop {
        while running.len() <= threads
            && let Some(piece) = pieces.next()
        {
            let (store, look, ids) = (store.clone(), Arc::clone(&look), piece.to_vec());
            let reading = tokio::spawn(async move { store.look_at(ids, move |archived| look(archived)).await });
            running.push_back((piece.len(), AbortOnDropHandle::new(reading)));
        }
        let Some((length, reading)) = running.pop_front() else { return Ok(damaged) };
        let looks = reading.await.unwrap_or(Err(StoreError::Closed))?;
        damaged.extend(looks.damaged.into_iter().map(|(_, what)| what));
        for seen in looks.seen {
            if each(seen).is_break() {
                return Ok(damaged);
            }
        }
        progress(length as u64);
    }
}

/// The stored articles that a filter lets through and a query may match, newest activity first, read in pieces.
pub struct Articles<'a> {
    store: &'a Store,
    waiting: VecDeque<ArticleId>,
    piece: VecDeque<StoredArticle>,
    damaged: Vec<String>,
}

impl<'a> Articles<'a> {
    pub async fn select(store: &'a Store, filter: ArticleFilter, query: Option<&Query>) -> Result<Self, StoreError> {
        let waiting = store.select(filter, query.and_then(Query::narrowing)).await?.into();
        Ok(Self { store, waiting, piece: VecDeque::new(), damaged: Vec::new() })
    }

    /// What is damaged of those that were left out.
    pub fn damaged(self) -> Vec<String> {
        self.damaged
    }

    pub async fn next(&mut self) -> Result<Option<StoredArticle>, StoreError> {
        while self.piece.is_empty() && !self.waiting.is_empty() {
            let ids = self.waiting.drain(..self.waiting.len().min(PIECE)).collect();
            let looks = self.store.look_at(ids, |archived| archived.into_stored()).await?;
            self.damaged.extend(looks.damaged.into_iter().map(|(_, what)| what));
            self.piece = looks.seen.into();
        }
        Ok(self.piece.pop_front())
    }
}

/// A version with what came before it, as rules see it.
pub struct Seen {
    pub version: Version,
    /// The version before and the way from there, where there is one and somebody asks for it.
    before: Option<(Version, Diff)>,
    url: Url,
    feeds: Vec<FeedFacts>,
    event: Event,
    /// It is the latest one of an article that was taken down.
    is_gone: bool,
}

impl Seen {
    /// `with_change`: also reads the version before, for queries that ask what was added or removed.
    pub async fn new(
        store: &Store,
        article: &StoredArticle,
        version: Version,
        with_change: bool,
    ) -> Result<Self, StoreError> {
        let before = match version.number {
            2.. if with_change => if_readable(store.before_revision(article.row.id, version.number).await)?,
            _ => None,
        };
        Ok(Self::with_before(&article.row, &article.feeds, version, before))
    }

    /// The latest version of an article, where there is one that can be read.
    pub fn latest(archived: &mut Archived<'_>, with_change: bool) -> Result<Option<Self>, StoreError> {
        let Some(version) = archived.latest()? else { return Ok(None) };
        Self::at(archived, version, with_change).map(Some)
    }

    /// A version with what came before it, where somebody asks for that.
    pub fn at(archived: &Archived<'_>, version: Version, with_change: bool) -> Result<Self, StoreError> {
        let mut seen = Self::alone(archived, version);
        if with_change {
            seen.read_before(archived)?;
        }
        Ok(seen)
    }

    /// Reads what came before it, unless that is known.
    pub fn read_before(&mut self, archived: &Archived<'_>) -> Result<(), StoreError> {
        if self.before.is_none() && self.version.number > 1 {
            let before = if_readable(archived.before_revision(self.version.number))?;
            self.before = before.map(|before| apart(before, &self.version));
        }
        Ok(())
    }

    /// A version without what came before it.
    pub fn alone(archived: &Archived<'_>, version: Version) -> Self {
        Self::with_before(&archived.row, &archived.feeds, version, None)
    }

    fn with_before(row: &ArticleRow, feeds: &[FeedFacts], version: Version, before: Option<Version>) -> Self {
        let before = before.map(|before| apart(before, &version));
        let is_revised = version.number > 1 && row.revisions > 0;
        let event = if is_revised { Event::Revised } else { Event::New };
        let is_gone = row.gone && version.number == row.versions;
        Self { version, before, url: row.url.clone(), feeds: feeds.to_vec(), event, is_gone }
    }

    /// As the query asks for it: what was taken down is gone for those who ask for that.
    fn asked_by(&self, query: &Query) -> Subject<'_> {
        if !self.is_gone || !(query.asks_for(Event::Gone) || query.asks_for(Event::Back)) {
            return self.subject();
        }
        let about = About { url: &self.url, feeds: &self.feeds, event: Some(Event::Gone), change: None };
        Subject::new(&self.version.text, &about)
    }

    fn subject(&self) -> Subject<'_> {
        let change = self.before.as_ref().map(|(before, change)| (&before.text, change));
        let about = About { url: &self.url, feeds: &self.feeds, event: Some(self.event), change };
        Subject::new(&self.version.text, &about)
    }

    /// Where the query stands in the version, `None` when it does not match.
    pub fn matches(&self, query: &Query) -> Option<Vec<Match>> {
        query.matches(&self.asked_by(query))
    }

    /// The rules that match, and all places where they do.
    pub fn rules(&self, rules: &RuleSet) -> (Vec<String>, Vec<Match>) {
        let found = rules.matches(&self.subject(), &self.feeds);
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for (index, matches) in found {
            names.push(rules.rule(index).name.to_owned());
            places.extend(matches);
        }
        (names, places)
    }

    pub fn explain(&self, query: &Query) -> Explanation {
        query.explain(&self.asked_by(query))
    }
}

/// A version with the way from there to the next one.
fn apart(before: Version, version: &Version) -> (Version, Diff) {
    let change = diff::align(&before.text, &version.text);
    (before, change)
}

/// The version before the last revision, as it would read today; `None` where there is none, or what is stored of it is
/// damaged.
fn if_readable(before: Result<Option<Version>, StoreError>) -> Result<Option<Version>, StoreError> {
    match before {
        Err(StoreError::Unreadable(_)) => Ok(None),
        before => before,
    }
}

/// Whether a rule asks what a revision added or removed.
pub fn uses_change(rules: &RuleSet) -> bool {
    rules.uses_change()
}

/// The names of the rules that an article's latest version matches.
pub async fn rules_of(store: &Store, rules: &RuleSet, article: &StoredArticle) -> Result<Vec<String>, StoreError> {
    let Some(latest) = &article.latest else { return Ok(Vec::new()) };
    let seen = Seen::new(store, article, latest.clone(), uses_change(rules)).await?;
    Ok(seen.rules(rules).0)
}
