//! A recipient: a name, its addresses, and when it wants to be told.

use std::time::Duration;

use crate::schedule::{Quiet, Schedule};

/// `[[recipient]]`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub name: String,
    /// Bare addresses, each with a delivery of its own; at least one where there is no hook.
    pub email: Vec<String>,
    /// Ways beside mail, each with a delivery of its own.
    pub hooks: Vec<HookAddress>,
    pub deliver: Deliver,
    pub settle: Duration,
    pub update_interval: Duration,
    pub quiet: Option<Quiet>,
}

/// A way to a recipient beside mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// One JSON document for each delivery, posted to an address of the operator's.
    Webhook,
    /// A push notification by way of an ntfy server.
    Ntfy,
}

/// How the outbox names a way: the channel, and an address that gives nothing away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAddress {
    pub channel: Channel,
    /// The server, and a few digits that stand for the rest of the address: `https://ntfy.example/~3f9a1c2b`. Whoever
    /// knows the whole of it can often write there (Slack), or read along (ntfy), so it is stored and shown nowhere.
    pub address: String,
}

/// When alerts go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deliver {
    Now,
    /// Gathered into one mail at the times of a cron schedule.
    Digest(Schedule),
}

impl Channel {
    /// The channel's name in the outbox, and its key in `[[recipient]]`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Ntfy => "ntfy",
        }
    }

    /// The channel of that name; mail's names stand for none.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Webhook, Self::Ntfy].into_iter().find(|channel| channel.name() == name)
    }
}
