//! Implements `cargo migrate diff` with the runner.

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Show how the database differs from the schema its revisions produce
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    runner: RunnerOptions,
}

impl Diff {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        exec_runner("diff", &[], &self.runner, global)
    }
}
