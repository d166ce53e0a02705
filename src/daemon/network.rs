//! Tells a machine that is offline from hosts that fail: nobody is blamed for what the machine cannot reach.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::{info, warn};
use url::Url;

use crate::config::FeedConfig;
use crate::fetch::FetchError;
use crate::health::{self, Contact, Reach, Turn};
use crate::model::Timestamp;
use crate::store::StoreError;

use super::Daemon;

/// So many hosts are as good as any number.
const HOSTS: usize = 24;
/// An article that was read before waits for up to this long more than others, so that news comes first.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
const SOON: Duration = Duration::from_secs(5 * 60);

/// What the workers have seen of the world.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub reach: Reach,
    /// Since when work can be expected to get done: the start, or the end of being offline.
    pub able_since: Timestamp,
    /// When a poll and a look at an article were last done.
    pub polled_at: Option<Timestamp>,
    pub looked_at: Option<Timestamp>,
}

impl Seen {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Daemon {
    /// Begins to watch the network, where the daemon before left off.
    pub(super) async fn watch_network(&self) -> Result<(), StoreError> {
        let offline_since = self.store.offline_since().await?;
        let (now, hosts) = (self.clock.now(), hosts(&self.setup().config.feeds));
        let mut state = self.seen.state();
        state.able_since = now;
        state.reach = Reach::new(hosts);
        offline_since.into_iter().for_each(|since| state.reach.resume(since));
        Ok(())
    }

    /// Takes over how many hosts the configuration names.
    pub(super) fn watch_hosts(&self) {
        let hosts = hosts(&self.setup().config.feeds);
        self.seen.state().reach.watch(hosts);
    }

    pub(super) fn is_offline(&self) -> bool {
        self.seen.state().reach.is_offline()
    }

    /// Takes in whether a host was reached; whether it was not, and the machine is offline. `was_well`: it could be
    /// reached the last time.
    pub(super) async fn met(
        &self,
        address: &Url,
        error: Option<&FetchError>,
        was_well: bool,
    ) -> Result<bool, StoreError> {
        let Some(contact) = contact(error) else { return Ok(self.is_offline()) };
        let now = self.clock.now();
        let turn = self.seen.state().reach.note(address.host_str().unwrap_or_default(), contact, was_well, now);
        match turn {
            Some(Turn::Offline { since, failed, of }) => {
                warn!(since = %since, failed, of, "hardly a host can be reached; this machine seems to be offline");
                self.store.go_offline(health::offline(since, failed, of), since, now).await?;
            }
            Some(Turn::Online { since }) => {
                info!(since = %since, "hosts can be reached again");
                self.seen.state().able_since = now;
                self.store.come_back(health::online(since, now), since, now).await?;
                self.recorded();
            }
            None => {}
        }
        Ok(contact == Contact::Unreached && self.is_offline())
    }
}

/// What the end of a fetch says of the network; `None` where it says nothing.
fn contact(error: Option<&FetchError>) -> Option<Contact> {
    match error {
        None => Some(Contact::Reached),
        Some(
            FetchError::Timeout(_) | FetchError::UnknownHost(_) | FetchError::Connect { .. } | FetchError::Proxy { .. },
        ) => Some(Contact::Unreached),
        // Nobody was asked; or it was known from before.
        Some(
            FetchError::Scheme(_)
            | FetchError::PrivateAddress(_)
            | FetchError::Certificate(_)
            | FetchError::Held { .. }
            | FetchError::RobotsUnknown { .. },
        ) => None,
        Some(_) => Some(Contact::Reached),
    }
}

/// How many hosts the feeds are on, as far as that matters.
fn hosts(feeds: &[FeedConfig]) -> usize {
    let mut hosts = HashSet::new();
    for feed in feeds.iter().filter(|feed| feed.enabled) {
        hosts.insert(feed.url.host_str());
        if hosts.len() >= HOSTS {
            break;
        }
    }
    hosts.len()
}

/// How long what could not be reached waits while the machine is offline.
pub(super) fn patience(was_read: bool) -> Duration {
    if was_read { PATIENCE } else { SOON }
}
