//! Which articles a list or a replay has to look at, and the look itself, piece by piece.

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::archived::{Archived, Looks};
use super::{Store, StoreError, vocabulary};
use crate::model::{ArticleId, Timestamp};
use crate::rule::Narrowing;
use crate::store::ArticleFilter;

/// What an [`ArticleFilter`] asks of a row of `articles`.
pub(super) const WANTED: &str = "
    (versions > 0 OR same_as IS NULL)
    AND (:since IS NULL OR last_changed_at >= :since)
    AND (NOT :revised OR revisions >= 1)
    AND (:feed IS NULL OR EXISTS (
        SELECT 1 FROM announcements JOIN feeds ON feeds.id = feed_id
        WHERE article_id = articles.id AND feeds.name = :feed))
    AND (:rule IS NULL OR EXISTS (SELECT 1 FROM alerts WHERE article_id = articles.id AND rule = :rule))
    AND (:after_at IS NULL OR (last_changed_at, id) < (:after_at, :after_id))";

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

fn select(
    connection: &Connection,
    filter: &ArticleFilter,
    narrowing: Option<&Narrowing>,
) -> Result<Vec<ArticleId>, StoreError> {
    let candidates = narrowing.map_or(Ok(None), |narrowing| vocabulary::candidates(connection, narrowing))?;
    let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut selected = match candidates {
        Some(candidates) if candidates.len() <= FEW => one_by_one(connection, filter, candidates)?,
        Some(candidates) => {
            let mut all = in_order(connection, filter, usize::MAX)?;
            all.retain(|article| candidates.binary_search(article).is_ok());
            all
        }
        None => in_order(connection, filter, limit)?,
    };
    selected.truncate(limit);
    Ok(selected)
}

fn in_order(connection: &Connection, filter: &ArticleFilter, limit: usize) -> Result<Vec<ArticleId>, StoreError> {
    let sql = format!("SELECT id FROM articles WHERE {WANTED} ORDER BY last_changed_at DESC, id DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(values(filter, &After::of(filter)).as_slice(), |row| row.get(0))?;
    Ok(rows.take(limit).collect::<Result<_, _>>()?)
}

fn one_by_one(
    connection: &Connection,
    filter: &ArticleFilter,
    candidates: Vec<ArticleId>,
) -> Result<Vec<ArticleId>, StoreError> {
    let sql = format!("SELECT last_changed_at FROM articles WHERE id = :id AND {WANTED}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found: Vec<(Timestamp, ArticleId)> = Vec::with_capacity(candidates.len());
    for article in candidates {
        let after = After::of(filter);
        let mut values = values(filter, &after).to_vec();
        values.extend_from_slice(named_params! { ":id": article });
        let changed = statement.query_row(values.as_slice(), |row| row.get(0)).optional()?;
        found.extend(changed.map(|changed| (changed, article)));
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found.into_iter().map(|(_, article)| article).collect())
}

/// Where a list goes on.
pub(super) struct After {
    at: Option<Timestamp>,
    id: Option<ArticleId>,
}

impl After {
    pub(super) fn of(filter: &ArticleFilter) -> Self {
        Self { at: filter.after.map(|(at, _)| at), id: filter.after.map(|(_, id)| id) }
    }
}

/// What [`WANTED`] is asked with.
pub(super) fn values<'v>(filter: &'v ArticleFilter, after: &'v After) -> [(&'v str, &'v dyn ToSql); 6] {
    [
        (":since", &filter.since),
        (":revised", &filter.revised),
        (":feed", &filter.feed),
        (":rule", &filter.alerted_by),
        (":after_at", &after.at),
        (":after_id", &after.id),
    ]
}
