//! The daemon over hours and days that pass as the test says: the real one, in this process, on a clock of the test's.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wirewatch::config::{self, Files};
use wirewatch::daemon::{Clock, Daemon, Once, Setup};
use wirewatch::health::Disk;
use wirewatch::model::{DeliveryState, Timestamp};
use wirewatch::store::{MuteRequest, MuteTarget, Store};

use super::Installation;

/// Half a minute after noon of 2050-11-22, when what a crontab asks for at noon has come: later than any real day, by
/// which the commands go that look at what the daemon stored.
const NOON: Timestamp = Timestamp::from_millis(2_552_731_230_000);

/// A daemon whose rounds come when the test wants them.
pub struct Hours {
    pub installation: Installation,
    daemon: Daemon,
    /// By how much the clock is ahead, in milliseconds.
    ahead: Arc<AtomicU64>,
}

impl Hours {
    pub async fn new(configuration: &str) -> Self {
        let room = Arc::new(AtomicU64::new(500_000_000_000));
        Self::on_disk(configuration, room).await
    }

    /// On a disk of a terabyte with so many bytes free.
    pub async fn on_disk(configuration: &str, free: Arc<AtomicU64>) -> Self {
        let installation = Installation::new(configuration);
        let path = installation.path("wirewatch.toml");
        let config = config::load(&path, &Folder).unwrap_or_else(|problems| panic!("{problems}")).config;
        let store = Store::open(&config.store.path).await.expect("a new database");
        let ahead = Arc::new(AtomicU64::new(0));
        let (read, skipped) = (Arc::clone(&ahead), Arc::clone(&ahead));
        // Nothing but the test moves the clock, however slow the machine; and no two readings of it are the same.
        let clock = Clock::played(
            move || NOON + Duration::from_millis(read.fetch_add(1, Ordering::SeqCst)),
            move |time| advance(&skipped, time),
        );
        let daemon = Daemon::new(store, clock, Setup::new(config, None).expect("a valid setup"), None);
        let disk = move || Disk { free: free.load(Ordering::SeqCst), total: 1_000_000_000_000 };
        let daemon = daemon.with_disk(disk);
        Self { installation, daemon, ahead }
    }

    /// Lets time pass, then does what is due.
    pub async fn after(&self, time: Duration) {
        advance(&self.ahead, time);
        self.daemon.run_once(Once::Due, &CancellationToken::new()).await.expect("a working store");
    }

    /// Reloads this configuration, in part replaced.
    pub async fn reload(&self, configuration: &str) {
        self.installation.configure(configuration);
        let path = self.installation.path("wirewatch.toml");
        let config = config::load(&path, &Folder).unwrap_or_else(|problems| panic!("{problems}")).config;
        self.daemon.reload(Setup::new(config, None).expect("a valid setup")).await.expect("a working store");
    }

    /// Rounds at this distance.
    pub async fn rounds(&self, count: usize, every: Duration) {
        for _ in 0..count {
            self.after(every).await;
        }
    }

    /// `alerts retry --held`, by the test's clock; how many messages that releases.
    pub async fn retry_held(&self) -> usize {
        let held = self.daemon.store.outbox(Some(DeliveryState::Held), u32::MAX).await.expect("a working store");
        let ids: Vec<i64> = held.iter().map(|row| row.id).collect();
        self.daemon.store.retry(Some(&ids), self.daemon.clock.now()).await.expect("a working store")
    }

    /// Mutes a rule, by the test's clock.
    pub async fn mute_rule(&self, name: &str, span: Duration) {
        let now = self.daemon.clock.now();
        let target = MuteTarget::Rule(name.to_owned());
        let request = MuteRequest { target, why: None, who: None, now, until: now + span };
        self.daemon.store.mute(request).await.expect("a working store");
    }

    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        self.installation.json(arguments)
    }
}

fn advance(ahead: &AtomicU64, time: Duration) {
    ahead.fetch_add(u64::try_from(time.as_millis()).expect("no such long time"), Ordering::SeqCst);
}

/// The files of a folder, and no environment.
struct Folder;

impl Files for Folder {
    fn read(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn matching(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn system_timezone(&self) -> Option<String> {
        None
    }
}
