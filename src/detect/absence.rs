//! When an article counts as taken down: not at one failure, but when it stays missing.

use std::time::Duration;

use crate::model::{Missing, Source, Timestamp};
use crate::rule::RuleSet;

use super::{Finding, Known, alerts};

/// How clearly the site said that the article is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// 404, or a page that says so.
    NotFound,
    /// 410: taken down on purpose.
    Removed,
}

impl Absence {
    /// How many looks in a row, and over how long, make it gone.
    fn patience(self) -> (u32, Duration) {
        match self {
            Self::NotFound => (3, Duration::from_secs(60 * 60)),
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
            Finding::Gone { missing, alerts: alerts::on_removal(rules, known, &latest.text) }
        }
        _ => Finding::Missing(missing),
    }
}
