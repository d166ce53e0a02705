//! Where an export goes: standard output, or a file that is there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// An open way out.
pub(super) enum Sink {
    Stdout(io::Stdout),
    /// A device or a pipe, which cannot be replaced.
    Plain(File),
    Replaced(Replaced),
}

/// A file in the making beside the one whose place it takes; gone when dropped.
pub(super) struct Replaced {
    writer: BufWriter<File>,
    making: PathBuf,
    target: PathBuf,
    is_done: bool,
}

/// Whether anybody still reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    There,
    Gone,
}

impl Sink {
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else { return Ok(Self::Stdout(io::stdout())) };
        // A symbolic link stays one: what it leads to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
            return Ok(Self::Plain(OpenOptions::new().write(true).open(&target)?));
        }
        let Some(name) = target.file_name() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it names no file"));
        };
        let mut making = OsString::from(".");
        making.push(name);
        making.push(format!(".{}", std::process::id()));
        let making = target.with_file_name(making);
        let file = OpenOptions::new().write(true).create_new(true).open(&making)?;
        Ok(Self::Replaced(Replaced { writer: BufWriter::new(file), making, target, is_done: false }))
    }

    /// Writes all of it, unless the reader has gone (`| head`), which is no error.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<Reader> {
        let written = match self {
            Self::Stdout(stdout) => stdout.write_all(bytes).and_then(|()| stdout.flush()),
            Self::Plain(file) => file.write_all(bytes),
            Self::Replaced(replaced) => replaced.writer.write_all(bytes),
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
            written => written.map(|()| Reader::There),
        }
    }

    /// Puts the file in its place, once it is on the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        let Self::Replaced(mut replaced) = self else { return Ok(()) };
        replaced.writer.flush()?;
        replaced.writer.get_ref().sync_all()?;
        fs::rename(&replaced.making, &replaced.target)?;
        replaced.is_done = true;
        Ok(())
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        if !self.is_done {
            let _ = fs::remove_file(&self.making);
        }
    }
}
