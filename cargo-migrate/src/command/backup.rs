//! `cargo migrate backup`: copy the database, through the runner.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Copy the database to a file, while it is in use
#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// File to write [default: one named by time and heads in the directory of the backups]
    #[arg(value_name = "FILE", conflicts_with = "keep")]
    file: Option<PathBuf>,

    /// Keep only the newest N backups of this database, the new one among them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,

    #[command(flatten)]
    place: BackupPlace,

    #[command(flatten)]
    runner: RunnerOptions,
}

/// Where backups are.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct BackupPlace {
    /// Directory of the backups, else MIGRATE_BACKUP_DIR, `[package.metadata.migrate] backup-dir`, or `backups` beside a
    /// database's file
    #[arg(long, value_name = "DIR", help_heading = "Database")]
    backup_dir: Option<PathBuf>,
}

impl BackupPlace {
    /// Returns the options as the runner takes them.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let Some(directory) = &self.backup_dir else {
            return Vec::new();
        };
        vec!["--backup-dir".into(), directory.into()]
    }
}

/// Returns a path as an argument that is not taken for an option.
pub(super) fn path_argument(path: &Path) -> OsString {
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        return Path::new(".").join(path).into();
    }
    path.into()
}

impl Backup {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        let mut arguments = self.place.arguments();
        if let Some(count) = self.keep {
            arguments.extend(["--keep".into(), count.to_string().into()]);
        }
        if let Some(file) = &self.file {
            arguments.push(path_argument(file));
        }
        through_runner("backup", &arguments, &self.runner, global)
    }
}
