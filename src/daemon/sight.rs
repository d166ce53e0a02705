//! What a look at an article sees: its page, fetched and read, or its entry in a feed.

use std::time::Duration;

use url::Url;

use crate::detect::Absence;
use crate::extract::{self, ExtractError, SiteRule};
use crate::fetch::{ACCEPT_PAGE, FetchError, NamedBy, Request, Response, Room};
use crate::model::{
    ArticleText, Capture, Choice, Entry, Fitness, PageAddresses, Quality, Source, Timestamp, Validators,
};
use crate::store::{ClaimedArticle, Fetched, StoreError, StoredPage};

use super::ask::UNASKED_304;
use super::{Daemon, Setup, reread};

const FULL_FETCH_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// Who waits for the first word of an article hears of it from its feed rather than after so long.
const LONG_HOLD: Duration = Duration::from_secs(10 * 60);
pub(super) const MAX_PAGE_BYTES: u64 = 5 * 1024 * 1024;

/// What a look at an article saw, before it is decided what that means.
pub(super) enum Sight {
    /// 304, or the bytes of last time.
    Same(Option<Fetched>),
    Page {
        capture: Box<Capture>,
        addresses: Box<PageAddresses>,
        page: Box<StoredPage>,
        fetched: Fetched,
    },
    /// The article's entry, where that is its source or its page cannot be read.
    Entry(Box<Capture>),
    Absent {
        absence: Absence,
        error: String,
    },
    /// Something else came in the place of the page, as the answer itself says.
    Unfit {
        status: u16,
        fitness: Fitness,
        retry_after: Option<Duration>,
    },
    /// Nothing, since the machine is offline.
    Unreached,
    /// Nothing: its host wants no requests for this long.
    Held(Duration),
    Failed {
        status: Option<u16>,
        error: String,
        retry_after: Option<Duration>,
        lasting: bool,
    },
}

impl Daemon {
    /// Looks at the article's page, or at its entry where it has no page. The room is that of the page, until it is recorded.
    pub(super) async fn see(&self, setup: &Setup, article: &ClaimedArticle) -> Result<(Sight, Room), StoreError> {
        match (&article.link, &article.entry) {
            (Some(link), _) => self.look_at_page(setup, article, link).await,
            (None, Some(entry)) => {
                let capture = entry_capture(article, entry, self.clock.now());
                Ok((Sight::Entry(Box::new(capture)), Room::default()))
            }
            (None, None) => Ok((Sight::Same(None), Room::default())),
        }
    }

    async fn look_at_page(
        &self,
        setup: &Setup,
        article: &ClaimedArticle,
        link: &Url,
    ) -> Result<(Sight, Room), StoreError> {
        let now = self.clock.now();
        let full = article.candidate.is_some()
            || article.gone
            || reread::is_read_by_another(article)
            || article.last_full_at.is_none_or(|at| now.since(at) >= FULL_FETCH_EVERY);
        let request = Request {
            known: if full { Validators::default() } else { article.validators.clone() },
            past_caches: article.candidate.is_some() || article.sightings.unsettled_since.is_some(),
            robots: setup.config.pages.robots,
            access: setup.access_to_page(link),
            ..Request::new(link, NamedBy::Stranger, ACCEPT_PAGE, MAX_PAGE_BYTES.min(setup.config.poll.max_body))
        };
        let unconditional = request.known == Validators::default();
        let mut answer = setup.fetcher.get(request, now).await;
        let room = answer.as_mut().map(Response::take_room).unwrap_or_default();
        let is_offline = self.met(link, answer.as_ref().err(), article.failures == 0).await?;
        let sight = match answer {
            Ok(answer) if answer.status == 304 && unconditional => unreadable(Some(304), UNASKED_304),
            Ok(answer) => self.read_page(setup, article, link, answer).await,
            // What was never read is read from its feed when the wait is long, as with any other failure.
            Err(FetchError::Held { until, .. }) if article.latest.is_some() => {
                Sight::Held(until.since(self.clock.now()))
            }
            Err(_) if is_offline => Sight::Unreached,
            Err(error) => Sight::failed(&error, self.clock.now()),
        };
        Ok((sight, room))
    }

