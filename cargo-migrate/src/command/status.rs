//! Implements `cargo migrate status` with the runner.

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// List the applied and pending revisions
#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    #[command(flatten)]
    runner: RunnerOptions,
}

impl Status {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        exec_runner("status", &[], &self.runner, global)
    }
}
