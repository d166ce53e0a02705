//! The whole decision about one look at an article: from what is known and what was captured to a finding.
//!
//! Pure, so that it can be tested, replayed and back-tested: the daemon, `rules test` and the tests all call
//! [`assess`].

mod alerts;
mod absence;
mod confirm;

use std::time::Duration;

use url::Url;

use crate::diff;
use crate::model::{
    Alert, ArticleText, Baseline, Candidate, Capture, Change, FeedFacts, Fitness, Kind, Missing, Quality, Severity,
    Source, Timestamp, Version,
};
use crate::rule::RuleSet;

pub use absence::{Absence, assess_absence};
pub use alerts::alerts;

/// What is known of an article before a look at it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub url: &'a Url,
    pub feeds: &'a [FeedFacts],
    /// Names of those in `feeds` that have announced it since the last look.
    pub new_feeds: &'a [String],
    /// Whether its entry is meant to be read in place of its page (`follow = false`).
    pub entry_is_source: bool,
    pub baseline: Baseline,
    pub latest: Option<&'a Version>,
    /// Of the stored versions, newest first.
    pub fingerprints: &'a [(u32, [u8; 32])],
    pub candidate: Option<Candidate>,
    pub missing: Option<Missing>,
    /// Told as gone, and not back yet.
    pub gone: bool,
    /// How long after a changed reading the second fetch comes that confirms it.
    pub confirm: Duration,
}

/// What a look at an article found.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Reads as the latest version does.
    Unchanged,
    /// Reads as before, and a further feed announces it, whose rules match.
    Announced {
        alerts: Vec<Alert>,
    },
    /// Not fit to be read; no version.
    Unfit(Fitness),
    /// Reads differently: look again after this long.
    Unconfirmed {
        candidate: Candidate,
        again_in: Duration,
    },
    Version(Box<FoundVersion>),
    /// Missing, but not yet often or long enough to say so.
    Missing(Missing),
    Gone {
        missing: Missing,
        alerts: Vec<Alert>,
    },
    /// Returned, and reads as before.
    Back {
        alerts: Vec<Alert>,
    },
}

/// A version to be stored, with the alerts that it raises.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundVersion {
    pub version: Version,
    pub fingerprint: [u8; 32],
    pub change: Option<Change>,
    pub alerts: Vec<Alert>,
}

/// Decides what a capture means.
pub fn assess(rules: &RuleSet, known: &Known<'_>, capture: Capture, now: Timestamp) -> Finding {
    if capture.fitness.quality != Quality::Good {
        return Finding::Unfit(capture.fitness);
    }
    let Some(latest) = known.latest else {
        return first_version(rules, known, capture);
    };
    if latest.source == Source::Page && capture.source == Source::Feed && !known.entry_is_source {
        // The page is the better witness; its feed's text is read only until the page can be.
        return Finding::Unchanged;
    }
    let fingerprint = diff::fingerprint(&capture.text);
    if diff::fingerprint(&latest.text) == fingerprint && latest.source == capture.source {
        return match known.gone {
            true => Finding::Back { alerts: alerts::on_return(rules, known, &latest.text) },
            false => unchanged(rules, known, &latest.text),
        };
    }
    if let Some((candidate, again_in)) = confirm::wait(known, latest, &capture, fingerprint, now) {
        return Finding::Unconfirmed { candidate, again_in };
    }
    next_version(rules, known, latest, capture, fingerprint)
}

/// What a look that found nothing new still may tell: that a further feed announces the article.
pub fn unchanged(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Finding {
    if known.new_feeds.is_empty() {
        return Finding::Unchanged;
    }
    match alerts::on_announcement(rules, known, text) {
        alerts if alerts.is_empty() => Finding::Unchanged,
        alerts => Finding::Announced { alerts },
    }
}

fn first_version(rules: &RuleSet, known: &Known<'_>, capture: Capture) -> Finding {
    let fingerprint = diff::fingerprint(&capture.text);
    let alerts = alerts::on_first(rules, known, &capture.text);
    found(FoundVersion { version: version(1, capture), fingerprint, change: None, alerts })
}

fn next_version(
    rules: &RuleSet,
    known: &Known<'_>,
    latest: &Version,
    capture: Capture,
    fingerprint: [u8; 32],
) -> Finding {
    let number = latest.number + 1;
    if capture.source != latest.source {
        let alerts = alerts::on_better_source(rules, known, &latest.text, &capture.text);
        let change = Some(technical(&latest.text, &capture.text));
        return found(FoundVersion { version: version(number, capture), fingerprint, change, alerts });
    }
    let change = classify(known, latest, &capture.text, fingerprint);
    let alerts = alerts::on_revision(rules, known, latest, &capture.text, &change);
    found(FoundVersion { version: version(number, capture), fingerprint, change: Some(change), alerts })
}

/// The change as `diff` classifies it, with what only the history knows: a return to an earlier version, or to the web.
fn classify(known: &Known<'_>, latest: &Version, text: &ArticleText, fingerprint: [u8; 32]) -> Change {
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
fn technical(old: &ArticleText, new: &ArticleText) -> Change {
    let counts = diff::compare(old, new);
    Change {
        kinds: vec![Kind::Technical],
        severity: None,
        added_words: counts.as_ref().map_or(0, |change| change.added_words),
        removed_words: counts.as_ref().map_or(0, |change| change.removed_words),
        silent: false,
        figures: Vec::new(),
        restores: None,
    }
}

fn found(version: FoundVersion) -> Finding {
    Finding::Version(Box::new(version))
}

fn version(number: u32, capture: Capture) -> Version {
    Version { number, observed_at: capture.captured_at, source: capture.source, text: capture.text }
}
