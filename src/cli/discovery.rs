//! Finding the feeds of a site: at the address itself, by what its page announces, by what it links to, at the usual places.
//!
//! Only what reads as a feed is found. What a page names is a stranger's word: it leads into no private network but to
//! the site that was typed.

use std::collections::HashSet;

use anyhow::{Context as _, anyhow};
use url::Url;

use super::progress::Progress;
use crate::config;
use crate::daemon::Clock;
use crate::documents::{FoundBy, FoundFeed, UnusableFeed};
use crate::feed::{self, Discovered, PageKind};
use crate::fetch::{ACCEPT_FEED, FetchError, Fetcher, NamedBy, Request, Response};
use crate::model::FeedDocument;

/// Sitemaps of news that are looked at, where a site has no feed.
const MAX_SITEMAPS: usize = 3;

/// What was found, the best first, and what was announced and is of no use.
#[derive(Debug, Default)]
pub struct Discovery {
    pub feeds: Vec<FoundFeed>,
    pub unusable: Vec<UnusableFeed>,
}

/// Looks for feeds, at most `most`, from an address that was typed. None is an error that says what stands there.
pub async fn discover(
    fetcher: &Fetcher,
    url: &Url,
    max_body: u64,
    most: usize,
    has_progress: bool,
) -> anyhow::Result<Discovery> {
    let mut search = Search {
        fetcher,
        typed: url,
        max_body,
        most,
        has_progress,
        seen: HashSet::from([key(url)]),
        articles: Vec::new(),
        discovery: Discovery::default(),
    };
    let shown = config::without_user(url);
    let answer = search.get(url).await.with_context(|| format!("cannot fetch {shown}"))?;
    search.seen.insert(key(&answer.url));
    if !answer.is_success() {
        let refusal = format!("cannot fetch {shown}: {}", answer.refusal());
        if !matches!(answer.status, 401 | 403 | 405 | 406) {
            return Err(anyhow!(refusal));
        }
        // Who shuts out programs from the pages often lets them have the feeds.
        search.guess(&answer.url).await;
        return search.found(|| format!("{refusal}; and no feed stands where feeds usually do"));
    }
    let not_a_feed = match feed::parse(&answer.body, answer.content_type(), &answer.url) {
        Ok(document) => {
            search.take(Discovered { url: url.clone(), title: None }, FoundBy::Given, &document);
            return Ok(search.discovery);
        }
        Err(error) => error,
    };
    search.ask(feed::discover(&answer.body, answer.content_type(), &answer.url), FoundBy::Announced).await;
    if search.discovery.feeds.is_empty() {
        search.ask(feed::linked(&answer.body, answer.content_type(), &answer.url), FoundBy::Linked).await;
    }
    if search.discovery.feeds.is_empty() {
        search.guess(&answer.url).await;
    }
    let names = if search.discovery.unusable.is_empty() { "names none" } else { "names none that can be read" };
    search.found(|| {
        let nothing = format!("{shown} is no feed and {names}, and none stands where feeds usually do");
        match &not_a_feed {
            feed::FeedError::Page { kind: PageKind::Plain, .. } => nothing,
            error => format!("{nothing}: {error}"),
        }
    })
}

struct Search<'a> {
    fetcher: &'a Fetcher,
    typed: &'a Url,
    max_body: u64,
    most: usize,
    has_progress: bool,
    /// What was asked, and where that led.
    seen: HashSet<String>,
    /// The articles of the feeds that were found.
    articles: Vec<(Url, HashSet<Url>)>,
    discovery: Discovery,
}

