//! Hosts, and what their articles have in common.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::StoreError;
use super::columns::{pack, unpack};
use crate::model::{ArticleId, HostMemory, Lesson};

pub(super) fn memory(connection: &Connection, host: i64) -> Result<HostMemory, StoreError> {
    let mut statement = connection.prepare_cached("SELECT memory FROM hosts WHERE id = ?")?;
    let packed: Option<Vec<u8>> = statement.query_row([host], |row| row.get(0)).optional()?.flatten();
    packed.map_or_else(|| Ok(HostMemory::new()), |packed| unpack(&packed))
}

/// Adds what was learnt of an article to the memory of the host that it is fetched from.
pub(super) fn learn(connection: &Connection, article: ArticleId, lesson: &Lesson) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT host_id FROM articles WHERE id = ?")?;
    let host: i64 = statement.query_row([article], |row| row.get(0))?;
    let mut memory = memory(connection, host)?;
    memory.learn(article, lesson);
    connection.prepare_cached("UPDATE hosts SET memory = ?2 WHERE id = ?1")?.execute(params![host, pack(&memory)?])?;
    Ok(())
}
