//! What can go wrong with the store, in sentences for people.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("no database at `{}`; has `wirewatch run` been started with this configuration?", path.display())]
    NotFound { path: PathBuf },
    /// `pid` is `None` when the other daemon has not written it yet.
    #[error("another wirewatch already runs on `{}`{}", path.display(), process(.pid))]
    AnotherDaemon { path: PathBuf, pid: Option<u32> },
    #[error(
        "the database `{}` has schema {found}, and this wirewatch knows up to {known}; use the newer wirewatch that wrote it",
        path.display()
    )]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error(
        "the database `{}` has schema {found}, and this wirewatch needs {known}; `wirewatch run` brings it up to date",
        path.display()
    )]
    Older { path: PathBuf, found: u32, known: u32 },
    #[error("`{}` is not a database of wirewatch", path.display())]
    Foreign { path: PathBuf },
    /// The lease ran out and somebody else took the row, or it was given back: drop the result.
    #[error("the claim has been lost")]
    ClaimLost,
    /// A record that does not follow from what is stored: a mistake of the program, not of the disk.
    #[error("the record contradicts the store: {0}")]
    Contradiction(String),
    #[error("the disk is full")]
    Full,
    #[error("the database is locked by another program")]
    Busy,
    /// Nothing was repaired or thrown away.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// One stored item, in a database that is whole otherwise: nothing else suffers from it.
    #[error("what is stored is damaged: {0}")]
    Unreadable(String),
    #[error("could not {doing}: {cause}")]
    Io { doing: String, cause: String },
    #[error("the store has been closed")]
    Closed,
}

impl StoreError {
    /// Whether the same call may work in a moment.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy)
    }

    /// Says whose item it is that cannot be read.
    pub(super) fn of(self, what: impl FnOnce() -> String) -> Self {
        match self {
            Self::Unreadable(cause) => Self::Unreadable(format!("{}: {cause}", what())),
            other => other,
        }
    }

    pub(super) fn io(doing: impl Into<String>, cause: &io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { doing: doing.into(), cause: cause.to_string() },
        }
    }

    /// Names the file where SQLite only says that it is no database.
    pub(super) fn opening(path: &Path, cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { path: path.to_owned() },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                Self::Io { doing: format!("open `{}`", path.display()), cause: cause.to_string() }
            }
            _ => cause.into(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
                Self::Damaged(error.to_string())
            }
            Some(ErrorCode::ConstraintViolation) => Self::Contradiction(error.to_string()),
            Some(_) => Self::Io { doing: "use the database".to_owned(), cause: error.to_string() },
            // A statement that does not fit the tables: one of them is missing.
            None if matches!(error, rusqlite::Error::SqlInputError { .. }) => Self::Damaged(error.to_string()),
            // Not from SQLite: a row that does not read as the type it was written from.
            None => Self::Unreadable(error.to_string()),
        }
    }
}

/// An item that lies on a damaged page is as damaged as one that reads as nonsense: the others can be read.
pub(super) fn of_one<T>(read: Result<T, StoreError>) -> Result<T, StoreError> {
    match read {
        Err(StoreError::Damaged(what)) => Err(StoreError::Unreadable(what)),
        read => read,
    }
}

/// What was read, or `None` where that item is damaged: for what can be done without.
pub(super) fn if_readable<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(StoreError::Unreadable(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn process(pid: &Option<u32>) -> String {
    pid.map(|pid| format!(", process {pid}")).unwrap_or_default()
}
