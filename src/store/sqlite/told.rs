//! What the answers to polls tell beside what is in the feed: whether its 304 can be trusted, where it has moved, when to
//! come again.

use std::time::Duration;

use rusqlite::{Connection, named_params, params};

use super::StoreError;
use super::columns::json;
use crate::store::{PollOutcome, PollRecord, PollSummary};

/// For so long a feed is asked without conditions that said "not modified" though it was; then it gets another chance.
const DISTRUSTED_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Takes in what a poll told. `found` is what was new in the entries, `None` where none came or none were known before.
pub(super) fn take(
    connection: &Connection,
    record: &PollRecord,
    found: Option<&PollSummary>,
) -> Result<(), StoreError> {
    let entries = match &record.outcome {
        PollOutcome::Read { entries, .. } => entries.len(),
        PollOutcome::Unchanged { .. } => 0,
        PollOutcome::Failed { .. } | PollOutcome::Unreached | PollOutcome::PutOff => return Ok(()),
    };
    if record.told.is_behind_304 && found.is_some_and(|found| found.new_entries + found.changed_entries > 0) {
        connection
            .prepare_cached("UPDATE feeds SET distrusted_until = ?2 WHERE id = ?1")?
            .execute(params![record.feed, record.now + DISTRUSTED_FOR])?;
    }
    if let Some(hints) = &record.told.hints {
        let hints = (!hints.is_empty()).then(|| json(hints)).transpose()?;
        connection
            .prepare_cached("UPDATE feeds SET hints = ?2 WHERE id = ?1 AND hints IS NOT ?2")?
            .execute(params![record.feed, hints])?;
    }
    // Where all entries are strange on articles that are strange too, another feed answers.
    let is_same = found.is_none_or(|found| found.new_entries < entries || found.announced < entries);
    connection
        .prepare_cached(
            "UPDATE feeds SET moved_to = :to,
                 moved_at = CASE WHEN :to IS NULL THEN NULL WHEN moved_to = :to THEN moved_at WHEN :same THEN :now END,
                 moved_polls = CASE WHEN :to IS NULL THEN 0 WHEN moved_to = :to THEN moved_polls + 1 ELSE 1 END
             WHERE id = :id AND (moved_to IS NOT NULL OR :to IS NOT NULL)",
        )?
        .execute(named_params! {
            ":id": record.feed, ":to": record.told.moved_to.as_ref().map(url::Url::as_str), ":same": is_same,
            ":now": record.now,
        })?;
    Ok(())
}
