//! Implements `cargo migrate current` with the runner.

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Show the heads of the applied revisions
#[derive(Debug, clap::Args)]
pub(crate) struct Current {
    /// Exit with 3 if a head is not applied
    #[arg(short, long)]
    check_heads: bool,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Current {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let check = self.check_heads.then(|| "--check-heads".into());
        exec_runner("current", check.as_slice(), &self.runner, global)
    }
}
