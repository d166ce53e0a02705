//! Copies of the database for keeping: made beside the daemon, named only once somebody checked them, and put back.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::{CWD, RenameFlags, renameat_with, statvfs};
use rustix::io::Errno;
use tokio::task;

use super::open::{self, Sharing};
use super::{Access, Store, StoreError, lock, migrate};

/// Pages copied at once.
const STEP_PAGES: i32 = 4096;
/// What a copy leaves free on its disk, for whoever else writes there.
const ROOM_LEFT: u64 = 64 << 20;
const CACHE_KIB: u32 = 4 * 1024;
/// A restored database numbers its messages from so far on: numbers that were given after the copy was made stand in the
/// links of mails, and must not mean others.
const NUMBERS_SKIPPED: i64 = 1_000_000;

/// What becomes of a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Keep,
    Replace,
}

/// A copy under a name of its own, which goes with the value unless it is [published](Self::publish).
#[derive(Debug)]
pub struct Draft {
    partial: PathBuf,
    to: PathBuf,
    /// Locked: nobody else writes it.
    file: File,
}

impl Store {
    /// Copies the database, as it is at this moment and beside whoever writes it, to `<to>.partial`, which only its owner
    /// can read. Writers wait for nothing; the log beside the database grows meanwhile by what they write.
    pub async fn draft_backup(&self, to: &Path) -> Result<Draft, StoreError> {
        let to = to.to_owned();
        self.read(move |connection| Draft::of(connection, &to)).await
    }

    /// Opens a database that nobody writes, for reading alone and without a file beside it.
    pub async fn open_still(path: &Path) -> Result<Self, StoreError> {
        super::blocking(path, |path| {
            if !path.exists() {
                return Err(StoreError::NotFound { path: path.to_owned() });
            }
            let connection = open::connect_to_read(path, Sharing::Still, CACHE_KIB)?;
            migrate::expect_newest(&connection, path)?;
            Self::start(connection, path, Sharing::Still, Access::Guest)
        })
        .await
    }

    /// Copies the backup at `from` to `<database>.partial`, to be opened there as the daemon opens it.
    ///
    /// For whoever holds the [`DaemonLock`](super::DaemonLock) of the database.
    pub async fn draft_restore(from: &Path, database: &Path) -> Result<Draft, StoreError> {
        let (from, database) = (from.to_owned(), lock::beside(database, ""));
        let copying = task::spawn_blocking(move || {
            if !from.exists() {
                let cause = io::Error::from(io::ErrorKind::NotFound);
                return Err(StoreError::io(format!("read `{}`", from.display()), &cause));
            }
            let (connection, _) = open::connect_as_allowed(&from, CACHE_KIB)?;
            migrate::refuse_foreign(&connection, &from)?;
            let snapshot = connection.unchecked_transaction()?;
            Draft::of(&snapshot, &database)
        });
        copying.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Readies a copy to go on where the original may have gone on too.
    pub async fn skip_numbers(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'deliveries'", [NUMBERS_SKIPPED])?;
            Ok(())
        })
        .await
    }
}

impl Draft {
    /// Copies what `connection`'s transaction sees.
    pub(super) fn of(connection: &Connection, to: &Path) -> Result<Self, StoreError> {
        let bytes: u64 = connection.query_row(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            [],
            |row| row.get::<_, i64>(0).map(i64::unsigned_abs),
        )?;
        let partial = beside(to, ".partial");
        let draft = Self { file: begin(&partial)?, partial, to: to.to_owned() };
        expect_room(&draft.partial, bytes)?;
        draft.fill(connection)?;
        Ok(draft)
    }

    fn fill(&self, connection: &Connection) -> Result<(), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open =
            || Connection::open_with_flags(&self.partial, flags).map_err(|e| StoreError::opening(&self.partial, e));
        let mut copy = open()?;
        // It is written anew if anything goes wrong; what is named is synchronised as a whole.
        copy.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")?;
        let backup = Backup::new(connection, &mut copy)?;
        loop {
            match backup.step(STEP_PAGES)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
        drop(backup);
        drop(copy);
        // One file, without a log beside it: so it can be read where nothing may be written, and be carried anywhere.
        let copy = open()?;
        copy.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE")?;
        Ok(())
    }

