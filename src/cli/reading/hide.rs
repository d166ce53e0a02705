//! `hide`: a version is shown no more.

use anyhow::anyhow;

use super::{Desk, find_article, print, print_json};
use crate::cli::arguments::{General, HideArguments};
use crate::cli::exit::Exit;
use crate::cli::render::hiding;
use crate::cli::who::user;
use crate::documents;
use crate::store::{HideOutcome, HideRequest};

/// Hides one version.
pub async fn hide(general: &General, arguments: &HideArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let article = find_article(&store, &arguments.article.article).await?;
    let number = arguments.article.version.unwrap_or(1);
    let (why, now) = (arguments.why.clone(), desk.terminal.now);
    let outcome = store.hide(HideRequest { article, number, why, who: Some(user()), now }).await?;
    let id = article.0;
    let (hiding, messages, same) = match outcome {
        HideOutcome::Hidden { hiding, messages, same } => (hiding, messages, same),
        HideOutcome::Already => {
            return Err(anyhow!(
                "version {number} of article {id} is hidden already; `wirewatch history {id}` says why"
            ));
        }
        HideOutcome::Latest => {
            return Err(anyhow!(
                "version {number} is the latest of article {id}, which the next look is compared with\n\n\
                 hint: it can be hidden as soon as there is a later one; `wirewatch recheck {id}` looks for it"
            ));
        }
        HideOutcome::Missing => {
            return Err(anyhow!("article {id} has no version {number}\n\nhint: `wirewatch history {id}` lists them"));
        }
    };
    while !store.sweep_words().await? {}
    // Closed in order, so that what was deleted does not stay in the log beside the database.
    store.close().await;
    if arguments.output.json {
        print_json(&documents::Hidden { article, version: number, hidden: &hiding, messages, same_text: &same })?;
        return Ok(Exit::Fine);
    }
    print(&hiding::done(&hiding::Done { article: id, version: number, messages, same: &same }, &desk.terminal))?;
    Ok(Exit::Fine)
}