impl Search<'_> {
    fn found(self, nothing: impl FnOnce() -> String) -> anyhow::Result<Discovery> {
        match self.discovery.feeds.is_empty() {
            false => Ok(self.discovery),
            true => {
                let mut message = nothing();
                for unusable in &self.discovery.unusable {
                    message += &format!("\n  {}: {}", config::without_user(&unusable.url), unusable.reason);
                }
                Err(anyhow!(message))
            }
        }
    }

    /// Asks the places where feeds usually stand, and no more once one does: the others would be the same in other
    /// formats. Then the sitemaps of news.
    async fn guess(&mut self, page: &Url) {
        let places = feed::well_known(page);
        let progress = self.progress("asking the usual places", places.len());
        for place in places {
            self.try_one(Discovered { url: place, title: None }, FoundBy::Usual).await;
            progress.advance(1);
            if !self.discovery.feeds.is_empty() {
                break;
            }
        }
        progress.finish();
        if self.discovery.feeds.is_empty() {
            let is_news = |url: &Url| url.path().to_ascii_lowercase().contains("news");
            let sitemaps = self.fetcher.sitemaps(page, self.named_by(page), Clock::system().now()).await;
            let sitemaps = sitemaps.into_iter().filter(is_news).take(MAX_SITEMAPS);
            self.ask(sitemaps.map(|url| Discovered { url, title: None }).collect(), FoundBy::Sitemap).await;
        }
    }

    async fn ask(&mut self, candidates: Vec<Discovered>, found: FoundBy) {
        let progress = self.progress("asking feeds", candidates.len());
        for candidate in candidates {
            self.try_one(candidate, found).await;
            progress.advance(1);
        }
        progress.finish();
    }

    fn progress(&self, what: &str, total: usize) -> Progress {
        if self.has_progress { Progress::new(what, total as u64) } else { Progress::hidden() }
    }

    async fn try_one(&mut self, candidate: Discovered, found: FoundBy) {
        if self.discovery.feeds.len() >= self.most || !self.seen.insert(key(&candidate.url)) {
            return;
        }
        let read = self.get(&candidate.url).await.map_err(|error| error.to_string()).and_then(|answer| {
            if !answer.is_success() {
                return Err(answer.refusal());
            }
            let document = feed::parse(&answer.body, answer.content_type(), &answer.url);
            Ok((answer.url, document.map_err(|error| error.to_string())?))
        });
        match read {
            Ok((url, document)) => {
                let is_elsewhere = key(&url) != key(&candidate.url);
                if !is_elsewhere || self.seen.insert(key(&url)) {
                    self.take(candidate, found, &document);
                }
            }
            Err(reason) if found == FoundBy::Announced => {
                self.discovery.unusable.push(UnusableFeed { url: candidate.url, reason });
            }
            Err(_) => {}
        }
    }

    fn take(&mut self, candidate: Discovered, found: FoundBy, document: &FeedDocument) {
        let articles: HashSet<Url> = document.entries.iter().filter_map(|entry| entry.link.clone()).collect();
        let holds_all = |(_, others): &&(Url, HashSet<Url>)| !articles.is_empty() && articles.is_subset(others);
        let same_as = self.articles.iter().find(holds_all).map(|(url, _)| url.clone());
        let times = document.entries.iter().filter_map(|entry| entry.published_at.max(entry.updated_at));
        let comments = candidate.is_of_comments();
        let Discovered { url, title: announced } = candidate;
        self.discovery.feeds.push(FoundFeed {
            url: url.clone(),
            title: document.title.clone().or(announced),
            kind: document.kind,
            found,
            entries: document.entries.len(),
            latest: times.max(),
            comments,
            same_as,
        });
        self.articles.push((url, articles));
    }

    fn named_by(&self, url: &Url) -> NamedBy {
        if url.origin() == self.typed.origin() { NamedBy::Operator } else { NamedBy::Stranger }
    }

    async fn get(&self, url: &Url) -> Result<Response, FetchError> {
        let request = Request::new(url, self.named_by(url), ACCEPT_FEED, self.max_body);
        self.fetcher.get(request, Clock::system().now()).await
    }
}

/// What makes two addresses one here.
fn key(url: &Url) -> String {
    let mut url = config::without_user(url);
    url.set_fragment(None);
    url.into()
}
