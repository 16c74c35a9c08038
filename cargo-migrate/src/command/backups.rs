//! Implements `cargo migrate backups` with the runner.

use super::backup::BackupPlace;
use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// List the backups of the database and check that each one is valid
#[derive(Debug, clap::Args)]
pub(crate) struct Backups {
    /// Do not read the files to check them
    #[arg(long)]
    no_check: bool,

    #[command(flatten)]
    place: BackupPlace,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Backups {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let mut arguments = self.place.arguments();
        arguments.extend(self.no_check.then(|| "--no-check".into()));
        exec_runner("backups", &arguments, &self.runner, global)
    }
}
