//! `cargo migrate stamp`: record revisions as applied without running them, through the runner.

use std::ffi::OsString;

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Record what the database has, without running anything
#[derive(Debug, clap::Args)]
pub(crate) struct Stamp {
    /// What it has: one target, or one for each line
    #[arg(value_name = "TARGET", required = true, allow_negative_numbers = true)]
    targets: Vec<String>,

    /// Forget every recorded revision first, unknown ones too
    #[arg(long)]
    purge: bool,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Stamp {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        for target in &self.targets {
            migrate_graph::Target::parse(target)?;
        }
        let purge = self.purge.then(|| "--purge".into());
        let arguments: Vec<OsString> = purge
            .into_iter()
            .chain(self.targets.iter().map(OsString::from))
            .collect();
        through_runner("stamp", &arguments, &self.runner, global)
    }
}
