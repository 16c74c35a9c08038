//! What a backend must answer so that its databases can be backed up.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Copies one database to a file, and puts a copy back.
pub trait Copier {
    /// Returns where backups of this database are unless the user says otherwise, and how their names begin and end.
    fn home(&self) -> Home;

    /// Returns the database's name as it can be shown: without a password.
    fn shown(&self) -> String;

    /// Looks at the database; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if it can't be opened.
    fn live(&self) -> Result<Option<Contents>, Error>;

    /// Copies the database into `to`, an empty file, as it is at one moment, while others use it.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if the time is up, [`Error::Database`] or [`Error::Backup`].
    fn copy(&self, to: &Path) -> Result<(), Error>;

    /// Reads a copy to its end. What is wrong with it is in the answer.
    ///
    /// # Errors
    ///
    /// Only what has nothing to do with the copy itself.
    fn look(&self, file: &Path) -> Result<Contents, Error>;

    /// Puts a copy in the place of the database, all or nothing, and keeps what is there before. The copy was looked at.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if the time is up, [`Error::Database`] or [`Error::Backup`]; the database is then as it was, but
    /// after [`BackupError::CutShort`](super::BackupError::CutShort).
    fn put_back(&self, from: &Path, keep: Option<Keep<'_>>) -> Result<(), Error>;
}

/// Where a database that is replaced is copied to first.
pub struct Keep<'a> {
    /// An empty file.
    pub to: &'a Path,
    /// To be called once the copy is written, before anything is replaced.
    /// Returns where it is kept then.
    pub done: &'a mut dyn FnMut() -> Result<PathBuf, Error>,
}

/// Where the backups of a database are, and how their names begin and end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Home {
    /// The directory.
    pub directory: PathBuf,
    /// The beginning of each name.
    pub stem: OsString,
    /// The end of each name, after a dot.
    pub extension: Option<OsString>,
}

impl Home {
    /// Returns a home.
    pub fn new(
        directory: impl Into<PathBuf>,
        stem: impl Into<OsString>,
        extension: Option<OsString>,
    ) -> Home {
        Home {
            directory: directory.into(),
            stem: stem.into(),
            extension,
        }
    }

    /// Returns the home of a server's database: in the current directory, as the server's own may be another machine.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(crate) fn of_server(database: &str, extension: &str) -> Home {
        // The name of a database may have any sign; a file's gets those that do no harm.
        let harmless = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let stem: String = database
            .chars()
            .map(|c| if harmless(c) { c } else { '_' })
            .take(100)
            .collect();
        Home::new("backups", stem, Some(extension.into()))
    }

    pub(super) fn in_directory(mut self, directory: PathBuf) -> Home {
        self.directory = directory;
        self
    }
}

/// What is in a database or in a copy of one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// Its size in bytes.
    pub size: u64,
    /// The heads of what is applied in it, if that can be told.
    pub heads: Option<Vec<String>>,
    /// What is wrong with it.
    pub problem: Option<Problem>,
    /// How much of a database it is.
    pub extent: Extent,
}

/// How much of a database is there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extent {
    /// All of it.
    Whole,
    /// The part of this backup that a restore brought before it was cut short.
    Part(PathBuf),
}

impl Contents {
    /// Returns contents without a problem.
    #[must_use]
    pub fn new(size: u64, heads: Option<Vec<String>>) -> Contents {
        Contents {
            size,
            heads,
            problem: None,
            extent: Extent::Whole,
        }
    }

    /// Returns what a restore of `backup` that was cut short has left.
    #[must_use]
    pub fn part_of(size: u64, backup: &Path) -> Contents {
        Contents {
            extent: Extent::Part(backup.to_owned()),
            ..Contents::new(size, None)
        }
    }

    /// Returns contents that are not sound.
    #[must_use]
    pub fn unsound(size: u64, problem: Problem) -> Contents {
        Contents {
            problem: Some(problem),
            ..Contents::new(size, None)
        }
    }
}

/// What is wrong with a copy, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What is wrong.
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

/// What to do about a file that is no backup.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) const ANOTHER: &str = "choose another one: `backups` lists them";

/// Returns the size of a plain file with something in it, or what else it is.
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
