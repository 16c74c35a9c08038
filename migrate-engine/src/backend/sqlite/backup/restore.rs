//! Replaces a database with a backup while other processes have it open.
//!
//! No write can happen between the copy of the existing database and its replacement, because both are made under the
//! same lock. With a rollback journal, the connection keeps its exclusive lock from one transaction to the next. With a
//! write-ahead log, other processes may continue to read, so the write lock is enough, and a second connection makes
//! the copy. If the process is killed, SQLite itself recovers the database: either the old or the new one.

use std::fs::OpenOptions;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::backup_driver::{BackupError, SafetyCopy};
use crate::error::{DatabaseErrorKind, Error};

use super::super::error::{from_driver, is_busy};
use super::super::open::has_log;
use super::super::run::{lock_error, retry_while_locked};
use super::{SqliteBackupDriver, copy_all, integrity, step};

/// The time to sleep between two attempts to get a lock that may be free only for a moment.
const SHORT: Duration = Duration::from_micros(300);

pub(super) fn run(
    driver: &SqliteBackupDriver,
    from: &Path,
    keep: Option<SafetyCopy<'_>>,
) -> Result<(), Error> {
    let unreadable = |error: &rusqlite::Error| {
        Error::database(
            format!("can't read `{}`", from.display()),
            from_driver(error),
        )
    };
    let source = integrity::open(from).map_err(|error| unreadable(&error))?;
    let is_new = !driver.exists()?;
    if is_new {
        make(driver)?;
    }
    let mut target = driver.connect()?;
    let mode = setting(driver, &target, "PRAGMA journal_mode")?;
    let same_pages = setting(driver, &target, "PRAGMA page_size")?
        == page_size(&source).map_err(|error| unreadable(&error))?;
    set(driver, &target, "PRAGMA synchronous = EXTRA")?;
    if mode == "wal" && same_pages {
        return replace_under_readers(driver, &source, &mut target, keep);
    }
    if mode == "wal" {
        // Pages of another size can be written only if the log is empty and no process reads it.
        set(driver, &target, "PRAGMA journal_mode = DELETE")?;
    }
    let result = replace_exclusively(driver, &source, &mut target, keep);
    // An existing database keeps its journal mode; a new file gets the one of the database that was backed up.
    let log = match is_new {
        true => has_log(from),
        false => mode == "wal",
    };
    if log {
        set(driver, &target, "PRAGMA journal_mode = WAL")?;
    } else if result.is_ok() && has_log(from) {
        set(driver, &target, "PRAGMA journal_mode = DELETE")?;
    }
    result
}

/// Creates the missing file, with permissions only for this user.
fn make(driver: &SqliteBackupDriver) -> Result<(), Error> {
    if let Some(problem) = integrity::beside(&driver.path) {
        let file = driver.shown.clone();
        return Err(BackupError::InTheWay { file, problem }.into());
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&driver.path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(BackupError::File {
            action: "create",
            path: driver.shown.clone(),
            source: error,
        }
        .into()),
        _ => Ok(()),
    }
}

/// Replaces a database with a write-ahead log: readers see the previous contents until their next transaction.
fn replace_under_readers(
    driver: &SqliteBackupDriver,
    source: &Connection,
    target: &mut Connection,
    keep: Option<SafetyCopy<'_>>,
) -> Result<(), Error> {
    let failed = |error: &rusqlite::Error| cannot_write(driver, error);
    let backup = Backup::new(source, target).map_err(|error| failed(&error))?;
    step(&backup, 0, driver.wait, failed)?;
    if let Some(keep) = keep {
        let present = driver.connect()?;
        driver.room(&present, keep.to)?;
        driver.pages(&present, keep.to)?;
        (keep.done)()?;
    }
    step(&backup, -1, driver.wait, failed)?;
    drop(backup);
    // If a reader blocks the checkpoint, SQLite runs it later.
    let _ = target.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    Ok(())
}

/// Replaces a database that no other process can read at the moment.
fn replace_exclusively(
    driver: &SqliteBackupDriver,
    source: &Connection,
    target: &mut Connection,
    keep: Option<SafetyCopy<'_>>,
) -> Result<(), Error> {
    begin_exclusive(driver, target)?;
    // Not earlier: in this mode, a connection would keep its read lock while it waits for a writer that waits for it.
    set(driver, target, "PRAGMA locking_mode = EXCLUSIVE")?;
    set(driver, target, "COMMIT")?;
    if let Some(keep) = keep {
        driver.room(target, keep.to)?;
        driver.pages(target, keep.to)?;
        (keep.done)()?;
    }
    copy_all(source, target, driver.wait, |error| {
        cannot_write(driver, error)
    })?;
    // The lock is released at the next read.
    set(driver, target, "PRAGMA locking_mode = NORMAL")?;
    set(driver, target, "SELECT 1 FROM sqlite_schema LIMIT 1")
}

/// Takes the exclusive lock. A constantly active writer releases it only for moments, so the attempts are frequent, and
/// not at the increasing intervals of SQLite's own waiting.
fn begin_exclusive(driver: &SqliteBackupDriver, target: &Connection) -> Result<(), Error> {
    let waits = |time: Duration| target.busy_timeout(time);
    let deadline = Instant::now() + driver.wait;
    let begin = || {
        waits(Duration::ZERO)?;
        loop {
            match target.execute_batch("BEGIN EXCLUSIVE") {
                Err(error) if is_busy(&error) && Instant::now() < deadline => thread::sleep(SHORT),
                result => return result.and_then(|()| waits(driver.wait)),
            }
        }
    };
    begin().map_err(|error| cannot_write(driver, &error))
}

fn set(driver: &SqliteBackupDriver, target: &Connection, sql: &str) -> Result<(), Error> {
    let run = || {
        let mut statement = target.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    };
    retry_while_locked(driver.wait, run).map_err(|error| cannot_write(driver, &error))
}

fn setting(driver: &SqliteBackupDriver, target: &Connection, sql: &str) -> Result<String, Error> {
    let read = || {
        target.query_row(sql, [], |row| {
            row.get::<_, rusqlite::types::Value>(0)
                .map(|value| match value {
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
        })
    };
    retry_while_locked(driver.wait, read).map_err(|error| cannot_write(driver, &error))
}

fn page_size(source: &Connection) -> rusqlite::Result<String> {
    source.query_row("PRAGMA page_size", [], |row| {
        row.get::<_, rusqlite::types::Value>(0)
            .map(|value| format!("{value:?}"))
    })
}

fn cannot_write(driver: &SqliteBackupDriver, error: &rusqlite::Error) -> Error {
    let action = format!("can't restore `{}`", driver.shown.display());
    let database_error = from_driver(error);
    let help = match database_error.kind {
        DatabaseErrorKind::Busy => return lock_error(&action, driver.wait, error),
        DatabaseErrorKind::StorageFull => "free some space on the disk; the database is unchanged",
        DatabaseErrorKind::NotADatabase => {
            "the existing file is not a database and was not changed: move it away, then restore"
        }
        _ => return Error::database(action, database_error),
    };
    Error::database(action, database_error.with_help(help))
}
