//! `articles`: which stored articles are listed, and the reading that finds them.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::Desk;
use super::search::{Seen, look_through, uses_change};
use crate::cli::arguments::ArticlesArguments;
use crate::cli::progress::Progress;
use crate::cli::render::{self, articles::Listed};
use crate::cli::text::Text;
use crate::model::{ArticleId, Match};
use crate::rule::{Query, RuleSet};
use crate::store::{Archived, ArticleFilter, ArticleRow, Store, StoreError};

/// Earlier versions of one article that are asked whether they matched.
const EARLIER: u32 = 20;

/// The articles to show.
#[derive(Default)]
pub(super) struct Listing {
    pub articles: Vec<Found>,
    /// There are more than were asked for.
    pub is_cut: bool,
    /// Articles whose latest version does not match any more, newest activity first; empty where that takes long to find.
    pub matched_earlier: Vec<ArticleId>,
}

/// An article of the list, without its text.
pub(super) struct Found {
    pub row: ArticleRow,
    pub rules: Vec<String>,
    matches: Vec<Match>,
    excerpt: Option<Text>,
}

/// Finds at most `limit` articles.
pub(super) async fn list(
    desk: &Desk,
    store: &Store,
    query: Option<Query>,
    arguments: &ArticlesArguments,
    limit: Option<u32>,
) -> anyhow::Result<Listing> {
    let looks_back = arguments.rule.is_none() && !arguments.output.json && !desk.is_quiet;
    let (articles, search) = prepared(desk, store, query, arguments, looks_back).await?;
    let progress = match desk.is_quiet {
        true => Progress::hidden(),
        false => Progress::new("reading articles", articles.len() as u64),
    };
    let mut listing = Listing::default();
    look_through(
        store,
        articles,
        &progress,
        move |archived| search.look(archived),
        |seen| {
            match seen {
                Looked::Matches(_) if limit.is_some_and(|limit| listing.articles.len() >= limit as usize) => {
                    listing.is_cut = true;
                    return ControlFlow::Break(());
                }
                Looked::Matches(found) => listing.articles.push(*found),
                Looked::Matched(article) => listing.matched_earlier.push(article),
                Looked::Differs => {}
            }
            ControlFlow::Continue(())
        },
    )
    .await?;
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
) -> anyhow::Result<Vec<ArticleId>> {
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let is_known_by_its_row = query.is_none() && arguments.rule.is_none();
    let (mut articles, search) = prepared(desk, store, query, arguments, false).await?;
    if is_known_by_its_row {
        articles.truncate(limit);
        return Ok(articles);
    }
    let progress = match desk.is_quiet {
        true => Progress::hidden(),
        false => Progress::new("reading articles", articles.len() as u64),
    };
    let mut found = Vec::new();
    look_through(
        store,
        articles,
        &progress,
        move |archived| match search.look(archived)? {
            Looked::Matches(found) => Ok(Some(found.row.id)),
            Looked::Matched(_) | Looked::Differs => Ok(None),
        },
        |seen| {
            found.extend(seen);
            if found.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )
    .await?;
    progress.finish();
    Ok(found)
}

/// The articles that have to be looked at, and what to ask of them.
async fn prepared(
    desk: &Desk,
    store: &Store,
    query: Option<Query>,
    arguments: &ArticlesArguments,
    looks_back: bool,
) -> anyhow::Result<(Vec<ArticleId>, Search)> {
    let filter = ArticleFilter {
        feed: arguments.feed.clone(),
        since: arguments.since.map(|since| since.at(desk.terminal.zone, desk.terminal.now)),
        revised: arguments.revised,
        ..ArticleFilter::default()
    };
    let narrowing = query.as_ref().and_then(Query::narrowing);
    let looks_back = narrowing.is_some() && looks_back;
    let mut articles = store.select(filter.clone(), narrowing).await?;
    let by_rule = match &arguments.rule {
        Some(name) => Some(ByRule::new(desk, store, name, filter, &mut articles).await?),
        None => None,
    };
    Ok((articles, Search::new(desk, query, by_rule, looks_back)))
}

/// The articles of one rule: those whose latest version matches it now, and those that it has alerted on.
struct ByRule {
    name: String,
    alerted: HashSet<ArticleId>,
}

impl ByRule {
    /// Leaves those of the articles that may be the rule's.
    async fn new(
        desk: &Desk,
        store: &Store,
        name: &str,
        filter: ArticleFilter,
        articles: &mut Vec<ArticleId>,
    ) -> Result<Self, StoreError> {
        let alerted = ArticleFilter { alerted_by: Some(name.to_owned()), ..filter.clone() };
        let alerted: HashSet<ArticleId> = store.select(alerted, None).await?.into_iter().collect();
        // A rule that is configured no more is known by its alerts only.
        let rule = desk.config.rules.iter().find(|rule| rule.name == name);
        let matching: Option<HashSet<ArticleId>> = match rule.map(|rule| rule.query.narrowing()) {
            None => Some(HashSet::new()),
            Some(None) => None,
            Some(narrowing) => Some(store.select(filter, narrowing).await?.into_iter().collect()),
        };
        if let Some(matching) = matching {
            articles.retain(|article| matching.contains(article) || alerted.contains(article));
        }
        Ok(Self { name: name.to_owned(), alerted })
    }
}

/// What is asked of every article.
struct Search {
    query: Option<Query>,
    rules: RuleSet,
    by_rule: Option<ByRule>,
    with_change: bool,
    /// Whether an article that does not match is asked for its earlier versions.
    looks_back: bool,
}

/// What the look at an article gave.
enum Looked {
    Matches(Box<Found>),
    /// Only an earlier version does.
    Matched(ArticleId),
    Differs,
}

impl Search {
    fn new(desk: &Desk, query: Option<Query>, by_rule: Option<ByRule>, looks_back: bool) -> Self {
        let rules = desk.rules();
        let query_uses_change = query.as_ref().is_some_and(Query::uses_change);
        Self {
            with_change: uses_change(&rules) || query_uses_change,
            // What a revision once brought was never to be found in a later one.
            looks_back: looks_back && !query_uses_change,
            query,
            rules,
            by_rule,
        }
    }

    fn look(&self, mut archived: Archived<'_>) -> Result<Looked, StoreError> {
        let seen = Seen::latest(&mut archived, self.with_change)?;
        let matches = match &self.query {
            None => Vec::new(),
            Some(query) => match seen.as_ref().and_then(|seen| seen.matches(query)) {
                Some(matches) => matches,
                None if self.looks_back && matched_earlier(&archived, query)? => {
                    return Ok(Looked::Matched(archived.row.id));
                }
                None => return Ok(Looked::Differs),
            },
        };
        let found = Found::new(archived.row, seen.as_ref(), matches, &self.rules);
        let is_of_rule = |by: &ByRule| found.rules.contains(&by.name) || by.alerted.contains(&found.row.id);
        match self.by_rule.as_ref().is_none_or(is_of_rule) {
            true => Ok(Looked::Matches(Box::new(found))),
            false => Ok(Looked::Differs),
        }
    }
}

/// Whether a version before the latest one matches.
fn matched_earlier(archived: &Archived<'_>, query: &Query) -> Result<bool, StoreError> {
    for number in (1..archived.row.versions).rev().take(EARLIER as usize) {
        let version = match archived.version(number) {
            Err(StoreError::Unreadable(_)) => None,
            version => version?,
        };
        if version.is_some_and(|version| Seen::alone(archived, version).matches(query).is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Found {
    fn new(row: ArticleRow, seen: Option<&Seen>, matches: Vec<Match>, rules: &RuleSet) -> Self {
        let names = seen.map(|seen| seen.rules(rules).0).unwrap_or_default();
        let excerpt = seen.and_then(|seen| render::excerpt::excerpt(&matches, &seen.version.text));
        Self { row, rules: names, matches, excerpt }
    }

    pub(super) fn listed(&self) -> Listed<'_> {
        Listed { row: &self.row, rules: &self.rules, matches: &self.matches, excerpt: self.excerpt.as_ref() }
    }
}
