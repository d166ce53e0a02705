//! The whole decision about one look at an article: from what is known and what was captured to a finding.
//!
//! Pure, so that it can be tested, replayed and back-tested: the daemon, `rules test` and the tests all call
//! [`assess`].

mod alerts;
mod absence;
mod overlap;
mod blocks;
mod template;
mod step;
mod fates;
mod agree;
mod variants;
mod site;
mod brake;
mod developing;
mod confirm;
mod reuse;
mod quality;
mod carry;
mod found;
mod beside;
mod look;
mod reread;

use std::time::Duration;

use url::Url;

use crate::model::{
    Alert, ArticleId, ArticleText, Baseline, Candidate, Capture, Change, FeedFacts, Fitness, Missing, Sightings,
    Source, Surroundings, Timestamp, Version,
};
use crate::rule::RuleSet;

pub use absence::{Absence, assess_absence, is_host_missing};
pub use alerts::{alerts, is_matched};
pub use brake::{BRAKED_STEP, is_braked};
pub use carry::carry;
pub use developing::is_developing;
pub use quality::{body, repeated, shortened};
pub use reread::{Page, assess_anew, choice, read_anew, reread};
pub use template::{edges, lesson};
pub use variants::alternation;

use look::Look;

/// What is known of an article before a look at it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub article: ArticleId,
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
    /// What is known beyond the article.
    pub surroundings: &'a Surroundings,
}

/// What a look at an article found.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Reads as the latest version does.
    Unchanged,
    /// Reads as the latest version does, where the look before read otherwise: look again after this long.
    Unsteady {
        again_in: Duration,
    },
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
    /// Missing long enough, but so is hardly less than all of its host: `articles` in all. The host is broken or moved.
    HostMissing {
        missing: Missing,
        articles: u32,
    },
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
    /// Look again after this long, in place of what the schedule says.
    pub again_in: Option<Duration>,
    /// What the site changed on many of its pages at once, in words; the version is technical then.
    pub site_change: Option<String>,
}

/// Decides what a capture means, and notes in `sightings` what the next look has to know of this one.
pub fn assess(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    capture: Capture,
    now: Timestamp,
) -> Finding {
    if let Some(fitness) = quality::doubt(known, sightings, &capture, now) {
        return Finding::Unfit(fitness);
    }
    let Some(latest) = known.latest else {
        return found::first_version(rules, known, sightings, capture);
    };
    if latest.source == Source::Page && capture.source == Source::Feed && !known.entry_is_source {
        // The page is the better witness; its feed's text is read only until the page can be.
        return Finding::Unchanged;
    }
    let look = Look { rules, known, latest, now };
    if capture.source == Source::Feed || latest.source == Source::Feed {
        return look.at_feed(sightings, capture);
    }
    look.at_page(sightings, &capture)
}

/// The latest version again, by its bytes or word for word.
pub fn same(
    rules: &RuleSet,
    known: &Known<'_>,
    latest: &Version,
    sightings: &mut Sightings,
    now: Timestamp,
) -> Finding {
    Look { rules, known, latest, now }.is_same(sightings)
}

/// What a look that found nothing new still may tell: that a further feed announces the article.
pub fn unchanged(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Finding {
    match alerts::on_new_feeds(rules, known, text) {
        alerts if alerts.is_empty() => Finding::Unchanged,
        alerts => Finding::Announced { alerts },
    }
}
