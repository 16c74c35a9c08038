//! Implements `cargo migrate dump` with the runner.

use std::path::PathBuf;

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Print the schema as SQL, in a stable order
#[derive(Debug, clap::Args)]
pub(crate) struct Dump {
    /// Print the schema that the revisions produce, instead of the database's
    #[arg(long)]
    replay: bool,

    /// Print Rust models of the tables instead of SQL
    #[arg(long, conflicts_with = "check")]
    models: bool,

    /// File to write to
    #[arg(long, short, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,

    /// File to compare with; exit with 3 if it differs
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Dump {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let mut arguments = Vec::new();
        for (given, flag) in [(self.replay, "--replay"), (self.models, "--models")] {
            if given {
                arguments.push(flag.into());
            }
        }
        for (option, path) in [("--output", &self.output), ("--check", &self.check)] {
            if let Some(path) = path {
                arguments.extend([option.into(), path.into()]);
            }
        }
        exec_runner("dump", &arguments, &self.runner, global)
    }
}
