//! What is wrong with a path that was typed, and what helps.

use std::io;
use std::path::Path;

use anyhow::anyhow;

/// Why nothing can be written there.
pub fn unwritable(path: &Path, error: &io::Error) -> anyhow::Error {
    refused("write", path, error)
}

/// Why nothing can be read there.
pub fn unreadable(path: &Path, error: &io::Error) -> anyhow::Error {
    refused("read", path, error)
}

fn refused(doing: &str, path: &Path, error: &io::Error) -> anyhow::Error {
    let (why, help) = reason(doing == "write", path, error);
    let help = if help.is_empty() { String::new() } else { format!("\n\nhint: {help}") };
    anyhow!("cannot {doing} `{}`: {why}{help}", path.display())
}

/// In words, and what to do where there is something.
fn reason(is_written: bool, path: &Path, error: &io::Error) -> (String, &'static str) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match error.kind() {
        io::ErrorKind::IsADirectory => ("it is a folder".to_owned(), "name a file in it"),
        io::ErrorKind::NotFound if is_written => {
            (format!("there is no folder `{}`", folder.display()), "make it first")
        }
        io::ErrorKind::NotFound => ("there is no such file".to_owned(), ""),
        io::ErrorKind::NotADirectory => (format!("`{}` is no folder", folder.display()), "name another place"),
        io::ErrorKind::PermissionDenied if is_written => {
            ("permission denied".to_owned(), "name a place where this account may write")
        }
        io::ErrorKind::PermissionDenied => {
            ("permission denied".to_owned(), "this account has to be allowed to read it")
        }
        _ => (error.to_string(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_is_named_with_what_helps() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let said = |error: anyhow::Error| error.to_string();
        let path = Path::new("news/all.csv");
        let written =
            "cannot write `news/all.csv`: permission denied\n\nhint: name a place where this account may write";
        let read = "cannot read `news/all.csv`: permission denied\n\nhint: this account has to be allowed to read it";
        assert_eq!(said(unwritable(path, &denied)), written);
        assert_eq!(said(unreadable(path, &denied)), read);
    }
}
