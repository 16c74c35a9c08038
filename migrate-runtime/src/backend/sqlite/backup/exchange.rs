//! A backup in the place of a database, while others have it open.
//!
//! No write gets between the copy of what is there and what replaces it: the lock of the first is that of the second. With a
//! rollback journal the connection keeps its exclusive lock from one transaction to the next; with a write-ahead log others may
//! read on, so that the lock to write is enough, and a second connection makes the copy. A process that is killed leaves
//! what SQLite itself puts in order: the database as it was, or as it was to be.

use std::fs::OpenOptions;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::backup::{BackupError, Keep};
use crate::error::{Error, Trouble};

use super::super::open::has_log;
use super::super::run::{patiently, stuck};
use super::super::trouble::{is_busy, told};
use super::{SqliteCopier, copy_all, inside, step};

/// How long to sleep between two looks at a lock that may be free for a moment only.
const SHORT: Duration = Duration::from_micros(300);

pub(super) fn put_back(
    copier: &SqliteCopier,
    from: &Path,
    keep: Option<Keep<'_>>,
) -> Result<(), Error> {
    let unreadable = |error: &rusqlite::Error| {
        Error::database(format!("can't read `{}`", from.display()), told(error))
    };
    let source = inside::open(from).map_err(|error| unreadable(&error))?;
    let is_new = !copier.exists()?;
    if is_new {
        make(copier)?;
    }
    let mut target = copier.connect()?;
    let mode = setting(copier, &target, "PRAGMA journal_mode")?;
    let same_pages = setting(copier, &target, "PRAGMA page_size")?
        == page_size(&source).map_err(|error| unreadable(&error))?;
    set(copier, &target, "PRAGMA synchronous = EXTRA")?;
    if mode == "wal" && same_pages {
        return beside_readers(copier, &source, &mut target, keep);
    }
    if mode == "wal" {
        // Pages of another size go into a log only once it is empty and nobody reads it.
        set(copier, &target, "PRAGMA journal_mode = DELETE")?;
    }
    let result = alone(copier, &source, &mut target, keep);
    // A database keeps the journal that it has; at a new place it has that of the one that was backed up.
    let log = match is_new {
        true => has_log(from),
        false => mode == "wal",
    };
    if log {
        set(copier, &target, "PRAGMA journal_mode = WAL")?;
    } else if result.is_ok() && has_log(from) {
        set(copier, &target, "PRAGMA journal_mode = DELETE")?;
    }
    result
}

/// Makes the file that is not there, for this user only.
fn make(copier: &SqliteCopier) -> Result<(), Error> {
    if let Some(problem) = inside::beside(&copier.path) {
        let file = copier.shown.clone();
        return Err(BackupError::InTheWay { file, problem }.into());
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&copier.path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(BackupError::File {
            action: "make",
            path: copier.shown.clone(),
            source: error,
        }
        .into()),
        _ => Ok(()),
    }
}

/// Exchanges a database with a write-ahead log: readers see what was there until they look again.
fn beside_readers(
    copier: &SqliteCopier,
    source: &Connection,
    target: &mut Connection,
    keep: Option<Keep<'_>>,
) -> Result<(), Error> {
    let failed = |error: &rusqlite::Error| cannot_write(copier, error);
    let backup = Backup::new(source, target).map_err(|error| failed(&error))?;
    step(&backup, 0, copier.wait, failed)?;
    if let Some(keep) = keep {
        let present = copier.connect()?;
        copier.room(&present, keep.to)?;
        copier.pages(&present, keep.to)?;
        (keep.done)()?;
    }
    step(&backup, -1, copier.wait, failed)?;
    drop(backup);
    // Where a reader is in the way, SQLite does it later.
    let _ = target.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    Ok(())
}

/// Exchanges a database that nobody else can have open for reading at this moment.
fn alone(
    copier: &SqliteCopier,
    source: &Connection,
    target: &mut Connection,
    keep: Option<Keep<'_>>,
) -> Result<(), Error> {
    begin_exclusive(copier, target)?;
    // Not before: a connection of this mode would hold on to its read lock while it waits for a writer that waits for it.
    set(copier, target, "PRAGMA locking_mode = EXCLUSIVE")?;
    set(copier, target, "COMMIT")?;
    if let Some(keep) = keep {
        copier.room(target, keep.to)?;
        copier.pages(target, keep.to)?;
        (keep.done)()?;
    }
    copy_all(source, target, copier.wait, |error| {
        cannot_write(copier, error)
    })?;
    // The lock goes at the first look after this.
    set(copier, target, "PRAGMA locking_mode = NORMAL")?;
    set(copier, target, "SELECT 1 FROM sqlite_schema LIMIT 1")
}

/// Takes the exclusive lock. A writer that never rests leaves it free for moments only, so it is looked at often, and not at the
/// growing distances that SQLite's own waiting has.
fn begin_exclusive(copier: &SqliteCopier, target: &Connection) -> Result<(), Error> {
    let waits = |time: Duration| target.busy_timeout(time);
    let deadline = Instant::now() + copier.wait;
    let begin = || {
        waits(Duration::ZERO)?;
        loop {
            match target.execute_batch("BEGIN EXCLUSIVE") {
                Err(error) if is_busy(&error) && Instant::now() < deadline => thread::sleep(SHORT),
                result => return result.and_then(|()| waits(copier.wait)),
            }
        }
    };
    begin().map_err(|error| cannot_write(copier, &error))
}

fn set(copier: &SqliteCopier, target: &Connection, sql: &str) -> Result<(), Error> {
    let run = || {
        let mut statement = target.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    };
    patiently(copier.wait, run).map_err(|error| cannot_write(copier, &error))
}

fn setting(copier: &SqliteCopier, target: &Connection, sql: &str) -> Result<String, Error> {
    let read = || {
        target.query_row(sql, [], |row| {
            row.get::<_, rusqlite::types::Value>(0)
                .map(|value| match value {
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
        })
    };
    patiently(copier.wait, read).map_err(|error| cannot_write(copier, &error))
}

fn page_size(source: &Connection) -> rusqlite::Result<String> {
    source.query_row("PRAGMA page_size", [], |row| {
        row.get::<_, rusqlite::types::Value>(0)
            .map(|value| format!("{value:?}"))
    })
}

fn cannot_write(copier: &SqliteCopier, error: &rusqlite::Error) -> Error {
    let action = format!("can't restore `{}`", copier.shown.display());
    let said = told(error);
    let help = match said.kind {
        Trouble::Busy => return stuck(&action, copier.wait, error),
        Trouble::Full => "make room on the disk; the database is unchanged",
        Trouble::NotADatabase => {
            "the existing file is not a database and was not changed: move it away, then restore"
        }
        _ => return Error::database(action, said),
    };
    Error::database(action, said.with_help(help))
}