    /// Where it lies until it is published.
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives the copy its name, once all of it is on the disk, and says how long it is.
    pub fn publish(self, existing: Existing) -> Result<u64, StoreError> {
        let named = |e: &io::Error| StoreError::io(format!("write `{}`", self.to.display()), e);
        // By its name: it may have been replaced under it.
        let file = File::open(&self.partial).map_err(|e| named(&e))?;
        file.sync_all().map_err(|e| named(&e))?;
        let bytes = file.metadata().map_err(|e| named(&e))?.len();
        rename(&self.partial, &self.to, existing).map_err(|e| named(&e))?;
        sync_folder(&self.to).map_err(|e| named(&e))?;
        Ok(bytes)
    }

    /// Puts the copy in the place of the database, which is kept under the name returned where there was one.
    ///
    /// Whatever interrupts it, there is a database under its name: the one from before or the copy.
    pub fn take_over(self, stamp: &str) -> Result<Option<PathBuf>, StoreError> {
        let kept = self.to.exists().then(|| beside(&self.to, &format!(".before-{stamp}")));
        if let Some(kept) = &kept {
            let failed = |e: &io::Error| StoreError::io(format!("keep `{}`", self.to.display()), e);
            fs::hard_link(&self.to, kept).map_err(|e| failed(&e))?;
            // What the log holds belongs to the database that is kept, and would spoil another one.
            move_if_any(&beside(&self.to, "-wal"), &beside(kept, "-wal")).map_err(|e| failed(&e))?;
            remove_if_any(&beside(&self.to, "-shm")).map_err(|e| failed(&e))?;
        }
        self.publish(Existing::Replace)?;
        Ok(kept)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for suffix in ["-wal", "-shm", "-journal", ".lock"] {
            let _ = fs::remove_file(beside(&self.partial, suffix));
        }
        // After it was named there is another file of that name, or none.
        let is_ours = |found: fs::Metadata| self.file.metadata().is_ok_and(|ours| ours.ino() == found.ino());
        if fs::metadata(&self.partial).is_ok_and(is_ours) {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Removes what an interrupted copy to `to` left behind; `false` where somebody is at it.
pub fn remove_abandoned(partial: &Path) -> bool {
    let Ok(file) = File::open(partial) else { return false };
    file.try_lock().is_ok() && fs::remove_file(partial).is_ok()
}

/// Opens the file to be filled, takes its lock, and empties what somebody left half done.
fn begin(partial: &Path) -> Result<File, StoreError> {
    let failed = |e: &io::Error| StoreError::io(format!("write `{}`", partial.display()), e);
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(partial);
    let file = file.map_err(|e| failed(&e))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let cause = "another wirewatch is writing it".to_owned();
            return Err(StoreError::Io { doing: format!("write `{}`", partial.display()), cause });
        }
        Err(TryLockError::Error(cause)) => return Err(failed(&cause)),
    }
    file.set_len(0).map_err(|e| failed(&e))?;
    Ok(file)
}

fn expect_room(partial: &Path, bytes: u64) -> Result<(), StoreError> {
    let Ok(disk) = statvfs(partial) else { return Ok(()) };
    match disk.f_bavail.saturating_mul(disk.f_frsize) < bytes.saturating_add(ROOM_LEFT) {
        true => Err(StoreError::Full),
        false => Ok(()),
    }
}

fn rename(from: &Path, to: &Path, existing: Existing) -> io::Result<()> {
    if existing == Existing::Replace {
        return fs::rename(from, to);
    }
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Its file system does not know how: looked at first, which is not the same moment.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if !to.exists() => fs::rename(from, to),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(io::ErrorKind::AlreadyExists.into()),
        renamed => Ok(renamed?),
    }
}

fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn move_if_any(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}

fn remove_if_any(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// A name with something behind it; not by where a link leads, since the file may not be there yet.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
