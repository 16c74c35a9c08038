//! Checks whether a SQLite file is intact, and reads which revisions are applied in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::backend::ConnectionHook;
use crate::backup_driver::{ANOTHER, DatabaseInfo, Problem, regular};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};
use crate::version_table::VersionTable;

use super::super::Sqlite;
use super::super::error::from_driver;
use super::super::open::{COMMON, uri_of_immutable};
use super::super::unregistered::Unregistered;
use super::SqliteBackupDriver;

/// Inspects the database in use.
pub(super) fn inspect_live(driver: &SqliteBackupDriver) -> Result<DatabaseInfo, Error> {
    let connection = driver.connect_to_read()?.connection;
    let size = driver.size(&connection)?;
    Ok(DatabaseInfo::new(size, heads(&connection, driver.table)))
}

/// Reads a whole file that no process uses.
pub(super) fn inspect(
    file: &Path,
    table: &'static str,
    hook: &ConnectionHook<Sqlite>,
) -> Result<DatabaseInfo, Error> {
    let size = match regular(file) {
        Ok(size) => size,
        Err(problem) => return Ok(DatabaseInfo::corrupt(0, problem)),
    };
    if let Some(problem) = beside(file) {
        return Ok(DatabaseInfo::corrupt(size, problem));
    }
    let unreadable = |error| {
        DatabaseInfo::corrupt(
            size,
            Problem::new(problem_of(&from_driver(&error)), ANOTHER),
        )
    };
    let mut connection = match open(file) {
        Ok(connection) => connection,
        Err(error) => return Ok(unreadable(error)),
    };
    if hook.is_set() {
        // The schema may call the application's functions, as in the application's own database.
        let _ = connection.execute_batch("PRAGMA trusted_schema = ON");
        hook.prepare(&mut connection)?;
    }
    Ok(match check(&connection) {
        Ok(found) if found == "ok" => DatabaseInfo::new(size, heads(&connection, table)),
        Ok(found) => DatabaseInfo::corrupt(size, Problem::new(damaged(&found), ANOTHER)),
        Err(error) => unreadable(error),
    })
}

fn damaged(found: &str) -> String {
    format!("it is damaged: {}", crate::error::printable(found))
}

fn problem_of(error: &DatabaseError) -> String {
    match error.kind {
        DatabaseErrorKind::NotADatabase => {
            "it is not a SQLite database, or it is encrypted".to_owned()
        }
        DatabaseErrorKind::Corrupt => damaged(&error.message),
        _ => error.message.clone(),
    }
}

/// Finds a log or journal beside a file. It is never deleted, because it may be the only copy of some data.
pub(super) fn beside(file: &Path) -> Option<Problem> {
    for (end, what) in [
        ("-wal", "changes that are not in the file"),
        (
            "-journal",
            "data that is needed to roll back an interrupted write",
        ),
    ] {
        let mut path = OsString::from(file);
        path.push(end);
        let path = PathBuf::from(path);
        if path.symlink_metadata().is_ok_and(|found| found.len() > 0) {
            let name = path.file_name().unwrap_or_default().display().to_string();
            return Some(Problem::new(
                format!("`{name}` is next to it and may contain {what}"),
                format!(
                    "if the two files belong together, open the file once with `sqlite3`, which merges them; if not, move `{name}` away"
                ),
            ));
        }
    }
    None
}

/// Opens a file that no process writes, for reading: without locks, new files or recovery.
pub(super) fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri_of_immutable(file), flags)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")?;
    Ok(connection)
}

fn check(connection: &Connection) -> rusqlite::Result<String> {
    let checked = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match checked {
        Err(error) if Unregistered::of(&error).is_some() => check_pages(connection),
        checked => checked,
    }
}

/// Checks every page and row, but neither CHECKs nor the order of indexes, because they need the application's
/// functions and collations. Placeholders replace those.
fn check_pages(connection: &Connection) -> rusqlite::Result<String> {
    connection.execute_batch("PRAGMA ignore_check_constraints = ON")?;
    let mut placeholders: Vec<Unregistered> = Vec::new();
    loop {
        let lines = connection
            .prepare("PRAGMA quick_check")
            .and_then(|mut statement| {
                let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
                lines.collect::<rusqlite::Result<Vec<_>>>()
            });
        let error = match lines {
            // A placeholder function returns NULL, also where a column does not allow it.
            Ok(lines) => {
                let found = lines
                    .into_iter()
                    .find(|line| line != "ok" && !line.starts_with("NULL value in "));
                return Ok(found.unwrap_or_else(|| "ok".to_owned()));
            }
            Err(error) => error,
        };
        let unknown = Unregistered::of(&error).filter(|unknown| !placeholders.contains(unknown));
        match unknown {
            Some(unknown) => {
                unknown.add_placeholder(connection)?;
                placeholders.push(unknown);
            }
            None => return Err(error),
        }
    }
}

/// Reads the heads; `None` if the version table can't be read.
pub(super) fn heads(connection: &Connection, table: &'static str) -> Option<Vec<String>> {
    let heads = VersionTable::new::<Sqlite>(table).heads::<Sqlite>(&mut &*connection);
    heads.ok().map(Option::unwrap_or_default)
}
