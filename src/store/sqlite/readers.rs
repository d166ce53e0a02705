//! A few connections that only read, beside the writer.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task;

use super::StoreError;
use super::open::{self, Sharing};

/// Reads at the same time; more wait.
const READERS: usize = 4;
const CACHE_KIB: u32 = 4 * 1024;

/// The pool. Connections are opened when first needed.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    sharing: Sharing,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, sharing: Sharing) -> Self {
        Self { path, sharing, idle: Arc::default(), permits: Arc::new(Semaphore::new(READERS)) }
    }

    /// Runs `view` on a blocking thread over one state of the database, the latest one that was committed.
    pub(super) async fn read<T, V>(&self, view: V) -> Result<T, StoreError>
    where
        T: Send + 'static,
        V: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let (path, sharing) = (self.path.clone(), self.sharing);
        let reading = task::spawn_blocking(move || {
            let _permit = permit;
            let known = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match known {
                Some(connection) => connection,
                None => open::connect_to_read(&path, sharing, CACHE_KIB)?,
            };
            let transaction = connection.unchecked_transaction()?;
            let seen = view(&transaction);
            transaction.finish()?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            seen
        });
        // Fails when the view panicked or the runtime shuts down; the connection is gone with it.
        reading.await.unwrap_or(Err(StoreError::Closed))
    }

    /// No view begins any more, and the connections are closed once the running ones end.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
