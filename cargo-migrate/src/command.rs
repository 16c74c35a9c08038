//! The [`Command`]s. Each file has the arguments of one command, whose doc comments are the help, and its `run`.
//!
//! A command must not print; it returns an [`CommandOutput`] or a [`Report`].

mod backup;
mod backups;
mod baseline;
mod branches;
mod check;
mod completions;
mod current;
mod deploy;
mod diff;
mod downgrade;
mod dump;
mod edit;
mod freeze;
mod graph;
mod heads;
mod history;
mod init;
mod lint;
mod merge;
mod plan;
mod rebase;
mod restore;
mod revision;
mod show;
mod squash;
mod stamp;
mod status;
mod upgrade;
mod verify;
mod transaction_args;

use std::ffi::OsString;

use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::{Runner, RunnerOptions};

pub(crate) use revision::Generated;

/// The command to run.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Revision(revision::Revision),
    Merge(merge::Merge),
    Rebase(rebase::Rebase),
    Squash(squash::Squash),
    Edit(edit::Edit),
    Freeze(freeze::Freeze),
    History(history::History),
    Heads(heads::Heads),
    Branches(branches::Branches),
    Show(show::Show),
    Plan(plan::Plan),
    Graph(graph::Graph),
    Upgrade(upgrade::Upgrade),
    Downgrade(downgrade::Downgrade),
    Current(current::Current),
    Status(status::Status),
    Stamp(stamp::Stamp),
    Verify(verify::Verify),
    Baseline(baseline::Baseline),
    Check(check::Check),
    Diff(diff::Diff),
    Dump(dump::Dump),
    Lint(lint::Lint),
    Backup(backup::Backup),
    Backups(backups::Backups),
    Restore(restore::Restore),
    Deploy(Box<deploy::Deploy>),
    Completions(completions::Completions),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        match self {
            Self::Init(command) => command.run(global),
            Self::Revision(command) => command.run(global),
            Self::Merge(command) => command.run(global),
            Self::Rebase(command) => command.run(global),
            Self::Squash(command) => command.run(global),
            Self::Edit(command) => command.run(global),
            Self::Freeze(command) => command.run(global),
            Self::History(command) => command.run(global),
            Self::Heads(command) => command.run(global),
            Self::Branches(command) => command.run(global),
            Self::Show(command) => command.run(global),
            Self::Plan(command) => command.run(global),
            Self::Graph(command) => command.run(global),
            Self::Upgrade(command) => command.run(global),
            Self::Downgrade(command) => command.run(global),
            Self::Current(command) => command.run(global),
            Self::Status(command) => command.run(global),
            Self::Stamp(command) => command.run(global),
            Self::Verify(command) => command.run(global),
            Self::Baseline(command) => command.run(global),
            Self::Check(command) => command.run(global),
            Self::Diff(command) => command.run(global),
            Self::Dump(command) => command.run(global),
            Self::Lint(command) => command.run(global),
            Self::Backup(command) => command.run(global),
            Self::Backups(command) => command.run(global),
            Self::Restore(command) => command.run(global),
            Self::Deploy(command) => command.run(global),
            Self::Completions(command) => command.run(),
        }
    }
}

/// Builds the runner and replaces this process by one of its commands; returns only on failure.
fn exec_runner(
    command: &str,
    arguments: &[OsString],
    options: &RunnerOptions,
    global: &Global,
) -> Result<Box<dyn CommandOutput>, Report> {
    Err(Runner::build(options, global)?.exec(command, arguments, global))
}
