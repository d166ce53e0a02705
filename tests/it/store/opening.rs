//! Opening, locking, refusing.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use wirewatch::store::{DaemonLock, Existing, Store, StoreError};

use super::{Desk, at, feed};

#[tokio::test]
async fn a_new_database_is_for_its_owner_only() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let _lock = DaemonLock::acquire(&desk.folder.path().join("wirewatch.db")).unwrap();

    let files: Vec<_> = fs::read_dir(desk.folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 3, "database, log and lock");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn a_reader_never_creates_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");

    let error = Store::open_existing(&path).await.unwrap_err();

    assert_eq!(error, StoreError::NotFound { path: path.clone() });
    let sentence =
        format!("no database at `{}`; has `wirewatch run` been started with this configuration?", path.display());
    assert_eq!(error.to_string(), sentence);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_reader_works_beside_the_daemon() {
    let desk = Desk::open().await;
    let reader = Store::open_existing(desk.store.path()).await.unwrap();

    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    assert_eq!(reader.feeds().await.unwrap().len(), 1);

    reader.retry(None, at(1)).await.unwrap();
    desk.store.sync_feeds(&[feed("wire"), feed("post")], at(2)).await.unwrap();
    assert_eq!(reader.feeds().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "not a database, but long enough to look at\n".repeat(40);
    fs::write(&path, &notes).unwrap();

    assert_eq!(Store::open(&path).await.unwrap_err(), StoreError::Foreign { path: path.clone() });
    assert_eq!(Store::open_existing(&path).await.unwrap_err(), StoreError::Foreign { path: path.clone() });
    assert_eq!(fs::read_to_string(&path).unwrap(), notes);
}

#[tokio::test]
async fn the_database_of_another_program_is_refused() {
    let desk = Desk::open().await;
    let path = desk.store.path().to_owned();
    desk.store.close().await;
    overwrite_header(&path, APPLICATION_ID, 1);

    assert_eq!(Store::open(&path).await.unwrap_err(), StoreError::Foreign { path: path.clone() });
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let desk = Desk::open().await;
    let path = desk.store.path().to_owned();
    desk.store.close().await;
    overwrite_header(&path, USER_VERSION, 99);

    for refused in [Store::open(&path).await, Store::open_existing(&path).await] {
        let error = refused.unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_database_opens_again_as_it_was() {
    let desk = Desk::with_article("a").await;
    let path = desk.store.path().to_owned();
    let before = desk.store.feeds().await.unwrap();
    desk.store.close().await;

    let again = Store::open(&path).await.unwrap();

    assert_eq!(again.feeds().await.unwrap(), before);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let desk = Desk::open().await;
    let clone = desk.store.clone();
    desk.store.close().await;

    assert_eq!(clone.sync_feeds(&[], at(0)).await.unwrap_err(), StoreError::Closed);
    assert_eq!(clone.feeds().await.unwrap_err(), StoreError::Closed);
}

#[test]
fn a_second_daemon_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wirewatch.db");
    let first = DaemonLock::acquire(&path).unwrap();
    assert!(DaemonLock::is_held(&path));

    let error = DaemonLock::acquire(&path).unwrap_err();

    assert_eq!(error, StoreError::AnotherDaemon { path: path.clone(), pid: Some(std::process::id()) });
    drop(first);
    assert!(!DaemonLock::is_held(&path));
    DaemonLock::acquire(&path).unwrap();
}

#[test]
fn the_lock_of_a_daemon_that_died_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wirewatch.db");
    fs::write(folder.path().join("wirewatch.db.lock"), "4242").unwrap();

    assert!(!DaemonLock::is_held(&path));
    DaemonLock::acquire(&path).unwrap();
}

#[tokio::test]
async fn damage_is_found_at_the_start_after_an_unclean_stop() {
    let desk = Desk::open().await;
    let path = desk.store.path().to_owned();
    desk.store.close().await;
    let clean = fs::read(&path).unwrap();
    let running = Store::open(&path).await.unwrap();
    running.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    // As if it had been killed: a copy in which the daemon never said that it ended.
    let copy = desk.folder.path().join("copy.db");
    running.draft_backup(&copy).await.unwrap().publish(Existing::Keep).unwrap();
    running.close().await;
    let mut bytes = fs::read(&copy).unwrap();
    let end = bytes.len();
    assert!(end >= clean.len());
    bytes[8_192..end].fill(0xa5);
    fs::write(&copy, &bytes).unwrap();

    let error = Store::open(&copy).await.unwrap_err();

    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(fs::read(&copy).unwrap().len(), end, "nothing was thrown away");
}

#[tokio::test]
async fn a_database_that_is_whole_passes_its_check() {
    let desk = Desk::with_article("a").await;
    desk.store.quick_check().await.unwrap();
}

#[tokio::test]
async fn a_copy_is_a_database() {
    let desk = Desk::with_article("a").await;
    let copy = desk.folder.path().join("copy.db");

    desk.store.draft_backup(&copy).await.unwrap().publish(Existing::Keep).unwrap();

    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let copied = Store::open_existing(&copy).await.unwrap();
    assert_eq!(copied.feeds().await.unwrap(), desk.store.feeds().await.unwrap());
    let again = desk.store.draft_backup(&copy).await.unwrap();
    assert!(again.publish(Existing::Keep).is_err(), "never over a file that exists");
    assert!(!desk.folder.path().join("copy.db.partial").exists());
}

/// Where SQLite's header has its numbers (https://www.sqlite.org/fileformat.html#the_database_header).
const USER_VERSION: u64 = 60;
const APPLICATION_ID: u64 = 68;

fn overwrite_header(path: &Path, offset: u64, number: u32) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(&number.to_be_bytes()).unwrap();
}
