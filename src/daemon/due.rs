//! When an article is due again after a look at it.

use crate::detect::{self, BRAKED_STEP, Known};
use crate::model::{ArticleText, Kind, Timestamp};
use crate::schedule::{self, CheckHistory, Interest};
use crate::store::{CheckOutcome, ClaimedArticle, NewVersion};

use super::check::Checked;
use super::{Setup, network};

/// When to look again: soon to confirm a change, else as `[pages] recheck` says; never where the feed is the source,
/// since its next poll brings the news.
pub(super) fn next_due(
    setup: &Setup,
    article: &ClaimedArticle,
    known: &Known<'_>,
    checked: &Checked,
    now: Timestamp,
) -> Option<Timestamp> {
    if let Some(wait) = checked.again_in {
        return Some(now + wait);
    }
    article.link.as_ref()?;
    let (last_changed_at, idle_checks, failures) = match &checked.outcome {
        CheckOutcome::Version(new) if is_technical(new) => (article.last_changed_at, article.idle_checks + 1, 0),
        CheckOutcome::Version(_) | CheckOutcome::Back { .. } | CheckOutcome::Gone { .. } => (now, 0, 0),
        CheckOutcome::Unchanged { .. } | CheckOutcome::Unconfirmed { .. } => {
            (article.last_changed_at, article.idle_checks + 1, 0)
        }
        CheckOutcome::Unreached => {
            return Some(schedule::next_try(
                network::patience(article.latest.is_some()),
                article.id.0.unsigned_abs(),
                now,
            ));
        }
        // What is known to be gone may come back: that its page is away is no failure.
        CheckOutcome::Failed { missing: Some(_), .. } if article.gone => {
            (article.last_changed_at, article.idle_checks + 1, 0)
        }
        CheckOutcome::Failed { .. } | CheckOutcome::Unfit { .. } => {
            (article.last_changed_at, article.idle_checks, article.failures + 1)
        }
    };
    let text = match &checked.outcome {
        CheckOutcome::Version(new) => Some(&new.version.text),
        _ => article.latest.as_ref().map(|latest| &latest.text),
    };
    let history = CheckHistory {
        last_changed_at,
        idle_checks,
        failures,
        retry_after: checked.retry_after,
        interest: text.map(|text| interest(setup, known, text)).unwrap_or_default(),
        seed: article.id.0.unsigned_abs(),
    };
    let due = schedule::next_check(&setup.config.pages.recheck, &history, now)?;
    Some(if detect::is_braked(known, now) { due.max(now + BRAKED_STEP) } else { due })
}

/// Whether a version says nothing new of the article: then it is no reason to look more often.
fn is_technical(new: &NewVersion) -> bool {
    new.change.as_ref().is_some_and(|change| change.kinds == [Kind::Technical])
}

fn interest(setup: &Setup, known: &Known<'_>, text: &ArticleText) -> Interest {
    Interest {
        is_matched: detect::is_matched(&setup.rules(), known, text),
        is_developing: detect::is_developing(text, known.url),
    }
}
