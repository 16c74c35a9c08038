//! Implements `cargo migrate diff` with the runner.

use super::through_runner;
use crate::answer::Answer;
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
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        through_runner("diff", &[], &self.runner, global)
    }
}
