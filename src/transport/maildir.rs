//! Delivery into a Maildir (<https://cr.yp.to/proto/maildir.html>): complete, durable, and once.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::{SendError, Step, TransportError};

/// A folder with `tmp`, `new` and `cur`.
#[derive(Debug, Clone)]
pub struct Maildir {
    path: PathBuf,
}

impl Maildir {
    /// Opens the Maildir; creates what is missing of it, for its owner alone.
    pub fn open(path: &Path) -> Result<Self, TransportError> {
        let maildir = Self { path: path.to_owned() };
        let failed = |source| TransportError::Maildir { path: path.to_owned(), source };
        maildir.create().map_err(failed)?;
        Ok(maildir)
    }

    fn create(&self) -> io::Result<()> {
        for folder in ["tmp", "new", "cur"] {
            DirBuilder::new().recursive(true).mode(0o700).create(self.path.join(folder))?;
        }
        sync(&self.path)
    }

    /// Delivers the message unless a message with its name is there already, read or not.
    pub(super) async fn send(&self, message: &[u8]) -> Result<(), SendError> {
        let (maildir, message) = (self.clone(), message.to_vec());
        blocking(move || maildir.deliver(&message)).await
    }

    pub(super) async fn check(&self) -> Result<(), SendError> {
        let maildir = self.clone();
        blocking(move || {
            maildir.create()?;
            let probe = maildir.path.join("tmp").join(format!("{}.check.wirewatch", std::process::id()));
            // As long as a mail: on a full disk an empty file can still be made.
            let written = write(&probe, &[b'\n'; 64 * 1024]);
            fs::remove_file(&probe)?;
            written
        })
        .await
    }

    /// Also where the folders were taken away since they were made.
    fn deliver(&self, message: &[u8]) -> io::Result<()> {
        match self.store(message) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.create()?;
                self.store(message)
            }
            stored => stored,
        }
    }

    fn store(&self, message: &[u8]) -> io::Result<()> {
        let name = unique_name(message);
        if self.holds(&name)? {
            return Ok(());
        }
        let draft = self.path.join("tmp").join(&name);
        write(&draft, &with_unix_line_ends(message))?;
        fs::rename(&draft, self.path.join("new").join(&name))?;
        sync(&self.path.join("new"))
    }

    /// Whether the message lies in `new`, or in `cur`, where mail programs append flags to its name (`:2,S`).
    fn holds(&self, name: &str) -> io::Result<bool> {
        if self.path.join("new").join(name).try_exists()? {
            return Ok(true);
        }
        for entry in fs::read_dir(self.path.join("cur"))? {
            let file = entry?.file_name();
            let rest = file.to_str().and_then(|file| file.strip_prefix(name));
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ',', ';', '!'])) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Runs file work off the async threads.
async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), SendError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| SendError::temporary(Step::Write, error)),
        Err(error) => Err(SendError::temporary(Step::Write, error)),
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A draft that a crash left behind is written over.
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A rename is durable once its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A name made from the Message-ID alone, so that a repeat after a crash is known as one, even when it was rendered
/// anew with another date.
fn unique_name(message: &[u8]) -> String {
    let identity = message_id(message).unwrap_or(message);
    format!("{}.wirewatch", &blake3::hash(identity).to_hex()[..32])
}

/// The value of the Message-ID header, without white space around it.
fn message_id(message: &[u8]) -> Option<&[u8]> {
    let lines = message.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    for line in lines.take_while(|line| !line.is_empty()) {
        let name = b"message-id:";
        if line.len() > name.len() && line[..name.len()].eq_ignore_ascii_case(name) {
            return Some(line[name.len()..].trim_ascii()).filter(|id| !id.is_empty());
        }
    }
    None
}

/// Files on disk have lines that end with LF.
fn with_unix_line_ends(message: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(message.len());
    for (at, &byte) in message.iter().enumerate() {
        if byte != b'\r' || message.get(at + 1) != Some(&b'\n') {
            lines.push(byte);
        }
    }
    lines
}
