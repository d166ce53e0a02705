//! What the configuration needs of the machine it is read on.

use std::io;
use std::path::{Component, Path, PathBuf};

/// The machine as far as a configuration depends on it: real in the program, in memory in tests.
pub trait Files {
    /// The text of a file, whichever encoding it declares.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// The files that a pattern with `*`, `?`, `[…]` matches, sorted.
    fn matching(&self, pattern: &Path) -> io::Result<Vec<PathBuf>>;

    /// A variable of the environment.
    fn env(&self, name: &str) -> Option<String>;

    /// The IANA name of the system's timezone.
    fn system_timezone(&self) -> Option<String>;
}

/// A path as it was typed in a file of `folder`, without `.` and, where that is plain, `..`.
pub(super) fn resolve(folder: &Path, typed: &str) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in folder.join(typed).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(resolved.components().next_back(), Some(Component::Normal(_))) => {
                resolved.pop();
            }
            other => resolved.push(other),
        }
    }
    resolved
}

/// Why a file could not be read, in words that follow a colon.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text, nor what it declares to be".to_owned(),
        _ => error.to_string(),
    }
}
