//! Implements `cargo migrate status` with the runner.

use super::through_runner;
use crate::answer::Answer;
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
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        through_runner("status", &[], &self.runner, global)
    }
}
