//! `backup` and `restore`: a copy of the database that was checked before it got its name, and the way back.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::verify::examine;
use super::{Desk, print, print_json};
use crate::cli::arguments::{BackupArguments, General, RestoreArguments};
use crate::cli::exit::Exit;
use crate::cli::logs;
use crate::cli::render::backup::{self, Restored, Written};
use crate::documents;
use crate::model::Timestamp;
use crate::store::{DaemonLock, Draft, Existing, Store, StoreError, Verification, remove_abandoned};

/// How the copies in a folder are called: by when they were made.
const NAME: (&str, &str) = ("wirewatch-", ".db");
const STAMP: &str = "%Y-%m-%dT%H%M%SZ";
const STAMP_CHARACTERS: usize = 18;

/// Copies the database beside the daemon, checks the copy, and only then gives it its name.
pub async fn backup(general: &General, arguments: &BackupArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let folder = arguments.file.is_dir().then_some(arguments.file.as_path());
    if folder.is_none() && arguments.keep.is_some() {
        return Err(anyhow!(
            "`--keep` is for copies in a folder, and `{}` is none\n\nhint: make the folder first",
            arguments.file.display()
        ));
    }
    let file = match folder {
        Some(folder) => folder.join(format!("{}{}{}", NAME.0, stamp(desk.terminal.now), NAME.1)),
        None => arguments.file.clone(),
    };
    if file.exists() && !arguments.force {
        return Err(anyhow!("`{}` is there already\n\nhint: `--force` replaces it", file.display()));
    }
    let store = desk.store().await?;
    if is_same(&file, store.path()) {
        return Err(anyhow!("`{}` is the database itself", file.display()));
    }
    let draft = store.draft_backup(&file).await?;
    let (is_sound, found) =
        check(&desk, &draft, &file, "`--damaged` keeps the copy all the same", arguments.damaged).await?;
    let existing = if arguments.force { Existing::Replace } else { Existing::Keep };
    let bytes = draft.publish(existing)?;
    let removed = match (folder, arguments.keep) {
        (Some(folder), Some(keep)) => remove_older(folder, keep.get())?,
        _ => Vec::new(),
    };
    let written = Written { file: &file, bytes, found: &found, is_sound, removed: &removed };
    if arguments.output.json {
        print_json(&documents::BackedUp {
            file: file.display().to_string(),
            bytes,
            sound: is_sound,
            articles: found.articles,
            versions: found.versions,
            pages: found.pages,
            removed: removed.iter().map(|path| path.display().to_string()).collect(),
        })?;
    } else if !desk.is_quiet {
        print(&backup::written(&written, &desk.terminal))?;
    }
    Ok(if is_sound { Exit::Fine } else { Exit::Failed })
}

/// Puts a backup in the place of the database, after it was opened as the daemon opens it, and checked.
pub async fn restore(general: &General, arguments: &RestoreArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    logs::start_beside_a_result(desk.is_quiet);
    let database = &desk.config.store.path;
    if is_same(&arguments.file, database) {
        return Err(anyhow!("`{}` is the database itself", database.display()));
    }
    let _lock = DaemonLock::acquire(database).map_err(|error| match error {
        error @ StoreError::AnotherDaemon { .. } => anyhow!("{error}\n\nhint: stop it first, and start it afterwards"),
        error => error.into(),
    })?;
    let draft = Store::draft_restore(&arguments.file, database).await?;
    // It brings an older schema up to date, in the copy alone.
    let store = Store::open(draft.path()).await?;
    store.skip_numbers().await?;
    let queue = store.status().await?.queue;
    store.close().await;
    let (_, found) = check(&desk, &draft, &arguments.file, "an older backup may be whole", false).await?;
    let kept = draft.take_over(&stamp(desk.terminal.now))?;
    if arguments.output.json {
        print_json(&documents::Restored {
            database: database.display().to_string(),
            from: arguments.file.display().to_string(),
            kept: kept.as_ref().map(|path| path.display().to_string()),
            articles: found.articles,
            versions: found.versions,
            pages: found.pages,
            pending: queue.pending,
        })?;
    } else if !desk.is_quiet {
        let restored =
            Restored { from: &arguments.file, database, kept: kept.as_deref(), found: &found, pending: queue.pending };
        print(&backup::restored(&restored, &desk.terminal))?;
    }
    Ok(Exit::Fine)
}

/// Checks the structure of a copy and everything in it. What is damaged is an error, unless somebody wants it too.
async fn check(
    desk: &Desk,
    draft: &Draft,
    file: &Path,
    hint: &str,
    wants_damaged: bool,
) -> anyhow::Result<(bool, Verification)> {
    let copy = Store::open_still(draft.path()).await?;
    let (structure, found) = examine(desk, &copy).await?;
    copy.close().await;
    let flaws = found.flaws.iter().map(|flaw| format!("article {}: {}", flaw.article.0, flaw.what));
    let Some(first) = structure.iter().cloned().chain(flaws).next() else { return Ok((true, found)) };
    if wants_damaged {
        return Ok((false, found));
    }
    Err(anyhow!(
        "what would be `{}` is damaged, and was not kept: {first}\n\nhint: `wirewatch verify` names all that is damaged; {hint}",
        file.display()
    ))
}

/// Removes all but the newest copies, and what was left of copies that were broken off.
fn remove_older(folder: &Path, keep: usize) -> anyhow::Result<Vec<PathBuf>> {
    let listed = || format!("cannot tidy `{}`", folder.display());
    let mut copies = Vec::new();
    for file in fs::read_dir(folder).with_context(listed)? {
        let path = file.with_context(listed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match name.strip_suffix(".partial") {
            Some(name) if is_ours(name) => {
                remove_abandoned(&path);
            }
            _ if is_ours(name) => copies.push(path),
            _ => {}
        }
    }
    // Their names sort as their times do.
    copies.sort();
    copies.truncate(copies.len().saturating_sub(keep));
    for path in &copies {
        fs::remove_file(path).with_context(|| format!("cannot remove `{}`", path.display()))?;
    }
    Ok(copies)
}

fn is_ours(name: &str) -> bool {
    let stamp = name.strip_prefix(NAME.0).and_then(|rest| rest.strip_suffix(NAME.1));
    stamp.is_some_and(|stamp| {
        stamp.len() == STAMP_CHARACTERS && chrono::NaiveDateTime::parse_from_str(stamp, STAMP).is_ok()
    })
}

fn stamp(now: Timestamp) -> String {
    now.to_utc().format(STAMP).to_string()
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
