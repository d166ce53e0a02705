//! Which stored articles a list holds, and the reading that finds them.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::search::{Seen, look_through, uses_change};
use crate::model::{ArticleId, Match, Timestamp};
use crate::rule::{Query, RuleSet};
use crate::store::{Archived, ArticleFilter, ArticleRow, Store, StoreError};

/// Earlier versions of one article that are asked whether they matched.
const EARLIER: u32 = 20;

/// Articles that a list names beside its own, since they matched once.
const MOST_EARLIER: usize = 200;

/// What the articles of a list have to be.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Its `alerted_by` and `limit` count for nothing.
    pub filter: ArticleFilter,
    /// What their latest versions match.
    pub query: Option<Query>,
    pub rule: Option<WantedRule>,
    /// At most so many; `None`: all.
    pub limit: Option<u32>,
    /// Whether to find the articles too of which only an earlier version matches, where that is quick.
    pub looks_back: bool,
}

/// A rule whose articles are wanted: those whose latest version it matches, and those that it has alerted on.
#[derive(Debug, Clone)]
pub struct WantedRule {
    pub name: String,
    /// `None` for one that is configured no more: it is known by its alerts only.
    pub query: Option<Query>,
}

/// The articles to show.
#[derive(Debug)]
pub struct Listing<T> {
    pub articles: Vec<Found<T>>,
    /// There are more than were asked for.
    pub is_cut: bool,
    /// Articles whose latest version does not match any more, newest activity first, at most 200; empty where
    /// they take long to find.
    pub matched_earlier: Vec<Earlier<T>>,
    /// The last article that was looked at before the time was over: what lies behind it (as
    /// [`ArticleFilter::after`] takes it) was not looked at.
    pub broken_off: Option<(Timestamp, ArticleId)>,
    /// What is damaged of those of which nobody can say whether they belong to the list.
    pub damaged: Vec<String>,
}

/// The articles of a list, by their numbers.
#[derive(Debug, Default)]
pub struct Numbers {
    pub articles: Vec<ArticleId>,
    /// As in a [`Listing`].
    pub damaged: Vec<String>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        let (articles, matched_earlier, damaged) = (Vec::new(), Vec::new(), Vec::new());
        Self { articles, is_cut: false, matched_earlier, broken_off: None, damaged }
    }
}

/// An article of the list, without its text.
#[derive(Debug)]
pub struct Found<T> {
    pub row: ArticleRow,
    /// The names of those that its latest version matches.
    pub rules: Vec<String>,
    /// Where the query stands in it.
    pub matches: Vec<Match>,
    /// What was made of its text; `None` where it cannot be read.
    pub shown: Option<T>,
}

/// An article of which only an earlier version matches: the newest that does.
#[derive(Debug)]
pub struct Earlier<T> {
    pub row: ArticleRow,
    pub version: u32,
    /// Of that version.
    pub headline: Option<String>,
    /// Where the query stands in it.
    pub matches: Vec<Match>,
    /// What was made of its text.
    pub shown: T,
}

/// A list that is about to be made.
#[derive(Debug)]
pub struct Search {
    /// Those that may be among it, newest activity first.
    articles: Vec<ArticleId>,
    limit: Option<u32>,
    look: Look,
    /// When to break off.
    deadline: Option<Instant>,
}

/// What is asked of every article.
#[derive(Debug)]
struct Look {
    query: Option<Query>,
    rules: Arc<RuleSet>,
    /// The rule, and the articles that it has alerted on.
    by_rule: Option<(String, HashSet<ArticleId>)>,
    /// Whether the query asks what a revision added or removed, and whether a rule does.
    query_uses_change: bool,
    rules_use_change: bool,
    looks_back: bool,
}

/// What the look at an article gave.
enum Looked<T> {
    Matches(Box<Found<T>>),
    /// Only an earlier version does.
    Matched(Box<Earlier<T>>),
    Differs(Place),
}

