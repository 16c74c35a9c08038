//! The runner's command line. An application's binary of three lines calls [`main`].
//!
//! Parses the arguments, runs a command on the application's revisions, prints its result, and returns an exit code.
//! Each command is in its own file, with its arguments.

mod args;
mod autogenerate;
mod backup;
mod baseline;
mod check;
mod current;
mod database;
mod database_admin;
mod deploy;
mod diff;
mod downgrade;
mod dump;
mod history;
mod lint;
mod merge_check;
mod preview;
mod resolve;
mod signals;
mod squash;
mod stamp;
mod status;
mod ui;
mod upgrade;
mod verify;
mod with_scratch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use args::{Global, without_clap_words};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;
use ui::Ui;

/// Runs the revisions of this application on a database
///
/// Targets: head, heads, base, a revision id or at least its first 4 characters, +N, -N, ID+N, ID-N, LABEL@head,
/// LABEL@base, LABEL@+N, LABEL@ID.
#[derive(Debug, Parser)]
#[command(name = "migrate", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum Command {
    Upgrade(migrate_cli::Upgrade),
    Downgrade(migrate_cli::Downgrade),
    Current(migrate_cli::Current),
    Status(migrate_cli::Status),
    Stamp(migrate_cli::Stamp),
    Resolve(migrate_cli::Resolve),
    History(history::Args),
    Verify(verify::Args),
    Baseline(baseline::Args),
    Check(check::Args),
    Autogenerate(autogenerate::Args),
    Diff(migrate_cli::Diff),
    Dump(migrate_cli::Dump),
    Lint(lint::Args),
    MergeCheck(merge_check::Args),
    Squash(squash::Args),
    Backup(backup::Args),
    Database(database_admin::Args),
    Deploy(Box<deploy::Args>),
    WithScratch(migrate_cli::WithScratch),
}

/// Runs the command line of a migration runner.
///
/// ```no_run
/// # use migrate_runtime::v1::Sqlite;
/// # static MIGRATIONS: migrate_runtime::Migrations<Sqlite> = migrate_runtime::Migrations::new(
/// #     &[],
/// #     migrate_runtime::__private::Options {
/// #         version_table: "migrate_revisions",
/// #         heads: migrate_runtime::__private::Heads::One,
/// #     },
/// # );
/// # fn migrations() -> &'static migrate_runtime::Migrations<Sqlite> { &MIGRATIONS }
/// fn main() -> std::process::ExitCode {
///     migrate_runtime::main(migrations())
/// }
/// ```
#[must_use]
pub fn main<B: Backend>(migrations: &'static Migrations<B>) -> ExitCode {
    executor::record_places();
    run(migrations, std::env::args_os().collect()).into()
}

fn run<B: Backend>(migrations: &Migrations<B>, arguments: Vec<OsString>) -> ExitStatus {
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return without_clap_words(&error, &arguments),
    };
    let ui = Ui::new(&cli.global.output);
    let result = match &cli.command {
        Command::Upgrade(args) => upgrade::run(migrations, args, &cli.global, &ui),
        Command::Downgrade(args) => downgrade::run(migrations, args, &cli.global, &ui),
        Command::Current(args) => current::run(migrations, args, &cli.global, &ui),
        Command::Status(args) => status::run(migrations, args, &cli.global, &ui),
        Command::Stamp(args) => stamp::run(migrations, args, &cli.global, &ui),
        Command::Resolve(args) => resolve::run(migrations, args, &cli.global, &ui),
        Command::History(args) => history::run(migrations, args, &cli.global, &ui),
        Command::Verify(args) => verify::run(migrations, args, &cli.global, &ui),
        Command::Baseline(args) => baseline::run(migrations, args, &cli.global, &ui),
        Command::Autogenerate(args) => autogenerate::run(migrations, args, &cli.global, &ui),
        Command::Check(args) => check::run(migrations, args, &cli.global, &ui),
        Command::Diff(args) => diff::run(migrations, args, &cli.global, &ui),
        Command::Dump(args) => dump::run(migrations, args, &cli.global, &ui),
        Command::Lint(args) => lint::run(migrations, args, &cli.global, &ui),
        Command::Squash(args) => squash::run(migrations, args, &cli.global, &ui),
        Command::MergeCheck(args) => merge_check::run(migrations, args, &cli.global, &ui),
        Command::Backup(args) => backup::run(migrations, args, &cli.global, &ui),
        Command::Database(args) => database_admin::run::<B>(args, &cli.global, &ui),
        Command::Deploy(args) => deploy::run(migrations, args, &cli.global, &ui),
        Command::WithScratch(args) => with_scratch::run(migrations, args, &cli.global, &ui),
    };
    result.unwrap_or_else(|error: Error| ui.failure(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn commands_and_options_of_earlier_names_are_unknown() {
        for arguments in [
            &["x", "restore", "latest"][..],
            &["x", "backups"],
            &["x", "orders", "a", "b"],
            &["x", "stamp", "--applied", "r1"],
            &["x", "upgrade", "--wait", "1"],
            &["x", "deploy", "--approved", "p"],
        ] {
            assert!(Cli::try_parse_from(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn negative_targets_are_parsed_as_typed() {
        for arguments in [
            &["x", "downgrade", "-1"][..],
            &["x", "downgrade", "-12", "-q"],
            &["x", "-q", "downgrade", "-3"],
        ] {
            let cli = Cli::try_parse_from(arguments).unwrap();
            assert!(
                matches!(cli.command, Command::Downgrade(args) if args.target.starts_with('-')),
                "{arguments:?}"
            );
        }
        assert!(
            Cli::try_parse_from(["x", "downgrade", "--json"])
                .unwrap()
                .global
                .output
                .json
        );
    }
}
