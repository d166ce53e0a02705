//! `feeds`, `feeds discover`, `feeds import`, `feeds export`.

use std::collections::HashSet;

use anstream::eprintln;
use url::Url;

use super::importing::import;
use super::{Desk, print, print_json};
use crate::cli::arguments::{FeedsArguments, FeedsCommand, General};
use crate::cli::discovery;
use crate::cli::exit::Exit;
use crate::cli::render;
use crate::cli::terminal::clean;
use crate::config::{self, FeedConfig};
use crate::documents;
use crate::fetch::Fetcher;
use crate::identity::Basis;
use crate::store::{FeedRow, FeedState, Unreadable};

/// Most feeds of one site that are shown.
const MAX_FOUND: usize = 20;

/// The feeds, or one of the commands about them.
pub async fn feeds(general: &General, arguments: &FeedsArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        None => list(&Desk::new(general)?, arguments.list.json).await,
        Some(FeedsCommand::Discover { url, output }) => {
            discover(general, url, output.json || arguments.list.json).await
        }
        Some(FeedsCommand::Import { file, to }) => import(general, file, to.as_deref()),
        Some(FeedsCommand::Export) => {
            let desk = Desk::new(general)?;
            print(&config::write_opml(&desk.config.feeds))?;
            let has_user = |feed: &&FeedConfig| {
                desk.config.access.get(&feed.name).is_some_and(|access| access.authorization.is_some())
            };
            let named: Vec<&str> = desk.config.feeds.iter().filter(has_user).map(|feed| feed.name.as_str()).collect();
            if !named.is_empty() {
                desk.remark(&format!("left out the credentials of {}", named.join(", ")));
            }
            Ok(Exit::Fine)
        }
    }
}

async fn list(desk: &Desk, is_json: bool) -> anyhow::Result<Exit> {
    let mut rows = match desk.store_if_any().await? {
        Some(store) => store.feeds().await?,
        None => Vec::new(),
    };
    let stored: HashSet<String> = rows.iter().map(|row| row.name.clone()).collect();
    rows.extend(desk.config.feeds.iter().filter(|feed| !stored.contains(&feed.name)).map(never_polled));
    if is_json {
        print_json(&documents::Feeds { feeds: &rows })?;
        return Ok(Exit::Fine);
    }
    desk.show(&render::feeds::listed(&rows, &desk.terminal))?;
    if rows.is_empty() {
        desk.remark(render::feeds::NONE);
    }
    Ok(Exit::Fine)
}

/// A feed that is configured and that no daemon has seen yet.
fn never_polled(feed: &FeedConfig) -> FeedRow {
    FeedRow {
        name: feed.name.clone(),
        url: feed.url.clone(),
        tags: feed.tags.clone(),
        state: if feed.enabled { FeedState::Healthy } else { FeedState::Paused },
        last_poll: None,
        last_success: None,
        next_poll: None,
        failures: 0,
        last_status: None,
        subscription: None,
        last_error: None,
        distrusted_until: None,
        entries: 0,
        articles: 0,
        told_apart_by: Basis::Id,
        ignored_parameters: Vec::new(),
        notices: Vec::new(),
        unreadable: Unreadable::default(),
    }
}

async fn discover(general: &General, url: &Url, is_json: bool) -> anyhow::Result<Exit> {
    let desk = Desk::with_or_without_configuration(general)?;
    let fetcher = Fetcher::new(&desk.config.poll)?;
    let has_progress = !general.quiet && !is_json;
    let found = discovery::discover(&fetcher, url, desk.config.poll.max_body, MAX_FOUND, has_progress).await?;
    if is_json {
        print_json(&documents::Discovered { feeds: &found.feeds, unusable: &found.unusable })?;
        return Ok(Exit::Fine);
    }
    desk.show(&render::feeds::discovered(&found.feeds, &desk.terminal))?;
    if !general.quiet {
        for unusable in &found.unusable {
            let remark = format!("left out {}: {}", config::without_user(&unusable.url), unusable.reason);
            eprintln!("{}", clean(&remark));
        }
    }
    Ok(Exit::Fine)
}
