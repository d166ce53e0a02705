//! One daemon for each database, by a lock on a file beside it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::StoreError;

/// How often, and how long apart, a lock that is taken is tried again: [`DaemonLock::is_held`] takes it for a moment.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// The right to be the daemon of one database. Ends with the value, or with the process however that ends.
#[derive(Debug)]
pub struct DaemonLock {
    file: File,
}

impl DaemonLock {
    /// Takes the lock of the database at `path`, in the file `<path>.lock`, and writes this process's id into it.
    ///
    /// Blocks for at most 50 ms. [`StoreError::AnotherDaemon`] when somebody has it.
    pub fn acquire(path: &Path) -> Result<Self, StoreError> {
        let lock_path = lock_path(path);
        let failed = |cause: &std::io::Error| StoreError::io(format!("lock `{}`", lock_path.display()), cause);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(|e| failed(&e))?;
        for tried in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tried < TRIES => thread::sleep(BETWEEN_TRIES),
                Err(TryLockError::WouldBlock) => {
                    let pid = read_pid(&mut file);
                    return Err(StoreError::AnotherDaemon { path: path.to_owned(), pid });
                }
                Err(TryLockError::Error(cause)) => return Err(failed(&cause)),
            }
        }
        let mut lock = Self { file };
        lock.write(&std::process::id().to_string()).map_err(|e| failed(&e))?;
        Ok(lock)
    }

    /// Whether a daemon runs on the database at `path`; no where that cannot be told.
    pub fn is_held(path: &Path) -> bool {
        Self::held(path).unwrap_or(false)
    }

    /// The same; `None` where it cannot be told: the lock of another user may not be ours to open.
    pub(super) fn held(path: &Path) -> Option<bool> {
        match File::open(lock_path(path)) {
            Ok(file) => Some(matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))),
            Err(error) => (error.kind() == ErrorKind::NotFound).then_some(false),
        }
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }
}

impl Drop for DaemonLock {
    fn drop(&mut self) {
        // The id of a process that has ended means nothing; the lock itself ends with the file.
        let _ = self.write("");
    }
}

fn lock_path(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

/// A file that belongs to a database, beside the database itself, whatever link leads to it: two names of one database
/// share one lock and one log, as SQLite does it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = real.into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
