//! The versions that looks make: the first, the next, and technical ones, which say nothing new of the article.

use std::mem;
use std::time::Duration;

use crate::diff;
use crate::model::{Alert, ArticleText, Capture, Change, Kind, Mark, Severity, Sightings, Source, Version};
use crate::rule::RuleSet;

use super::look::Look;
use super::template::Template;
use super::{Finding, FoundVersion, Known, alerts, beside, is_braked, reuse};

/// The first version of an article, without what other articles of its host showed to be none of its text.
pub(super) fn first_version(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    mut capture: Capture,
) -> Finding {
    if capture.source == Source::Page {
        Template::of(&known.surroundings.memory, known.article).leave(&mut capture.text.paragraphs);
    }
    let again_in = beside::begin(known, sightings, &capture);
    let text = mem::take(&mut capture.text);
    let alerts = alerts::on_first(rules, known, &text);
    FoundVersion::new(version(1, &capture, text), None, alerts, again_in).into()
}

impl Look<'_> {
    /// A revision, with marks of how it was found.
    pub fn next_version(
        &self,
        capture: &Capture,
        text: ArticleText,
        marks: Vec<Mark>,
        again_in: Option<Duration>,
    ) -> Finding {
        let Self { rules, known, latest, now } = *self;
        let mut change = classify(known, latest, &text);
        marks.into_iter().for_each(|mark| change.mark(mark));
        if is_braked(known, now) {
            change.mark(Mark::Braked);
        }
        reuse::mark(&mut change, latest, &text, capture.source);
        let mut alerts = alerts::on_revision(rules, known, latest, &text, &change);
        alerts::add_new_feeds(&mut alerts, rules, known, &text);
        FoundVersion::new(version(latest.number + 1, capture, text), Some(change), alerts, again_in).into()
    }

    /// The same state of the article, read otherwise.
    pub fn technical_version(
        &self,
        capture: &Capture,
        text: ArticleText,
        alerts: Vec<Alert>,
        again_in: Option<Duration>,
    ) -> FoundVersion {
        let change = technical(&self.latest.text, &text);
        FoundVersion::new(version(self.latest.number + 1, capture, text), Some(change), alerts, again_in)
    }
}

impl FoundVersion {
    fn new(version: Version, change: Option<Change>, alerts: Vec<Alert>, again_in: Option<Duration>) -> Self {
        let fingerprint = diff::fingerprint(&version.text);
        Self { version, fingerprint, change, alerts, again_in, site_change: None }
    }
}

impl From<FoundVersion> for Finding {
    fn from(found: FoundVersion) -> Self {
        Self::Version(Box::new(found))
    }
}

/// The change as `diff` classifies it, with what only the history knows: a return to an earlier version, or to the web.
fn classify(known: &Known<'_>, latest: &Version, text: &ArticleText) -> Change {
    let fingerprint = diff::fingerprint(text);
    let mut change = diff::compare(&latest.text, text).unwrap_or_else(|| technical(&latest.text, text));
    let earlier = known.fingerprints.iter().find(|(number, print)| *print == fingerprint && *number != latest.number);
    if let Some((number, _)) = earlier {
        change.kinds.push(Kind::Restored);
        change.restores = Some(*number);
    }
    if known.gone {
        change.kinds.push(Kind::Back);
        change.severity = Some(Severity::Major);
    }
    change.kinds.sort_unstable();
    change
}

/// A change of our reading, not of the article.
pub(super) fn technical(old: &ArticleText, new: &ArticleText) -> Change {
    let counts = diff::compare(old, new);
    Change {
        kinds: vec![Kind::Technical],
        severity: None,
        added_words: counts.as_ref().map_or(0, |change| change.added_words),
        removed_words: counts.as_ref().map_or(0, |change| change.removed_words),
        silent: false,
        figures: Vec::new(),
        marks: Vec::new(),
        restores: None,
    }
}

fn version(number: u32, capture: &Capture, text: ArticleText) -> Version {
    Version { number, observed_at: capture.captured_at, source: capture.source, text }
}
