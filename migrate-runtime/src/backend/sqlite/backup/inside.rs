//! What is in a SQLite file: whether it is whole, and which revisions are applied in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::backup::{ANOTHER, Contents, Problem, regular};
use crate::error::{DatabaseError, Error, Trouble};
use crate::version_table::VersionTable;

use super::super::Sqlite;
use super::super::open::COMMON;
use super::super::trouble::told;
use super::SqliteCopier;

/// Looks at the database that is in use.
pub(super) fn live(copier: &SqliteCopier) -> Result<Contents, Error> {
    let connection = copier.connect()?;
    let size = copier.size(&connection)?;
    Ok(Contents::new(size, heads(&connection, copier.table)))
}

/// Reads a file that nobody uses to its end.
pub(super) fn look(file: &Path, table: &'static str) -> Result<Contents, Error> {
    let size = match regular(file) {
        Ok(size) => size,
        Err(problem) => return Ok(Contents::unsound(0, problem)),
    };
    if let Some(problem) = beside(file) {
        return Ok(Contents::unsound(size, problem));
    }
    let checked = open(file).and_then(|connection| {
        let found = check(&connection)?;
        Ok((found, heads(&connection, table)))
    });
    Ok(match checked {
        Ok((found, heads)) if found == "ok" => Contents::new(size, heads),
        Ok((found, _)) => Contents::unsound(size, Problem::new(damaged(&found), ANOTHER)),
        Err(error) => Contents::unsound(size, Problem::new(said(&told(&error)), ANOTHER)),
    })
}

fn damaged(found: &str) -> String {
    format!("it is damaged: {}", crate::error::printable(found))
}

fn said(error: &DatabaseError) -> String {
    match error.kind {
        Trouble::NotADatabase => "it is not a SQLite database, or it is encrypted".to_owned(),
        Trouble::Corrupt => damaged(&error.message),
        _ => error.message.clone(),
    }
}

/// Finds a log or journal beside a file. It is never deleted: it may hold the only copy of something.
pub(super) fn beside(file: &Path) -> Option<Problem> {
    for (end, what) in [
        ("-wal", "changes that are not in the file"),
        ("-journal", "what a write that was cut off had changed"),
    ] {
        let mut path = OsString::from(file);
        path.push(end);
        let path = PathBuf::from(path);
        if path.symlink_metadata().is_ok_and(|found| found.len() > 0) {
            let name = path.file_name().unwrap_or_default().display().to_string();
            return Some(Problem::new(
                format!("`{name}` stands beside it and may hold {what}"),
                format!(
                    "if both belong together, open the file once with `sqlite3`, which joins them; if not, move `{name}` away"
                ),
            ));
        }
    }
    None
}

/// Opens a file that nobody writes, for reading: nothing is locked, made or put in order.
pub(super) fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(file), flags)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")?;
    Ok(connection)
}

/// Returns the URI of a file that does not change, whatever signs its name has.
fn uri(file: &Path) -> String {
    let path = super::super::open::plain(file);
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?mode=ro&immutable=1"
}

fn check(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
}

/// Reads the heads; `None` where the version table can't be read.
pub(super) fn heads(connection: &Connection, table: &'static str) -> Option<Vec<String>> {
    let heads = VersionTable::new::<Sqlite>(table).heads::<Sqlite>(&mut &*connection);
    heads.ok().map(Option::unwrap_or_default)
}
