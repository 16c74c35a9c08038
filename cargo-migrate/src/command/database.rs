//! Implements the commands `cargo migrate database …` with the runner.

use migrate_cli::{CreateDatabase, DropDatabase};

use super::in_runner::InRunner;
use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;

/// Create or drop the database
#[derive(Debug, clap::Args)]
pub(crate) struct Database {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(InRunner<CreateDatabase>),
    Drop(InRunner<DropDatabase>),
}

impl Database {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        match &self.command {
            Command::Create(command) => command.run("database create", global),
            Command::Drop(command) => command.run("database drop", global),
        }
    }
}
