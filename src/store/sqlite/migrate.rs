//! The schema: which one a database has, and how it gets the newest.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::StoreError;
use super::backup::{Draft, Existing};

/// Marks a file as ours (`WIRE`), so that no other program's database is touched.
const APPLICATION_ID: i32 = 0x5749_5245;

/// Each brings the schema from its index to the next number. Never changed once released, only added to.
pub(super) const MIGRATIONS: &[&str] =
    &[concat!(include_str!("schema/0001.sql"), include_str!("schema/vocabulary.sql"))];

/// What a database file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Schema(u32),
}

/// Brings the database to the newest schema: creates it where there is none, and copies an older one to
/// `<path>.schema-N` before it is changed. The copy has that name only once all of it is on the disk.
pub(super) fn migrate(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let known = number(migrations);
    // One snapshot: what is copied has the schema by which the copy is named.
    let snapshot = connection.unchecked_transaction()?;
    let found = match inspect(&snapshot, path, known)? {
        Found::Schema(found) if found == known => return Ok(()),
        Found::Schema(found) => {
            Draft::of(&snapshot, &backup_path(path, found))?.publish(Existing::Replace)?;
            found
        }
        Found::Nothing => 0,
    };
    drop(snapshot);
    for (done, migration) in (found..).zip(migrations.iter().skip(found as usize)) {
        apply(connection, path, migration, done + 1)?;
    }
    Ok(())
}

/// Refuses, before anything is written to it, what is not ours or newer than we know.
pub(super) fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    inspect(connection, path, number(MIGRATIONS)).map(drop)
}

/// Accepts a database of the newest schema only.
pub(super) fn expect_newest(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let known = number(MIGRATIONS);
    match inspect(connection, path, known)? {
        Found::Schema(found) if found == known => Ok(()),
        Found::Schema(found) => Err(StoreError::Older { path: path.to_owned(), found, known }),
        Found::Nothing => Err(StoreError::NotFound { path: path.to_owned() }),
    }
}

fn inspect(connection: &Connection, path: &Path, known: u32) -> Result<Found, StoreError> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let application = pragma("application_id").map_err(|e| StoreError::opening(path, e))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && tables == 0 {
        return Ok(Found::Nothing);
    }
    if application != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    match u32::try_from(pragma("user_version")?) {
        Ok(found) if found > known => Err(StoreError::Newer { path: path.to_owned(), found, known }),
        Ok(found) if found > 0 => Ok(Found::Schema(found)),
        _ => Err(StoreError::Foreign { path: path.to_owned() }),
    }
}

/// One migration, all or nothing. Somebody else may have been quicker: then it has been done.
fn apply(connection: &Connection, path: &Path, migration: &str, number: u32) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    // Takes the write lock before the schema is looked at again.
    transaction.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
    let current: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if current >= number {
        return Ok(());
    }
    transaction.execute_batch(migration)?;
    let broken = transaction.prepare("PRAGMA foreign_key_check")?.exists([])?;
    if broken {
        let what = format!("rows of `{}` refer to rows that are not there", path.display());
        return Err(StoreError::Damaged(what));
    }
    transaction.execute_batch(&format!("PRAGMA user_version = {number}"))?;
    transaction.commit()?;
    Ok(())
}

fn number(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).expect("there are few migrations")
}

fn backup_path(path: &Path, schema: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".schema-{schema}"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: &str = "CREATE TABLE second (id INTEGER PRIMARY KEY) STRICT;";

    fn first(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        migrate(&connection, path, MIGRATIONS).unwrap();
        connection
    }

    #[test]
    fn an_older_database_is_copied_and_then_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wirewatch.db");
        let connection = first(&path);
        connection.execute("INSERT INTO hosts (name) VALUES ('example.org')", []).unwrap();

        migrate(&connection, &path, &[MIGRATIONS[0], SECOND]).unwrap();

        let schema = |c: &Connection| c.query_row("PRAGMA user_version", [], |r| r.get::<_, u32>(0)).unwrap();
        assert_eq!(schema(&connection), 2);
        let copy = Connection::open(folder.path().join("wirewatch.db.schema-1")).unwrap();
        assert_eq!(schema(&copy), 1);
        assert_eq!(copy.query_row("SELECT name FROM hosts", [], |r| r.get::<_, String>(0)).unwrap(), "example.org");
    }

    #[test]
    fn half_a_copy_never_has_the_name_of_a_whole_one_and_is_replaced_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wirewatch.db");
        let connection = first(&path);
        let copy = backup_path(&path, 1);

        // As a kill leaves it: copied, and not published.
        std::mem::forget(Draft::of(&connection, &copy).unwrap());
        assert!(!copy.exists());
        let partial = folder.path().join("wirewatch.db.schema-1.partial");
        // Somebody is still at it, so nothing is changed without a copy.
        migrate(&connection, &path, &[MIGRATIONS[0], SECOND]).unwrap_err();
        expect_newest(&connection, &path).unwrap();
        assert!(!copy.exists());

        // The lock of what was killed goes with it; half a file stays.
        std::fs::remove_file(&partial).unwrap();
        std::fs::write(&partial, b"half a copy").unwrap();
        migrate(&connection, &path, &[MIGRATIONS[0], SECOND]).unwrap();
        assert!(!partial.exists());
        expect_newest(&Connection::open(&copy).unwrap(), &copy).unwrap();
    }

    #[test]
    fn a_migration_that_fails_leaves_the_database_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wirewatch.db");
        let connection = first(&path);

        migrate(&connection, &path, &[MIGRATIONS[0], "CREATE TABLE half (id); CREATE TABLE nonsense"]).unwrap_err();

        expect_newest(&connection, &path).unwrap();
        assert!(!connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'half'").unwrap().exists([]).unwrap());
    }
}
