//! The one thread that writes, and groups the commits of what arrives while the disk is busy with the last group.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::StoreError;

/// So many busy timeouts in a row are waited for.
const PATIENCE: usize = 60;

/// Events that wait for the thread; whoever comes on top waits before it can hand over its event.
const QUEUE: usize = 1024;
/// Events in one commit: bounds how long the first of them waits for its answer.
const GROUP: usize = 256;

/// The end of the queue that callers hold.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&commits);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(&connection, queue, &counter))
            .map_err(|e| StoreError::io("start the writer", &e))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)), commits })
    }

    /// Runs `event` as one unit, all or nothing, and answers once it is on the disk.
    ///
    /// An event whose caller stopped waiting takes place all the same.
    pub(super) async fn write<T, E>(&self, event: E) -> Result<T, StoreError>
    where
        T: Send + 'static,
        E: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)?;
        let (tell, told) = oneshot::channel();
        let call = Call { event: Some(event), result: Err(StoreError::Closed), tell };
        jobs.send(Box::new(call)).await.map_err(|_| StoreError::Closed)?;
        drop(jobs);
        told.await.unwrap_or(Err(StoreError::Closed))
    }

    /// How many transactions were committed.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Ends the queue. What stands in it is still done; the thread has ended when this returns.
    pub(super) fn close(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It cannot panic: each event is caught.
            let _ = thread.join();
        }
    }
}

/// An event whose types are forgotten, so that events of all kinds share a queue.
trait Job: Send {
    fn run(&mut self, connection: &Connection);
    fn failure(&self) -> Option<&StoreError>;
    /// Tells the caller its result, or why nothing of the whole group came to be.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Call<T, E> {
    event: Option<E>,
    result: Result<T, StoreError>,
    tell: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, E> Job for Call<T, E>
where
    T: Send,
    E: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) {
        let Some(event) = self.event.take() else { return };
        self.result = in_savepoint(connection, event);
    }

    fn failure(&self) -> Option<&StoreError> {
        self.result.as_ref().err()
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        // A caller that stopped waiting is not an error.
        let _ = self.tell.send(committed.and(self.result));
    }
}

fn work(connection: &Connection, mut queue: mpsc::Receiver<Box<dyn Job>>, commits: &AtomicU64) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = Vec::new();
        let committed = run_group(connection, first, &mut queue, &mut group);
        if committed.is_ok() {
            commits.fetch_add(1, Ordering::Relaxed);
        }
        for job in group {
            job.answer(committed.clone());
        }
    }
}

fn run_group(
    connection: &Connection,
    first: Box<dyn Job>,
    queue: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), StoreError> {
    group.push(first);
    begin(connection)?;
    let mut next = 0;
    while let Some(job) = group.get_mut(next) {
        job.run(connection);
        // On a full disk and the like SQLite rolls the whole transaction back by itself.
        if connection.is_autocommit() {
            let cause = job.failure().cloned();
            return Err(cause.unwrap_or_else(|| StoreError::Damaged("a transaction ended by itself".to_owned())));
        }
        next += 1;
        if next < GROUP
            && let Ok(job) = queue.try_recv()
        {
            group.push(job);
        }
    }
    let committed = execute(connection, "COMMIT");
    if committed.is_err() && !connection.is_autocommit() {
        execute(connection, "ROLLBACK")?;
    }
    committed
}

/// Waits for another program's transaction (a back-up, a shell somebody left open) far longer than one call does: it is
/// no reason to stop working.
fn begin(connection: &Connection) -> Result<(), StoreError> {
    for _ in 1..PATIENCE {
        match execute(connection, "BEGIN IMMEDIATE") {
            Err(error) if error.is_transient() => warn!("the database is locked by another program; waiting for it"),
            begun => return begun,
        }
    }
    execute(connection, "BEGIN IMMEDIATE")
}

fn in_savepoint<T>(
    connection: &Connection,
    event: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    execute(connection, "SAVEPOINT event")?;
    // The savepoint takes back whatever a panic left half done.
    let result = panic::catch_unwind(AssertUnwindSafe(|| event(connection)))
        .unwrap_or_else(|_| Err(StoreError::Contradiction("an event ended in a panic".to_owned())));
    if result.is_err() && !connection.is_autocommit() {
        execute(connection, "ROLLBACK TO event")?;
    }
    if !connection.is_autocommit() {
        execute(connection, "RELEASE event")?;
    }
    result
}

fn execute(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("wirewatch.db")).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT NOT NULL) STRICT").unwrap();
        (folder, Writer::start(connection).unwrap())
    }

    fn note(connection: &Connection, text: &str) -> Result<(), StoreError> {
        connection.execute("INSERT INTO notes VALUES (?)", [text])?;
        Ok(())
    }

    async fn notes(writer: &Writer) -> i64 {
        let count = |c: &Connection| Ok(c.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))?);
        writer.write(count).await.unwrap()
    }

    #[tokio::test]
    async fn an_event_that_panics_leaves_nothing_and_the_next_one_works() {
        let (_folder, writer) = writer();

        let panicked = writer.write(|connection| -> Result<(), StoreError> {
            note(connection, "half done")?;
            panic!("a mistake in an event");
        });
        assert!(panicked.await.is_err());

        writer.write(|connection| note(connection, "whole")).await.unwrap();
        assert_eq!(notes(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_full_disk_is_said_and_loses_only_what_was_refused() {
        let (_folder, writer) = writer();
        writer.write(|connection| note(connection, "before")).await.unwrap();
        let pages = |c: &Connection| Ok(c.query_row("PRAGMA max_page_count = 10", [], |row| row.get::<_, i64>(0))?);
        writer.write(pages).await.unwrap();

        let full = writer.write(|connection| note(connection, &"long ".repeat(100_000))).await;

        assert_eq!(full, Err(StoreError::Full));
        writer.write(|connection| note(connection, "after")).await.unwrap();
        assert_eq!(notes(&writer).await, 2);
    }

    #[tokio::test]
    async fn nobody_is_told_of_success_when_the_transaction_was_lost() {
        let (_folder, writer) = writer();
        let writer = Arc::new(writer);
        // Holds the thread until the other two stand in the queue and so share a transaction with it.
        let (go, wait) = std::sync::mpsc::channel::<()>();
        type Event = Box<dyn FnOnce(&Connection) -> Result<(), StoreError> + Send>;
        let events: [Event; 3] = [
            Box::new(move |_| wait.recv().map_err(|_| StoreError::Closed)),
            Box::new(|connection| note(connection, "acknowledged only if kept")),
            Box::new(|connection| Ok(connection.execute_batch("ROLLBACK")?)),
        ];
        let mut calls = Vec::new();
        for event in events {
            let writer = Arc::clone(&writer);
            calls.push(tokio::spawn(async move { writer.write(event).await }));
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();

        for call in calls {
            assert!(call.await.unwrap().is_err());
        }
        assert_eq!(notes(&writer).await, 0);
    }
}
