//! The feeds, as they are shown: all of them, some of them by name, or one.

use rusqlite::{Connection, Row, named_params};

use super::columns::{from_json, url};
use super::error::if_readable;
use super::{Store, StoreError, feeds, fitness, notices, subscriptions};
use crate::model::FeedId;
use crate::store::{FeedFilter, FeedRow, FeedState, Unreadable};

/// Feeds by name, from behind one of an earlier page on.
pub(super) const FEEDS: &str = "
    SELECT * FROM feeds
    WHERE state <> 'removed' AND name > :after AND (NOT :failing OR (state = 'watched' AND failures > 0))
        AND (:part = '' OR instr(lower(name), :part) > 0 OR instr(lower(url), :part) > 0 OR instr(lower(tags), :part) > 0)
    ORDER BY name LIMIT :limit";

impl Store {
    /// Every configured feed, by name.
    pub async fn feeds(&self) -> Result<Vec<FeedRow>, StoreError> {
        self.feeds_like(FeedFilter::default()).await
    }

    /// Some of them, by name.
    pub async fn feeds_like(&self, filter: FeedFilter) -> Result<Vec<FeedRow>, StoreError> {
        self.read(move |connection| {
            let values = named_params! {
                ":after": filter.after.unwrap_or_default(),
                ":failing": filter.failing,
                ":part": filter.part.unwrap_or_default().to_lowercase(),
                ":limit": filter.limit.map_or(-1, i64::from),
            };
            let mut statement = connection.prepare_cached(FEEDS)?;
            let mut unreadable = fitness::unreadable_by_feed(connection)?;
            let rows = statement.query_and_then(values, |row| {
                let id: FeedId = row.get("id")?;
                let subscription = subscriptions::subscription(connection, id)?;
                Ok(FeedRow { subscription, ..feed_row(row, unreadable.remove(&id).unwrap_or_default())? })
            })?;
            with_notices(connection, rows.collect::<Result<_, StoreError>>()?)
        })
        .await
    }

    /// The configured feed of a name.
    pub async fn feed(&self, name: &str) -> Result<Option<FeedRow>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM feeds WHERE name = ? AND state <> 'removed'")?;
            let mut unreadable = fitness::unreadable_by_feed(connection)?;
            let rows = statement.query_and_then([name], |row| {
                let id: FeedId = row.get("id")?;
                let subscription = subscriptions::subscription(connection, id)?;
                Ok(FeedRow { subscription, ..feed_row(row, unreadable.remove(&id).unwrap_or_default())? })
            })?;
            Ok(with_notices(connection, rows.collect::<Result<_, StoreError>>()?)?.pop())
        })
        .await
    }
}

/// The feeds with the open notices that concern them.
fn with_notices(connection: &Connection, mut rows: Vec<FeedRow>) -> Result<Vec<FeedRow>, StoreError> {
    for notice in notices::open(connection)? {
        let names = notices::feeds_of(connection, &notice)?;
        rows.iter_mut().filter(|row| names.contains(&row.name)).for_each(|row| row.notices.push(notice.clone()));
    }
    Ok(rows)
}

fn feed_row(row: &Row<'_>, unreadable: Unreadable) -> Result<FeedRow, StoreError> {
    let tags: String = row.get("tags")?;
    let state: String = row.get("state")?;
    let keys = feeds::keys(row)?;
    let (failures, last_status) = (row.get("failures")?, row.get("last_status")?);
    Ok(FeedRow {
        name: row.get("name")?,
        url: url(row, "url")?,
        tags: if_readable(from_json(tags.as_bytes()))?.unwrap_or_default(),
        state: feed_state(&state, failures, last_status),
        last_poll: row.get("last_poll_at")?,
        last_success: row.get("last_success_at")?,
        next_poll: row.get("due_at")?,
        failures,
        last_status,
        last_error: row.get("last_error")?,
        distrusted_until: row.get("distrusted_until")?,
        entries: row.get::<_, i64>("entries")?.unsigned_abs(),
        articles: row.get::<_, i64>("articles")?.unsigned_abs(),
        subscription: None,
        told_apart_by: keys.basis,
        ignored_parameters: keys.volatile,
        notices: Vec::new(),
        unreadable,
    })
}

fn feed_state(state: &str, failures: u32, last_status: Option<u16>) -> FeedState {
    match (state, failures, last_status) {
        ("paused", _, _) => FeedState::Paused,
        (_, 0, _) => FeedState::Healthy,
        (_, _, Some(410)) => FeedState::Gone,
        _ => FeedState::Failing,
    }
}
