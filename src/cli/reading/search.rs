//! Asking queries and rules of stored versions.

use std::collections::VecDeque;

use crate::diff;
use crate::model::{ArticleId, Diff, Event, Match, Version};
use crate::rule::{About, Explanation, Query, RuleSet, Subject};
use crate::store::{ArticleFilter, Store, StoreError, StoredArticle};

/// Articles read at a time.
const PAGE: u32 = 200;

/// The stored articles that a filter lets through, newest activity first, read in pages.
pub(super) struct Articles<'a> {
    store: &'a Store,
    filter: ArticleFilter,
    page: VecDeque<StoredArticle>,
    is_last_page: bool,
}

impl<'a> Articles<'a> {
    pub(super) fn new(store: &'a Store, filter: ArticleFilter) -> Self {
        let filter = ArticleFilter { limit: Some(PAGE), ..filter };
        Self { store, filter, page: VecDeque::new(), is_last_page: false }
    }

    pub(super) async fn next(&mut self) -> Result<Option<StoredArticle>, StoreError> {
        if self.page.is_empty() && !self.is_last_page {
            self.page = self.store.stored_articles(self.filter.clone()).await?.into();
            self.is_last_page = self.page.len() < PAGE as usize;
            self.filter.after = self.page.back().map(|article| (article.row.last_changed, article.row.id));
        }
        Ok(self.page.pop_front())
    }
}

/// A version with what came before it, as rules see it.
pub(super) struct Seen {
    pub version: Version,
    /// The version before and the way from there, where there is one and somebody asks for it.
    before: Option<(Version, Diff)>,
}

impl Seen {
    /// `with_change`: also reads the version before, for queries that ask what was added or removed.
    pub(super) async fn new(
        store: &Store,
        article: ArticleId,
        version: Version,
        with_change: bool,
    ) -> Result<Self, StoreError> {
        let before = match version.number {
            2.. if with_change => before(store, article, version.number).await?,
            _ => None,
        };
        let before = before.map(|before| {
            let change = diff::align(&before.text, &version.text);
            (before, change)
        });
        Ok(Self { version, before })
    }

    fn subject<'a>(&'a self, article: &'a StoredArticle) -> Subject<'a> {
        let is_revised = self.version.number > 1 && article.row.revisions > 0;
        let event = if is_revised { Event::Revised } else { Event::New };
        let change = self.before.as_ref().map(|(before, change)| (&before.text, change));
        let about = About { url: &article.row.url, feeds: &article.feeds, event: Some(event), change };
        Subject::new(&self.version.text, &about)
    }

    /// Where the query stands in the version, `None` when it does not match.
    pub(super) fn matches(&self, query: &Query, article: &StoredArticle) -> Option<Vec<Match>> {
        query.matches(&self.subject(article))
    }

    /// The rules that match, and all places where they do.
    pub(super) fn rules(&self, rules: &RuleSet, article: &StoredArticle) -> (Vec<String>, Vec<Match>) {
        let found = rules.matches(&self.subject(article), &article.feeds);
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for (index, matches) in found {
            names.push(rules.rule(index).name.to_owned());
            places.extend(matches);
        }
        (names, places)
    }

    pub(super) fn explain(&self, query: &Query, article: &StoredArticle) -> Explanation {
        query.explain(&self.subject(article))
    }
}

/// The version before the last revision, as it would read today; `None` where there is none, or what is stored of it is
/// damaged.
async fn before(store: &Store, article: ArticleId, number: u32) -> Result<Option<Version>, StoreError> {
    match store.before_revision(article, number).await {
        Err(StoreError::Unreadable(_)) => Ok(None),
        before => before,
    }
}

/// Whether a rule asks what a revision added or removed.
pub(super) fn uses_change(rules: &RuleSet) -> bool {
    rules.uses_change()
}

/// The names of the rules that an article's latest version matches.
pub(super) async fn rules_of(
    store: &Store,
    rules: &RuleSet,
    article: &StoredArticle,
) -> Result<Vec<String>, StoreError> {
    let Some(latest) = &article.latest else { return Ok(Vec::new()) };
    let seen = Seen::new(store, article.row.id, latest.clone(), uses_change(rules)).await?;
    Ok(seen.rules(rules, article).0)
}
