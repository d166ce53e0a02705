//! Hubs that tell of news in a feed, and the subscriptions with them (WebSub, W3C Recommendation of 2018).

use serde::{Deserialize, Serialize};
use url::Url;

use super::Timestamp;

/// Who tells of news in a feed, and by which address it knows the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hub {
    pub url: Url,
    pub topic: Url,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// The hub was asked, or will be, and has not confirmed it.
    Asking,
    Active,
    /// The hub said no.
    Refused,
    /// The hub confirmed it and then told nothing of what polls found.
    GivenUp,
}

/// A feed's subscription, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    pub hub: Url,
    pub state: SubscriptionState,
    /// Until when the hub promised to tell.
    pub until: Option<Timestamp>,
    /// When it told of news last.
    pub pushed_at: Option<Timestamp>,
    /// Why the hub could not be asked, or what it said.
    pub error: Option<String>,
}
