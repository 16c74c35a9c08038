//! Opens connections to the database that a URL names.

use std::borrow::Borrow as _;
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::backend::Access;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

use super::SqliteDriver;
use super::error::from_driver;
use super::url::{DatabaseLocation, Leave};

/// Opens the database that `url` names.
pub(super) fn open<D: SqliteDriver>(
    url: &OsStr,
    access: Access,
    wait: Duration,
) -> Result<Option<D::Client>, Error> {
    let location = DatabaseLocation::new(url)?;
    location.allows(access)?;
    let Some(path) = &location.file else {
        return D::open(Path::new(":memory:"), None)
            .map(Some)
            .map_err(|error| Error::database("can't open `:memory:`", error));
    };
    let action = format!("can't open `{}`", path.display());
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            let reason = if found.is_dir() {
                "it is a directory"
            } else {
                "it is not a regular file"
            };
            return Err(Error::database(
                action,
                DatabaseError::new(DatabaseErrorKind::NotADatabase, reason),
            ));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && access != Access::Write => {
            return Ok(None);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if location.leave != Leave::Make {
                return Err(location.missing());
            }
        }
        Err(error) => {
            return Err(Error::database(
                action,
                DatabaseError::new(DatabaseErrorKind::CannotOpen, error.to_string()),
            ));
        }
    }
    let opened = match access {
        Access::Read => {
            open_to_read(path, &location).map(|reading| D::Client::from(reading.connection))
        }
        Access::Write | Access::WriteExisting => open_to_write::<D>(path, &location),
    };
    let client = opened.map_err(|source| Error::database(&action, source))?;
    let connection: &Connection = client.borrow();
    connection
        .busy_timeout(wait)
        .map_err(|error| Error::database(action, from_driver(&error)))?;
    Ok(Some(client))
}

pub(super) const COMMON: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

fn open_to_write<D: SqliteDriver>(
    path: &Path,
    location: &DatabaseLocation,
) -> Result<D::Client, DatabaseError> {
    let client = D::open(&plain(path), location.vfs.as_deref())?;
    let connection: &Connection = client.borrow();
    // SQLite silently opens a file that is not writable for reading.
    if connection
        .is_readonly(rusqlite::MAIN_DB)
        .map_err(|error| from_driver(&error))?
    {
        return Err(DatabaseError::new(
            DatabaseErrorKind::ReadOnly,
            "the file is read-only",
        ));
    }
    Ok(client)
}

/// Opens a connection of rusqlite.
pub(super) fn connect(
    path: &Path,
    flags: OpenFlags,
    vfs: Option<&str>,
) -> Result<Connection, DatabaseError> {
    let opened = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, COMMON | flags, vfs),
        None => Connection::open_with_flags(path, COMMON | flags),
    };
    opened.map_err(|error| from_driver(&error))
}

/// A connection for reading.
pub(super) struct Reading {
    pub(super) connection: Connection,
    /// Whether it reads the file without locks, as an immutable file.
    pub(super) as_it_stands: bool,
}

/// Opens a database for reading, without leaving files behind.
///
/// A read-only connection can't read two kinds of file. After a killed writer, the file must be recovered first, and a
/// missing write-ahead log would be created and kept. Such a file is opened for writing, and the connection is set
/// never to write. If SQLite can't create the log, because the directory belongs to another user, a file without a log
/// is read as an immutable file.
pub(super) fn open_to_read(
    path: &Path,
    location: &DatabaseLocation,
) -> Result<Reading, DatabaseError> {
    let has_log = has_log(path);
    let flags = if holds(path, "-journal") || (has_log && !holds(path, "-wal")) {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let usual = match location.leave {
        Leave::Immutable => None,
        _ => Some(connect(&plain(path), flags, location.vfs.as_deref())?)
            .filter(|connection| !has_log || can_log(connection)),
    };
    let as_it_stands = usual.is_none();
    let connection = match usual {
        Some(connection) => connection,
        None => unlocked(path, location)?,
    };
    connection
        .execute_batch("PRAGMA query_only = 1")
        .map_err(|error| from_driver(&error))?;
    Ok(Reading {
        connection,
        as_it_stands,
    })
}

/// Returns whether a connection can open or create the write-ahead log of its database.
fn can_log(connection: &Connection) -> bool {
    let look = "SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)";
    // A later read waits for the lock.
    let _ = connection.busy_timeout(Duration::ZERO);
    match connection.query_row(look, [], |_| Ok(())) {
        Ok(()) => true,
        // A later read reports any other error.
        Err(error) => !matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
        ),
    }
}

/// Opens a file that no process changes meanwhile, without locks, new files, recovery or a log.
fn unlocked(path: &Path, location: &DatabaseLocation) -> Result<Connection, DatabaseError> {
    let check_no_log = || match ["-wal", "-journal"]
        .into_iter()
        .find(|end| holds(path, end))
    {
        None => Ok(()),
        Some(end) => Err(needs_log(path, end, location)),
    };
    check_no_log()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let uri = uri_of_immutable(path);
    let connection = connect(Path::new(&uri), flags, location.vfs.as_deref())?;
    // Another process may have started to write the file a moment ago.
    check_no_log()?;
    Ok(connection)
}

fn needs_log(path: &Path, end: &str, location: &DatabaseLocation) -> DatabaseError {
    let name = path.file_name().unwrap_or_default().display().to_string();
    let (what, copy) = match end {
        "-wal" => (
            format!("`{name}-wal` contains the latest changes"),
            format!("`{name}` and `{name}-wal`"),
        ),
        _ => (
            format!("`{name}-journal` is needed to roll back an interrupted write"),
            format!("`{name}` and `{name}-journal`"),
        ),
    };
    let why = match location.leave {
        Leave::Immutable => "and `immutable=1` would ignore it".to_owned(),
        _ if end == "-wal" => format!(
            "and to read it SQLite must create `{name}-shm`, which is not possible in this directory"
        ),
        _ => "and that is not possible, because the directory is not writable".to_owned(),
    };
    let help = match location.leave {
        Leave::Immutable => "leave `immutable=1` out".to_owned(),
        _ => format!(
            "copy {copy} to a directory of your own and use the copy, or run the command as the owner of the files"
        ),
    };
    DatabaseError::new(DatabaseErrorKind::CannotOpen, format!("{what}, {why}")).with_help(help)
}

/// Returns whether a file with this suffix beside the database is not empty.
pub(super) fn holds(path: &Path, end: &str) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    fs::metadata(name).is_ok_and(|found| found.len() > 0)
}

/// Returns the URI of an immutable file, whatever characters its name contains.
pub(super) fn uri_of_immutable(file: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in plain(file).as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?mode=ro&immutable=1"
}

/// Returns whether the header of the file sets a write-ahead log (<https://www.sqlite.org/fileformat2.html>).
pub(super) fn has_log(path: &Path) -> bool {
    let mut header = [0_u8; 20];
    fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .is_ok()
        && header[18..] == [2, 2]
}

/// Returns the path in a form that SQLite can't read as a URI or a special name.
pub(super) fn plain(path: &Path) -> PathBuf {
    if path.is_absolute() {
        path.to_owned()
    } else {
        Path::new(".").join(path)
    }
}
