//! Implements `cargo migrate restore` with the runner.

use std::path::PathBuf;

use super::backup::{BackupPlace, path_argument};
use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Restore a backup, and keep the previous contents of the database as another backup
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// Backup to restore, or `latest` for the newest one made by `backup`
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,

    /// Do not keep the previous contents
    #[arg(long)]
    no_keep: bool,

    #[command(flatten)]
    place: BackupPlace,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Restore {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let mut arguments = self.place.arguments();
        arguments.extend(self.yes.then(|| "--yes".into()));
        arguments.extend(self.no_keep.then(|| "--no-keep".into()));
        arguments.push(path_argument(&self.file));
        exec_runner("restore", &arguments, &self.runner, global)
    }
}
