//! `backup` and `restore`: what was written where, and what to know of it.

use std::path::{Path, PathBuf};

use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count, size};
use crate::store::Verification;

/// A copy that has its name.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    pub file: &'a Path,
    pub bytes: u64,
    pub found: &'a Verification,
    pub is_sound: bool,
    /// Older copies.
    pub removed: &'a [PathBuf],
}

pub fn written(written: &Written<'_>, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    let Written { file, bytes, found, is_sound, removed } = written;
    sheet.prose(&Text::plain(format!("wrote {}, {}: {}", file.display(), size(*bytes), contents(found))));
    sheet.prose(&match is_sound {
        true => {
            Text::new().then(Mark::Good, "the copy was checked: everything is what was stored, and every hash follows")
        }
        false => Text::new().then(Mark::Bad, "the copy is as damaged as the database; `wirewatch verify` says where"),
    });
    if !removed.is_empty() {
        sheet.prose(&Text::plain(format!("removed {} that {} older", copies(removed.len()), be(removed.len()))));
    }
    sheet.finish()
}

/// A database that took the place of another.
#[derive(Debug, Clone, Copy)]
pub struct Restored<'a> {
    pub from: &'a Path,
    pub database: &'a Path,
    /// The one from before.
    pub kept: Option<&'a Path>,
    pub found: &'a Verification,
    /// Messages that wait.
    pub pending: u64,
}

pub fn restored(restored: &Restored<'_>, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    let Restored { from, database, kept, found, pending } = restored;
    sheet.prose(&Text::plain(format!("{} is now {}: {}", database.display(), from.display(), contents(found))));
    if let Some(kept) = kept {
        sheet.prose(&Text::plain(format!("the database from before is kept as {}", kept.display())));
    }
    if *pending > 0 {
        let text = format!(
            "{} in it, and will go out, also what was sent after the backup was made: `wirewatch alerts --state pending`",
            match pending {
                1 => "1 message waits".to_owned(),
                pending => format!("{pending} messages wait"),
            }
        );
        sheet.prose(&Text::new().then(Mark::Warning, text));
    }
    sheet.finish()
}

fn contents(found: &Verification) -> String {
    let Verification { articles, versions, pages, .. } = found;
    format!("{}, {} and {}", count(*articles, "article"), count(*versions, "version"), count(*pages, "stored page"))
}

fn copies(number: usize) -> String {
    match number {
        1 => "1 copy".to_owned(),
        number => format!("{number} copies"),
    }
}

fn be(number: usize) -> &'static str {
    if number == 1 { "was" } else { "were" }
}
