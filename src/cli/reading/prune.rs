//! `prune`: applies the retention of the configuration at once.

use anstream::eprintln;
use anyhow::anyhow;

use super::{Desk, print, print_json};
use crate::cli::arguments::{General, PruneArguments};
use crate::cli::exit::Exit;
use crate::cli::render::pruned;
use crate::cli::terminal::clean;
use crate::documents;
use crate::store::{DaemonLock, Pruning, Store};

/// Takes away what is older than the configuration wants, or says what that would be.
pub async fn prune(general: &General, arguments: &PruneArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let now = desk.terminal.now;
    // Before anything goes: who asked for both wants both.
    let _lock = match arguments.shrink {
        true => Some(DaemonLock::acquire(&desk.config.store.path).map_err(|error| {
            anyhow!(
                "{error}\n\nhint: `--shrink` needs the database for itself; without it `prune` works beside the daemon"
            )
        })?),
        false => None,
    };
    let store = desk.store().await?;
    let before = desk.config.store.retention.map(|retention| now - retention);
    let Pruning { pruned, damaged } = match before {
        None => Pruning::default(),
        Some(before) if arguments.dry_run => store.prunable(before).await?,
        Some(before) => store.prune(before, now, || true).await?,
    };
    if !arguments.dry_run {
        while !store.sweep_words().await? {}
    }
    let path = store.path().to_owned();
    if arguments.shrink {
        // Closed first: it is written anew as a whole.
        store.close().await;
        Store::shrink(&path).await?;
    } else {
        store.close().await;
    }
    let store = Store::open_existing(&path).await?;
    let (free, bytes) = (store.free_bytes().await?, store.status().await?.database_bytes);
    let exit = if damaged.is_empty() { Exit::Fine } else { Exit::Failed };
    if arguments.output.json {
        print_json(&documents::Pruned {
            dry_run: arguments.dry_run,
            before,
            articles: pruned.articles,
            versions: pruned.versions,
            pages: pruned.pages,
            messages: pruned.messages,
            notices: pruned.notices,
            damaged: &damaged,
            database_bytes: bytes,
            free_bytes: free,
        })?;
        return Ok(exit);
    }
    for what in &damaged {
        eprintln!("wirewatch: left as it is: {}", clean(what));
    }
    if !desk.is_quiet {
        let done = pruned::Done { pruned, before, is_dry: arguments.dry_run, free, bytes };
        print(&pruned::done(&done, &desk.terminal))?;
    }
    Ok(exit)
}
