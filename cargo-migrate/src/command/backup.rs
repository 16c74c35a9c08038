//! Implements the commands `cargo migrate backup …` with the runner.

use migrate_cli::{CreateBackup, ListBackups, RestoreBackup};

use super::in_runner::InRunner;
use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;

/// Create, list and restore backups of the database
///
/// The default backup directory is `backup-dir` in `[package.metadata.migrate]`.
#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(InRunner<CreateBackup>),
    List(InRunner<ListBackups>),
    Restore(InRunner<RestoreBackup>),
}

impl Backup {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        match &self.command {
            Command::Create(command) => command.run("backup create", global),
            Command::List(command) => command.run("backup list", global),
            Command::Restore(command) => command.run("backup restore", global),
        }
    }
}
