//! The daemon as a service: signals, reload, readiness and life signs for the service manager.

use std::io;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::store::StoreError;

use super::worker::Heartbeat;
use super::{Daemon, Setup};

/// Each worker's loop goes round at least every five seconds, so three missed rounds are a sign.
const LIFE_SIGN_EVERY: Duration = Duration::from_secs(5);

/// Why the service ended otherwise than by order.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// Runs the daemon until SIGTERM or SIGINT, by which `stop` is cancelled, for whoever works beside it. SIGHUP calls `load` and takes over what it returns; where that fails, its
/// words are logged and the configuration in force stays.
pub async fn serve(
    daemon: &Daemon,
    mut signals: Signals,
    stop: &CancellationToken,
    load: impl Fn() -> Result<Setup, String>,
) -> Result<(), ServiceError> {
    daemon.resume().await?;
    let running = daemon.work(stop.clone());
    tokio::pin!(running);
    notify(&[NotifyState::Ready]);
    info!(version = env!("CARGO_PKG_VERSION"), feeds = daemon.setup().config.feeds.len(), "watching");
    let mut life = LifeSigns::new(daemon.heartbeat.clone());
    loop {
        tokio::select! {
            ended = &mut running => return Ok(ended?),
            order = signals.next() => match order {
                Order::Stop if stop.is_cancelled() => {
                    warn!("told to stop a second time; running work is done again at the next start");
                    return Ok(());
                }
                Order::Stop => {
                    info!("stopping: finishing what runs");
                    notify(&[NotifyState::Stopping]);
                    stop.cancel();
                }
                Order::Reload => reload(daemon, &load).await?,
            },
            () = life.due() => life.tell(),
        }
    }
}

async fn reload(daemon: &Daemon, load: &impl Fn() -> Result<Setup, String>) -> Result<(), StoreError> {
    match NotifyState::monotonic_usec_now() {
        Ok(since) => notify(&[NotifyState::Reloading, since]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
    match load() {
        Ok(setup) if setup.config.store.path != daemon.setup().config.store.path => {
            error!("`store.path` changed, which needs a restart; the running configuration stays in force");
        }
        Ok(setup) if setup.config.feeds.is_empty() && !daemon.setup().config.feeds.is_empty() => {
            error!(
                "the new configuration has no feeds, as a file that was cut short has none; the running one stays in force (a restart takes it over)"
            );
        }
        Ok(setup) => {
            let (feeds, rules) = (setup.config.feeds.len(), setup.rules().len());
            daemon.reload(setup).await?;
            info!(feeds, rules, "took over the new configuration");
        }
        Err(problems) => {
            error!("the new configuration cannot be used; the running one stays in force:\n{problems}");
        }
    }
    notify(&[NotifyState::Ready]);
    Ok(())
}

/// What the operator orders by signal.
enum Order {
    Stop,
    Reload,
}

/// The signals of the service manager. Listen early: a SIGHUP that nobody listens for ends the process.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes SIGTERM, SIGINT and SIGHUP from now on.
    pub fn listen() -> Result<Self, ServiceError> {
        let listen = |kind| signal(kind).map_err(ServiceError::Signals);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Order {
        tokio::select! {
            _ = self.terminate.recv() => Order::Stop,
            _ = self.interrupt.recv() => Order::Stop,
            _ = self.hangup.recv() => Order::Reload,
        }
    }
}

/// Tells the service manager's watchdog that the loops go round, and stops telling when one does not.
struct LifeSigns {
    heartbeat: Heartbeat,
    told: [u64; 4],
    ticks: tokio::time::Interval,
    /// Where no watchdog is set, there is nobody to tell.
    watched: bool,
    /// Ticks in a row at which a loop had not moved.
    stalled: u32,
}

impl LifeSigns {
    fn new(heartbeat: Heartbeat) -> Self {
        let every = sd_notify::watchdog_enabled().map_or(LIFE_SIGN_EVERY, |limit| LIFE_SIGN_EVERY.min(limit / 3));
        let mut ticks = tokio::time::interval(every.max(Duration::from_millis(100)));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let watched = sd_notify::watchdog_enabled().is_some();
        Self { heartbeat, told: [0; 4], ticks, watched, stalled: 0 }
    }

    async fn due(&mut self) {
        self.ticks.tick().await;
    }

    fn tell(&mut self) {
        let rounds = self.heartbeat.rounds();
        let moved = rounds.iter().zip(&self.told).all(|(now, told)| now > told);
        self.stalled = if moved { 0 } else { self.stalled + 1 };
        self.told = rounds;
        // A loop may sleep through one tick; through three it hangs.
        if self.watched && self.stalled < 3 {
            notify(&[NotifyState::Watchdog]);
        }
    }
}

/// Without a service manager there is nobody to tell, which is no fault.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "could not reach the service manager");
    }
}
