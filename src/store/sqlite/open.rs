//! Connections: how a database is opened, and with which settings.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// How long a write waits for another process to finish its own.
const BUSY: Duration = Duration::from_secs(10);
/// Statements that stay prepared; the store has fewer.
const STATEMENTS: usize = 128;

/// Opens the database at `path`, which exists, with the settings every connection has.
pub(super) fn connect(path: &Path, access: OpenFlags, cache_kib: u32) -> Result<Connection, StoreError> {
    // Without SQLITE_OPEN_URI, so that a `?` or `%` in a path means itself.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| StoreError::opening(path, e))?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection
        .execute_batch(&format!(
            "PRAGMA foreign_keys = ON;
             PRAGMA synchronous = FULL;
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
