//! The interface that a backend implements to support backups.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[cfg(any(feature = "postgres", feature = "mysql"))]
mod program;

use crate::error::Error;
pub use crate::error::{BackupError, WithFile};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use program::Program;

/// Copies one database to a file, and restores a copy.
pub trait BackupDriver {
    /// Returns the default directory for backups of this database, and the prefix and extension of their names.
    fn location(&self) -> BackupLocation;

    /// Returns the database's name in a form that can be shown: without a password.
    fn shown(&self) -> String;

    /// Reads the state of the database; returns `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if it can't be opened.
    fn inspect_live(&self) -> Result<Option<DatabaseInfo>, Error>;

    /// Copies the database into `to`, an empty file. The copy is consistent, also while others use the database.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if the time is up, [`Error::Database`] or [`Error::Backup`].
    fn create(&self, to: &Path) -> Result<(), Error>;

    /// Reads a whole copy. Problems with the copy are in the result.
    ///
    /// # Errors
    ///
    /// Only errors that do not concern the copy itself.
    fn inspect(&self, file: &Path) -> Result<DatabaseInfo, Error>;

    /// Replaces the database with a copy, all or nothing, and keeps the previous contents. The copy has been checked.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if the time is up, [`Error::Database`] or [`Error::Backup`]; the database is then as it was, but
    /// after [`BackupError::RestoreInterrupted`].
    fn restore(&self, from: &Path, keep: Option<SafetyCopy<'_>>) -> Result<(), Error>;
}

/// The destination for a copy of a database before it is replaced.
pub struct SafetyCopy<'a> {
    /// An empty file.
    pub to: &'a Path,
    /// Must be called once the copy is written, before anything is replaced. Returns the path of the kept backup.
    pub done: &'a mut dyn FnMut() -> Result<PathBuf, Error>,
}

/// The directory of a database's backups, and the format of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupLocation {
    /// The directory.
    pub directory: PathBuf,
    /// The prefix of each name.
    pub stem: OsString,
    /// The extension of each name, after a dot.
    pub extension: Option<OsString>,
}

impl BackupLocation {
    /// Returns a location with this directory, prefix and extension.
    pub fn new(
        directory: impl Into<PathBuf>,
        stem: impl Into<OsString>,
        extension: Option<OsString>,
    ) -> BackupLocation {
        BackupLocation {
            directory: directory.into(),
            stem: stem.into(),
            extension,
        }
    }

    /// Returns the location of a server's database: in the current directory, because the server may be on another machine.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(crate) fn of_server(database: &str, extension: &str) -> BackupLocation {
        // The name of a database may contain any character; only harmless ones are used in the file name.
        let harmless = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let stem: String = database
            .chars()
            .map(|c| if harmless(c) { c } else { '_' })
            .take(100)
            .collect();
        BackupLocation::new("backups", stem, Some(extension.into()))
    }

    /// Returns the same location in another directory.
    #[must_use]
    pub fn in_directory(mut self, directory: PathBuf) -> BackupLocation {
        self.directory = directory;
        self
    }
}

/// The contents of a database or of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseInfo {
    /// Its size in bytes.
    pub size: u64,
    /// The heads of the applied revisions, if they are known.
    pub heads: Option<Vec<String>>,
    /// The problem with it.
    pub problem: Option<Problem>,
    /// How complete it is.
    pub completeness: Completeness,
}

/// How complete a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completeness {
    /// Complete.
    Complete,
    /// A part of this backup, from a restore that was interrupted.
    Partial(PathBuf),
}

impl DatabaseInfo {
    /// Returns contents without a problem.
    #[must_use]
    pub fn new(size: u64, heads: Option<Vec<String>>) -> DatabaseInfo {
        DatabaseInfo {
            size,
            heads,
            problem: None,
            completeness: Completeness::Complete,
        }
    }

    /// Returns the contents after a restore of `backup` was interrupted.
    #[must_use]
    pub fn partial(size: u64, backup: &Path) -> DatabaseInfo {
        DatabaseInfo {
            completeness: Completeness::Partial(backup.to_owned()),
            ..DatabaseInfo::new(size, None)
        }
    }

    /// Returns contents that are corrupt.
    #[must_use]
    pub fn corrupt(size: u64, problem: Problem) -> DatabaseInfo {
        DatabaseInfo {
            problem: Some(problem),
            ..DatabaseInfo::new(size, None)
        }
    }
}

/// A problem with a copy, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The problem.
    pub reason: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    /// Returns a problem.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem {
            reason: reason.into(),
            help: help.into(),
        }
    }
}

/// What to do about a file that is not a backup.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) const ANOTHER: &str = "choose another one: `backup list` prints them";

/// Returns the size of a regular file that is not empty, or the reason why it is not such a file.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn regular(file: &Path) -> Result<u64, Problem> {
    let reason = match std::fs::metadata(file) {
        Ok(found) if found.is_dir() => "it is a directory".to_owned(),
        Ok(found) if !found.is_file() => "it is not a regular file".to_owned(),
        Ok(found) if found.len() == 0 => "it is empty".to_owned(),
        Ok(found) => return Ok(found.len()),
        Err(error) => error.to_string(),
    };
    Err(Problem::new(reason, ANOTHER))
}
