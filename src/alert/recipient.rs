//! A recipient: a name, its addresses, and when it wants to be told.

use std::time::Duration;

use crate::schedule::{Quiet, Schedule};

/// `[[recipient]]`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub name: String,
    /// Bare addresses, each with a delivery of its own; at least one.
    pub email: Vec<String>,
    pub deliver: Deliver,
    pub settle: Duration,
    pub update_interval: Duration,
    pub quiet: Option<Quiet>,
}

/// When alerts go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deliver {
    Now,
    /// Gathered into one mail at the times of a cron schedule.
    Digest(Schedule),
}
