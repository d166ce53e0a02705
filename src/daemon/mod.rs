//! The daemon: three workers of one shape empty the three queues of due feeds, articles and deliveries; the tasks beside
//! them keep due times, the full-text index and the filing of rules in order, and look whether the watch is healthy.
//!
//! It reads the clock for everything below it, and meets the outside only through `store`, `fetch` and `transport`.

mod addresses;
mod ask;
mod check;
mod clock;
mod deliver;
mod due;
mod filing;
mod happening;
mod health;
mod network;
mod notices;
mod once;
mod poll;
mod punctual;
mod record;
mod reread;
mod retention;
mod searchable;
mod service;
mod setup;
mod sight;
mod subscribe;
mod unread;
mod unsubscribe;
mod worker;

use std::num::NonZeroUsize;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, mpsc, watch};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::health::Disk;
use crate::store::{Lane, Store, StoreError};

use check::Articles;
use deliver::Deliveries;
use network::Seen;
use poll::Feeds;
use worker::empty;

pub use clock::Clock;
pub use happening::Happening;
pub use once::Once;
pub use poll::EVERYTHING;
pub use reread::{Readers, Reread, reread};
pub use service::{ServiceError, Signals, serve};
pub use setup::{Courier, Setup, SetupError};
pub use worker::Heartbeat;

/// Checks, and deliveries of each lane, that run at the same time; polls have `poll.concurrency`.
const CONCURRENT_CHECKS: usize = 64;
const CONCURRENT_DELIVERIES: usize = 4;
/// Megabytes of documents of a megabyte and more that are read at a time: one feed or three pages, by the usual bounds.
const READ_AT_A_TIME: u32 = 15;
/// Over how long the looks are spread that were missed while no daemon ran.
const SPREAD: Duration = Duration::from_secs(30 * 60);
/// How long running work may take to finish after the order to stop.
pub const GRACE: Duration = Duration::from_secs(20);

/// What the workers share. Cheap to clone.
#[derive(Clone)]
pub struct Daemon {
    pub store: Store,
    pub clock: Clock,
    pub heartbeat: Heartbeat,
    setup: Arc<RwLock<Arc<Setup>>>,
    /// Told of everything that happens, where somebody listens.
    listener: Option<mpsc::UnboundedSender<Happening>>,
    /// Parsing and comparing take a processor each, and memory in proportion to the page: no more at a time than there
    /// are processors.
    processors: Arc<Semaphore>,
    /// Megabytes of large documents that may be read at a time.
    large: Arc<Semaphore>,
    /// What was seen of the network and of the work.
    seen: Arc<Seen>,
    /// The room on the disk, where a test says it.
    disk: Option<Arc<dyn Fn() -> Disk + Send + Sync>>,
    /// Held from before a mail is handed over until that is recorded.
    mailing: Arc<Mutex<()>>,
    /// Changes with every record, so that a worker looks for what has become due by it.
    recorded: Arc<watch::Sender<()>>,
}

impl Daemon {
    pub fn new(store: Store, clock: Clock, setup: Setup, listener: Option<mpsc::UnboundedSender<Happening>>) -> Self {
        let setup = Arc::new(RwLock::new(Arc::new(setup)));
        let processors = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        let processors = Arc::new(Semaphore::new(processors));
        let large = Arc::new(Semaphore::new(READ_AT_A_TIME as usize));
        let (heartbeat, seen, mailing) = (Heartbeat::default(), Arc::default(), Arc::default());
        let recorded = Arc::new(watch::Sender::new(()));
        Self { store, clock, heartbeat, setup, listener, processors, large, seen, disk: None, mailing, recorded }
    }

    /// On a disk of the caller's own making.
    pub fn with_disk(self, disk: impl Fn() -> Disk + Send + Sync + 'static) -> Self {
        Self { disk: Some(Arc::new(disk)), ..self }
    }

    /// What follows from the configuration in force.
    pub fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.setup.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Takes over a new configuration: feeds first, then everything that work begun from now on uses.
    pub async fn reload(&self, mut setup: Setup) -> Result<(), StoreError> {
        self.store.sync_feeds(&setup.config.feeds, self.clock.now()).await?;
        self.store.note_readers(setup.readers.digest()).await?;
        setup.fetcher = setup.fetcher.succeeding(&self.setup().fetcher);
        *self.setup.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(setup);
        self.watch_hosts();
        self.take_over_outbox().await?;
        self.recorded.send_replace(());
        self.file_rules().await
    }

