//! From the alerts of one version to one delivery for each address.

use std::time::Duration;

use crate::model::{DeliveryKind, DeliveryState, Timestamp};

/// A delivery that an alert asks for. Joins the waiting delivery of its kind if there is one, else becomes a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedDelivery {
    pub recipient: String,
    pub address: String,
    /// `smtp`, `maildir` or `terminal`.
    pub channel: String,
    pub kind: DeliveryKind,
    /// Not before this, whatever happens (quiet hours, the digest's time).
    pub earliest_at: Timestamp,
    /// Wait until then for more of the same. Not after it unless `earliest_at` is later.
    pub settle_until: Timestamp,
    /// An `Article` delivery goes out at the earliest this long after the last one on the same article to the address.
    pub update_interval: Duration,
    /// Above this many `Article` deliveries to the address created within an hour, the alert joins a digest that is
    /// due an hour after the oldest of them. Zero: no limit.
    pub max_per_hour: u32,
    /// `Held` in quiet hours, else `Pending`. A held delivery is claimed like a pending one once `earliest_at` has come.
    pub state: DeliveryState,
    /// The part of the Message-ID after the `@`.
    pub host: String,
    pub alerts: Vec<usize>,
}

