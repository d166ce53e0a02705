//! Connections: how a database is opened, and with which settings.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::{DaemonLock, StoreError, lock};

/// How long a write waits for another process to finish its own.
const BUSY: Duration = Duration::from_secs(10);
/// Statements that stay prepared; the store has fewer.
const STATEMENTS: usize = 128;

/// Who may be writing to a database while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Readers and the writer agree by the files beside it.
    Shared,
    /// Nobody: it cannot be written, and no log with anything in it lies beside it.
    Still,
}

/// Opens the database at `path`, which exists, with the settings every connection has.
pub(super) fn connect(path: &Path, access: OpenFlags, cache_kib: u32) -> Result<Connection, StoreError> {
    settle(open(path, access)?, path, cache_kib)
}

/// Opens the database at `path`, which exists, for reading alone.
pub(super) fn connect_to_read(path: &Path, sharing: Sharing, cache_kib: u32) -> Result<Connection, StoreError> {
    let connection = match sharing {
        Sharing::Shared => open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        Sharing::Still => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(unchanging(path), flags).map_err(|e| StoreError::opening(path, e))?
        }
    };
    settle(connection, path, cache_kib)
}

/// Opens the database at `path`, which exists, for writing too where that is allowed.
pub(super) fn connect_as_allowed(path: &Path, cache_kib: u32) -> Result<(Connection, Sharing), StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let still = || connect_to_read(path, Sharing::Still, cache_kib).map(|it| (it, Sharing::Still));
    // Before anything is read, for that would make the files beside it.
    if connection.is_readonly(MAIN_DB)? && lies_still(path) {
        return still();
    }
    let read = settle(connection, path, cache_kib).and_then(|connection| {
        connection.query_row("PRAGMA application_id", [], |_| Ok(())).map_err(|e| StoreError::opening(path, e))?;
        Ok((connection, Sharing::Shared))
    });
    match read {
        Err(StoreError::Io { .. }) if lies_still(path) => still(),
        Err(StoreError::Io { doing, cause }) => {
            let cause = format!(
                "{cause}; a program has it open, or left more of it in the log beside it, which cannot be read without \
                 the right to write there"
            );
            Err(StoreError::Io { doing, cause })
        }
        read => read,
    }
}

/// Whether a database that we cannot write to is one that nobody is writing to, with nothing in a log beside it.
fn lies_still(path: &Path) -> bool {
    let log = fs::metadata(lock::beside(path, "-wal"));
    let is_read_alone = log.map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |log| log.len() == 0);
    // Whoever has the database open has this file too, with or without a log.
    let is_open = || lock::beside(path, "-shm").exists();
    is_read_alone && !DaemonLock::held(path).unwrap_or_else(is_open)
}

/// The path as SQLite reads it in a URI, which alone can say that a file does not change.
fn unchanging(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(char::from(*byte)),
            other => uri += &format!("%{other:02x}"),
        }
    }
    uri + "?immutable=1"
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    // Without SQLITE_OPEN_URI, so that a `?` or `%` in a path means itself.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|e| StoreError::opening(path, e))
}

fn settle(connection: Connection, path: &Path, cache_kib: u32) -> Result<Connection, StoreError> {
    connection.busy_timeout(BUSY)?;
    // What was hidden may have stood in rows that were replaced before: nothing that was deleted stays in the file.
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection
        .execute_batch(&format!(
            "PRAGMA foreign_keys = ON;
             PRAGMA synchronous = FULL;
             PRAGMA secure_delete = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -{cache_kib};"
        ))
        .map_err(|e| StoreError::opening(path, e))?;
    Ok(connection)
}

/// Write-ahead logging: readers beside the writer, and one fsync for each commit.
pub(super) fn use_wal(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(|e| StoreError::opening(path, e))?;
    if mode != "wal" {
        let cause = "its file system does not allow write-ahead logging".to_owned();
        return Err(StoreError::Io { doing: format!("use `{}`", path.display()), cause });
    }
    // Checkpoints of 16 MB, and a log that a burst made long is cut back.
    connection.execute_batch("PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;")?;
    Ok(())
}

/// Creates an empty file that only its owner can read, whatever the umask. An existing one stays as it is.
///
/// SQLite gives the files beside a database the database's mode.
pub(super) fn create_private(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(StoreError::io(format!("create `{}`", path.display()), &e)),
    }
}
