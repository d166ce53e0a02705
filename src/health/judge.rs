//! The whole judgement: which notices the figures open, and which they end.

use std::time::Duration;

use crate::model::{EndedNotice, FoundNotice, NoticeKind, Subject, Timestamp};

use super::signs::{OpenNotice, Queue, QueueSigns, Signs};
use super::{feeds, machine, rules, site};

/// A notice of health ends when it is found to be over, and not because nobody looked.
pub(super) const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What is to be noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    pub found: Vec<FoundNotice>,
    pub ended: Vec<EndedNotice>,
}

/// Judges what the figures say.
///
/// While the machine is offline only the disk and the work inside are judged: everything else would look bad for a reason
/// that is known.
pub fn judge(signs: &Signs, now: Timestamp) -> Judgement {
    let mut found: Vec<FoundNotice> = signs.disk.and_then(machine::disk_full).into_iter().collect();
    found.extend(signs.queues.iter().filter(|queue| is_judged(signs, queue)).map(|queue| machine::stuck(queue, now)));
    if !signs.is_offline {
        found.extend(signs.failing.iter().map(feeds::failing));
        found.extend(signs.gone.iter().map(feeds::gone));
        found.extend(signs.moved.iter().map(feeds::moved));
        found.extend(signs.silent.iter().map(feeds::silent));
        found.extend(signs.sites.iter().filter_map(|host| site::unreadable(host, now)));
    }
    let rules = signs.rules.iter().flatten();
    found.extend(rules.flat_map(|rule| rules::silent(rule, now).into_iter().chain(rules::greedy(rule))));
    let is_found = |open: &OpenNotice| found.iter().any(|it| it.kind == open.kind && it.subject == open.subject);
    let over = signs.open.iter().filter(|open| !is_found(open)).filter_map(|open| {
        let text = ended(signs, open, now)?;
        Some(EndedNotice { kind: open.kind, subject: open.subject.clone(), text })
    });
    Judgement { ended: over.collect(), found }
}

fn is_judged(signs: &Signs, queue: &QueueSigns) -> bool {
    !signs.is_offline || matches!(queue.queue, Queue::Pages)
}

/// Whether an open notice is over, and what is said then.
fn ended(signs: &Signs, open: &OpenNotice, now: Timestamp) -> Option<Option<String>> {
    match (open.kind, &open.subject) {
        (NoticeKind::FeedFailing | NoticeKind::FeedGone | NoticeKind::FeedMoved | NoticeKind::FeedSilent, _) => {
            feeds::ended(open, now)
        }
        (NoticeKind::PolledRarely, _) if open.feed.is_none() => Some(None),
        (NoticeKind::SiteUnreadable, Subject::Host(name)) => {
            let host = signs.sites.iter().find(|host| host.host == *name)?;
            site::is_readable(host, now).then(|| Some("most of its pages can be read again".to_owned()))
        }
        (NoticeKind::RuleSilent | NoticeKind::RuleGreedy, Subject::Rule(name)) => {
            let Some(rule) = signs.rules.as_ref()?.iter().find(|rule| rule.name == *name) else { return Some(None) };
            // A query that was edited is another one.
            if rule.since > open.since {
                return Some(None);
            }
            rules::ended(open.kind, rule, open.since).map(Some)
        }
        // While it is offline, what waits for the network still waits.
        (NoticeKind::QueueStuck, _) if !signs.is_offline => Some(Some(machine::moves_again(open.since, now))),
        (NoticeKind::DiskFull, _) => signs.disk.and_then(machine::disk_has_room).map(Some),
        _ => None,
    }
}