    /// Empties the queues as things become due, until `stop`; then finishes what runs, for at most [`GRACE`].
    ///
    /// Ends early only where the store fails: nothing can be kept then, so nothing may go on.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), StoreError> {
        self.resume().await?;
        self.work(stop).await
    }

    /// The three workers and the tasks beside them, each of which finishes what it runs when one of them fails.
    async fn work(&self, stop: CancellationToken) -> Result<(), StoreError> {
        let heartbeat = &self.heartbeat;
        let polls = self.setup().config.poll.concurrency;
        let deliver = |lane, beat| empty(Deliveries::settled(self.clone(), lane), CONCURRENT_DELIVERIES, &stop, beat);
        let (polled, checked, mailed, hooked, punctual, searchable, filed, healthy, subscribed, pruned) = tokio::join!(
            stopping_others(&stop, empty(Feeds(self.clone()), polls, &stop, heartbeat.beat(0))),
            stopping_others(&stop, empty(Articles(self.clone()), CONCURRENT_CHECKS, &stop, heartbeat.beat(1))),
            stopping_others(&stop, deliver(Lane::Mail, heartbeat.beat(2))),
            stopping_others(&stop, deliver(Lane::Hooks, heartbeat.beat(3))),
            stopping_others(&stop, self.keep_punctual(&stop)),
            stopping_others(&stop, self.keep_searchable(&stop)),
            stopping_others(&stop, self.keep_filed(&stop)),
            stopping_others(&stop, self.keep_healthy(&stop)),
            stopping_others(&stop, self.keep_subscribed(&stop)),
            stopping_others(&stop, self.keep_pruned(&stop)),
        );
        let workers = polled.and(checked).and(mailed).and(hooked);
        workers.and(punctual).and(searchable).and(filed).and(healthy).and(subscribed).and(pruned)
    }

    /// Ends the leases of a predecessor that died (the daemon's lock proves that it did) and takes over the feeds.
    async fn begin(&self) -> Result<(), StoreError> {
        self.store.release_claims().await?;
        self.watch_network().await?;
        self.store.sync_feeds(&self.setup().config.feeds, self.clock.now()).await?;
        self.store.note_readers(self.setup().readers.digest()).await?;
        self.pull_back(true).await?;
        self.take_over_outbox().await
    }

    /// What waits, and who unsubscribed, under the configuration in force.
    async fn take_over_outbox(&self) -> Result<(), StoreError> {
        self.carry_unsubscriptions().await?;
        self.reconsider().await
    }

    /// Begins, and spreads what became due while no daemon ran.
    async fn resume(&self) -> Result<(), StoreError> {
        self.begin().await?;
        let spread = self.store.spread_overdue(self.clock.now(), SPREAD).await?;
        if spread > 0 {
            info!(articles = spread, "spread the looks that were missed while no daemon ran");
        }
        Ok(())
    }

    /// [`Self::compute`] with a document of that many bytes, which takes several times its size of memory meanwhile: large
    /// ones wait for each other.
    async fn compute_large<T: Send + 'static>(
        &self,
        size: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let megabytes = u32::try_from(size / 1_000_000).unwrap_or(u32::MAX).min(READ_AT_A_TIME);
        let large = Arc::clone(&self.large).acquire_many_owned(megabytes).await;
        let done = self.compute(work).await;
        drop(large);
        done
    }

    /// Does work that takes a processor, off the async threads. An error is a panic of the work.
    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
        let processor = Arc::clone(&self.processors).acquire_owned().await;
        let done = tokio::task::spawn_blocking(work).await;
        drop(processor);
        done
    }

    fn happened(&self, happening: impl FnOnce() -> Happening) {
        if let Some(listener) = &self.listener {
            // Nobody listening any more is no reason to stop working.
            let _ = listener.send(happening());
        }
    }

    /// Wakes the workers: something new may be due.
    pub fn recorded(&self) {
        self.recorded.send_replace(());
    }
}

/// One worker that fails stops the others.
async fn stopping_others(
    stop: &CancellationToken,
    worker: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), StoreError> {
    let ended = worker.await;
    if ended.is_err() {
        stop.cancel();
    }
    ended
}
