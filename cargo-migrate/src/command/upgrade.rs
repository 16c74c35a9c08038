//! Implements `cargo migrate upgrade` with the runner.

use super::exec_runner;
use super::transaction_args::TransactionArgs;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Upgrade the database to a target
#[derive(Debug, clap::Args)]
pub(crate) struct Upgrade {
    /// Target: `head`, `heads`, a revision, `+N`, …
    #[arg(
        value_name = "TARGET",
        default_value = "head",
        allow_negative_numbers = true
    )]
    target: String,

    #[command(flatten)]
    writing: TransactionArgs,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Upgrade {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        self.writing.check_target(&self.target)?;
        let mut arguments = self.writing.arguments();
        arguments.push((&self.target).into());
        exec_runner("upgrade", &arguments, &self.runner, global)
    }
}
