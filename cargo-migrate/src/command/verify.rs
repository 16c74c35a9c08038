//! `cargo migrate verify`: try each revision up, down and up again, through the runner.

use std::ffi::OsString;

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Try each revision up, down and up again, on an empty database or on a copy of a real one
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// First revision to try; those before it only run up, and a copy that has it is taken back to before it
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,

    /// Last revision to try
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,

    /// Try on a copy of this database, from where it stands; the database itself is only read
    #[arg(long, value_name = "DATABASE")]
    sample: Option<OsString>,

    /// How many rows each table has at least, made up where there are fewer; 0 makes none up [default: 3, with a sample 0]
    #[arg(long, value_name = "N")]
    rows: Option<u32>,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Verify {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
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
        through_runner("verify", &arguments, &self.runner, global)
    }
}
