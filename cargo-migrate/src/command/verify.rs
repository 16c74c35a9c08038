//! Implements `cargo migrate verify` with the runner.

use std::ffi::OsString;

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Run each revision up, down and up again, on a scratch database or on a copy of a real one
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// First revision to verify: earlier ones only run up, and a copy that has it is downgraded first
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,

    /// Last revision to verify
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,

    /// Database to copy: the revisions run on the copy, and the database itself is only read
    #[arg(long, value_name = "DATABASE")]
    sample: Option<OsString>,

    /// Minimum number of rows in each table, filled up with synthetic rows [default: 3, or 0 with `--sample`]
    #[arg(long, value_name = "N")]
    rows: Option<u32>,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Verify {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let mut arguments: Vec<OsString> = Vec::new();
        let text = |text: &Option<String>| text.as_ref().map(OsString::from);
        for (option, value) in [
            ("--from=", text(&self.from)),
            ("--to=", text(&self.to)),
            ("--sample=", self.sample.clone()),
            ("--rows=", self.rows.map(|rows| rows.to_string().into())),
        ] {
            arguments.extend(value.map(|value| {
                let mut argument = OsString::from(option);
                argument.push(value);
                argument
            }));
        }
        exec_runner("verify", &arguments, &self.runner, global)
    }
}
