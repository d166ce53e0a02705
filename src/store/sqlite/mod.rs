//! The store over SQLite: one writer that groups commits, a few readers beside it. No SQL leaves this folder.

mod activity;
mod aliases;
mod archived;
mod articles;
mod backlog;
mod backup;
mod bursts;
mod checks;
mod checksum;
mod columns;
mod contents;
mod deliveries;
mod entries;
mod error;
mod feed_rows;
mod feeds;
mod handover;
mod health;
mod hiding;
mod hosts;
mod fitness;
mod initial;
mod limit;
mod links;
mod lock;
mod mailing;
mod mending;
mod migrate;
mod mutes;
mod notices;
mod offline;
mod open;
mod outbox;
mod overdue;
#[cfg(test)]
mod plans;
mod prune;
mod queue;
mod readers;
mod readings;
mod resemblance;
mod selection;
mod subscriptions;
mod surroundings;
mod telling;
mod tempo;
mod told;
mod unsent;
mod unsubscriptions;
mod upkeep;
mod verification;
mod versions;
mod vocabulary;
mod views;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use tokio::task;

pub use activity::Steps;
pub use archived::{Archived, Looks};
pub use backup::{Draft, Existing, remove_abandoned};
pub use error::StoreError;
pub use lock::DaemonLock;

use open::Sharing;
use readers::Readers;
use writer::Writer;

const WRITER_CACHE_KIB: u32 = 32 * 1024;

/// The database: every event of the program as one transaction, every view as one read.
///
/// Clones are the same store. Calls run concurrently; events that arrive while the disk is busy share a commit, and
/// each is answered once it is on the disk, whole or not at all.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
    reads_as: Reader,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    access: Access,
    writer: Writer,
    readers: Readers,
    visitors: Readers,
}

/// Whose reads wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Own,
    Visitor,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The last connection to a database takes away the files beside it, by which it seems to be open.
        if self.access == Access::Guest {
            self.readers.close();
            self.writer.close();
        }
    }
}

/// What a store was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Daemon,
    /// Beside it, perhaps.
    Guest,
}

impl Store {
    /// Opens the database at `path`, creates it where there is none, and brings an older one up to date after a copy
    /// of it was made as `<path>.schema-N`.
    ///
    /// For the daemon, which holds the [`DaemonLock`]. After one that did not end with [`close`](Self::close) the
    /// whole database is checked first, which takes about a second for each gigabyte; [`StoreError::Damaged`] if it
    /// is not whole.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        blocking(path, |path| {
            open::create_private(path)?;
            let connection = open::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, WRITER_CACHE_KIB)?;
            migrate::refuse_foreign(&connection, path)?;
            open::use_wal(&connection, path)?;
            migrate::migrate(&connection, path, migrate::MIGRATIONS)?;
            mending::mend(&connection)?;
            upkeep::begin(&connection)?;
            vocabulary::try_damaged_again(&connection)?;
            Self::start(connection, path, Sharing::Shared, Access::Daemon)
        })
        .await
    }

    /// Opens a database that exists, beside the daemon that may be running on it. Never creates or migrates one.
    ///
    /// One that cannot be written is for reading alone: every event fails.
    pub async fn open_existing(path: &Path) -> Result<Self, StoreError> {
        blocking(path, |path| {
            if !path.exists() {
                return Err(StoreError::NotFound { path: path.to_owned() });
            }
            let (connection, sharing) = open::connect_as_allowed(path, WRITER_CACHE_KIB)?;
            migrate::expect_newest(&connection, path)?;
            Self::start(connection, path, sharing, Access::Guest)
        })
        .await
    }

    fn start(connection: Connection, path: &Path, sharing: Sharing, access: Access) -> Result<Self, StoreError> {
        let writer = Writer::start(connection)?;
        let readers = Readers::new(path.to_owned(), sharing);
        let visitors = Readers::new(path.to_owned(), sharing);
        let inner = Inner { path: path.to_owned(), access, writer, readers, visitors };
        Ok(Self { inner: Arc::new(inner), reads_as: Reader::Own })
    }

    /// The same store for those who look at it beside the work: their reads wait for each other, and no other waits for
    /// them.
    pub fn for_visitors(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), reads_as: Reader::Visitor }
    }

    /// Where the database lies.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// How many transactions have been committed; fewer than events, when events come together.
    pub fn commits(&self) -> u64 {
        self.inner.writer.commits()
    }

    /// Ends the store once everything that was handed to it is done. Calls on clones fail from then on.
    ///
    /// Dropping the last clone of a daemon's store instead loses nothing either, but does not wait, and leaves the
    /// database to be checked when it is opened next. A guest's is closed by it, on the thread that drops it.
    pub async fn close(self) {
        if self.inner.access == Access::Daemon {
            // If it cannot be written, the next start checks the database, as it should.
            let _ = self.write(upkeep::end).await;
        }
        let inner = self.inner;
        inner.readers.close();
        inner.visitors.close();
        // Fails only when the runtime is shutting down, and then the thread ends by itself.
        let _ = task::spawn_blocking(move || inner.writer.close()).await;
    }

    async fn write<T, E>(&self, event: E) -> Result<T, StoreError>
    where
        T: Send + 'static,
        E: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.writer.write(event).await
    }

    async fn read<T, V>(&self, view: V) -> Result<T, StoreError>
    where
        T: Send + 'static,
        V: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        match self.reads_as {
            Reader::Own => self.inner.readers.read(view).await,
            Reader::Visitor => self.inner.visitors.read(view).await,
        }
    }
}

/// Work on the disk, off the async threads.
async fn blocking(
    path: &Path,
    work: impl FnOnce(&Path) -> Result<Store, StoreError> + Send + 'static,
) -> Result<Store, StoreError> {
    let path = path.to_owned();
    task::spawn_blocking(move || work(&path)).await.unwrap_or(Err(StoreError::Closed))
}
