//! Looking after the database: is its structure whole, did the last daemon end in order.

use rusqlite::Connection;

use super::{Store, StoreError, mending};

impl Store {
    /// Checks the structure of the whole database. Nothing is repaired.
    pub async fn quick_check(&self) -> Result<(), StoreError> {
        self.read(quick_check).await
    }
}

/// Notes that a daemon is at work, and checks the database if the one before it never noted its end.
pub(super) fn begin(connection: &Connection) -> Result<(), StoreError> {
    let noted =
        connection.execute("INSERT INTO meta (name, value) VALUES ('open', 'yes') ON CONFLICT DO NOTHING", [])?;
    if noted > 0 {
        return Ok(());
    }
    match quick_check(connection) {
        Err(StoreError::Damaged(what)) if what.split("; ").all(|line| line.contains("vocabulary")) => {
            mending::in_a_transaction(connection, &StoreError::Damaged(what))?;
            quick_check(connection)
        }
        checked => checked,
    }
}

/// Notes that the daemon ended in order.
pub(super) fn end(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM meta WHERE name = 'open'", [])?;
    Ok(())
}

fn quick_check(connection: &Connection) -> Result<(), StoreError> {
    lines_of(connection, "PRAGMA quick_check(5)")
}

/// Checks the structure of one table.
pub(super) fn check_table(connection: &Connection, table: &str) -> Result<(), StoreError> {
    lines_of(connection, &format!("PRAGMA quick_check({table})"))
}

fn lines_of(connection: &Connection, check: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare(check)?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    if lines == ["ok"] { Ok(()) } else { Err(StoreError::Damaged(lines.join("; "))) }
}