/// Where an article stands in the order of lists.
type Place = (Timestamp, ArticleId);

impl<T> Looked<T> {
    fn place(&self) -> Place {
        match self {
            Self::Matches(found) => (found.row.last_changed, found.row.id),
            Self::Matched(earlier) => (earlier.row.last_changed, earlier.row.id),
            Self::Differs(place) => *place,
        }
    }
}

impl Search {
    /// Selects the articles that have to be looked at.
    pub async fn new(store: &Store, rules: Arc<RuleSet>, wanted: Wanted) -> Result<Self, StoreError> {
        let Wanted { mut filter, query, rule, limit, looks_back } = wanted;
        let narrowing = query.as_ref().and_then(Query::narrowing);
        let looks_back = looks_back && narrowing.is_some() && rule.is_none();
        let is_each_one = query.is_none() && rule.is_none();
        // One more than is shown tells whether there are more.
        filter.limit = limit.filter(|_| is_each_one).map(|limit| limit.saturating_add(1));
        let mut articles = store.select(filter.clone(), narrowing).await?;
        let by_rule = match rule {
            Some(rule) => Some(by_rule(store, rule, filter, &mut articles).await?),
            None => None,
        };
        let asks_of_change = query.as_ref().is_some_and(Query::uses_change);
        let look = Look {
            query_uses_change: asks_of_change,
            rules_use_change: uses_change(&rules),
            // What a revision once brought was never to be found in a later one.
            looks_back: looks_back && !asks_of_change,
            query,
            rules,
            by_rule,
        };
        Ok(Self { articles, limit, look, deadline: None })
    }

    /// Breaks off after so long, counted from now; at least one article is looked at all the same, so that whoever asks
    /// again from there on comes to the end.
    pub fn within(self, patience: Duration) -> Self {
        Self { deadline: Instant::now().checked_add(patience), ..self }
    }

    /// How many articles have to be looked at, at most.
    pub fn length(&self) -> u64 {
        self.articles.len() as u64
    }

