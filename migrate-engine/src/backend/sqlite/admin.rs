//! Creates and deletes the file of a database.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::backend::{Access, DatabaseAdmin};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

use super::error::from_driver;
use super::open::COMMON;
use super::url::DatabaseLocation;

/// The first bytes of every database that is not empty.
const HEADER: &[u8; 16] = b"SQLite format 3\0";

/// The endings of the files beside a database. They are deleted after the database, because SQLite ignores and deletes
/// them if the database is empty.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The file of a database.
pub(super) struct DatabaseFile {
    path: PathBuf,
    name: String,
    wait: Duration,
}

impl DatabaseFile {
    pub(super) fn new(url: &OsStr, wait: Duration) -> Result<DatabaseFile, Error> {
        let location = DatabaseLocation::new(url)?;
        location.allows(Access::Write)?;
        let Some(path) = location.file else {
            return Err(Error::Url {
                url: url.to_string_lossy().into_owned(),
                reason: "a database in memory can't be created or dropped".to_owned(),
                help: "name a file; a database in memory exists only during one command".to_owned(),
            });
        };
        let name = crate::error::printable(&path.display().to_string());
        // SQLite writes the other files next to the file that a link refers to.
        let path = path.canonicalize().unwrap_or(path);
        Ok(DatabaseFile { path, name, wait })
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut path = OsString::from(&self.path);
        path.push(end);
        PathBuf::from(path)
    }

    /// Returns an error if the file is not a database.
    fn check(&self) -> Result<(), Error> {
        let mut start = Vec::new();
        let read = fs::File::open(&self.path)
            .and_then(|file| file.take(HEADER.len() as u64).read_to_end(&mut start));
        read.map_err(|error| {
            self.failed("drop", DatabaseErrorKind::CannotOpen, &error.to_string())
        })?;
        match start.is_empty() || start == HEADER {
            true => Ok(()),
            false => Err(self.failed(
                "drop",
                DatabaseErrorKind::NotADatabase,
                "it is not a SQLite database, or it is encrypted",
            )),
        }
    }

    fn failed(&self, action: &str, kind: DatabaseErrorKind, message: &str) -> Error {
        Error::database(
            format!("can't {action} `{}`", self.name),
            DatabaseError::new(kind, message),
        )
    }

    /// Waits until no other connection uses the database, and holds it until the returned connection is dropped.
    fn lock(&self) -> Result<Connection, DatabaseError> {
        let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_WRITE;
        let locked = Connection::open_with_flags(&self.path, flags).and_then(|connection| {
            connection.busy_timeout(self.wait)?;
            // With a write-ahead log, only this mode excludes connections that read.
            connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")?;
            Ok(connection)
        });
        locked.map_err(|error| from_driver(&error))
    }
}

/// Deletes a file. Returns `false` if it did not exist.
fn delete(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl DatabaseAdmin for DatabaseFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn exists(&self) -> Result<bool, Error> {
        let found = self.path.try_exists();
        found
            .map_err(|error| self.failed("read", DatabaseErrorKind::CannotOpen, &error.to_string()))
    }

    fn create(&self) -> Result<bool, Error> {
        if self.exists()? {
            return Ok(false);
        }
        // An empty file is an empty database. Contents that another process wrote meanwhile are kept.
        let mut options = OpenOptions::new();
        let created = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.path);
        match created {
            Ok(_) => Ok(true),
            Err(error) => {
                let message = error.to_string();
                Err(self.failed("create", DatabaseErrorKind::CannotOpen, &message))
            }
        }
    }

    fn contents(&self) -> Result<String, Error> {
        self.check()?;
        let files = ["", "-wal", "-shm", "-journal"].map(|end| self.beside(end));
        let files = files.iter().filter(|file| file.exists());
        let names = files.filter_map(|file| Some(file.file_name()?.display().to_string()));
        let names: Vec<String> = names.collect();
        Ok(match names.as_slice() {
            [name] => format!("1 file: {name}"),
            names => format!("{} files: {}", names.len(), names.join(", ")),
        })
    }

    fn remove(&self) -> Result<bool, Error> {
        if !self.exists()? {
            return Ok(false);
        }
        self.check()?;
        let lock = self.lock();
        let lock =
            lock.map_err(|error| Error::database(format!("can't drop `{}`", self.name), error))?;
        let deleted = delete(&self.path).and_then(|deleted| {
            drop(lock);
            for end in BESIDE {
                delete(&self.beside(end))?;
            }
            Ok(deleted)
        });
        deleted.map_err(|error| self.failed("drop", DatabaseErrorKind::Io, &error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(path: &Path) -> DatabaseFile {
        DatabaseFile::new(path.as_os_str(), Duration::ZERO).unwrap()
    }

    #[test]
    fn a_file_is_created_once_and_deleted_with_the_files_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        assert!(!database(&path).remove().unwrap());
        assert!(database(&path).create().unwrap());
        assert!(!database(&path).create().unwrap());
        let connection = Connection::open(&path).unwrap();
        let sql = "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)";
        connection.execute_batch(sql).unwrap();
        // As after a kill, the log is beside the file.
        let log = folder.path().join("log");
        fs::copy(folder.path().join("a.db-wal"), &log).unwrap();
        drop(connection);
        fs::rename(log, folder.path().join("a.db-wal")).unwrap();
        assert_eq!(
            database(&path).contents().unwrap(),
            "2 files: a.db, a.db-wal"
        );
        assert!(database(&path).remove().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_database_in_use_and_other_files_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        for mode in ["DELETE", "WAL"] {
            let connection = Connection::open(&path).unwrap();
            let sql = format!(
                "PRAGMA journal_mode = {mode}; CREATE TABLE IF NOT EXISTS t (a); BEGIN; SELECT * FROM t"
            );
            connection.execute_batch(&sql).unwrap();
            let error = database(&path).remove().unwrap_err();
            assert!(error.to_string().contains("locked"), "{mode}: {error}");
            assert!(path.exists());
        }
        let text = folder.path().join("notes.txt");
        fs::write(&text, "SQLite format 4 is not one").unwrap();
        let error = database(&text).remove().unwrap_err();
        assert!(
            error.to_string().contains("not a SQLite database"),
            "{error}"
        );
        assert!(text.exists());
        assert!(DatabaseFile::new(OsStr::new(":memory:"), Duration::ZERO).is_err());
        assert!(DatabaseFile::new(OsStr::new("sqlite:a.db?mode=ro"), Duration::ZERO).is_err());
    }
}
