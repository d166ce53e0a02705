//! What being offline must not leave behind: failures that were nobody's, and waits that grew by them.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, StoreError, notices};
use crate::model::{EndedNotice, FoundNotice, Timestamp};

/// Over how long the polls and looks are spread that were in vain.
const SPREAD_MILLIS: i64 = 5 * 60 * 1000;

pub(super) const FEEDS: &str = "
    UPDATE feeds SET failures = 0, failing_since_at = NULL, last_error = NULL,
        due_at = iif(state = 'watched', min(due_at, ?2 + id * 7919 % ?3), NULL)
    WHERE failing_since_at >= ?1 AND last_status IS NULL";

pub(super) const ARTICLES: &str = "
    UPDATE articles SET failures = max(failures - 1, 0), problem = NULL, due_at = min(due_at, ?2 + id * 7919 % ?3)
    WHERE problem IS NOT NULL AND NOT gone AND quality IS NULL AND missing_since_at IS NULL AND last_check_at >= ?1";

// The time in which nothing could be reached is no time of failing.
pub(super) const LONGER: &str = "
    UPDATE feeds SET failing_since_at = failing_since_at + (?2 - ?1) WHERE failing_since_at < ?1";

// What found no server is tried again soon.
pub(super) const MAILS: &str = "
    UPDATE deliveries SET earliest_at = min(earliest_at, ?1 + id * 997 % ?2), settle_until = min(settle_until, ?1)
    WHERE state = 'pending' AND attempts > 0";

impl Store {
    /// Notes that the machine is offline since `since`, and takes back what was blamed on feeds and articles since then.
    pub async fn go_offline(&self, notice: FoundNotice, since: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            notices::note(connection, &notice, now)?;
            forgive(connection, since, now)
        })
        .await
    }

    /// Notes that it is back: what waited for the network is due soon, and what failed before has not failed meanwhile.
    pub async fn come_back(&self, ended: EndedNotice, since: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            notices::end(connection, &ended, now)?;
            forgive(connection, since, now)?;
            connection.prepare_cached(LONGER)?.execute(params![since, now])?;
            connection.prepare_cached(MAILS)?.execute(params![now, SPREAD_MILLIS])?;
            Ok(())
        })
        .await
    }

    /// Since when the machine is offline, if it was when the daemon ended.
    pub async fn offline_since(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT first_at FROM notices
                 WHERE kind = 'offline' AND about = 'system' AND subject = 'network' AND closed_at IS NULL",
            )?;
            Ok(statement.query_row([], |row| row.get(0)).optional()?)
        })
        .await
    }
}

fn forgive(connection: &Connection, since: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    for sql in [FEEDS, ARTICLES] {
        connection.prepare_cached(sql)?.execute(params![since, now, SPREAD_MILLIS])?;
    }
    Ok(())
}
