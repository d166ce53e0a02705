//! Texts and pages, content-addressed and compressed: the first of an article whole, later ones against it.

use std::io::Read;

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use super::columns::compress;
use super::error::{if_readable, of_one};
use crate::store::Digest;

const LEVEL: i32 = 3;
/// Bounds what a damaged row can make us allocate; pages are at most 5 MiB.
const CONTENT_BYTES: usize = 64 << 20;

/// A content, ready to be stored.
#[derive(Debug)]
pub(super) struct Content {
    digest: Digest,
    size: usize,
    base: Option<i64>,
    bytes: Vec<u8>,
}

/// A stored content that others can be compressed against.
#[derive(Debug)]
pub(super) struct Base {
    id: i64,
    raw: Vec<u8>,
}

impl Content {
    /// Compresses `raw`, against `base` where that saves half. Takes about as long as reading a page: not for the
    /// writer's thread.
    pub(super) fn new(raw: &[u8], base: Option<&Base>) -> Result<Self, StoreError> {
        let whole = Self { digest: *blake3::hash(raw).as_bytes(), size: raw.len(), base: None, bytes: compress(raw)? };
        let Some(base) = base else { return Ok(whole) };
        let bytes = compress_against(raw, &base.raw)?;
        if bytes.len() * 2 > whole.bytes.len() {
            return Ok(whole);
        }
        Ok(Self { base: Some(base.id), bytes, ..whole })
    }

    /// Stores the content unless it is there, and gives its row.
    pub(super) fn store(&self, connection: &Connection) -> Result<i64, StoreError> {
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        let stored = connection
            .prepare_cached(
                "INSERT INTO contents (digest, size, base_id, bytes) VALUES (?, ?, ?, ?)
                 ON CONFLICT (digest) DO NOTHING RETURNING id",
            )?
            .query_row(params![self.digest, size, self.base, self.bytes], |row| row.get(0))
            .optional()?;
        if let Some(id) = stored {
            return Ok(id);
        }
        let mut known = connection.prepare_cached("SELECT id FROM contents WHERE digest = ?")?;
        let known = known.query_row([self.digest], |row| row.get(0))?;
        self.mend(connection, known)?;
        Ok(known)
    }

    /// The same bytes have come again: where those that are stored went bad, they take their place.
    fn mend(&self, connection: &Connection, id: i64) -> Result<(), StoreError> {
        if self.base.is_some() || if_readable(load(connection, id))?.is_some() {
            return Ok(());
        }
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        connection
            .prepare_cached("UPDATE contents SET size = ?2, base_id = NULL, bytes = ?3 WHERE id = ?1")?
            .execute(params![id, size, self.bytes])?;
        Ok(())
    }
}

/// The bytes of a stored content, checked against their digest.
pub(super) fn load(connection: &Connection, id: i64) -> Result<Vec<u8>, StoreError> {
    let row = read(connection, id)?;
    let raw = match row.base {
        None => decompress_against(&row.bytes, &[], row.size)?,
        Some(base) => decompress_against(&row.bytes, &load_whole(connection, base)?, row.size)?,
    };
    if *blake3::hash(&raw).as_bytes() != row.digest {
        return Err(StoreError::Unreadable(format!("content {id} is not what was stored")));
    }
    Ok(raw)
}

/// Deletes a content that no version and no page has any more. What is compressed against it gets another base first.
pub(super) fn release(connection: &Connection, id: i64) -> Result<(), StoreError> {
    let used = "SELECT 1 FROM versions WHERE content_id = ?1 UNION ALL SELECT 1 FROM pages WHERE content_id = ?1";
    if connection.prepare_cached(used)?.exists([id])? {
        return Ok(());
    }
    let mut dependents = connection.prepare_cached("SELECT id FROM contents WHERE base_id = ? ORDER BY id")?;
    let dependents: Vec<i64> = dependents.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut base: Option<Base> = None;
    for dependent in dependents {
        let Some(raw) = if_readable(load(connection, dependent))? else {
            // Damaged already: nothing can be read of it with its base or without.
            connection.prepare_cached("UPDATE contents SET base_id = NULL WHERE id = ?")?.execute([dependent])?;
            continue;
        };
        let content = Content::new(&raw, base.as_ref())?;
        connection.prepare_cached("UPDATE contents SET base_id = ?2, bytes = ?3 WHERE id = ?1")?.execute(params![
            dependent,
            content.base,
            content.bytes
        ])?;
        if content.base.is_none() {
            base.get_or_insert(Base { id: dependent, raw });
        }
    }
    connection.prepare_cached("DELETE FROM contents WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// What to compress the successor of content `id` against: itself, or what it is compressed against.
pub(super) fn base(connection: &Connection, id: i64) -> Result<Base, StoreError> {
    let id = read(connection, id)?.base.unwrap_or(id);
    Ok(Base { id, raw: load_whole(connection, id)? })
}

struct Stored {
    digest: Digest,
    size: usize,
    base: Option<i64>,
    bytes: Vec<u8>,
}

fn read(connection: &Connection, id: i64) -> Result<Stored, StoreError> {
    let mut statement = connection.prepare_cached("SELECT digest, size, base_id, bytes FROM contents WHERE id = ?")?;
    let stored = statement.query_row([id], |row| {
        let size: i64 = row.get(1)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(Stored { digest: row.get(0)?, size, base: row.get(2)?, bytes: row.get(3)? })
    });
    let stored = of_one(stored.map_err(StoreError::from)).map_err(|error| error.of(|| format!("content {id}")))?;
    if stored.size > CONTENT_BYTES {
        return Err(StoreError::Unreadable(format!("content {id} claims to be very long")));
    }
    Ok(stored)
}

fn load_whole(connection: &Connection, id: i64) -> Result<Vec<u8>, StoreError> {
    let row = read(connection, id)?;
    if row.base.is_some() {
        return Err(StoreError::Unreadable(format!("content {id} should be whole")));
    }
    decompress_against(&row.bytes, &[], row.size)
}

/// A prefix and not a dictionary: a page may begin with the mark of a dictionary.
fn compress_against(raw: &[u8], base: &[u8]) -> Result<Vec<u8>, StoreError> {
    let failed = |e: std::io::Error| StoreError::io("compress", &e);
    let mut compressor = zstd::bulk::Compressor::new(LEVEL).map_err(failed)?;
    compressor
        .context_mut()
        .ref_prefix(base)
        .map_err(|_| StoreError::Contradiction("a prefix was refused".to_owned()))?;
    compressor.compress(raw).map_err(failed)
}

fn decompress_against(bytes: &[u8], base: &[u8], size: usize) -> Result<Vec<u8>, StoreError> {
    let failed = |e: std::io::Error| StoreError::Unreadable(format!("a content: {e}"));
    if base.is_empty() {
        return zstd::bulk::decompress(bytes, size).map_err(failed);
    }
    let mut raw = Vec::with_capacity(size);
    let decoder = zstd::stream::read::Decoder::with_ref_prefix(bytes, base).map_err(failed)?;
    decoder.take(size as u64 + 1).read_to_end(&mut raw).map_err(failed)?;
    Ok(raw)
}
