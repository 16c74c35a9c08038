//! Errors of backups.

use std::io;
use std::path::PathBuf;

use crate::error::Error;

use crate::backup_driver::Problem;

/// The reason why a backup or a restore failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Backups of this database are not supported.
    #[error("can't back up {database}: {reason}")]
    Unsupported {
        /// The database.
        database: String,
        /// The reason.
        reason: String,
        /// An alternative.
        help: String,
    },

    /// The database does not exist.
    #[error("the database `{database}` does not exist")]
    NoDatabase {
        /// The database.
        database: String,
    },

    /// The file to write already exists.
    #[error("`{}` already exists, and nothing is overwritten", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },

    /// A file or directory can't be read, created or written.
    #[error("can't {action} `{}`: {source}", path.display())]
    File {
        /// The operation that failed.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },

    /// There is not enough disk space for a copy.
    #[error("there is not enough space for a backup in `{}`: it needs {needed} bytes, and {free} are free", directory.display())]
    NoRoom {
        /// The directory.
        directory: PathBuf,
        /// The number of bytes it needs.
        needed: u64,
        /// The number of free bytes.
        free: u64,
    },

    /// The copy of the database is not valid, so the database itself is corrupt.
    #[error("the copy of the database is not valid: {}", problem.reason)]
    NotCopied {
        /// The problem.
        problem: Problem,
    },

    /// A file is not a valid backup.
    #[error("`{}` can't be restored: {}", file.display(), problem.reason)]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// The problem.
        problem: Problem,
    },

    /// There is no backup to restore.
    #[error("there are no backups of {database} in `{}`", directory.display())]
    None {
        /// The database.
        database: String,
        /// The directory.
        directory: PathBuf,
    },

    /// The restored database can't be written to this path.
    #[error("can't restore to `{}`: {}", file.display(), problem.reason)]
    InTheWay {
        /// The database's file.
        file: PathBuf,
        /// The problem.
        problem: Problem,
    },

    /// A restore that is not a transaction was interrupted.
    #[error("a restore of `{database}` was interrupted{}", caused(cause.as_deref()))]
    RestoreInterrupted {
        /// The database.
        database: String,
        /// The backup, of which a part was restored.
        backup: PathBuf,
        /// The backup of the previous contents.
        kept: Option<PathBuf>,
        /// The error that stopped it, if the process was not killed.
        cause: Option<Box<Error>>,
    },

    /// The action was not confirmed.
    #[error("{action} was not confirmed")]
    NotConfirmed {
        /// The action.
        action: &'static str,
    },

    /// A program of the database server is missing, too old, or failed.
    #[error("{program}: {reason}")]
    Program {
        /// The program.
        program: String,
        /// The message of the program, or the problem with it.
        reason: String,
        /// What to do.
        help: String,
    },
}

impl BackupError {
    /// Returns the error of a backend without backups.
    pub(crate) fn unsupported() -> BackupError {
        BackupError::Unsupported {
            database: "this kind of database".to_owned(),
            reason: "its backend does not support backups".to_owned(),
            help: "use the database's own tools".to_owned(),
        }
    }

    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            BackupError::Unsupported { .. } => "backup_unsupported",
            BackupError::NoDatabase { .. } => "database_not_found",
            BackupError::Exists { .. } => "file_exists",
            BackupError::File { .. } => "io_error",
            BackupError::NoRoom { .. } => "storage_full",
            BackupError::NotCopied { .. } => "database_corrupt",
            BackupError::Corrupt { .. } => "invalid_backup",
            BackupError::None { .. } => "backup_not_found",
            BackupError::InTheWay { .. } => "restore_blocked",
            BackupError::RestoreInterrupted { .. } => "restore_interrupted",
            BackupError::NotConfirmed { .. } => "not_confirmed",
            BackupError::Program { .. } => "server_program_failed",
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let line = match self {
            BackupError::RestoreInterrupted { backup, kept, .. } => {
                let part = format!("only a part of {} is in the database", backup.display());
                let kept = kept.as_ref();
                let kept = kept
                    .map(|kept| format!("the previous contents are kept as {}", kept.display()));
                return [part].into_iter().chain(kept).collect();
            }
            BackupError::Corrupt { .. }
            | BackupError::InTheWay { .. }
            | BackupError::NotConfirmed { .. } => "nothing was changed",
            BackupError::NoRoom { .. } => "nothing was written",
            _ => return Vec::new(),
        };
        vec![line.to_owned()]
    }

    pub(crate) fn help(&self) -> Option<String> {
        let text = match self {
            BackupError::Unsupported { help, .. } | BackupError::Program { help, .. } => help,
            BackupError::NotCopied { problem }
            | BackupError::Corrupt { problem, .. }
            | BackupError::InTheWay { problem, .. } => &problem.help,
            BackupError::NoDatabase { .. } => "check its name",
            BackupError::Exists { .. } => "choose another file, or omit the name",
            BackupError::File { source, .. } => return Some(help_of(source).to_owned()),
            BackupError::NoRoom { .. } => {
                "free some space, or choose another directory with `--backup-dir DIR`"
            }
            BackupError::RestoreInterrupted { backup, kept, .. } => {
                let file = |file: &PathBuf| format!("`backup restore {}`", file.display());
                let before = kept.as_ref().map(|kept| format!(", or {}", file(kept)));
                return Some(format!(
                    "run {} again{}",
                    file(backup),
                    before.unwrap_or_default()
                ));
            }
            BackupError::None { .. } => "name the file, or the directory with `--backup-dir DIR`",
            BackupError::NotConfirmed { .. } => "pass `--yes` if no terminal is attached",
        };
        Some(text.to_owned())
    }
}

fn caused(cause: Option<&Error>) -> String {
    cause.map_or_else(String::new, |cause| format!(": {cause}"))
}

fn help_of(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "create the directory first",
        io::ErrorKind::StorageFull => "free some space on the disk; no backup was left behind",
        io::ErrorKind::InvalidFilename => "choose a name yourself: `backup create FILE`",
        _ => {
            "check that this user may write there, or choose another directory with `--backup-dir DIR`"
        }
    }
}

impl From<BackupError> for Error {
    fn from(error: BackupError) -> Error {
        Error::Backup(Box::new(error))
    }
}

/// Adds the failed operation to an error of the system.
pub trait WithFile<T> {
    /// Adds the action and the path.
    fn with_file(self, action: &'static str, path: &std::path::Path) -> Result<T, Error>;
}

impl<T> WithFile<T> for io::Result<T> {
    fn with_file(self, action: &'static str, path: &std::path::Path) -> Result<T, Error> {
        self.map_err(|source| {
            BackupError::File {
                action,
                path: path.to_owned(),
                source,
            }
            .into()
        })
    }
}
