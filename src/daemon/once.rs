//! `run --once`: everything that is due now, and what follows from it, once.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::{Lane, StoreError};

use super::check::Articles;
use super::deliver::Deliveries;
use super::health::Watch;
use super::poll::DueFeeds;
use super::worker::drain;
use super::{CONCURRENT_CHECKS, CONCURRENT_DELIVERIES, Daemon};

/// A page that reads differently at every look is left to the next run after so many.
const CONFIRMATION_ROUNDS: usize = 4;
/// A fetch that was due at the end of the wait is due a moment after it too.
const SLACK: Duration = Duration::from_secs(1);

/// What counts as due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    Due,
    /// Every feed, and every article that is watched.
    All,
}

impl Daemon {
    /// Polls, looks at articles (and waits for the fetches that confirm what changed), then delivers what may go out.
    pub async fn run_once(&self, what: Once, stop: &CancellationToken) -> Result<(), StoreError> {
        self.begin().await?;
        if what == Once::All {
            self.store.make_all_due(self.clock.now()).await?;
        }
        // Feeds that become due again while this runs wait for the next run, whatever their schedule.
        let feeds = DueFeeds { daemon: self.clone(), at: self.clock.now() };
        drain(&feeds, self.setup().config.poll.concurrency, stop).await?;
        self.check_and_confirm(stop).await?;
        self.look_after(Watch::Once).await?;
        self.tell_of_bursts(Watch::Once).await?;
        self.tell_operator(Watch::Once).await?;
        let [mails, hooks] = [Lane::Mail, Lane::Hooks].map(|lane| Deliveries::unsettled(self.clone(), lane));
        let (mailed, hooked) =
            tokio::join!(drain(&mails, CONCURRENT_DELIVERIES, stop), drain(&hooks, CONCURRENT_DELIVERIES, stop));
        mailed.and(hooked)?;
        self.make_searchable(stop).await
    }

    async fn check_and_confirm(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let confirm = self.setup().config.pages.confirm + SLACK;
        for _ in 0..CONFIRMATION_ROUNDS {
            drain(&Articles(self.clone()), CONCURRENT_CHECKS, stop).await?;
            let Some(wait) = self.store.next_article_due().await?.map(|at| at.since(self.clock.now())) else { break };
            if wait > confirm || stop.is_cancelled() {
                break;
            }
            tokio::select! {
                () = self.clock.wait(wait) => {}
                () = stop.cancelled() => {}
            }
        }
        Ok(())
    }
}
