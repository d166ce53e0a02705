//! `articles`: the list as the command line makes it, with a progress bar and excerpts.

use std::sync::Arc;

use super::Desk;
use crate::archive::{self, Numbers, Search, Wanted, WantedRule};
use crate::cli::arguments::ArticlesArguments;
use crate::cli::progress::Progress;
use crate::cli::render::{self, articles::Listed};
use crate::cli::text::Text;
use crate::rule::Query;
use crate::store::{ArticleFilter, Store};

/// The articles to show, each with an excerpt of what matched.
pub(super) type Listing = archive::Listing<Option<Text>>;
/// One of them.
pub(super) type Found = archive::Found<Option<Text>>;

/// Finds at most `limit` articles.
pub(super) async fn list(
    desk: &Desk,
    store: &Store,
    query: Option<Query>,
    arguments: &ArticlesArguments,
    limit: Option<u32>,
) -> anyhow::Result<Listing> {
    let (search, progress) = prepared(desk, store, query, arguments, limit, true).await?;
    let excerpt = |seen: &archive::Seen, matches: &[_]| render::excerpt::excerpt(matches, &seen.version.text);
    let listing = search.run(store, |steps| progress.advance(steps), excerpt).await?;
    progress.finish();
    Ok(listing)
}

/// The numbers of at most `limit` of the articles that [`list`] finds, in the same order; eight bytes each.
pub(super) async fn numbers(
    desk: &Desk,
    store: &Store,
    query: Option<Query>,
    arguments: &ArticlesArguments,
    limit: Option<u32>,
) -> anyhow::Result<Numbers> {
    let (search, progress) = prepared(desk, store, query, arguments, limit, false).await?;
    let numbers = search.numbers(store, |steps| progress.advance(steps)).await?;
    progress.finish();
    Ok(numbers)
}

/// What has to be looked at, and the bar that shows how far that has come.
async fn prepared(
    desk: &Desk,
    store: &Store,
    query: Option<Query>,
    arguments: &ArticlesArguments,
    limit: Option<u32>,
    looks_back: bool,
) -> anyhow::Result<(Search, Progress)> {
    let filter = ArticleFilter {
        feed: arguments.feed.clone(),
        since: arguments.since.map(|since| since.at(desk.terminal.zone, desk.terminal.now)),
        revised: arguments.revised,
        ..ArticleFilter::default()
    };
    let rule = arguments.rule.as_ref().map(|name| {
        let rule = desk.config.rules.iter().find(|rule| rule.name == *name);
        WantedRule { name: name.clone(), query: rule.map(|rule| rule.query.clone()) }
    });
    let search = Search::new(store, Arc::new(desk.rules()), Wanted { filter, query, rule, limit, looks_back }).await?;
    let progress = match desk.is_quiet {
        true => Progress::hidden(),
        false => Progress::new("reading articles", search.length()),
    };
    Ok((search, progress))
}

/// The article as it is rendered.
pub(super) fn listed(found: &Found) -> Listed<'_> {
    let excerpt = found.shown.as_ref().and_then(Option::as_ref);
    Listed { row: &found.row, rules: &found.rules, matches: &found.matches, excerpt }
}
