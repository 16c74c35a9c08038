//! Implements `cargo migrate downgrade` with the runner.

use super::exec_runner;
use super::transaction_args::TransactionArgs;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Downgrade the database to a target
#[derive(Debug, clap::Args)]
pub(crate) struct Downgrade {
    /// Target: `-1`, `base`, the last revision to keep, …
    #[arg(
        value_name = "TARGET",
        default_value = "-1",
        allow_negative_numbers = true
    )]
    target: String,

    /// Continue even if data is lost
    #[arg(long, help_heading = "Database")]
    allow_data_loss: bool,

    #[command(flatten)]
    writing: TransactionArgs,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Downgrade {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        self.writing.check_target(&self.target)?;
        let mut arguments = self.writing.arguments();
        if self.allow_data_loss {
            arguments.push("--allow-data-loss".into());
        }
        arguments.push((&self.target).into());
        exec_runner("downgrade", &arguments, &self.runner, global)
    }
}
