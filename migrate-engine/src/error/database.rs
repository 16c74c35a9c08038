//! Errors that a database reports, and their kinds.

use std::fmt;

/// An error that a database reported, with its kind.
#[derive(Debug)]
pub struct DatabaseError {
    /// The kind of error.
    pub kind: DatabaseErrorKind,
    /// The message of the database.
    pub message: String,
    /// What to do next, if the backend knows better than the kind does.
    pub help: Option<String>,
}

impl DatabaseError {
    /// Returns an error of this kind with this message.
    pub fn new(kind: DatabaseErrorKind, message: impl Into<String>) -> DatabaseError {
        DatabaseError {
            kind,
            message: message.into(),
            help: None,
        }
    }

    /// Sets what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> DatabaseError {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn help(&self) -> Option<String> {
        let own = self.help.clone();
        own.or_else(|| self.kind.help().map(str::to_owned))
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DatabaseError {}

/// The kinds of errors that have their own help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseErrorKind {
    /// Another connection holds a lock.
    Busy,
    /// The file, its directory or the session is read-only.
    ReadOnly,
    /// The disk is full, or the database has reached its limit.
    StorageFull,
    /// The file is not a database, or is encrypted.
    NotADatabase,
    /// The file can't be opened.
    CannotOpen,
    /// The file is damaged.
    Corrupt,
    /// Reading or writing failed below the database.
    Io,
    /// A constraint was violated.
    ConstraintViolation,
    /// The object already exists.
    AlreadyExists,
    /// The statement can't run inside a transaction, or would end the open one.
    NeedsNoTransaction,
    /// Anything else.
    Other,
}

impl DatabaseErrorKind {
    fn help(self) -> Option<&'static str> {
        Some(match self {
            DatabaseErrorKind::Busy => "try again, or wait longer with `--lock-timeout SECONDS`",
            DatabaseErrorKind::ReadOnly => "make the file and its directory writable for this user",
            DatabaseErrorKind::StorageFull => {
                "free some space on the disk and run the command again"
            }
            DatabaseErrorKind::NotADatabase => "check the path; the file was not touched",
            DatabaseErrorKind::CannotOpen => {
                "check that the directory exists and that this user may write there"
            }
            DatabaseErrorKind::Corrupt => "restore a backup; the file was not changed",
            DatabaseErrorKind::Io => "check the disk, then run `current` to see what is recorded",
            DatabaseErrorKind::ConstraintViolation
            | DatabaseErrorKind::AlreadyExists
            | DatabaseErrorKind::NeedsNoTransaction
            | DatabaseErrorKind::Other => {
                return None;
            }
        })
    }
}
