//! The three queues as a whole: what is due next, what waits, and leases that end early.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, StoreError, aliases, entries};
use crate::model::{ArticleId, Timestamp};
use crate::store::{Claim, Lane, Settling};

impl Store {
    /// Ends every lease. For the start of the daemon: its lock says that whoever had them is dead.
    pub async fn release_claims(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            for table in ["feeds", "articles", "deliveries"] {
                connection
                    .execute(&format!("UPDATE {table} SET lease_until = NULL WHERE lease_until IS NOT NULL"), [])?;
            }
            Ok(())
        })
        .await
    }

    /// Gives a row back without a result, due as it was. A claim that is lost already is no error.
    pub async fn drop_claim(&self, claim: Claim) -> Result<(), StoreError> {
        let (table, id, token) = match claim {
            Claim::Feed(id, token) => ("feeds", id.0, token),
            Claim::Article(id, token) => ("articles", id.0, token),
            Claim::Delivery(id, token) => ("deliveries", id.0, token),
        };
        self.write(move |connection| {
            let sql = format!("UPDATE {table} SET lease_until = NULL WHERE id = ? AND token = ?");
            connection.prepare_cached(&sql)?.execute(params![id, token.0])?;
            Ok(())
        })
        .await
    }

    /// Makes every watched feed and every article that does not rest due at `now`.
    pub async fn make_all_due(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            for table in ["feeds", "articles"] {
                connection.execute(&format!("UPDATE {table} SET due_at = ?1 WHERE due_at > ?1"), [now])?;
            }
            Ok(())
        })
        .await
    }

    /// Makes an article due at `now`, also one that rests; if it is being looked at, then again after that. In place of
    /// one that was found to be an older one, that one.
    pub async fn recheck(&self, article: ArticleId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            let article = aliases::same_as(connection, article)?.unwrap_or(article);
            entries::wake(connection, article, now)
        })
        .await
    }

    /// Gives the articles that became due while nobody watched new times within `within`, on hosts with many of them: news
    /// does not wait behind a backlog, and no host sees it at once. What was never read or waits to be confirmed stays
    /// due.
    pub async fn spread_overdue(&self, now: Timestamp, within: Duration) -> Result<usize, StoreError> {
        self.write(move |connection| spread_overdue(connection, now, within)).await
    }

    /// When the next feed can be claimed, in the past if one can be now. The end of a running lease counts; `None`
    /// when nothing will be due.
    pub async fn next_feed_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| first(connection, "feeds", "ready_at")).await
    }

    /// The same of articles. One that only waits for others of its host counts as due: after a claim that came back
    /// empty, wait for a check to end.
    pub async fn next_article_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| first(connection, "hosts", "ready_at")).await
    }

    /// The same of the deliveries of a lane.
    pub async fn next_delivery_due(&self, settling: Settling, lane: Lane) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |connection| {
            let sql = first_of_lane(ready(settling));
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_row([lane == Lane::Hooks], |row| row.get(0)).optional()?)
        })
        .await
    }
}

/// Due for longer than this, an article is part of a backlog; so many of a host are one.
const OVERDUE: Duration = Duration::from_secs(60 * 60);
const BACKLOG: u32 = 30;

fn spread_overdue(connection: &Connection, now: Timestamp, within: Duration) -> Result<usize, StoreError> {
    let mut hosts = connection.prepare("SELECT id FROM hosts WHERE ready_at <= ?")?;
    let hosts: Vec<i64> = hosts.query_map([now - OVERDUE], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut backlog = connection.prepare(
        "SELECT id FROM articles WHERE host_id = ? AND ready_at <= ? AND versions > 0 AND candidate_seen_at IS NULL
         ORDER BY last_changed_at DESC",
    )?;
    let mut moved = 0;
    for host in hosts {
        let articles: Vec<i64> =
            backlog.query_map(params![host, now - OVERDUE], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let count = u32::try_from(articles.len()).unwrap_or(u32::MAX);
        if count < BACKLOG {
            continue;
        }
        // The youngest first, since they change most.
        for (place, article) in (0..count).zip(articles) {
            let due_at = now + within * place / count;
            moved += connection
                .prepare_cached("UPDATE articles SET due_at = ? WHERE id = ? AND lease_until IS NULL")?
                .execute(params![due_at, article])?;
        }
    }
    Ok(moved)
}

pub(super) fn first(connection: &Connection, table: &str, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let sql = first_ready(table, column);
    Ok(connection.prepare_cached(&sql)?.query_row([], |row| row.get(0)).optional()?)
}

pub(super) fn first_ready(table: &str, column: &str) -> String {
    format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} LIMIT 1")
}

pub(super) fn first_of_lane(column: &str) -> String {
    format!(
        "SELECT {column} FROM deliveries
         WHERE {column} IS NOT NULL
             AND (SELECT channel IN ('webhook', 'ntfy') FROM addresses WHERE id = address_id) = ?1
         ORDER BY {column} LIMIT 1"
    )
}

fn ready(settling: Settling) -> &'static str {
    match settling {
        Settling::Wait => "ready_at",
        Settling::Over => "early_ready_at",
    }
}
