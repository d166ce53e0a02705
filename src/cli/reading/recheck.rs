//! `recheck`: asks for a look at articles, those that rest among them.

use anstream::println;
use anyhow::Context as _;

use super::{Desk, find_article};
use crate::cli::arguments::{General, RecheckArguments};
use crate::cli::exit::Exit;
use crate::cli::terminal::clean;
use crate::store::DaemonLock;

/// Makes articles due; the daemon looks at them within seconds, else the next run does.
pub async fn recheck(general: &General, arguments: &RecheckArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let mut found = Vec::new();
    for name in &arguments.articles {
        found.push(find_article(&store, name).await?);
    }
    for id in found {
        store.recheck(id, desk.terminal.now).await?;
        let article = store.article(id).await?.context("the article has just been removed")?.row;
        println!("article {} is due now: {}", id.0, clean(article.headline.as_deref().unwrap_or(article.url.as_str())));
    }
    if !DaemonLock::is_held(&desk.config.store.path) {
        desk.remark("no daemon is running; `wirewatch run --once` looks at what is due");
    }
    Ok(Exit::Fine)
}
