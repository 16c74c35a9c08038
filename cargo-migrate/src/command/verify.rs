//! `cargo migrate verify`: try each revision up, down and up again, through the runner.

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Try each revision up, down and up again on an empty database with made-up rows
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// First revision to try; those before it only run up
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,

    /// Last revision to try
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,

    /// How many made-up rows each table has; 0 leaves tables as the revisions leave them
    #[arg(long, value_name = "N", default_value_t = 3)]
    rows: u32,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Verify {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        let mut arguments = vec!["--rows".into(), self.rows.to_string().into()];
        for (option, revision) in [("--from", &self.from), ("--to", &self.to)] {
            if let Some(revision) = revision {
                arguments.extend([option.into(), revision.into()]);
            }
        }
        through_runner("verify", &arguments, &self.runner, global)
    }
}
