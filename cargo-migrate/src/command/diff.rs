//! `cargo migrate diff`: how the database differs from what its revisions build, through the runner.

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Tell what the database holds differently from what its revisions build
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
