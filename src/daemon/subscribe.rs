//! Subscribes to the hubs that feeds name (WebSub): a hub that tells of news makes a feed due at once.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::model::FeedId;
use crate::store::{Answered, DueSubscription, StoreError};

use super::Daemon;

const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Hubs that are asked at a time.
const AT_ONCE: u32 = 8;
/// For how long a subscription is asked: ten days.
const LEASE_SECONDS: &str = "864000";

impl Daemon {
    /// Asks hubs for the subscriptions that are due, until `stop`.
    pub(super) async fn keep_subscribed(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                asked = self.ask_hubs() => asked?,
            }
        }
    }

    /// Asks for all subscriptions that are due; nothing where hubs could not reach us.
    async fn ask_hubs(&self) -> Result<(), StoreError> {
        let Some(address) = self.setup().callback() else { return Ok(()) };
        let due_at = self.store.next_subscription_due().await?;
        if due_at.is_none() {
            return Ok(());
        }
        let mut asking = JoinSet::new();
        for due in self.store.due_subscriptions(&address, self.clock.now(), AT_ONCE).await? {
            let (daemon, address) = (self.clone(), address.clone());
            asking.spawn(async move { daemon.ask_hub(due, &address).await });
        }
        while let Some(asked) = asking.join_next().await {
            if let Ok(asked) = asked {
                asked?;
            }
        }
        Ok(())
    }

    async fn ask_hub(&self, due: DueSubscription, address: &str) -> Result<(), StoreError> {
        let callback = format!("{address}{}", due.token);
        let fields = [
            ("hub.mode", "subscribe"),
            ("hub.topic", due.hub.topic.as_str()),
            ("hub.callback", &callback),
            ("hub.lease_seconds", LEASE_SECONDS),
            ("hub.secret", &due.secret),
        ];
        let host = due.hub.url.host_str().unwrap_or_default();
        let error = match self.setup().fetcher.post_form(&due.hub.url, &fields, self.clock.now()).await {
            Ok(answer) if answer.is_success() => {
                debug!(feed = due.feed.0, hub = host, "asked a hub for a subscription");
                return Ok(());
            }
            Ok(answer) => format!("{}: {}", answer.refusal(), String::from_utf8_lossy(&answer.body)),
            Err(error) => error.to_string(),
        };
        debug!(feed = due.feed.0, hub = host, error, "could not ask a hub for a subscription");
        self.store.subscription_failed(&due, error).await
    }

    /// What a hub says of a subscription that it was asked for.
    pub async fn answer_subscription(&self, feed: FeedId, name: &str, answered: Answered) -> Result<(), StoreError> {
        match &answered {
            Answered::Confirmed { .. } => info!(feed = name, "the feed's hub tells of news from now on"),
            Answered::Denied { reason } => info!(feed = name, reason, "the feed's hub refused a subscription"),
        }
        self.store.answer_subscription(feed, answered, self.clock.now()).await
    }

    /// A hub told of news.
    pub async fn pushed(&self, feed: FeedId, name: &str) -> Result<(), StoreError> {
        let is_due = self.store.pushed(feed, self.clock.now()).await?;
        debug!(feed = name, is_due, "the feed's hub told of news");
        self.recorded();
        Ok(())
    }
}
