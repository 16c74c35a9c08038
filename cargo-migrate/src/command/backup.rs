//! Implements `cargo migrate backup` with the runner.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Back up the database to a file while it is in use
#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// File to write [default: a file in the backup directory, named after the time and the heads]
    #[arg(value_name = "FILE", conflicts_with = "keep")]
    file: Option<PathBuf>,

    /// Keep only the newest N backups of this database, including the new one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,

    #[command(flatten)]
    place: BackupPlace,

    #[command(flatten)]
    runner: RunnerOptions,
}

/// The location of the backups.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct BackupPlace {
    /// Backup directory [default: MIGRATE_BACKUP_DIR, then `[package.metadata.migrate] backup-dir`, then `backups` next
    /// to the database file]
    #[arg(long, value_name = "DIR", help_heading = "Database")]
    backup_dir: Option<PathBuf>,
}

impl BackupPlace {
    /// Returns the options for the runner.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let Some(directory) = &self.backup_dir else {
            return Vec::new();
        };
        vec!["--backup-dir".into(), directory.into()]
    }
}

/// Returns a path as an argument that can't be mistaken for an option.
pub(super) fn path_argument(path: &Path) -> OsString {
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        return Path::new(".").join(path).into();
    }
    path.into()
}

impl Backup {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let mut arguments = self.place.arguments();
        if let Some(count) = self.keep {
            arguments.extend(["--keep".into(), count.to_string().into()]);
        }
        if let Some(file) = &self.file {
            arguments.push(path_argument(file));
        }
        exec_runner("backup", &arguments, &self.runner, global)
    }
}
