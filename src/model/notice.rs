//! What the operator should know: not of one look, but of how an article, a host, a feed, a rule or the machine behaves.

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
    /// The polls of a feed have failed for a day.
    FeedFailing,
    /// A feed was taken down for good, as its server says (410).
    FeedGone,
    /// A feed's address has redirected for good for days.
    FeedMoved,
    /// A feed has brought nothing new for much longer than usual.
    FeedSilent,
    /// All that stood in a feed at a poll was new, so that something may have been missed.
    PolledRarely,
    /// The pages of a host could be read and cannot any more.
    SiteUnreadable,
    /// A rule has not alerted for a month.
    RuleSilent,
    /// A rule matches nearly everything.
    RuleGreedy,
    /// What is due is not done.
    QueueStuck,
    /// The file system of the database has hardly any room left.
    DiskFull,
    /// No host can be reached.
    Offline,
    /// Far more came at once from a feed or a host than ever did; its alerts are held.
    Burst,
    /// A template could not be used for a mail.
    TemplateFailing,
}

/// Whom a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Article(ArticleId),
    Host(String),
    /// By its name.
    Feed(String),
    /// By its name.
    Rule(String),
    /// A part of the machine or the program: `network`, `disk`, `polls`, `pages`, or the channel of an outbox.
    System(String),
}

/// A notice as a check finds it. There is one open for each kind and subject: found again, it counts once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNotice {
    pub kind: NoticeKind,
    pub subject: Subject,
    /// A sentence without its full stop, for people.
    pub text: String,
    /// When it began, where that was before it was found.
    pub since: Option<Timestamp>,
    /// It is over when it was not found again for this long.
    pub lasts: Duration,
}

/// A notice that is found to be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedNotice {
    pub kind: NoticeKind,
    pub subject: Subject,
    /// How it ended: a sentence without its full stop. `None` where nobody needs to hear of it, as when its subject
    /// was taken out of the configuration.
    pub text: Option<String>,
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
    /// How it ended, where that is known.
    pub end: Option<String>,
}
