//! Mutes: what somebody asked to hear nothing of for a while.

use serde::{Deserialize, Serialize};

use super::article::ArticleId;
use super::time::Timestamp;

/// The identity of a mute in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MuteId(pub i64);

/// What is muted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Muted {
    /// By its name. Mutes what no other feed announces.
    Feed { name: String },
    /// By its name in the configuration.
    Rule { name: String },
    Article {
        article: ArticleId,
        /// Of the latest version, else its entry's title.
        headline: Option<String>,
    },
    /// What came with a burst: not by anybody's wish, but because far more came at once from a feed or a host than ever
    /// did. [`Mute::why`] says what happened.
    Burst { name: String },
}

/// A silence that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mute {
    pub id: MuteId,
    #[serde(flatten)]
    pub muted: Muted,
    pub why: Option<String>,
    /// The user who asked for it, where that was known.
    pub who: Option<String>,
    pub begun_at: Timestamp,
    pub until: Timestamp,
    /// When it was ended before its time.
    pub lifted_at: Option<Timestamp>,
}

impl Mute {
    /// Whether it holds alerts at that moment.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.lifted_at.is_none() && now < self.until
    }
}
