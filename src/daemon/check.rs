//! The second worker: looks at due articles, decides what they say now, and stores version, alerts and deliveries.

use std::time::Duration;

use tokio::sync::watch;
use tracing::warn;

use crate::detect::{self, Absence, Finding, Known, Page};
use crate::fetch::Room;
use crate::model::{
    Alert, Capture, Choice, Fitness, FoundNotice, Lesson, Quality, Reader, Sightings, Source, Timestamp,
};
use crate::store::{
    CheckOutcome, ClaimedArticle, Fetched, NewVersion, SeenAlias, SeenText, StoreError, StoredPage, Trouble,
};

use super::addresses::Found;
use super::due::next_due;
use super::notices;
use super::sight::{Sight, entry_capture};
use super::worker::Queue;
use super::{Daemon, Setup, reread, unread};

/// Longer than robots.txt and page take at the most, each with its redirects and its waits at the host gate.
const LEASE: Duration = Duration::from_secs(45 * 60);
/// Articles of one host that are claimed at a time: more would only wait at its gate.
const CLAIMED_PER_HOST: usize = 2;
/// After this many failed looks at its page, an article without a version is read from its feed's text.
const PAGE_PATIENCE: u32 = 2;
/// With `confirm = "0s"` the confirming fetches follow at once, at most so many.
const CONFIRMATIONS_AT_ONCE: usize = 4;

/// The queue of due articles.
#[derive(Clone)]
pub(super) struct Articles(pub(super) Daemon);

impl Queue for Articles {
    type Claimed = ClaimedArticle;

    async fn claim(&self, limit: usize) -> Result<Vec<ClaimedArticle>, StoreError> {
        self.0.store.claim_articles(self.now(), limit, CLAIMED_PER_HOST, LEASE).await
    }

    async fn work(&self, article: ClaimedArticle) -> Result<(), StoreError> {
        self.0.check(article).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.store.next_article_due().await
    }

