//! What the operator should know: not of one look, but of how an article, a host or a feed behaves.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::article::ArticleId;
use super::time::Timestamp;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A page goes to and fro between two readings.
    Alternating,
    /// An article is revised so often that it is stored hourly and mailed once a day.
    Braked,
    /// The same change came to many articles of a host.
    SiteChange,
    /// Hardly a page of a host is there any more.
    SiteMissing,
}

/// Whom a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Article(ArticleId),
    Host(String),
    /// By its name.
    Feed(String),
}

/// A notice as a check finds it. There is one open for each kind and subject: found again, it counts once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNotice {
    pub kind: NoticeKind,
    pub subject: Subject,
    /// A sentence without its full stop, for people.
    pub text: String,
    /// It is over when it was not found again for this long.
    pub lasts: Duration,
}

/// A notice as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub kind: NoticeKind,
    #[serde(flatten)]
    pub subject: Subject,
    pub text: String,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// How often it was found.
    pub count: u64,
    /// `None` while it lasts.
    pub closed_at: Option<Timestamp>,
}
