//! Backups of a SQLite file with SQLite's own backup interface (<https://www.sqlite.org/backup.html>).
//!
//! All pages are copied in one step, so a copy shows a single point in time and keeps the rowids, which `VACUUM INTO`
//! does not guarantee. Only SQLite opens the database file: closing it elsewhere would release the locks of this
//! process's other connections.

mod integrity;
mod restore;

use std::borrow::BorrowMut as _;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::backend::{Access, ConnectionHook};
use crate::backup_driver::{BackupDriver, BackupError, BackupLocation, DatabaseInfo, SafetyCopy};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

use super::error::from_driver;
use super::open::{COMMON, Reading, holds, open_to_read, plain};
use super::run::{lock_error, retry_while_locked};
use super::url::DatabaseLocation;
use super::{Sqlite, SqliteDriver};

/// The time to sleep between two attempts to get a lock.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// One SQLite file.
struct SqliteBackupDriver {
    /// The real path of the file, with its links resolved once.
    path: PathBuf,
    /// The path as the user wrote it.
    shown: PathBuf,
    location: DatabaseLocation,
    wait: Duration,
    table: &'static str,
    hook: ConnectionHook<Sqlite>,
}

pub(super) fn driver(
    url: &OsStr,
    wait: Duration,
    table: &'static str,
    hook: ConnectionHook<Sqlite>,
) -> Result<Box<dyn BackupDriver>, Error> {
    let location = DatabaseLocation::new(url)?;
    let unsupported = |database: String, reason: &str, help: &str| BackupError::Unsupported {
        database,
        reason: reason.to_owned(),
        help: help.to_owned(),
    };
    let Some(shown) = location.file.clone() else {
        let reason = "each connection to it has its own database";
        let help = "pass a file with `--database-url PATH`";
        return Err(unsupported("`:memory:`".to_owned(), reason, help).into());
    };
    if location.vfs.is_some() {
        let reason = "a backup opens the file with the default VFS, whose locks may differ from those of `vfs`";
        let help = "stop all programs that use it, and leave `vfs` out";
        return Err(unsupported(format!("`{}`", shown.display()), reason, help).into());
    }
    Ok(Box::new(SqliteBackupDriver {
        path: resolved(&shown),
        shown,
        location,
        wait,
        table,
        hook,
    }))
}

/// Opens a database in an unnamed temporary file, which is deleted with the connection, and fills it from a copy.
pub(super) fn scratch_of<D: SqliteDriver>(copy: &Path, wait: Duration) -> Result<D::Client, Error> {
    let failed = |error: &rusqlite::Error| {
        Error::database(
            format!("can't use the copy `{}`", copy.display()),
            from_driver(error),
        )
    };
    let source = integrity::open(copy).map_err(|error| failed(&error))?;
    let mut target = D::open(Path::new(""), None)
        .map_err(|source| Error::database("can't open a scratch database", source))?;
    copy_all(&source, target.borrow_mut(), wait, failed)?;
    Ok(target)
}

/// Resolves links; if the file does not exist, those of its directory.
fn resolved(path: &Path) -> PathBuf {
    let whole = plain(path);
    if let Ok(path) = whole.canonicalize() {
        return path;
    }
    match (whole.parent().map(Path::canonicalize), whole.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => whole,
    }
}