    fn recorded(&self) -> watch::Receiver<()> {
        self.0.recorded.subscribe()
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

/// A decided look: what to record, and how to tell of it.
pub(super) struct Checked {
    pub(super) outcome: CheckOutcome,
    pub(super) alerts: Vec<Alert>,
    pub(super) retry_after: Option<Duration>,
    /// Look again after this long, in place of what the schedule says.
    pub(super) again_in: Option<Duration>,
    /// What this look saw beside the version, for the next one.
    pub(super) sightings: Option<Sightings>,
    /// What read the page, where it was read.
    pub(super) reader: Option<Reader>,
    /// What the page told of the article's addresses.
    pub(super) aliases: Vec<SeenAlias>,
    pub(super) notices: Vec<FoundNotice>,
    pub(super) lesson: Lesson,
    /// What the page said, where one came.
    pub(super) seen: Option<SeenText>,
    pub(super) trouble: Option<Trouble>,
    /// What the page takes of the memory.
    pub(super) room: Room,
}

impl Checked {
    fn quiet(outcome: CheckOutcome) -> Self {
        Self {
            outcome,
            alerts: Vec::new(),
            retry_after: None,
            again_in: None,
            sightings: None,
            reader: None,
            aliases: Vec::new(),
            seen: None,
            trouble: None,
            room: Room::default(),
            notices: Vec::new(),
            lesson: Lesson::default(),
        }
    }
}

impl Daemon {
    /// Looks at one article, from its request to its record.
    async fn check(&self, mut article: ClaimedArticle) -> Result<(), StoreError> {
        let setup = self.setup();
        self.renew(&setup, &mut article).await?;
        let mut checked = self.look(&setup, &article).await?;
        if setup.config.pages.confirm.is_zero() {
            for _ in 1..CONFIRMATIONS_AT_ONCE {
                let CheckOutcome::Unconfirmed { candidate } = &checked.outcome else { break };
                if checked.again_in != Some(Duration::ZERO) {
                    break;
                }
                article.candidate = Some(*candidate);
                article.sightings = checked.sightings.take().unwrap_or(article.sightings);
                article.reader = checked.reader.or(article.reader);
                // The page that follows wants room of its own.
                checked.room = Room::default();
                checked = self.look(&setup, &article).await?;
            }
        }
        self.record_check(&setup, article, checked).await
    }

    async fn look(&self, setup: &Setup, article: &ClaimedArticle) -> Result<Checked, StoreError> {
        let (sight, room) = self.see(setup, article).await?;
        Ok(Checked { room, ..self.decide(setup, article, sight).await })
    }

    async fn decide(&self, setup: &Setup, article: &ClaimedArticle, sight: Sight) -> Checked {
        match sight {
            Sight::Same(fetched) => decide_unchanged(setup, article, fetched, self.clock.now()),
            Sight::Entry(capture) => self.assess(setup, article, *capture, None, None).await,
            Sight::Page { mut capture, addresses, page, fetched } => {
                let status = page.status;
                let link = article.link.as_ref().unwrap_or(&article.url);
                let found = Found { link, capture: &capture, addresses: &addresses };
                let learnt = self.learn_addresses(setup, article, &found).await;
                capture.fitness = learnt.fitness.unwrap_or(capture.fitness);
                let seen = unread::seen_text(&capture.text);
                if let Some(fitness) = self.repeated(article, &capture, seen).await {
                    capture.fitness = fitness;
                }
                if capture.fitness.quality == Quality::NotFound {
                    let error = capture.fitness.reason.clone();
                    let absent = self.decide_absence(setup, article, Absence::NotFound, error.clone());
                    let absent = Checked { seen: Some(seen), ..absent };
                    return self.without_page(setup, article, &error, true, absent).await;
                }
                let shortened = detect::shortened(article.latest.as_ref(), &capture.text);
                let page = setup.config.store.keep_pages.then_some(*page);
                let checked = self.assess(setup, article, *capture, Some(fetched), page).await;
                let checked = Checked { seen: Some(seen), ..checked };
                match &checked.outcome {
                    CheckOutcome::Unfit { fitness, .. } => {
                        let reason = fitness.reason.clone();
                        let outcome = with_status(checked.outcome, status);
                        self.without_page(setup, article, &reason, true, Checked { outcome, ..checked }).await
                    }
                    CheckOutcome::Unconfirmed { .. } => {
                        Checked { trouble: shortened.map(unread::trouble), aliases: learnt.aliases, ..checked }
                    }
                    _ => Checked { aliases: learnt.aliases, ..checked },
                }
            }
            Sight::Unreached => Checked::quiet(CheckOutcome::Unreached),
            Sight::Held(wait) => Checked { again_in: Some(wait), ..Checked::quiet(CheckOutcome::Unreached) },
            Sight::Absent { absence, error } => {
                let checked = self.decide_absence(setup, article, absence, error.clone());
                self.without_page(setup, article, &error, true, checked).await
            }
            Sight::Unfit { status, fitness, retry_after } => {
                let reason = fitness.reason.clone();
                let outcome = CheckOutcome::Unfit { status, fitness, missing: article.missing };
                let checked = Checked { retry_after, ..Checked::quiet(outcome) };
                self.without_page(setup, article, &reason, true, checked).await
            }
            Sight::Failed { status, error, retry_after, lasting } => {
                let missing = article.missing;
                let outcome = CheckOutcome::Failed { status, error: error.clone(), missing };
                let checked = Checked { retry_after, ..Checked::quiet(outcome) };
                self.without_page(setup, article, &error, lasting, checked).await
            }
        }
    }

    /// Reads the entry in the feed where the page cannot be read: at once where that is likely to last, else after
    /// some tries. An alert on what the feed says is better than none.
    async fn without_page(
        &self,
        setup: &Setup,
        article: &ClaimedArticle,
        reason: &str,
        lasting: bool,
        failed: Checked,
    ) -> Checked {
        let from_feed = article.latest.as_ref().is_some_and(|latest| latest.source == Source::Feed);
        let looks_again = next_due(setup, article, &known(setup, article), &failed, self.clock.now()).is_some();
        let patient = article.latest.is_none() && !lasting && looks_again && article.failures < PAGE_PATIENCE;
        let (Some(entry), false) = (&article.entry, patient || (article.latest.is_some() && !from_feed)) else {
            return failed;
        };
        let capture = entry_capture(article, entry, self.clock.now());
        let checked = self.assess(setup, article, capture, None, None).await;
        match checked.outcome {
            CheckOutcome::Version(_) => {
                warn!(article = article.id.0, url = %article.url, reason, "could not read page; kept what the feed says");
                Checked { trouble: unread::in_the_way(&failed.outcome), seen: failed.seen, ..checked }
            }
            _ => failed,
        }
    }

    fn decide_absence(&self, setup: &Setup, article: &ClaimedArticle, absence: Absence, error: String) -> Checked {
        let known = known(setup, article);
        let status = Some(match absence {
            Absence::NotFound => 404,
            Absence::Withheld => 451,
            Absence::Removed => 410,
        });
        match detect::assess_absence(&setup.rules(), &known, absence, self.clock.now()) {
            Finding::Gone { missing, alerts } => Checked { alerts, ..Checked::quiet(CheckOutcome::Gone { missing }) },
            Finding::Missing(missing) => Checked::quiet(CheckOutcome::Failed { status, error, missing: Some(missing) }),
            Finding::HostMissing { missing, articles } => {
                let notices = notices::site_missing(article, &error, articles).into_iter().collect();
                let outcome = CheckOutcome::Failed { status, error, missing: Some(missing) };
                Checked { notices, ..Checked::quiet(outcome) }
            }
            _ => Checked::quiet(CheckOutcome::Failed { status, error, missing: article.missing }),
        }
    }

    /// The decision, off the async threads: alignment of a large page takes its time.
    async fn assess(
        &self,
        setup: &Setup,
        article: &ClaimedArticle,
        capture: Capture,
        fetched: Option<Fetched>,
        page: Option<StoredPage>,
    ) -> Checked {
        let now = self.clock.now();
        let (rules, looked_at) = (setup.rules(), article.clone());
        let confirm = setup.config.pages.confirm;
        let is_page = capture.source == Source::Page;
        let (usual, of_page) = (setup.readers.of(article), page.as_ref().map(|page| page.reader));
        let bytes = if article.body == fetched.as_ref().map(|fetched| fetched.body) { Page::Same } else { Page::Other };
        let assessed = tokio::task::spawn_blocking(move || {
            let known = known_with(confirm, &looked_at);
            let mut sightings = looked_at.sightings.clone();
            let seen = page.is_some().then(|| capture.clone());
            let edges = detect::edges(&capture);
            let finding = match is_page && reread::is_read_by_another(&looked_at) {
                true => detect::assess_anew(&rules, &known, &mut sightings, capture, bytes, now),
                false => detect::assess(&rules, &known, &mut sightings, capture, now),
            };
            let page = page.zip(seen).map(|(page, seen)| StoredPage { choice: choice(&finding, &seen), ..page });
            let lesson = detect::lesson(&known, &finding, edges, &looked_at.sightings, &sightings);
            (finding, page, Some(sightings), lesson)
        });
        let (finding, page, sightings, lesson) = assessed.await.unwrap_or_else(|panic| {
            let reason = format!("the comparison failed: {panic}");
            (Finding::Unfit(Fitness { quality: Quality::Empty, reason }), None, None, Lesson::default())
        });
        // While a difference waits to be believed, the same bytes have to be read again.
        let looks_again =
            matches!(&finding, Finding::Version(found) if found.again_in.is_some() && found.version.number > 1);
        let is_settled = !looks_again && sightings.as_ref().is_none_or(|sightings| sightings.pending.is_empty());
        let reader = match finding {
            Finding::Version(_) if is_page => of_page.or(Some(usual)),
            Finding::Unfit(_) => None,
            _ => is_page.then_some(usual),
        };
        let mut notices: Vec<FoundNotice> = match &finding {
            Finding::Version(found) => notices::site_change(article, found).into_iter().collect(),
            _ => Vec::new(),
        };
        notices.extend(sightings.as_ref().and_then(|seen| notices::alternating(article, seen, now)));
        Checked { sightings, reader, notices, lesson, ..checked(finding, fetched.filter(|_| is_settled), page) }
    }
}

/// The bytes of last time: what the look before found is away. A further feed may announce the article now.
fn decide_unchanged(setup: &Setup, article: &ClaimedArticle, fetched: Option<Fetched>, now: Timestamp) -> Checked {
    let Some(latest) = &article.latest else { return checked(Finding::Unchanged, fetched, None) };
    let mut sightings = article.sightings.clone();
    let finding = detect::same(&setup.rules(), &known(setup, article), latest, &mut sightings, now);
    let notices = notices::alternating(article, &sightings, now).into_iter().collect();
    let sightings = (sightings != article.sightings).then_some(sightings);
    Checked { sightings, notices, ..checked(finding, fetched, None) }
}

pub(super) fn known<'a>(setup: &Setup, article: &'a ClaimedArticle) -> Known<'a> {
    known_with(setup.config.pages.confirm, article)
}

