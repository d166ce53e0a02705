//! What the operator has not heard of yet, and the mails that tell it.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::{Store, StoreError, notices, outbox};
use crate::health::{Part, Untold};
use crate::model::Timestamp;
use crate::store::Telling;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Notices told at a time; the others come with the next mail.
const AT_ONCE: u32 = 500;

/// Those that began. What was told within the last day waits: one that goes to and fro is told once a day. Of being
/// offline a mail cannot tell while it lasts, unless it lasts for days and the mail server is near.
pub(super) const BEGINNINGS: &str = "
    SELECT *, opened_at AS known_at FROM notices AS untold
    WHERE closed_at IS NULL AND told_at IS NULL AND opened_at <= ?1
        AND kind NOT IN ('alternating', 'braked', 'site_change', 'burst')
        AND (kind <> 'offline' OR opened_at <= ?2)
        AND NOT EXISTS (
            SELECT 1 FROM notices AS before
            WHERE before.about = untold.about AND before.subject = untold.subject AND before.kind = untold.kind
                AND before.told_at > ?2)
    ORDER BY opened_at LIMIT ?3";

pub(super) const ENDS: &str = "
    SELECT *, closed_at AS known_at FROM notices AS untold
    WHERE end_text IS NOT NULL AND end_told_at IS NULL AND closed_at <= ?1
        AND (told_at IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM notices AS before
            WHERE before.about = untold.about AND before.subject = untold.subject AND before.kind = untold.kind
                AND before.end_told_at > ?2))
    ORDER BY closed_at LIMIT ?3";

impl Store {
    /// The notices whose beginning or end a mail should tell, the first known first.
    pub async fn untold(&self, now: Timestamp) -> Result<Vec<Untold>, StoreError> {
        self.read(move |connection| {
            let mut untold = list(connection, BEGINNINGS, Part::Beginning, now)?;
            untold.extend(list(connection, ENDS, Part::End, now)?);
            untold.sort_by_key(|one| one.known_at);
            Ok(untold)
        })
        .await
    }

    /// Puts a mail into the outbox, and notes that it tells of these notices.
    pub async fn tell(&self, telling: Telling) -> Result<(), StoreError> {
        self.write(move |connection| {
            for (id, part) in &telling.told {
                let sql = match part {
                    Part::Beginning => "UPDATE notices SET told_at = ?2 WHERE id = ?1",
                    // Of all that were told before it, too.
                    Part::End => {
                        "UPDATE notices AS told SET end_told_at = ?2
                         FROM (SELECT kind, about, subject FROM notices WHERE id = ?1) AS ended
                         WHERE told.id <= ?1 AND told.kind = ended.kind AND told.about = ended.about
                             AND told.subject = ended.subject AND told.end_told_at IS NULL AND told.closed_at IS NOT NULL"
                    }
                };
                connection.prepare_cached(sql)?.execute(params![id, telling.now])?;
            }
            outbox::add_notice(connection, &telling.warning, &telling.host, telling.now)
        })
        .await
    }
}

fn list(connection: &Connection, sql: &str, part: Part, now: Timestamp) -> Result<Vec<Untold>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_and_then(params![now, now - DAY, AT_ONCE], |row| {
        Ok(Untold { id: row.get("id")?, part, notice: notices::notice(row)?, known_at: row.get("known_at")? })
    })?;
    rows.collect()
}