impl SqliteBackupDriver {
    /// Returns whether a non-empty file exists.
    fn exists(&self) -> Result<bool, Error> {
        let reason = match fs::metadata(&self.path) {
            Ok(found) if found.is_file() => return Ok(found.len() > 0),
            Ok(found) if found.is_dir() => "it is a directory",
            Ok(_) => "it is not a regular file",
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                let database_error =
                    DatabaseError::new(DatabaseErrorKind::CannotOpen, error.to_string());
                return Err(Error::database(self.cannot_open(), database_error));
            }
        };
        let database_error = DatabaseError::new(DatabaseErrorKind::NotADatabase, reason);
        Err(Error::database(self.cannot_open(), database_error))
    }

    fn cannot_open(&self) -> String {
        format!("can't open `{}`", self.shown.display())
    }

    /// Opens the existing database.
    fn connect(&self) -> Result<Connection, Error> {
        let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = Connection::open_with_flags(&self.path, flags)
            .and_then(|connection| connection.busy_timeout(self.wait).map(|()| connection));
        connection.map_err(|error| Error::database(self.cannot_open(), from_driver(&error)))
    }

    /// Opens the existing database without ever writing to it, not even by checkpointing its write-ahead log.
    fn connect_to_read(&self) -> Result<Reading, Error> {
        let reading = open_to_read(&self.path, &self.location).and_then(|reading| {
            let waits = reading.connection.busy_timeout(self.wait);
            waits.map(|()| reading).map_err(|error| from_driver(&error))
        });
        reading.map_err(|database_error| Error::database(self.cannot_open(), database_error))
    }

    /// Returns an error if the disk of `to` does not have enough room for a copy.
    fn room(&self, source: &Connection, to: &Path) -> Result<(), Error> {
        let needed = self.size(source)?;
        let directory = to.parent().unwrap_or(Path::new("."));
        match fs4::available_space(directory) {
            Ok(free) if free < needed => Err(BackupError::NoRoom {
                directory: directory.to_owned(),
                needed,
                free,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// Returns the size of the database in bytes.
    fn size(&self, connection: &Connection) -> Result<u64, Error> {
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let size = retry_while_locked(self.wait, || {
            let (pages, size) = (number("PRAGMA page_count")?, number("PRAGMA page_size")?);
            Ok(u64::try_from(pages.saturating_mul(size)).unwrap_or(0))
        });
        let action = format!("can't read `{}`", self.shown.display());
        size.map_err(|error| match lock_error(&action, self.wait, &error) {
            Error::Database { action, source }
                if source.kind == DatabaseErrorKind::NotADatabase =>
            {
                let help = "check the path; to restore a backup there, move the file away first";
                Error::database(action, source.with_help(help))
            }
            error => error,
        })
    }

    /// Copies the database that `source` reads to an empty file.
    fn pages(&self, source: &Connection, to: &Path) -> Result<(), Error> {
        let failed = |error: &rusqlite::Error| {
            let database_error = from_driver(error);
            let database_error = match database_error.kind {
                DatabaseErrorKind::StorageFull => database_error
                    .with_help("free some space on the disk; no partial copy was left there"),
                _ => database_error,
            };
            Error::database(format!("can't copy to `{}`", to.display()), database_error)
        };
        let mut target = open_part(to).map_err(|error| failed(&error))?;
        copy_all(source, &mut target, self.wait, failed)?;
        // A copy of a database with a write-ahead log is marked as such, so a restored database has one again. The copy
        // itself is only opened for reading as an immutable file, so SQLite creates no log beside it.
        target.close().map_err(|(_, error)| failed(&error))
    }
}

/// Opens a partial copy for writing. A failed copy is deleted as a whole, so it needs no journal; other processes are
/// locked out.
fn open_part(to: &Path) -> rusqlite::Result<Connection> {
    let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let target = Connection::open_with_flags(to, flags)?;
    target.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
    )?;
    Ok(target)
}

/// Copies all pages in one step.
fn copy_all(
    source: &Connection,
    target: &mut Connection,
    wait: Duration,
    failed: impl Fn(&rusqlite::Error) -> Error,
) -> Result<(), Error> {
    let backup = Backup::new(source, target).map_err(|error| failed(&error))?;
    step(&backup, -1, wait, failed)
}

/// Runs one backup step: of all pages with -1, or only of the locks with 0. Waits for the locks of other connections.
fn step(
    backup: &Backup<'_, '_>,
    pages: i32,
    wait: Duration,
    failed: impl Fn(&rusqlite::Error) -> Error,
) -> Result<(), Error> {
    let deadline = Instant::now() + wait;
    loop {
        match backup.step(pages).map_err(|error| failed(&error))? {
            StepResult::Done => return Ok(()),
            StepResult::More if pages == 0 => return Ok(()),
            _ if Instant::now() >= deadline => {
                return Err(Error::Locked {
                    waited: wait,
                    holder: None,
                });
            }
            _ => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

impl BackupDriver for SqliteBackupDriver {
    fn location(&self) -> BackupLocation {
        let directory = match self.shown.parent() {
            // If the path is a link, the backups are beside the file that it refers to.
            _ if self.shown.is_symlink() => self.path.parent().map(Path::to_owned),
            parent => parent.map(Path::to_owned),
        };
        let name = |part: Option<&OsStr>| part.map(OsString::from);
        BackupLocation::new(
            directory.unwrap_or_default().join("backups"),
            name(self.path.file_stem()).unwrap_or_else(|| "database".into()),
            name(self.path.extension()),
        )
    }

    fn shown(&self) -> String {
        self.shown.display().to_string()
    }

    fn inspect_live(&self) -> Result<Option<DatabaseInfo>, Error> {
        if !self.exists()? {
            return Ok(None);
        }
        integrity::inspect_live(self).map(Some)
    }

    fn create(&self, to: &Path) -> Result<(), Error> {
        if !self.exists()? {
            let database = self.shown();
            return Err(BackupError::NoDatabase { database }.into());
        }
        let source = self.connect_to_read()?;
        self.room(&source.connection, to)?;
        self.pages(&source.connection, to)?;
        if source.as_it_stands && holds(&self.path, "-wal") {
            let database_error =
                DatabaseError::new(DatabaseErrorKind::Other, "it was changed during the copy")
                    .with_help("run the command again");
            return Err(Error::database(
                format!("can't copy `{}`", self.shown.display()),
                database_error,
            ));
        }
        Ok(())
    }

    fn inspect(&self, file: &Path) -> Result<DatabaseInfo, Error> {
        integrity::inspect(file, self.table, &self.hook)
    }

    fn restore(&self, from: &Path, keep: Option<SafetyCopy<'_>>) -> Result<(), Error> {
        self.location.allows(Access::Write)?;
        restore::run(self, from, keep)
    }
}
