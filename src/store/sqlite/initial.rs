//! The digest of a first look waits until everything that the feeds brought was looked at: a new user gets one mail.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::StoreError;
use super::limit::Due;
use crate::model::{DeliveryKind, Timestamp};
use crate::store::Settling;

/// Between two looks at what is missing.
const WAIT: Duration = Duration::from_secs(30);
/// The longest that a digest waits: one slow site must not keep a new user from seeing that it works.
const WAIT_AT_MOST: Duration = Duration::from_secs(15 * 60);

/// Recent entries of a first poll whose articles nobody has looked at yet.
pub(super) const UNREAD: &str = "
    SELECT 1 FROM articles
    WHERE baseline = 'recent' AND versions = 0 AND last_check_at IS NULL AND due_at IS NOT NULL LIMIT 1";

/// Whether a due delivery need not wait for more of a first look. What must wait is put off.
pub(super) fn passes(
    connection: &Connection,
    due: &Due,
    settling: Settling,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_waiting = due.kind == DeliveryKind::Initial
        && settling == Settling::Wait
        && !due.sealed
        && now.since(due.created_at) < WAIT_AT_MOST
        && connection.prepare_cached(UNREAD)?.exists([])?;
    if is_waiting {
        connection
            .prepare_cached("UPDATE deliveries SET settle_until = ?2 WHERE id = ?1")?
            .execute(params![due.id, now + WAIT])?;
    }
    Ok(!is_waiting)
}
