//! The loop that all three workers share: claim what is due, work on it side by side, sleep until more is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::model::Timestamp;
use crate::store::StoreError;

use super::GRACE;

/// The longest sleep: a clock that jumps or a machine that was suspended is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// Rows that are due and were not claimed wait for work on their host to end, which wakes the loop by itself; or they
/// became due a moment ago.
const DUE_BUT_BUSY: Duration = Duration::from_millis(200);

/// One of the three queues.
pub(super) trait Queue: Clone + Send + Sync + 'static {
    type Claimed: Send + 'static;

    /// Claims at most `limit` due rows.
    fn claim(&self, limit: usize) -> impl Future<Output = Result<Vec<Self::Claimed>, StoreError>> + Send;

    /// Does the work of one row and records its end. An error is the store's: everything else was recorded.
    fn work(&self, claimed: Self::Claimed) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How long until the next row is due, as far as is known.
    fn next_due(&self) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Changes when something was recorded.
    fn recorded(&self) -> watch::Receiver<()>;

    fn now(&self) -> Timestamp;
}

/// Empties a queue until `stop`, then finishes what runs.
pub(super) async fn empty<Q: Queue>(
    queue: Q,
    concurrency: usize,
    stop: &CancellationToken,
    beat: Beat,
) -> Result<(), StoreError> {
    let mut running = JoinSet::new();
    let mut recorded = queue.recorded();
    let ended = loop {
        beat.beat();
        if stop.is_cancelled() {
            break Ok(());
        }
        recorded.mark_unchanged();
        if let Err(error) = settle_finished(&mut running) {
            break Err(error);
        }
        let free = concurrency.saturating_sub(running.len());
        match start_due(&queue, free, &mut running).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => break Err(error),
        }
        let wait = match next_wait(&queue, free).await {
            Ok(wait) => wait,
            Err(error) => break Err(error),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(wait) => {}
            Some(finished) = running.join_next() => if let Err(error) = settled(finished) { break Err(error) },
            _ = recorded.changed() => {}
        }
    };
    ended.and(finish(running).await)
}

/// Claims and works until nothing is due any more, or until `stop`; then finishes what runs.
pub(super) async fn drain<Q: Queue>(queue: &Q, concurrency: usize, stop: &CancellationToken) -> Result<(), StoreError> {
    let mut running = JoinSet::new();
    loop {
        if stop.is_cancelled() {
            return finish(running).await;
        }
        let free = concurrency.saturating_sub(running.len());
        if start_due(queue, free, &mut running).await? > 0 {
            continue;
        }
        let finished = tokio::select! {
            finished = running.join_next() => finished,
            () = stop.cancelled() => continue,
        };
        match finished {
            Some(finished) => settled(finished)?,
            None => return Ok(()),
        }
        settle_finished(&mut running)?;
    }
}

/// What has finished by now, all of it: claims for many free places at once share a transaction.
fn settle_finished(running: &mut JoinSet<Result<(), StoreError>>) -> Result<(), StoreError> {
    while let Some(finished) = running.try_join_next() {
        settled(finished)?;
    }
    Ok(())
}

async fn start_due<Q: Queue>(
    queue: &Q,
    free: usize,
    running: &mut JoinSet<Result<(), StoreError>>,
) -> Result<usize, StoreError> {
    if free == 0 {
        return Ok(0);
    }
    let claimed = queue.claim(free).await?;
    let started = claimed.len();
    for row in claimed {
        let queue = queue.clone();
        running.spawn(async move { queue.work(row).await });
    }
    Ok(started)
}

async fn next_wait<Q: Queue>(queue: &Q, free: usize) -> Result<Duration, StoreError> {
    if free == 0 {
        return Ok(LONGEST_SLEEP);
    }
    let due_at = queue.next_due().await?;
    let wait = due_at.map_or(LONGEST_SLEEP, |at| at.since(queue.now()));
    Ok(if wait.is_zero() { DUE_BUT_BUSY } else { wait.min(LONGEST_SLEEP) })
}

async fn finish(mut running: JoinSet<Result<(), StoreError>>) -> Result<(), StoreError> {
    let all = async {
        let mut ended = Ok(());
        while let Some(finished) = running.join_next().await {
            ended = ended.and(settled(finished));
        }
        ended
    };
    match timeout(GRACE, all).await {
        Ok(ended) => ended,
        Err(_) => {
            warn!("gave up waiting for running work; it is done again at the next start");
            Ok(())
        }
    }
}

/// A lost claim is no fault (the lease ran out, and somebody else did the work); a panic loses one item and nothing else.
fn settled(finished: Result<Result<(), StoreError>, tokio::task::JoinError>) -> Result<(), StoreError> {
    match finished {
        Ok(Err(StoreError::ClaimLost)) => {
            warn!("work took longer than its lease; its result was dropped and it is done again");
            Ok(())
        }
        Ok(Err(StoreError::Contradiction(what))) => {
            error!(%what, "a result does not fit what is stored, which is a fault of wirewatch; its row is tried again later");
            Ok(())
        }
        Ok(Err(StoreError::Unreadable(what))) => {
            error!(%what, "something stored is damaged; its row is tried again later, and everything else goes on");
            Ok(())
        }
        Ok(ended) => ended,
        Err(panic) => {
            error!(%panic, "a task failed; its row is tried again when the lease ends");
            Ok(())
        }
    }
}

/// The life signs of the workers (of deliveries there are two, one for each lane): for the service manager's watchdog, and for whoever asks how the daemon is.
#[derive(Debug, Clone)]
pub struct Heartbeat(Arc<Beats>);

#[derive(Debug)]
struct Beats {
    begun: Instant,
    rounds: [AtomicU64; 4],
    /// Milliseconds after `begun`.
    last: [AtomicU64; 4],
}

/// The life sign of one worker.
pub(super) struct Beat(Heartbeat, usize);

impl Default for Heartbeat {
    fn default() -> Self {
        Self(Arc::new(Beats { begun: Instant::now(), rounds: Default::default(), last: Default::default() }))
    }
}

impl Heartbeat {
    pub(super) fn beat(&self, worker: usize) -> Beat {
        Beat(self.clone(), worker)
    }

    /// How often each worker's loop went round.
    pub fn rounds(&self) -> [u64; 4] {
        [0, 1, 2, 3].map(|worker| self.0.rounds[worker].load(Ordering::Relaxed))
    }

    /// How long ago the loops of feeds, articles and deliveries went round last; a few seconds where all is well.
    pub fn silences(&self) -> [Duration; 3] {
        let now = self.0.begun.elapsed();
        let last = |worker: usize| Duration::from_millis(self.0.last[worker].load(Ordering::Relaxed));
        let [feeds, articles, mails, hooks] = [0, 1, 2, 3].map(|worker| now.saturating_sub(last(worker)));
        [feeds, articles, mails.max(hooks)]
    }
}

impl Beat {
    fn beat(&self) {
        let beats = &self.0.0;
        let millis = u64::try_from(beats.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        beats.last[self.1].store(millis, Ordering::Relaxed);
        beats.rounds[self.1].fetch_add(1, Ordering::Relaxed);
    }
}
