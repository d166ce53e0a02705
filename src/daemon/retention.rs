//! Applies the retention of the configuration, behind all other work.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Daemon;
use crate::store::{Pruned, StoreError};

const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

impl Daemon {
    /// Takes away what is older than the configuration wants, at the start and every day.
    pub(super) async fn keep_pruned(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        loop {
            self.prune(stop).await?;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn prune(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let Some(retention) = self.setup().config.store.retention else { return Ok(()) };
        let now = self.clock.now();
        match self.store.prune(now - retention, now, || !stop.is_cancelled()).await {
            Ok(pruned) if pruned == Pruned::default() => Ok(()),
            Ok(Pruned { articles, versions, pages, messages, notices }) => {
                info!(
                    articles,
                    versions, pages, messages, notices, "took away what is older than `retention` in [store]"
                );
                Ok(())
            }
            // One damaged item keeps the rest from going, and the watch from nothing.
            Err(StoreError::Unreadable(what)) => {
                warn!(what, "retention stopped at something damaged, and is tried again in a day");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
