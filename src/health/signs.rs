//! The figures that health is judged by: what the store, the disk and the daemon's own clockwork say at a moment.

use std::time::Duration;

use serde::Serialize;

use crate::model::{NoticeKind, Subject, Timestamp};

use super::rules::RuleSigns;
use super::site::LookedAt;

/// Everything that is asked at one moment. Bounded: what is in order does not show in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signs {
    /// Feeds that have failed for a day and are not noticed yet.
    pub failing: Vec<FailingFeed>,
    /// Feeds that were taken down and are not noticed yet.
    pub gone: Vec<GoneFeed>,
    /// Feeds that have moved for good and are not noticed yet.
    pub moved: Vec<MovedFeed>,
    /// Feeds that are silent for longer than usual and are not noticed yet.
    pub silent: Vec<SilentFeed>,
    /// Hosts with a page that was lately not fit to be read, and those that are noticed.
    pub sites: Vec<SiteSigns>,
    pub queues: Vec<QueueSigns>,
    /// `None` where they are not judged this time.
    pub rules: Option<Vec<RuleSigns>>,
    /// `None` where the file system does not say.
    pub disk: Option<Disk>,
    /// The notices of health that are open.
    pub open: Vec<OpenNotice>,
    /// While it lasts, nothing that hangs on the network is anybody's fault.
    pub is_offline: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingFeed {
    pub name: String,
    pub since: Timestamp,
    pub error: String,
    /// Nothing is at its address (404).
    pub is_missing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneFeed {
    pub name: String,
    pub since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedFeed {
    pub name: String,
    pub since: Timestamp,
    /// Where its address leads.
    pub to: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentFeed {
    pub name: String,
    /// When something new came last.
    pub since: Timestamp,
    pub usual: Duration,
}

/// What the last looks at a host's pages found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteSigns {
    pub host: String,
    /// The articles that were looked at last, each once.
    pub looks: Vec<LookedAt>,
}

/// A queue of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    Polls,
    Pages,
    Mail,
    Webhook,
    Ntfy,
}

impl Queue {
    pub const ALL: [Self; 5] = [Self::Polls, Self::Pages, Self::Mail, Self::Webhook, Self::Ntfy];

    pub fn name(self) -> &'static str {
        match self {
            Self::Polls => "polls",
            Self::Pages => "pages",
            Self::Mail => "mail",
            Self::Webhook => "webhook",
            Self::Ntfy => "ntfy",
        }
    }
}

/// Work of a queue that waits for longer than it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSigns {
    pub queue: Queue,
    /// How many wait, where that is known.
    pub waiting: Option<u64>,
    /// Since when the first of them does.
    pub since: Timestamp,
    /// What stands in the way.
    pub error: Option<String>,
}

/// The file system of the database, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// For us, without what is kept for the super-user.
    #[serde(rename = "free_bytes")]
    pub free: u64,
    #[serde(rename = "total_bytes")]
    pub total: u64,
}

/// A notice of health that is open, with what is known of its subject now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenNotice {
    pub kind: NoticeKind,
    pub subject: Subject,
    pub since: Timestamp,
    /// Of a feed that is watched.
    pub feed: Option<WatchedFeed>,
}

/// How a feed fares that a notice is open on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedFeed {
    pub is_failing: bool,
    /// Its address redirects for good to where the same feed is.
    pub is_moved: bool,
    /// It is still without news beyond the time when that became strange.
    pub is_silent: bool,
    /// When its last row of failures ended.
    pub recovered_at: Option<Timestamp>,
    /// New entries since then; where it never failed, since the notice began.
    pub found: u64,
}