    async fn read_page(&self, setup: &Setup, article: &ClaimedArticle, link: &Url, answer: Response) -> Sight {
        let now = self.clock.now();
        let full = answer.status != 304;
        let fetched = |body: [u8; 32]| Fetched { validators: answer.validators(&article.validators), body, full };
        if let Some(fitness) = extract::barrier(answer.status, &answer.headers, &answer.body) {
            let Fitness { quality, reason } = fitness;
            let reason =
                if full && answer.status == 200 { reason } else { format!("status {}: {reason}", answer.status) };
            let fitness = Fitness { quality, reason };
            return Sight::Unfit { status: answer.status, fitness, retry_after: answer.retry_after(now) };
        }
        match answer.status {
            304 => return Sight::Same(article.body.map(fetched)),
            200 => {}
            404 => return Sight::Absent { absence: Absence::NotFound, error: answer.refusal() },
            451 => return Sight::Absent { absence: Absence::Withheld, error: answer.refusal() },
            410 => return Sight::Absent { absence: Absence::Removed, error: answer.refusal() },
            status => {
                return Sight::Failed {
                    status: Some(status),
                    error: answer.refusal(),
                    retry_after: answer.retry_after(now),
                    lasting: matches!(status, 401 | 403),
                };
            }
        }
        if let Some(fitness) = extract::misled(link, &answer.url) {
            return match fitness.quality {
                Quality::NotFound => Sight::Absent { absence: Absence::NotFound, error: fitness.reason },
                _ => Sight::Unfit { status: answer.status, fitness, retry_after: None },
            };
        }
        let body: [u8; 32] = blake3::hash(&answer.body).into();
        let fetched = fetched(body);
        let site = setup.readers.site(&answer.url).cloned();
        let is_known = article.body == Some(body) && !reread::is_read_by_another(article);
        if is_known && article.candidate.is_none() && !article.gone {
            return Sight::Same(Some(fetched));
        }
        let page = StoredPage {
            url: answer.url,
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            reader: extract::reader(site.as_ref()),
            choice: Choice::default(),
        };
        self.read_capture(page, link.clone(), site, now, fetched).await
    }

    /// Extracts off the async threads: a large page takes its time, and a deep one its stack.
    async fn read_capture(
        &self,
        page: StoredPage,
        asked: Url,
        site: Option<SiteRule>,
        now: Timestamp,
        fetched: Fetched,
    ) -> Sight {
        let extracted = self.compute_large(page.body.len(), move || {
            let reading = reread::read(&page, &asked, site.as_ref());
            (page, reading)
        });
        match extracted.await {
            Ok((page, Ok(reading))) => {
                let capture = Capture {
                    source: Source::Page,
                    captured_at: now,
                    final_url: page.url.clone(),
                    text: reading.text,
                    page: reading.page,
                    fitness: reading.fitness,
                    wall: reading.wall,
                };
                let addresses = Box::new(reading.addresses);
                Sight::Page { capture: Box::new(capture), addresses, page: Box::new(page), fetched }
            }
            Ok((page, Err(error))) => unreadable(Some(page.status), &error.to_string()),
            Err(panic) => unreadable(None, &ExtractError::ParserPanicked { message: panic.to_string() }.to_string()),
        }
    }
}

impl Sight {
    fn failed(error: &FetchError, now: Timestamp) -> Self {
        let held = match error {
            FetchError::Held { until, .. } => Some(until.since(now)),
            _ => None,
        };
        let lasting = !error.is_transient() || held.is_some_and(|wait| wait >= LONG_HOLD);
        Self::Failed { status: None, error: error.to_string(), retry_after: held, lasting }
    }
}

fn unreadable(status: Option<u16>, error: &str) -> Sight {
    Sight::Failed { status, error: error.to_owned(), retry_after: None, lasting: true }
}

/// What the feed says of an article, as if its page said it.
pub(super) fn entry_capture(article: &ClaimedArticle, entry: &Entry, now: Timestamp) -> Capture {
    let text = ArticleText {
        headline: entry.title.clone(),
        summary: entry.summary.clone(),
        byline: entry.author.clone(),
        published_at: entry.published_at,
        modified_at: entry.updated_at,
        language: entry.language.clone(),
        tags: entry.tags.clone(),
        paragraphs: entry.text.clone(),
        ..ArticleText::default()
    };
    let fitness = Fitness { quality: Quality::Good, reason: "the feed's own text".to_owned() };
    let (final_url, page) = (article.url.clone(), Vec::new());
    Capture { source: Source::Feed, captured_at: now, final_url, text, page, fitness, wall: None }
}