    /// Looks at them. `show` makes of each version that matches what is wanted of its text.
    pub async fn run<T: Send + 'static>(
        self,
        store: &Store,
        progress: impl Fn(u64),
        show: impl Fn(&Seen, &[Match]) -> T + Send + Sync + 'static,
    ) -> Result<Listing<T>, StoreError> {
        let Self { articles, limit, look, deadline } = self;
        let mut listing = Listing::default();
        let look = move |archived: Archived<'_>| look.look(archived, &show);
        let damaged = look_through(store, articles, progress, look, |seen| {
            let place = seen.place();
            match seen {
                Looked::Matches(_) if limit.is_some_and(|limit| listing.articles.len() >= limit as usize) => {
                    listing.is_cut = true;
                    return ControlFlow::Break(());
                }
                Looked::Matches(found) => listing.articles.push(*found),
                Looked::Matched(earlier) if listing.matched_earlier.len() < MOST_EARLIER => {
                    listing.matched_earlier.push(*earlier);
                }
                Looked::Matched(_) | Looked::Differs(_) => {}
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                listing.broken_off = Some(place);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
        .await?;
        Ok(Listing { damaged, ..listing })
    }
}

impl Search {
    /// The numbers of the articles that [`run`](Self::run) finds, in the same order; eight bytes each.
    pub async fn numbers(self, store: &Store, progress: impl Fn(u64)) -> Result<Numbers, StoreError> {
        let Self { mut articles, limit, look, .. } = self;
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        if look.query.is_none() && look.by_rule.is_none() {
            articles.truncate(limit);
            return Ok(Numbers { articles, damaged: Vec::new() });
        }
        let mut found = Vec::new();
        let look = move |archived: Archived<'_>| match look.look(archived, &|_, _| ())? {
            Looked::Matches(found) => Ok(Some(found.row.id)),
            Looked::Matched(_) | Looked::Differs(_) => Ok(None),
        };
        let damaged = look_through(store, articles, progress, look, |seen| {
            found.extend(seen);
            if found.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await?;
        Ok(Numbers { articles: found, damaged })
    }
}

/// Leaves those of the articles that may be the rule's.
async fn by_rule(
    store: &Store,
    rule: WantedRule,
    filter: ArticleFilter,
    articles: &mut Vec<ArticleId>,
) -> Result<(String, HashSet<ArticleId>), StoreError> {
    let WantedRule { name, query } = rule;
    let alerted = ArticleFilter { alerted_by: Some(name.clone()), ..filter.clone() };
    let alerted: HashSet<ArticleId> = store.select(alerted, None).await?.into_iter().collect();
    let matching: Option<HashSet<ArticleId>> = match query.map(|query| query.narrowing()) {
        None => Some(HashSet::new()),
        Some(None) => None,
        Some(narrowing) => Some(store.select(filter, narrowing).await?.into_iter().collect()),
    };
    if let Some(matching) = matching {
        articles.retain(|article| matching.contains(article) || alerted.contains(article));
    }
    Ok((name, alerted))
}

impl Look {
    /// Whether the text of an article decides if it belongs to the list.
    fn cannot_do_without(&self, article: ArticleId) -> bool {
        let has_alerted = |(_, alerted): &(String, HashSet<ArticleId>)| alerted.contains(&article);
        self.query.is_some() || !self.by_rule.as_ref().is_none_or(has_alerted)
    }

    fn look<T>(
        &self,
        mut archived: Archived<'_>,
        show: &impl Fn(&Seen, &[Match]) -> T,
    ) -> Result<Looked<T>, StoreError> {
        let mut seen = Seen::latest(&mut archived, self.query_uses_change)?;
        let place = (archived.row.last_changed, archived.row.id);
        if seen.is_none() && self.cannot_do_without(archived.row.id) {
            // Of no version there is nothing to say, and of a damaged one this says it.
            archived.version(archived.row.versions)?;
            return Ok(Looked::Differs(place));
        }
        let matches = match &self.query {
            None => Vec::new(),
            Some(query) => match seen.as_ref().and_then(|seen| seen.matches(query)) {
                Some(matches) => matches,
                None => {
                    let earlier = if self.looks_back { earlier(archived, query, show)? } else { None };
                    return Ok(earlier.map_or(Looked::Differs(place), Looked::Matched));
                }
            },
        };
        // Most articles of a search do not match its query, and to tell two versions apart takes longer than to ask that.
        if let Some(seen) = seen.as_mut().filter(|_| self.rules_use_change) {
            seen.read_before(&archived)?;
        }
        let rules = seen.as_ref().map(|seen| seen.rules(&self.rules).0).unwrap_or_default();
        let row = archived.row;
        if self.by_rule.as_ref().is_some_and(|(name, alerted)| !rules.contains(name) && !alerted.contains(&row.id)) {
            return Ok(Looked::Differs(place));
        }
        let shown = seen.as_ref().map(|seen| show(seen, &matches));
        Ok(Looked::Matches(Box::new(Found { row, rules, matches, shown })))
    }
}

/// The newest version before the latest one that matches.
fn earlier<T>(
    archived: Archived<'_>,
    query: &Query,
    show: &impl Fn(&Seen, &[Match]) -> T,
) -> Result<Option<Box<Earlier<T>>>, StoreError> {
    for number in (1..archived.row.versions).rev().take(EARLIER as usize) {
        let version = match archived.version(number) {
            Err(StoreError::Unreadable(_)) => None,
            version => version?,
        };
        let Some(seen) = version.map(|version| Seen::alone(&archived, version)) else { continue };
        if let Some(matches) = seen.matches(query) {
            let shown = show(&seen, &matches);
            let headline = seen.version.text.headline;
            return Ok(Some(Box::new(Earlier { row: archived.row, version: number, headline, matches, shown })));
        }
    }
    Ok(None)
}
