//! Before a look: the page of the latest version is read anew where another reader reads it today, so that neither an
//! upgrade nor an edited site rule looks like a revision.

use tracing::{info, warn};
use url::Url;

use crate::config::SiteConfig;
use crate::detect;
use crate::diff;
use crate::extract::{self, ExtractError, Reading, SiteRule};
use crate::model::{Capture, Quality, Reader, Sightings, Source, Timestamp, Version};
use crate::store::{ClaimedArticle, NewVersion, ReadingRecord, StoreError, StoredPage};

use super::{Daemon, Happening, Setup};

/// What came of reading the page of a version anew.
#[derive(Debug, Clone, PartialEq)]
pub enum Reread {
    /// Reads as the version does.
    Same(Sightings),
    /// Reads otherwise, which makes a technical version.
    Differs(Sightings, Box<NewVersion>),
    /// Today's reader finds no article in it.
    Unfit { reason: String },
}

/// The operator's rules for sites, which with the extractor decide what reads a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readers {
    sites: Vec<SiteRule>,
}

impl Readers {
    pub fn new(sites: &[SiteConfig]) -> Self {
        Self { sites: sites.iter().map(|site| site.rule.clone()).collect() }
    }

    /// What reads the page of an article's latest version.
    pub fn of(&self, article: &ClaimedArticle) -> Reader {
        let page = article.page_url.as_ref().or(article.link.as_ref());
        extract::reader(page.and_then(|page| self.site(page)))
    }

    /// The operator's word on a page's site, where there is one; the first that applies.
    pub fn site(&self, page: &Url) -> Option<&SiteRule> {
        let host = page.host_str()?;
        self.sites.iter().find(|site| site.applies_to(host))
    }

    /// Equal for readers that read everything the same.
    pub fn digest(&self) -> String {
        let rules = self.sites.iter().map(|site| format!("{}={:016x}", site.host, site.selectors_digest()));
        format!("{} {}", extract::VERSION, rules.collect::<Vec<_>>().join(" "))
    }
}

/// Reads a stored page; takes up to some hundred milliseconds and wants a deep stack.
pub(super) fn read(page: &StoredPage, asked: &Url, site: Option<&SiteRule>) -> Result<Reading, ExtractError> {
    let content_type = page.headers.iter().find(|(name, _)| name == "content-type");
    let content_type = content_type.and_then(|(_, value)| std::str::from_utf8(value).ok());
    // Whether this is the article is judged by what was asked for, on the host that answered.
    let url = if asked.host_str() == page.url.host_str() { asked } else { &page.url };
    extract::extract(&page.body, content_type, url, site)
}

/// Reads the page of an article's latest version anew: as `read` says of time and stack.
pub fn reread(
    article: &ClaimedArticle,
    latest: &Version,
    mut page: StoredPage,
    readers: &Readers,
    now: Timestamp,
) -> Reread {
    let site = readers.site(&page.url);
    let reading = match read(&page, article.link.as_ref().unwrap_or(&page.url), site) {
        Ok(reading) if reading.fitness.quality == Quality::Good => reading,
        Ok(reading) => return Reread::Unfit { reason: reading.fitness.reason },
        Err(error) => return Reread::Unfit { reason: error.to_string() },
    };
    let capture = Capture {
        source: Source::Page,
        captured_at: now,
        final_url: page.url.clone(),
        text: reading.text,
        page: reading.page,
        fitness: reading.fitness,
        wall: reading.wall,
    };
    let reader = extract::reader(site);
    let mut sightings = article.sightings.clone();
    let is_other_rule = reader.site_rule != page.reader.site_rule;
    let text = detect::reread(&latest.text, &page.choice, is_other_rule, &mut sightings, &capture);
    if text.as_ref().is_some_and(|text| text.paragraphs.iter().any(|new| !latest.text.paragraphs.contains(new))) {
        // What the reader took in, one fetch has shown; the next look says whether it stays.
        sightings.unsettled_since = Some(now);
    }
    let Some(text) = text else { return Reread::Same(sightings) };
    page.choice = detect::choice(&capture, &text);
    page.reader = reader;
    let version = NewVersion {
        fingerprint: diff::fingerprint(&text),
        change: Some(detect::read_anew(&latest.text, &text)),
        version: Version { number: latest.number + 1, observed_at: now, source: Source::Page, text },
        fetched: None,
        page: Some(page),
    };
    Reread::Differs(sightings, Box::new(version))
}

impl Daemon {
    /// Brings the latest version of an article to today's reader, and stores what that reads otherwise. Where the page
    /// is not kept, or cannot be read, the article has no reader afterwards: the next capture is assessed as another
    /// reader's.
    pub(super) async fn renew(
        &self,
        setup: &std::sync::Arc<Setup>,
        article: &mut ClaimedArticle,
    ) -> Result<(), StoreError> {
        let reader = setup.readers.of(article);
        let Some(latest) = article.latest.clone().filter(|latest| latest.source == Source::Page) else { return Ok(()) };
        if article.reader == Some(reader) {
            return Ok(());
        }
        article.reader = None;
        let page = match self.store.page(article.id, latest.number).await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(()),
            Err(error @ StoreError::Unreadable(_)) => {
                warn!(article = article.id.0, %error, "could not read a stored page anew");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let now = self.clock.now();
        let (claimed, setup, number) = (article.clone(), std::sync::Arc::clone(setup), latest.number);
        let read = self.compute(move || reread(&claimed, &latest, page, &setup.readers, now)).await;
        let (sightings, version) = match read {
            Ok(Reread::Same(sightings)) => (sightings, None),
            Ok(Reread::Differs(sightings, version)) => (sightings, Some(*version)),
            Ok(Reread::Unfit { reason }) => {
                warn!(article = article.id.0, %reason, "could not read a stored page anew");
                return Ok(());
            }
            Err(panic) => {
                warn!(article = article.id.0, %panic, "could not read a stored page anew");
                return Ok(());
            }
        };
        let record = ReadingRecord {
            article: article.id,
            token: article.token,
            now,
            reader,
            sightings: sightings.clone(),
            version: version.clone(),
        };
        self.store.record_reading(record).await?;
        article.reader = Some(reader);
        article.sightings = sightings;
        article.candidate = None;
        if let Some(new) = version {
            info!(article = article.id.0, url = %article.url, version = new.version.number, "read the stored page anew");
            article.fingerprints.retain(|(other, _)| *other != number);
            article.fingerprints.insert(0, (new.version.number, new.fingerprint));
            let (text, change) = (Box::new(new.version.text.clone()), new.change);
            let (number, url) = (new.version.number, article.url.clone());
            let id = article.id;
            article.latest = Some(new.version);
            self.happened(|| Happening::Stored { article: id, url, number, text, change, rules: Vec::new() });
        }
        Ok(())
    }
}

/// Whether nobody knows how today's reader reads the latest version's page.
pub(super) fn is_read_by_another(article: &ClaimedArticle) -> bool {
    article.reader.is_none() && article.latest.as_ref().is_some_and(|latest| latest.source == Source::Page)
}
