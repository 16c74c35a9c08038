//! Implements `cargo migrate stamp` with the runner.

use std::ffi::OsString;

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Record revisions as applied, without running them
#[derive(Debug, clap::Args)]
pub(crate) struct Stamp {
    /// Revisions the database has: one target, or one for each branch
    #[arg(
        value_name = "TARGET",
        required_unless_present_any = ["applied", "unapplied"],
        allow_negative_numbers = true
    )]
    targets: Vec<String>,

    /// First delete all recorded revisions, including unknown ones
    #[arg(long)]
    purge: bool,

    /// Mark an interrupted revision as applied: all its changes were made
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "purge", "unapplied"])]
    applied: Option<String>,

    /// Mark an interrupted revision as not applied: none of its changes remain
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "purge"])]
    unapplied: Option<String>,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Stamp {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        for target in &self.targets {
            migrate_graph::Target::parse(target)?;
        }
        let mut arguments: Vec<OsString> = Vec::new();
        arguments.extend(self.purge.then(|| "--purge".into()));
        for (option, id) in [
            ("--applied", &self.applied),
            ("--unapplied", &self.unapplied),
        ] {
            arguments.extend(id.iter().map(|id| format!("{option}={id}").into()));
        }
        arguments.extend(self.targets.iter().map(OsString::from));
        exec_runner("stamp", &arguments, &self.runner, global)
    }
}
