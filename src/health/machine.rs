//! The machine: its network, its disk, and the work that waits.

use std::time::Duration;

use crate::model::{EndedNotice, FoundNotice, NoticeKind, Subject, Timestamp};

use super::judge::FOREVER;
use super::signs::{Disk, Queue, QueueSigns};
use super::words::{counted, roughly};

const MEGABYTE: u64 = 1_000_000;
/// Less is too little on any disk: the database, its log and a backup want room.
const SCARCE: u64 = 500 * MEGABYTE;
/// A twentieth of a large disk is plenty.
const PLENTY: u64 = 5_000 * MEGABYTE;
/// An absence that was shorter is not worth a mail.
const WORTH_TELLING: Duration = Duration::from_secs(5 * 60);

pub(super) fn disk_subject() -> Subject {
    Subject::System("disk".to_owned())
}

fn network() -> Subject {
    Subject::System("network".to_owned())
}

pub(super) fn queue_subject(queue: Queue) -> Subject {
    Subject::System(queue.name().to_owned())
}

impl Disk {
    /// Whether so little is free that the operator is told.
    pub fn is_nearly_full(self) -> bool {
        self.free < SCARCE || (self.free < self.total / 20 && self.free < PLENTY)
    }
}

pub(super) fn disk_full(disk: Disk) -> Option<FoundNotice> {
    disk.is_nearly_full().then(|| FoundNotice {
        kind: NoticeKind::DiskFull,
        subject: disk_subject(),
        text: format!(
            "only {} of {} are free where the database lies; when nothing is left, nothing can be stored",
            size(disk.free),
            size(disk.total)
        ),
        since: None,
        lasts: FOREVER,
    })
}

/// What is said when there is room again: clearly more than what was too little.
pub(super) fn disk_has_room(disk: Disk) -> Option<String> {
    let has_room = disk.free >= SCARCE * 2 && (disk.free >= disk.total / 14 || disk.free >= PLENTY * 5 / 4);
    has_room.then(|| format!("{} of {} are free", size(disk.free), size(disk.total)))
}

fn size(bytes: u64) -> String {
    match bytes / MEGABYTE {
        megabytes @ 0..10_000 => format!("{megabytes} MB"),
        megabytes => format!("{} GB", megabytes / 1000),
    }
}

pub(super) fn stuck(queue: &QueueSigns, now: Timestamp) -> FoundNotice {
    let waited = roughly(now.since(queue.since));
    let text = match (queue.queue, &queue.error) {
        (Queue::Polls, _) => format!("a poll is due since {waited} and is not done"),
        (Queue::Pages, _) => format!("a look at an article is due since {waited} and is not done"),
        (_, error) => {
            let waiting = counted(queue.waiting.unwrap_or(1), "message waits", "messages wait");
            let error = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            format!("{waiting}, the first for {waited}, since nothing gets through{error}")
        }
    };
    FoundNotice {
        kind: NoticeKind::QueueStuck,
        subject: queue_subject(queue.queue),
        text,
        since: Some(queue.since),
        lasts: FOREVER,
    }
}

pub(super) fn moves_again(since: Timestamp, now: Timestamp) -> String {
    format!("it moves again, after {}", roughly(now.since(since)))
}

/// The machine is offline.
pub fn offline(since: Timestamp, failed: usize, of: usize) -> FoundNotice {
    FoundNotice {
        kind: NoticeKind::Offline,
        subject: network(),
        text: format!(
            "{failed} of the last {of} hosts could not be reached, so this machine seems to be offline; no feed is blamed"
        ),
        since: Some(since),
        lasts: FOREVER,
    }
}

/// It is back.
pub fn online(since: Timestamp, now: Timestamp) -> EndedNotice {
    let away = now.since(since);
    let text = format!(
        "no host could be reached for {}, so this machine was offline; no feed is blamed, and what was missed is fetched \
         within minutes",
        roughly(away)
    );
    EndedNotice { kind: NoticeKind::Offline, subject: network(), text: (away >= WORTH_TELLING).then_some(text) }
}
