//! Which articles a list or a replay has to look at, and the look itself, piece by piece.

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension};

use super::archived::{Archived, Looks};
use super::{Store, StoreError, vocabulary};
use crate::model::{ArticleId, Timestamp};
use crate::rule::Narrowing;
use crate::store::ArticleFilter;

/// So many articles are looked up one by one; for more, all are listed in their order.
const FEW: usize = 10_000;

impl Store {
    /// The articles that a filter lets through and of which `narrowing` can be true, newest activity first; eight bytes
    /// each.
    ///
    /// Those of which it is not true may be among them, those of which it is are not missing.
    pub async fn select(
        &self,
        filter: ArticleFilter,
        narrowing: Option<Narrowing>,
    ) -> Result<Vec<ArticleId>, StoreError> {
        self.read(move |connection| select(connection, &filter, narrowing.as_ref())).await
    }

    /// Reads articles on one of the readers' threads and hands them to `look` in their order; those that are gone are
    /// left out. One of which the look cannot read what it needs fails no other. Many at a time hold back the write-ahead
    /// log: a few dozen are meant.
    pub async fn look_at<T, L>(&self, articles: Vec<ArticleId>, mut look: L) -> Result<Looks<T>, StoreError>
    where
        T: Send + 'static,
        L: FnMut(Archived<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.read(move |connection| {
            let mut looks = Looks { seen: Vec::with_capacity(articles.len()), damaged: Vec::new() };
            for article in articles {
                let found = Archived::find(connection, article);
                match found.and_then(|found| found.map(&mut look).transpose()) {
                    Ok(seen) => looks.seen.extend(seen),
                    Err(StoreError::Unreadable(what)) => looks.damaged.push((article, what)),
                    Err(error) => return Err(error),
                }
            }
            Ok(looks)
        })
        .await
    }
}

/// As [`Store::select`].
pub(super) fn select(
    connection: &Connection,
    filter: &ArticleFilter,
    narrowing: Option<&Narrowing>,
) -> Result<Vec<ArticleId>, StoreError> {
    let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut sets = Vec::new();
    sets.extend(narrowing.map_or(Ok(None), |narrowing| vocabulary::candidates(connection, narrowing))?);
    for (sql, name) in [(ANNOUNCED_BY, &filter.feed), (ALERTED_BY, &filter.alerted_by)] {
        sets.extend(name.as_deref().map(|name| articles_of(connection, sql, name)).transpose()?);
    }
    sets.sort_by_key(Vec::len);
    let mut sets = sets.into_iter();
    let Some(mut candidates) = sets.next() else { return in_order(connection, filter, limit) };
    for other in sets {
        candidates.retain(|article| other.binary_search(article).is_ok());
    }
    let mut selected = if candidates.len() <= FEW {
        one_by_one(connection, filter, candidates)?
    } else {
        let mut all = in_order(connection, filter, usize::MAX)?;
        all.retain(|article| candidates.binary_search(article).is_ok());
        all
    };
    selected.truncate(limit);
    Ok(selected)
}

pub(super) const ANNOUNCED_BY: &str = "
    SELECT article_id FROM announcements WHERE feed_id = (SELECT id FROM feeds WHERE name = ?)";

pub(super) const ALERTED_BY: &str = "SELECT article_id FROM alerts WHERE rule = ?";

/// The articles of a feed or a rule by their numbers, rising, without repeats.
fn articles_of(connection: &Connection, sql: &str, name: &str) -> Result<Vec<ArticleId>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut articles: Vec<ArticleId> = statement.query_map([name], |row| row.get(0))?.collect::<Result<_, _>>()?;
    articles.sort_unstable();
    articles.dedup();
    Ok(articles)
}

/// What a filter asks of a row of `articles`, beside feed and rule. Only what is asked stands there: so each statement
/// finds its index.
fn wanted(filter: &ArticleFilter) -> String {
    // Word for word as the indexes have it.
    let listed =
        if filter.revised { "revisions > 0" } else { "(versions > 0 OR (same_as IS NULL AND pruned_at IS NULL))" };
    let since = filter.since.map_or("", |_| "AND last_changed_at >= :since");
    let after = filter.after.map_or("", |_| "AND (last_changed_at, id) < (:after_at, :after_id)");
    format!("{listed} {since} {after}")
}

pub(super) fn listing(filter: &ArticleFilter) -> String {
    format!("SELECT id FROM articles WHERE {} ORDER BY last_changed_at DESC, id DESC", wanted(filter))
}

fn in_order(connection: &Connection, filter: &ArticleFilter, limit: usize) -> Result<Vec<ArticleId>, StoreError> {
    let mut statement = connection.prepare_cached(&listing(filter))?;
    let rows = statement.query_map(values(filter).as_slice(), |row| row.get(0))?;
    Ok(rows.take(limit).collect::<Result<_, _>>()?)
}

fn one_by_one(
    connection: &Connection,
    filter: &ArticleFilter,
    candidates: Vec<ArticleId>,
) -> Result<Vec<ArticleId>, StoreError> {
    let sql = format!("SELECT last_changed_at FROM articles WHERE id = :id AND {}", wanted(filter));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found: Vec<(Timestamp, ArticleId)> = Vec::with_capacity(candidates.len());
    for article in candidates {
        let mut values = values(filter);
        values.push((":id", &article));
        let changed = statement.query_row(values.as_slice(), |row| row.get(0)).optional()?;
        found.extend(changed.map(|changed| (changed, article)));
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found.into_iter().map(|(_, article)| article).collect())
}

/// What [`wanted`] is asked with.
fn values(filter: &ArticleFilter) -> Vec<(&'static str, &dyn ToSql)> {
    let mut values: Vec<(&'static str, &dyn ToSql)> = Vec::new();
    if let Some(since) = &filter.since {
        values.push((":since", since));
    }
    if let Some((at, id)) = &filter.after {
        values.extend_from_slice(&[(":after_at", at as &dyn ToSql), (":after_id", id)]);
    }
    values
}
