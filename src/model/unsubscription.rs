//! Unsubscriptions: what an address asked, by a link in a mail, to get no more.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// The identity of an unsubscription in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UnsubscriptionId(pub i64);

/// What is mailed to an address no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum Stopped {
    /// A rule's alerts, whichever recipient has the address.
    Rule(String),
    /// All that the address gets as one of that recipient's.
    Recipient(String),
    Everything,
}

/// How somebody unsubscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnsubscribedBy {
    /// The button of a mail program (RFC 8058).
    OneClick,
    /// The page that the link opens.
    Page,
}

/// An address that gets no more of something, until that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsubscription {
    pub id: UnsubscriptionId,
    pub address: String,
    #[serde(flatten)]
    pub stopped: Stopped,
    pub how: UnsubscribedBy,
    pub begun_at: Timestamp,
    /// When it was taken back.
    pub ended_at: Option<Timestamp>,
}

/// What the link in a mail stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLink {
    pub address: String,
    pub recipient: String,
    /// Those that the mail names, each once; none where it is a digest.
    pub rules: Vec<String>,
    /// What the address gets no more, of that which the link can stop.
    pub stopped: Vec<Unsubscription>,
}

impl MailLink {
    /// What one click stops: the rules of a mail on one article, else all that its recipient gets at the address.
    pub fn stops(&self) -> Vec<Stopped> {
        match self.rules.as_slice() {
            [] => vec![Stopped::Recipient(self.recipient.clone())],
            rules => rules.iter().cloned().map(Stopped::Rule).collect(),
        }
    }
}
