//! Watches one page as the daemon does: reads, decides, looks again, keeps what was found.

use std::time::Duration;

use url::Url;
use wirewatch::detect::{self, Finding, FoundVersion, Known};
use wirewatch::extract;
use wirewatch::model::{
    ArticleId, Baseline, Candidate, Capture, HostMemory, Sightings, Source, Surroundings, Timestamp, Version,
};
use wirewatch::rule::RuleSet;

use crate::stopwatch::timed;

/// What is kept of an article between two looks, as the store keeps it.
pub struct Watch {
    article: ArticleId,
    pub host: HostMemory,
    url: Url,
    rules: RuleSet,
    pub latest: Option<Version>,
    fingerprints: Vec<(u32, [u8; 32])>,
    candidate: Option<Candidate>,
    sightings: Sightings,
    now: Timestamp,
    /// CPU time of each look.
    pub times: Vec<Duration>,
    pub unfit: usize,
}

/// Between two looks that the schedule asks for.
const HOUR: Duration = Duration::from_secs(60 * 60);
const CONFIRM: Duration = Duration::from_secs(45);

impl Watch {
    pub fn new(article: ArticleId, url: &Url, host: HostMemory) -> Self {
        Self {
            article,
            host,
            url: url.clone(),
            rules: RuleSet::new(Vec::new()),
            latest: None,
            fingerprints: Vec::new(),
            candidate: None,
            sightings: Sightings::default(),
            now: Timestamp::from_millis(1_795_348_800_000),
            times: Vec::new(),
            unfit: 0,
        }
    }

    /// Looks at the page now, and again for as long as the decision asks to be confirmed; `fetch` gives each fetch.
    pub fn look(&mut self, mut fetch: impl FnMut(usize) -> String) -> Vec<FoundVersion> {
        const MOST: usize = 12;
        let mut versions = Vec::new();
        self.now = self.now + HOUR;
        for attempt in 0..MOST {
            let html = fetch(attempt);
            let (finding, time) = timed(|| self.assess(&html));
            self.times.push(time);
            let Some(finding) = finding else { break };
            match finding {
                Finding::Unconfirmed { candidate, again_in } => {
                    self.candidate = Some(candidate);
                    self.now = self.now + again_in;
                }
                Finding::Version(found) => {
                    self.candidate = None;
                    self.fingerprints.insert(0, (found.version.number, found.fingerprint));
                    self.latest = Some(found.version.clone());
                    let again_in = found.again_in;
                    versions.push(*found);
                    let Some(again_in) = again_in else { break };
                    self.now = self.now + again_in;
                }
                Finding::Unfit(_) => {
                    self.unfit += 1;
                    break;
                }
                _ => {
                    self.candidate = None;
                    break;
                }
            }
        }
        versions
    }

    fn assess(&mut self, html: &str) -> Option<Finding> {
        let reading = extract::extract(html.as_bytes(), Some("text/html; charset=utf-8"), &self.url, None).ok()?;
        let capture = Capture {
            source: Source::Page,
            captured_at: self.now,
            final_url: self.url.clone(),
            text: reading.text,
            page: reading.page,
            fitness: reading.fitness,
            wall: reading.wall,
        };
        let surroundings = Surroundings { memory: self.host.clone(), ..Surroundings::default() };
        let known = Known {
            article: self.article,
            url: &self.url,
            feeds: &[],
            baseline: Baseline::News,
            entry_is_source: false,
            new_feeds: &[],
            latest: self.latest.as_ref(),
            fingerprints: &self.fingerprints,
            candidate: self.candidate,
            missing: None,
            gone: false,
            confirm: CONFIRM,
            surroundings: &surroundings,
        };
        let before = self.sightings.clone();
        let edges = detect::edges(&capture);
        let finding = detect::assess(&self.rules, &known, &mut self.sightings, capture, self.now);
        let lesson = detect::lesson(&known, &finding, edges, &before, &self.sightings);
        self.host.learn(self.article, &lesson);
        Some(finding)
    }
}
