//! Whether the pages of a site that could be read cannot be read any more.

use std::time::Duration;

use crate::model::{FoundNotice, NoticeKind, Quality, Subject, Timestamp};

use super::judge::FOREVER;
use super::signs::SiteSigns;

/// Articles that show it.
const ENOUGH: usize = 10;
/// Articles are news for so long, and their looks count for as long.
const LATELY: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// An article of a host at its last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedAt {
    pub at: Timestamp,
    pub first_seen_at: Timestamp,
    /// A version of it was read from its page.
    pub was_read: bool,
    /// What the page was; `None` where none came.
    pub quality: Option<Quality>,
}

impl LookedAt {
    fn is_unfit(&self) -> bool {
        self.quality.is_some_and(|quality| !matches!(quality, Quality::Good | Quality::NotFound))
    }
}

/// What four of five looks show.
fn most(count: usize, of: usize) -> bool {
    of >= ENOUGH && count * 5 >= of * 4
}

/// Notices a site whose pages were good: either what was read cannot be read any more, or what is new cannot.
///
/// A site of which the most was never read, as behind a paywall, has not collapsed.
pub(super) fn unreadable(site: &SiteSigns, now: Timestamp) -> Option<FoundNotice> {
    let looks: Vec<&LookedAt> =
        site.looks.iter().filter(|look| now.since(look.at) < LATELY && look.quality.is_some()).collect();
    let (fresh, old): (Vec<&LookedAt>, Vec<&LookedAt>) =
        looks.iter().partition(|look| !look.was_read && now.since(look.first_seen_at) < LATELY);
    let read: Vec<&&LookedAt> = looks.iter().filter(|look| look.was_read).collect();
    let unfit = |looks: &[&LookedAt]| looks.iter().filter(|look| look.is_unfit()).count();
    let lost = read.iter().filter(|look| look.is_unfit()).count();
    let (affected, of) = if most(lost, read.len()) {
        (lost, read.len())
    } else if most(unfit(&fresh), fresh.len()) && most(read.len(), old.len()) {
        (unfit(&fresh), fresh.len())
    } else {
        return None;
    };
    let mut qualities: Vec<Quality> =
        looks.iter().filter(|look| look.is_unfit()).filter_map(|look| look.quality).collect();
    qualities.sort_by_key(|quality| quality.word());
    let commonest = qualities.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).and_then(|run| run.first());
    let word = commonest.map_or("unfit", |quality| quality.word()).replace('_', " ");
    Some(FoundNotice {
        kind: NoticeKind::SiteUnreadable,
        subject: Subject::Host(site.host.clone()),
        text: format!(
            "{affected} of the last {of} pages are not fit to be read, mostly `{word}`, where they were before; a \
             `[[site]]` rule may help"
        ),
        since: None,
        lasts: FOREVER,
    })
}

/// Whether most of its pages can be read again.
pub(super) fn is_readable(site: &SiteSigns, now: Timestamp) -> bool {
    let looks: Vec<&LookedAt> =
        site.looks.iter().filter(|look| now.since(look.at) < LATELY && look.quality.is_some()).take(ENOUGH).collect();
    let good = looks.iter().filter(|look| !look.is_unfit()).count();
    !looks.is_empty() && good * 2 > looks.len()
}
