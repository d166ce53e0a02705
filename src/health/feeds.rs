//! Feeds that fail, are silent, or are polled too rarely.

use std::time::Duration;

use crate::model::{FoundNotice, NoticeKind, Subject, Timestamp};
use crate::schedule;

use super::judge::FOREVER;
use super::signs::{FailingFeed, GoneFeed, MovedFeed, OpenNotice, SilentFeed};
use super::words::{counted, roughly};

/// Fewer entries are no document whose end was cut off.
const FEWEST_ENTRIES: usize = 3;
/// A feed that turned over is asked so many times in the time that its document covers.
const TIMES: u32 = 3;
/// What a schedule is rounded down to, in minutes.
const STEPS: [u64; 12] = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 360];
/// What happened once is forgotten after this.
const LASTS: Duration = Duration::from_secs(3 * 24 * 60 * 60);

pub(super) fn failing(feed: &FailingFeed) -> FoundNotice {
    let advice = match feed.is_missing {
        true => "; `wirewatch feeds discover` with the address of its site finds where it is now",
        false => "",
    };
    FoundNotice {
        kind: NoticeKind::FeedFailing,
        subject: Subject::Feed(feed.name.clone()),
        text: format!("every poll has failed for more than a day: {}{advice}", feed.error),
        since: Some(feed.since),
        lasts: FOREVER,
    }
}

pub(super) fn gone(feed: &GoneFeed) -> FoundNotice {
    FoundNotice {
        kind: NoticeKind::FeedGone,
        subject: Subject::Feed(feed.name.clone()),
        text: "its server says that it was taken down for good (410); it is asked for once a day".to_owned(),
        since: Some(feed.since),
        lasts: FOREVER,
    }
}

pub(super) fn moved(feed: &MovedFeed) -> FoundNotice {
    FoundNotice {
        kind: NoticeKind::FeedMoved,
        subject: Subject::Feed(feed.name.clone()),
        text: format!("its address has redirected for good to `{}`; write that in the configuration", feed.to),
        since: Some(feed.since),
        lasts: FOREVER,
    }
}

pub(super) fn silent(feed: &SilentFeed) -> FoundNotice {
    FoundNotice {
        kind: NoticeKind::FeedSilent,
        subject: Subject::Feed(feed.name.clone()),
        text: format!(
            "it answers, and brings nothing new; its longest usual silence is {}, nights and weekends included",
            roughly(feed.usual)
        ),
        since: Some(feed.since),
        lasts: FOREVER,
    }
}

/// Whether a notice on a feed is over, and what is said then; `Some(None)` where there is nothing to say.
pub(super) fn ended(open: &OpenNotice, now: Timestamp) -> Option<Option<String>> {
    let Some(feed) = &open.feed else { return Some(None) };
    match open.kind {
        NoticeKind::FeedFailing if !feed.is_failing => {
            let down = feed.recovered_at.unwrap_or(now).since(open.since);
            let found = counted(feed.found, "new entry", "new entries");
            Some(Some(format!("it is read again, after {} of failures; {found} found since", roughly(down))))
        }
        NoticeKind::FeedGone if !feed.is_failing => Some(Some("it is read again".to_owned())),
        NoticeKind::FeedMoved if !feed.is_moved => Some(None),
        // One that fails is not silent, but nobody knows what it would say.
        NoticeKind::FeedSilent if !feed.is_silent && !feed.is_failing => {
            let found = counted(feed.found, "new entry", "new entries");
            Some(Some(format!("it brings news again, after {} of silence: {found}", roughly(now.since(open.since)))))
        }
        _ => None,
    }
}

/// A poll after which nothing was left of what the poll before had seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turnover<'a> {
    pub feed: &'a str,
    /// It is asked more often by itself from now on.
    pub is_adaptive: bool,
    /// How often it is polled.
    pub interval: Duration,
    /// Entries in the document, and those of them on articles that the feed had not announced.
    pub entries: usize,
    pub announced: usize,
    /// Entries of the document that was read before.
    pub before: usize,
    /// From the oldest entry to the newest, where they are dated.
    pub covers: Option<Duration>,
}

/// Says that a feed is polled too rarely, if all that stands in it is new.
pub fn polled_rarely(turnover: &Turnover<'_>) -> Option<FoundNotice> {
    let Turnover { feed, is_adaptive, interval, entries, announced, before, covers } = *turnover;
    // One that shows what is young alone is empty after a quiet time, and nothing was cut off.
    if entries.min(before) < FEWEST_ENTRIES || announced < entries {
        return None;
    }
    // Without dates all that is known is that the interval is too long.
    let covers = covers.filter(|covers| !covers.is_zero() && *covers < interval).unwrap_or(interval);
    let minutes = (covers / TIMES).as_secs() / 60;
    let step = STEPS.iter().rev().find(|step| **step <= minutes).unwrap_or(&STEPS[0]);
    let safe = schedule::show_duration(Duration::from_secs(step * 60));
    let remedy = match is_adaptive {
        true => "it is asked twice as often from now on".to_owned(),
        false => format!("`schedule = \"every {safe}\"` would be safe"),
    };
    Some(FoundNotice {
        kind: NoticeKind::PolledRarely,
        subject: Subject::Feed(feed.to_owned()),
        text: format!(
            "all {entries} entries were new after {}, so that some in between may have been missed; {remedy}",
            roughly(interval)
        ),
        since: None,
        lasts: LASTS,
    })
}
