//! Brings the words of new versions into the full-text index, behind all other work and never in its way.
//!
//! What is not in the index yet is found all the same, only slower: this may lag as long as it likes.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use super::Daemon;
use crate::store::StoreError;

/// Versions at a time. They keep the writer busy for a hundredth of a second.
const BATCH: usize = 64;
/// Between two batches of a backlog.
const PAUSE: Duration = Duration::from_millis(5);
/// New versions wait this long for more of them, because many cost little more than one.
const GATHER: Duration = Duration::from_secs(2);
/// Versions that another program stored beside us are noticed within this time.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How often the whole index is read, to see whether it can be.
const CHECK_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

impl Daemon {
    /// Indexes new versions as they come, until `stop`.
    pub(super) async fn keep_searchable(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut recorded = self.recorded.subscribe();
        unless_damaged(self.store.check_words(self.clock.now(), Duration::ZERO).await)?;
        loop {
            recorded.mark_unchanged();
            self.make_searchable(stop).await?;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = recorded.changed() => tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(GATHER) => {}
                },
            }
        }
    }

    /// Indexes every version that is not yet, or as many as there is time for until `stop`.
    pub(super) async fn make_searchable(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        unless_damaged(self.index_what_is_due(stop).await)
    }

    async fn index_what_is_due(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        self.store.check_words(self.clock.now(), CHECK_EVERY).await?;
        let mut indexed = 0;
        // Once at the most: on a disk that damages it again and again it would be begun anew without an end.
        let mut is_mended = false;
        while !stop.is_cancelled() {
            let count = match self.store.index_words(BATCH).await {
                Err(error) if !is_mended => {
                    self.store.mend_words(error).await?;
                    is_mended = true;
                    continue;
                }
                count => count?,
            };
            indexed += count;
            if count < BATCH {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        while !stop.is_cancelled() && !self.store.sweep_words().await? {
            tokio::time::sleep(PAUSE).await;
        }
        if indexed > 0 {
            debug!(versions = indexed, "indexed the words of new versions");
        }
        Ok(())
    }
}

/// The archive itself may be whole, and the watch goes on.
fn unless_damaged(indexed: Result<(), StoreError>) -> Result<(), StoreError> {
    match indexed {
        Err(error) if error.is_transient() => Ok(()),
        Err(error) if !matches!(error, StoreError::Full | StoreError::Closed) => {
            error!(%error, "the full-text index cannot be kept: searches take longer, and find the same");
            Ok(())
        }
        indexed => indexed,
    }
}
