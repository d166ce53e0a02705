//! A look at an article of which a version is stored.

use std::mem;
use std::time::Duration;

use crate::diff;
use crate::model::{Candidate, Capture, Mark, Sightings, Timestamp, Version};
use crate::rule::RuleSet;

use super::agree::Agreement;
use super::confirm::{self, Verdict};
use super::reuse::{self, Reuse};
use super::step::Step;
use super::template::Template;
use super::variants::{self, Standing};
use super::{Finding, FoundVersion, Known, alerts, beside, brake, quality, site, unchanged};

/// How much later than asked for the look behind the first one can still settle which of its blocks stay.
const SETTLES_WITHIN: Duration = Duration::from_secs(5 * 60);

/// What a capture is judged by.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub rules: &'a RuleSet,
    pub known: &'a Known<'a>,
    pub latest: &'a Version,
    pub now: Timestamp,
}

impl Look<'_> {
    /// A text that needs no second look: the feed's own, or the page's in its place.
    pub fn at_feed(&self, sightings: &mut Sightings, mut capture: Capture) -> Finding {
        if capture.source != self.latest.source {
            let again_in = beside::begin(self.known, sightings, &capture);
            let text = mem::take(&mut capture.text);
            let alerts = alerts::on_better_reading(self.rules, self.known, &self.latest.text, &text);
            return self.technical_version(&capture, text, alerts, again_in).into();
        }
        let fingerprint = diff::fingerprint(&capture.text);
        if diff::fingerprint(&self.latest.text) == fingerprint {
            return self.as_before();
        }
        if let Some(waiting) = self.braked(|| fingerprint) {
            return waiting;
        }
        let text = mem::take(&mut capture.text);
        self.next_version(&capture, text, Vec::new(), None)
    }

    /// The page again: what it and the latest version agree on, and what two looks in a row say of the rest.
    pub fn at_page(&self, sightings: &mut Sightings, capture: &Capture) -> Finding {
        match reuse::judge(self.known, self.latest, &capture.text, sightings, self.now) {
            Reuse::No => {}
            Reuse::Wait(candidate) => return Finding::Unconfirmed { candidate, again_in: self.known.confirm },
            Reuse::Yes => return self.next_story(sightings, capture),
        }
        let template = Template::of(&self.known.surroundings.memory, self.known.article);
        let agreement = Agreement::of(&self.latest.text, capture, sightings, &template);
        sightings.shown.clear();
        let read_better = self
            .settle(sightings, capture, &agreement, &template)
            .or_else(|| self.leave_template(capture, &agreement, &template))
            .or_else(|| self.complete(sightings, capture, &agreement, &template));
        if let Some(version) = read_better {
            return version.into();
        }
        if agreement.steps.is_empty() {
            return self.is_same(sightings);
        }
        self.confirm(sightings, capture, &agreement)
    }

    /// The latest version again, by its bytes or word for word.
    pub fn is_same(&self, sightings: &mut Sightings) -> Finding {
        sightings.unsettled_since = None;
        let looks_again = variants::note(sightings, None, self.is_confirming(), self.now);
        confirm::count(sightings, &[]);
        self.steady(looks_again)
    }

    /// The latest version without what the look behind the first one shows to be no text of the article.
    fn settle(
        &self,
        sightings: &mut Sightings,
        capture: &Capture,
        agreement: &Agreement<'_>,
        template: &Template,
    ) -> Option<FoundVersion> {
        let unsettled_since = sightings.unsettled_since.take();
        beside::remember(sightings, agreement.beside());
        let is_settling = unsettled_since.is_some_and(|since| self.is_soon_after(since));
        let unsteady: Vec<&Step> = agreement.steps.iter().filter(|step| agreement.is_unsteady(step)).collect();
        if !is_settling || self.known.gone || unsteady.is_empty() {
            return None;
        }
        let mut text = agreement.text_without(&unsteady);
        if text.paragraphs.is_empty() {
            // The first look read nothing of the article; what it left out is there.
            text.paragraphs = agreement.paragraphs(agreement.missed(sightings, template));
        }
        // Where nothing is left, the text was replaced: a first report by the whole story.
        if text.paragraphs.is_empty() {
            return None;
        }
        let again_in = self.again_for(unsteady.len() < agreement.steps.len());
        sightings.restless.extend(unsteady.iter().flat_map(|step| &step.marks));
        let alerts = alerts::on_better_reading(self.rules, self.known, &self.latest.text, &text);
        Some(self.technical_version(capture, text, alerts, again_in))
    }

    /// The latest version without paragraphs that left the page and that other articles show to be the template's.
    fn leave_template(
        &self,
        capture: &Capture,
        agreement: &Agreement<'_>,
        template: &Template,
    ) -> Option<FoundVersion> {
        let of_template: Vec<&Step> =
            agreement.steps.iter().filter(|step| agreement.is_of_template(step, template)).collect();
        if of_template.is_empty() || self.known.gone {
            return None;
        }
        let text = agreement.text_without(&of_template);
        let again_in = self.again_for(of_template.len() < agreement.steps.len());
        let alerts = alerts::on_new_feeds(self.rules, self.known, &text);
        Some(self.technical_version(capture, text, alerts, again_in))
    }

    /// The latest version with what earlier looks left out, once two looks in a row read it as part of the article. It
    /// stood on the page before, so it is no revision; but rules that it matches have not been asked yet.
    fn complete(
        &self,
        sightings: &mut Sightings,
        capture: &Capture,
        agreement: &Agreement<'_>,
        template: &Template,
    ) -> Option<FoundVersion> {
        let missed = agreement.missed(sightings, template);
        let before = mem::replace(&mut sightings.missed, missed.iter().map(|(key, _)| *key).collect());
        let again: Vec<(u64, usize)> = missed.into_iter().filter(|(key, _)| before.contains(key)).collect();
        if again.is_empty() || self.known.gone {
            return None;
        }
        sightings.beside.retain(|block| !again.iter().any(|(key, _)| key == block));
        sightings.missed.clear();
        let text = agreement.text_with(&again.iter().map(|(_, block)| *block).collect::<Vec<_>>());
        let alerts = alerts::on_better_reading(self.rules, self.known, &self.latest.text, &text);
        Some(self.technical_version(capture, text, alerts, self.again_for(!agreement.steps.is_empty())))
    }

    /// What two looks in a row say of the differences.
    fn confirm(&self, sightings: &mut Sightings, capture: &Capture, agreement: &Agreement<'_>) -> Finding {
        let is_confirming = self.is_confirming();
        sightings.shown = site::digests(agreement);
        let looks_again = variants::note(sightings, Some(agreement), is_confirming, self.now);
        match confirm::judge(self.known, self.latest, capture, agreement, sightings, self.now) {
            Verdict::Wait(candidate, again_in) => Finding::Unconfirmed { candidate, again_in },
            Verdict::Nothing => self.steady(looks_again),
            Verdict::Believed(steps, again_in) => self
                .braked(|| diff::fingerprint(&agreement.text(|step| steps.contains(step))))
                .unwrap_or_else(|| self.take(sightings, capture, agreement, steps, again_in)),
        }
    }

    /// The next version, with the steps that are believed. What the site changed on many pages comes first, as a version
    /// of its own that nobody is told of; the rest is found again at the next look.
    fn take(
        &self,
        sightings: &mut Sightings,
        capture: &Capture,
        agreement: &Agreement<'_>,
        steps: Vec<Step>,
        again_in: Option<Duration>,
    ) -> Finding {
        let known = self.known;
        let (of_site, of_article): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| !known.gone && site::is_of_site(known, agreement, step));
        let (steps, again_in) = match (of_site.is_empty(), of_article.is_empty()) {
            (true, _) => (&of_article, again_in),
            (false, true) => (&of_site, again_in),
            (false, false) => (&of_site, Some(known.confirm)),
        };
        let text = agreement.text(|step| steps.contains(step));
        let has_alternated = |step| variants::standing(sightings, agreement, step, self.now) == Standing::Stood;
        let mut marks = Vec::new();
        if steps.iter().any(has_alternated) {
            marks.push(Mark::Alternating);
        }
        if quality::is_shortened(&self.latest.text, &text) {
            marks.push(Mark::Shortened);
        }
        variants::believe(sightings, agreement, steps);
        sightings.pending.retain(|(digest, _)| !steps.iter().any(|step| step.digest == *digest));
        // What was believed is no step of the next look, and has not gone for that.
        sightings.waiting.retain(|(digest, _)| !steps.iter().any(|step| step.digest == *digest));
        let Some(told) = site::told(known, agreement, &of_site) else {
            return self.next_version(capture, text, marks, again_in);
        };
        let alerts = alerts::on_new_feeds(self.rules, known, &text);
        let version = self.technical_version(capture, text, alerts, again_in);
        FoundVersion { site_change: Some(told), ..version }.into()
    }

    /// Another story at the same address: its page is known as little as that of a first version.
    fn next_story(&self, sightings: &mut Sightings, capture: &Capture) -> Finding {
        if let Some(waiting) = self.braked(|| diff::fingerprint(&capture.text)) {
            return waiting;
        }
        let again_in = beside::begin(self.known, sightings, capture);
        self.next_version(capture, capture.text.clone(), Vec::new(), again_in)
    }

    /// Where the article is revised at every look, its next version waits, and is found again then.
    fn braked(&self, fingerprint: impl FnOnce() -> [u8; 32]) -> Option<Finding> {
        let again_in = brake::wait(self.known, self.latest, self.now)?;
        let candidate = Candidate { fingerprint: fingerprint(), seen_at: self.now, attempts: 0 };
        Some(Finding::Unconfirmed { candidate, again_in })
    }

    fn steady(&self, looks_again: bool) -> Finding {
        match self.as_before() {
            Finding::Unchanged if looks_again => Finding::Unsteady { again_in: self.known.confirm },
            finding => finding,
        }
    }

    fn as_before(&self) -> Finding {
        let Self { rules, known, latest, .. } = *self;
        if !known.gone {
            return unchanged(rules, known, &latest.text);
        }
        let mut alerts = alerts::on_return(rules, known, &latest.text);
        alerts::add_new_feeds(&mut alerts, rules, known, &latest.text);
        Finding::Back { alerts }
    }

    /// Whether this look follows another one that read differently, with no time between.
    fn is_confirming(&self) -> bool {
        self.known.candidate.is_some_and(|candidate| self.is_soon_after(candidate.seen_at))
    }

    fn is_soon_after(&self, time: Timestamp) -> bool {
        self.now.since(time) <= self.known.confirm + SETTLES_WITHIN
    }

    /// When to look again for the sake of other differences.
    fn again_for(&self, are_left: bool) -> Option<Duration> {
        are_left.then_some(self.known.confirm)
    }
}
