//! `cargo migrate dump`: the schema as SQL, through the runner.

use std::path::PathBuf;

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Print the schema as SQL, sorted and stable
#[derive(Debug, clap::Args)]
pub(crate) struct Dump {
    /// Print what the revisions build on an empty database, not what the database has
    #[arg(long)]
    replay: bool,

    /// Print models of the tables, a file of Rust
    #[arg(long, conflicts_with = "check")]
    models: bool,

    /// Write to a file
    #[arg(long, short, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,

    /// Compare with a file; exit 3 if it says something else
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Dump {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
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
        through_runner("dump", &arguments, &self.runner, global)
    }
}
