//! Applies the retention of the configuration, behind all other work.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::Daemon;
use crate::store::{Pruned, Pruning, StoreError};

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
        let Pruning { pruned, damaged } = self.store.prune(now - retention, now, || !stop.is_cancelled()).await?;
        for what in damaged {
            error!(what, "retention left a damaged article as it is; `wirewatch verify` says more");
        }
        if pruned != Pruned::default() {
            let Pruned { articles, versions, pages, messages, notices } = pruned;
            info!(articles, versions, pages, messages, notices, "took away what is older than `retention` in [store]");
        }
        Ok(())
    }
}