fn known_with(confirm: Duration, article: &ClaimedArticle) -> Known<'_> {
    Known {
        article: article.id,
        url: &article.url,
        feeds: &article.feeds,
        baseline: article.baseline,
        new_feeds: &article.new_feeds,
        entry_is_source: article.link.is_none(),
        latest: article.latest.as_ref(),
        fingerprints: &article.fingerprints,
        candidate: article.candidate,
        missing: article.missing,
        gone: article.gone,
        confirm,
        surroundings: &article.surroundings,
    }
}

fn checked(finding: Finding, fetched: Option<Fetched>, page: Option<StoredPage>) -> Checked {
    match finding {
        Finding::Unchanged => Checked::quiet(CheckOutcome::Unchanged { fetched }),
        Finding::Unsteady { again_in } => {
            Checked { again_in: Some(again_in), ..Checked::quiet(CheckOutcome::Unchanged { fetched }) }
        }
        Finding::Announced { alerts } => Checked { alerts, ..Checked::quiet(CheckOutcome::Unchanged { fetched }) },
        Finding::Unfit(fitness) => Checked::quiet(CheckOutcome::Unfit { status: 200, fitness, missing: None }),
        Finding::Unconfirmed { candidate, again_in } => {
            Checked { again_in: Some(again_in), ..Checked::quiet(CheckOutcome::Unconfirmed { candidate }) }
        }
        Finding::Version(found) => {
            let version = NewVersion {
                version: found.version,
                fingerprint: found.fingerprint,
                change: found.change,
                fetched,
                page,
            };
            let (alerts, again_in) = (found.alerts, found.again_in);
            Checked { alerts, again_in, ..Checked::quiet(CheckOutcome::Version(version)) }
        }
        Finding::Back { alerts } => Checked { alerts, ..Checked::quiet(CheckOutcome::Back { fetched }) },
        Finding::Missing(missing) | Finding::HostMissing { missing, .. } => {
            Checked::quiet(CheckOutcome::Failed { status: None, error: "missing".to_owned(), missing: Some(missing) })
        }
        Finding::Gone { missing, alerts } => Checked { alerts, ..Checked::quiet(CheckOutcome::Gone { missing }) },
    }
}

/// What today's reader chose of the page that a version was found on.
fn choice(finding: &Finding, seen: &Capture) -> Choice {
    match finding {
        Finding::Version(found) => detect::choice(seen, &found.version.text),
        _ => Choice::default(),
    }
}

fn with_status(outcome: CheckOutcome, seen: u16) -> CheckOutcome {
    match outcome {
        CheckOutcome::Unfit { fitness, missing, .. } => CheckOutcome::Unfit { status: seen, fitness, missing },
        other => other,
    }
}
