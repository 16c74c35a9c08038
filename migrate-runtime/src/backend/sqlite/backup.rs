//! Backups of a SQLite file, by SQLite's own backup interface (<https://www.sqlite.org/backup.html>).
//!
//! All pages are copied in one step, so that a copy is of one moment, and rowids stay what they are, which `VACUUM INTO` does not
//! promise. The database's file is never opened but by SQLite: closing it would take the locks of this process's other connections.

mod exchange;
mod inside;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::backend::{Access, ConnectionHook};
use crate::backup::{BackupError, Contents, Copier, Home, Keep};
use crate::error::{DatabaseError, Error, Trouble};

use super::Sqlite;
use super::open::{COMMON, Reading, holds, open_to_read, plain};
use super::run::{patiently, stuck};
use super::trouble::told;
use super::url::Place;

/// How long to sleep between two looks at a lock that another connection holds.
const PAUSE: Duration = Duration::from_millis(10);

/// One SQLite file.
struct SqliteCopier {
    /// The file as it really is, its links resolved once.
    path: PathBuf,
    /// The file as it was named.
    shown: PathBuf,
    place: Place,
    wait: Duration,
    table: &'static str,
    hook: ConnectionHook<Sqlite>,
}

pub(super) fn copier(
    url: &OsStr,
    wait: Duration,
    table: &'static str,
    hook: ConnectionHook<Sqlite>,
) -> Result<Box<dyn Copier>, Error> {
    let place = Place::new(url)?;
    let unsupported = |database: String, reason: &str, help: &str| BackupError::Unsupported {
        database,
        reason: reason.to_owned(),
        help: help.to_owned(),
    };
    let Some(shown) = place.file.clone() else {
        let reason = "each connection to it has its own database";
        let help = "pass a file with `--database-url PATH`";
        return Err(unsupported("`:memory:`".to_owned(), reason, help).into());
    };
    if place.vfs.is_some() {
        let reason = "a backup opens the file with the default VFS, whose locks may differ from those of `vfs`";
        let help = "stop all programs that use it, and leave `vfs` out";
        return Err(unsupported(format!("`{}`", shown.display()), reason, help).into());
    }
    Ok(Box::new(SqliteCopier {
        path: resolved(&shown),
        shown,
        place,
        wait,
        table,
        hook,
    }))
}

/// Opens a database in a file without a name, gone with the connection, and fills it from a copy.
pub(super) fn scratch_of(copy: &Path, wait: Duration) -> Result<Connection, Error> {
    let failed = |error: &rusqlite::Error| {
        Error::database(
            format!("can't use the copy `{}`", copy.display()),
            told(error),
        )
    };
    let source = inside::open(copy).map_err(|error| failed(&error))?;
    let mut target = Connection::open("").map_err(|error| failed(&error))?;
    copy_all(&source, &mut target, wait, failed)?;
    Ok(target)
}

/// Follows links; of a file that is not there, those of its directory.
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

