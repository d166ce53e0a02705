//! `feeds`, `feeds discover`, `feeds import`, `feeds export`.

use std::collections::HashSet;
use std::path::Path;

use anstream::eprintln;
use anyhow::anyhow;
use encoding_rs::WINDOWS_1252;
use url::Url;

use super::inspect::{fetch, read_file};
use super::{Desk, print, print_json};
use crate::cli::arguments::{FeedsArguments, FeedsCommand, General};
use crate::cli::encoding;
use crate::cli::exit::Exit;
use crate::cli::render;
use crate::cli::terminal::clean;
use crate::config::{self, FeedConfig};
use crate::documents::{self, FoundFeed};
use crate::feed;
use crate::fetch::ACCEPT_FEED;
use crate::store::{FeedRow, FeedState, Unreadable};

/// The feeds, or one of the commands about them.
pub async fn feeds(general: &General, arguments: &FeedsArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        None => list(&Desk::new(general)?, arguments.list.json).await,
        Some(FeedsCommand::Discover { url, output }) => {
            discover(general, url, output.json || arguments.list.json).await
        }
        Some(FeedsCommand::Import { file }) => import(general, file),
        Some(FeedsCommand::Export) => {
            let desk = Desk::new(general)?;
            print(&config::write_opml(&desk.config.feeds))?;
            let has_user = |feed: &&FeedConfig| config::without_user(&feed.url) != feed.url;
            let named: Vec<&str> = desk.config.feeds.iter().filter(has_user).map(|feed| feed.name.as_str()).collect();
            if !named.is_empty() {
                desk.remark(&format!("left out the user name and password of {}", named.join(", ")));
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
        last_error: None,
        entries: 0,
        articles: 0,
        notices: Vec::new(),
        unreadable: Unreadable::default(),
    }
}

async fn discover(general: &General, url: &Url, is_json: bool) -> anyhow::Result<Exit> {
    let desk = Desk::with_or_without_configuration(general)?;
    let found = feeds_of(&desk, url).await?;
    if found.is_empty() {
        let url = config::without_user(url);
        return Err(anyhow!("{url} is no feed and names none, and none stands where feeds usually do"));
    }
    if is_json {
        print_json(&documents::Discovered { feeds: &found })?;
    } else {
        desk.show(&render::feeds::discovered(&found, &desk.terminal))?;
    }
    Ok(Exit::Fine)
}

/// The feed at an address, else the feeds that the page there names, else what stands at the usual places.
async fn feeds_of(desk: &Desk, url: &Url) -> anyhow::Result<Vec<FoundFeed>> {
    let answer = fetch(desk, url, ACCEPT_FEED).await?;
    if let Ok(document) = feed::parse(&answer.body, answer.content_type(), &answer.url) {
        return Ok(vec![FoundFeed { url: url.clone(), title: document.title }]);
    }
    let named = feed::discover(&answer.body, answer.content_type(), &answer.url);
    if !named.is_empty() {
        return Ok(named.into_iter().map(|found| FoundFeed { url: found.url, title: found.title }).collect());
    }
    let mut found = Vec::new();
    for candidate in feed::well_known(&answer.url) {
        let Ok(answer) = fetch(desk, &candidate, ACCEPT_FEED).await else { continue };
        if let Ok(document) = feed::parse(&answer.body, answer.content_type(), &answer.url) {
            found.push(FoundFeed { url: candidate, title: document.title });
        }
    }
    Ok(found)
}

fn import(general: &General, file: &Path) -> anyhow::Result<Exit> {
    // Old lists are in windows-1252 and do not say so; a name with a wrong letter is better than no list.
    let text = encoding::decoded(read_file(file)?).unwrap_or_else(|bytes| WINDOWS_1252.decode(&bytes).0.into_owned());
    let mut feeds = config::read_opml(&text).map_err(|error| anyhow!("{}:{}: {error}", file.display(), error.line))?;
    if feeds.is_empty() {
        return Err(anyhow!("{} lists no feeds", file.display()));
    }
    feeds.retain(|feed| {
        let refusal = config::refusal(feed);
        if let Some(reason) = &refusal
            && !general.quiet
        {
            let remark = format!("{}:{}: left out `{}`: {reason}", file.display(), feed.line, feed.name);
            eprintln!("{}", clean(&remark));
        }
        refusal.is_none()
    });
    if feeds.is_empty() {
        return Err(anyhow!("{} lists no feed that can be watched", file.display()));
    }
    print(&config::feeds_toml(&feeds))?;
    Ok(Exit::Fine)
}
