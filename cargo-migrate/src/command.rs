//! The [`Command`]s. Each file has the arguments of one command, whose doc comments are the help, and its `run`.
//!
//! A command must not print; it returns an [`CommandOutput`] or a [`Report`].

mod backup;
mod baseline;
mod branches;
mod check;
mod completions;
mod database;
mod edit;
mod freeze;
mod graph;
mod heads;
mod history;
mod import;
mod in_runner;
mod init;
mod lint;
mod merge;
mod plan;
mod rebase;
mod revision;
mod show;
mod squash;
mod stamp;

use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;

use in_runner::{
    InRunner, check_deploy, check_downgrade, check_stamp, check_upgrade, check_verify,
    check_with_scratch,
};

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
    Upgrade(InRunner<migrate_cli::Upgrade>),
    Downgrade(InRunner<migrate_cli::Downgrade>),
    Current(InRunner<migrate_cli::Current>),
    Status(InRunner<migrate_cli::Status>),
    Stamp(InRunner<migrate_cli::Stamp>),
    Resolve(InRunner<migrate_cli::Resolve>),
    Verify(InRunner<migrate_cli::Verify>),
    Baseline(baseline::Baseline),
    Import(import::Import),
    Check(check::Check),
    Diff(InRunner<migrate_cli::Diff>),
    Dump(InRunner<migrate_cli::Dump>),
    Lint(lint::Lint),
    Backup(backup::Backup),
    Database(database::Database),
    Deploy(Box<InRunner<migrate_cli::Deploy>>),
    WithScratch(InRunner<migrate_cli::WithScratch>),
    Completions(completions::Completions),
}

impl Command {
    /// Runs the command; `description` returns clap's definition of the command line.
    pub(crate) fn run(
        &self,
        global: &Global,
        description: fn() -> clap::Command,
    ) -> Result<Box<dyn CommandOutput>, Report> {
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
            Self::Upgrade(command) => command.checked(check_upgrade)?.run("upgrade", global),
            Self::Downgrade(command) => command.checked(check_downgrade)?.run("downgrade", global),
            Self::Current(command) => command.run("current", global),
            Self::Status(command) => command.run("status", global),
            Self::Stamp(command) => stamp::run(command.checked(check_stamp)?, global),
            Self::Resolve(command) => command.run("resolve", global),
            Self::Verify(command) => command.checked(check_verify)?.run("verify", global),
            Self::Baseline(command) => command.run(global),
            Self::Import(command) => command.run(global),
            Self::Check(command) => command.run(global),
            Self::Diff(command) => command.run("diff", global),
            Self::Dump(command) => command.run("dump", global),
            Self::Lint(command) => command.run(global),
            Self::Backup(command) => command.run(global),
            Self::Database(command) => command.run(global),
            Self::Deploy(command) => command.checked(check_deploy)?.run("deploy", global),
            Self::WithScratch(command) => command
                .checked(check_with_scratch)?
                .run("with-scratch", global),
            Self::Completions(command) => command.run(description()),
        }
    }
}