impl SqliteCopier {
    /// Returns whether there is a file with something in it.
    fn exists(&self) -> Result<bool, Error> {
        let kind = match fs::metadata(&self.path) {
            Ok(found) if found.is_file() => return Ok(found.len() > 0),
            Ok(found) if found.is_dir() => "it is a directory",
            Ok(_) => "it is not a regular file",
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                let said = DatabaseError::new(Trouble::CannotOpen, error.to_string());
                return Err(Error::database(self.cannot_open(), said));
            }
        };
        let said = DatabaseError::new(Trouble::NotADatabase, kind);
        Err(Error::database(self.cannot_open(), said))
    }

    fn cannot_open(&self) -> String {
        format!("can't open `{}`", self.shown.display())
    }

    /// Opens the database, which is there.
    fn connect(&self) -> Result<Connection, Error> {
        let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = Connection::open_with_flags(&self.path, flags)
            .and_then(|connection| connection.busy_timeout(self.wait).map(|()| connection));
        connection.map_err(|error| Error::database(self.cannot_open(), told(&error)))
    }

    /// Opens the database, which is there, and never writes to it: not even its write-ahead log back into it.
    fn connect_to_read(&self) -> Result<Reading, Error> {
        let reading = open_to_read(&self.path, &self.place).and_then(|reading| {
            let waits = reading.connection.busy_timeout(self.wait);
            waits.map(|()| reading).map_err(|error| told(&error))
        });
        reading.map_err(|said| Error::database(self.cannot_open(), said))
    }

    /// Refuses if the disk that `to` is on has no room for a copy.
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

    /// Returns how many bytes the database has.
    fn size(&self, connection: &Connection) -> Result<u64, Error> {
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let size = patiently(self.wait, || {
            let (pages, size) = (number("PRAGMA page_count")?, number("PRAGMA page_size")?);
            Ok(u64::try_from(pages.saturating_mul(size)).unwrap_or(0))
        });
        let action = format!("can't read `{}`", self.shown.display());
        size.map_err(|error| match stuck(&action, self.wait, &error) {
            Error::Database { action, source } if source.kind == Trouble::NotADatabase => {
                let help = "check the path; to restore a backup there, move the file away first";
                Error::database(action, source.with_help(help))
            }
            error => error,
        })
    }

    /// Copies what `source` sees to an empty file.
    fn pages(&self, source: &Connection, to: &Path) -> Result<(), Error> {
        let failed = |error: &rusqlite::Error| {
            let said = told(error);
            let said = match said.kind {
                Trouble::Full => {
                    said.with_help("make room on the disk; no partial copy was left there")
                }
                _ => said,
            };
            Error::database(format!("can't copy to `{}`", to.display()), said)
        };
        let mut target = open_part(to).map_err(|error| failed(&error))?;
        copy_all(source, &mut target, self.wait, failed)?;
        // A copy of a database with a write-ahead log says that it has one too: put back at a new place, it has one again. Here
        // nobody opens it but to read a file that does not change, so no log comes to be beside it.
        target.close().map_err(|(_, error)| failed(&error))
    }
}

/// Opens a part to copy to. What goes wrong is thrown away as a whole, so it needs no journal; others are kept out.
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

/// Makes one step, of -1 for all pages or of 0 for none but the locks; waits for the locks of others.
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
            _ => std::thread::sleep(PAUSE),
        }
    }
}

impl Copier for SqliteCopier {
    fn home(&self) -> Home {
        let directory = match self.shown.parent() {
            // A link's backups are beside the file.
            _ if self.shown.is_symlink() => self.path.parent().map(Path::to_owned),
            parent => parent.map(Path::to_owned),
        };
        let name = |part: Option<&OsStr>| part.map(OsString::from);
        Home::new(
            directory.unwrap_or_default().join("backups"),
            name(self.path.file_stem()).unwrap_or_else(|| "database".into()),
            name(self.path.extension()),
        )
    }

    fn shown(&self) -> String {
        self.shown.display().to_string()
    }

    fn live(&self) -> Result<Option<Contents>, Error> {
        if !self.exists()? {
            return Ok(None);
        }
        inside::live(self).map(Some)
    }

    fn copy(&self, to: &Path) -> Result<(), Error> {
        if !self.exists()? {
            let database = self.shown();
            return Err(BackupError::NoDatabase { database }.into());
        }
        let source = self.connect_to_read()?;
        self.room(&source.connection, to)?;
        self.pages(&source.connection, to)?;
        if source.as_it_stands && holds(&self.path, "-wal") {
            let said = DatabaseError::new(Trouble::Other, "it was changed during the copy")
                .with_help("run the command again");
            return Err(Error::database(
                format!("can't copy `{}`", self.shown.display()),
                said,
            ));
        }
        Ok(())
    }

    fn look(&self, file: &Path) -> Result<Contents, Error> {
        inside::look(file, self.table, &self.hook)
    }

    fn put_back(&self, from: &Path, keep: Option<Keep<'_>>) -> Result<(), Error> {
        self.place.allows(Access::Write)?;
        exchange::put_back(self, from, keep)
    }
}
