//! What is learnt of when an adaptive feed has news, and when it is due by that.

use chrono_tz::Tz;
use rusqlite::{Connection, params};

use super::StoreError;
use super::columns::{pack, unpack};
use super::entries::dated;
use super::error::if_readable;
use crate::model::{FeedId, Timestamp};
use crate::schedule::{self, News, PollHistory, Tempo};
use crate::store::{PollRecord, SeenEntry};

/// Takes in what a poll that read the feed found; without `news` (its first poll), what its dates tell.
pub(super) fn learn(
    connection: &Connection,
    record: &PollRecord,
    entries: &[SeenEntry],
    news: Option<News<'_>>,
) -> Result<(), StoreError> {
    if record.adaptive.is_none() {
        return Ok(());
    }
    let tempo = match (known(connection, record.feed)?, news) {
        (Some(mut tempo), Some(news)) => {
            tempo.learn(&news, record.now);
            tempo
        }
        _ => {
            let dates: Vec<Timestamp> = entries.iter().filter_map(|seen| dated(&seen.entry)).collect();
            Tempo::of_dates(&dates, entries.len(), record.now)
        }
    };
    connection
        .prepare_cached("UPDATE feeds SET tempo = ?2 WHERE id = ?1")?
        .execute(params![record.feed, pack(&tempo)?])?;
    put_due(connection, record, &tempo)
}

/// After a poll that found nothing.
pub(super) fn keep(connection: &Connection, record: &PollRecord) -> Result<(), StoreError> {
    match record.adaptive {
        Some(_) => put_due(connection, record, &known(connection, record.feed)?.unwrap_or_default()),
        None => Ok(()),
    }
}

/// One that cannot be read is learnt anew.
fn known(connection: &Connection, feed: FeedId) -> Result<Option<Tempo>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT tempo FROM feeds WHERE id = ?")?;
    let packed: Option<Vec<u8>> = statement.query_row([feed], |row| row.get(0))?;
    Ok(packed.map(|packed| if_readable(unpack::<Tempo>(&packed))).transpose()?.flatten())
}

fn put_due(connection: &Connection, record: &PollRecord, tempo: &Tempo) -> Result<(), StoreError> {
    let Some(adaptive) = &record.adaptive else { return Ok(()) };
    let (seed, fresh_until) = (adaptive.seed, adaptive.fresh_until);
    let history = PollHistory { seed, fresh_until, tempo: Some(tempo), ..Default::default() };
    let due_at = schedule::next_poll(&adaptive.schedule, &history, Tz::UTC, record.now).max(record.next_due_at);
    connection
        .prepare_cached("UPDATE feeds SET due_at = ?2 WHERE id = ?1 AND state = 'watched'")?
        .execute(params![record.feed, due_at])?;
    Ok(())
}
