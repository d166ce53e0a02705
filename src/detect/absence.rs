//! When an article counts as taken down: not at one failure, but when it stays missing.

use std::time::Duration;

use crate::model::{HostLooks, Missing, Source, Timestamp};
use crate::rule::RuleSet;

use super::{Finding, Known, alerts};

/// So many others of the host must be missing too before its state is doubted, and fewer than one in so many be there.
const OTHERS_MISSING: u32 = 2;
const ANSWERING_IN: u32 = 10;

/// A site that broke or moved is back after this long, or stays as it is.
const HOST_RETURNS_WITHIN: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How clearly the site said that the article is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// 404, or a page that says so.
    NotFound,
    /// 451: withheld for legal reasons, from everybody or from where we are.
    Withheld,
    /// 410: taken down on purpose.
    Removed,
}

impl Absence {
    /// How many looks in a row, and over how long, make it gone.
    fn patience(self) -> (u32, Duration) {
        match self {
            Self::NotFound | Self::Withheld => (3, Duration::from_secs(60 * 60)),
            Self::Removed => (2, Duration::from_secs(10 * 60)),
        }
    }
}

/// Decides what a missing page means. An article whose page was never read is not gone: it never came.
pub fn assess_absence(rules: &RuleSet, known: &Known<'_>, absence: Absence, now: Timestamp) -> Finding {
    let missing = match known.missing {
        Some(missing) => Missing { looks: missing.looks + 1, ..missing },
        None => Missing { looks: 1, since: now },
    };
    let (looks, span) = absence.patience();
    let lasted = missing.looks >= looks && now.since(missing.since) >= span;
    match known.latest {
        Some(latest) if lasted && !known.gone && latest.source == Source::Page => {
            // Taken down on purpose, or away for days, it is gone whatever became of the others.
            let is_doubtful = absence != Absence::Removed && now.since(missing.since) < HOST_RETURNS_WITHIN;
            if is_doubtful && is_host_missing(&known.surroundings.host) {
                let articles = known.surroundings.host.missing + 1;
                return Finding::HostMissing { missing, articles };
            }
            Finding::Gone { missing, alerts: alerts::on_removal(rules, known, &latest.text) }
        }
        _ => Finding::Missing(missing),
    }
}

/// Whether hardly an article of a host is there any more: no hundred articles are taken down in an hour, but a site breaks
/// or moves.
pub fn is_host_missing(host: &HostLooks) -> bool {
    host.missing >= OTHERS_MISSING && host.answering * ANSWERING_IN < host.missing
}
