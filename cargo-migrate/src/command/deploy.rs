//! Implements `cargo migrate deploy` with the runner.

use std::ffi::OsString;
use std::path::PathBuf;

use super::backup::BackupPlace;
use super::exec_runner;
use super::transaction_args::TransactionArgs;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Upgrade in production: stop, back up, upgrade, verify, start; restore the backup if a step fails
///
/// If an option for an application command is not given, it is read from MIGRATE_DEPLOY_STOP, _START, _HEALTH or
/// _ROLLBACK, and then from `[package.metadata.migrate.deploy]`.
#[derive(Debug, clap::Args)]
pub(crate) struct Deploy {
    /// Target: `head`, `heads`, a revision, `+N`, …
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    target: Option<String>,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,

    /// Only write the plan to a file, for approval
    #[arg(long, value_name = "FILE", conflicts_with = "approved")]
    plan_file: Option<PathBuf>,

    /// Run this approved plan; fail if the heads, revisions or schema have changed since it was written
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    approved: Option<PathBuf>,

    /// Continue even if the database has drifted
    #[arg(long)]
    allow_drift: bool,

    /// Continue even if applied revisions were edited
    #[arg(long)]
    allow_edited: bool,

    /// Do not make a backup: after a failure nothing is restored
    #[arg(long)]
    no_backup: bool,

    /// File to append the log to, including the output of the commands
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    #[command(flatten)]
    application: Application,

    #[command(flatten)]
    place: BackupPlace,

    /// Keep only the newest N backups of this database, including the new one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Database")]
    keep: Option<u32>,

    #[command(flatten)]
    writing: TransactionArgs,

    #[command(flatten)]
    runner: RunnerOptions,
}

/// The commands of the application, run by the shell.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Application")]
struct Application {
    /// Command that stops the application
    #[arg(long, value_name = "COMMAND")]
    stop: Option<String>,

    /// Command that starts the application
    #[arg(long, value_name = "COMMAND")]
    start: Option<String>,

    /// Command that exits with 0 once the application is up; retried every second
    #[arg(long, value_name = "COMMAND")]
    health: Option<String>,

    /// Command that starts the previous version of the application after a failure [default: the start command]
    #[arg(long, value_name = "COMMAND")]
    rollback: Option<String>,

    /// Time limit for each command [default: 120]
    #[arg(long, value_name = "SECONDS")]
    hook_timeout: Option<String>,

    /// Time limit for the health check [default: 60]
    #[arg(long, value_name = "SECONDS")]
    health_timeout: Option<String>,
}

impl Deploy {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        if let Some(target) = &self.target {
            migrate_graph::Target::parse(target)?;
        }
        let mut arguments = self.writing.arguments();
        arguments.extend(self.place.arguments());
        arguments.extend(self.flags());
        arguments.extend(self.values());
        arguments.extend(self.target.as_ref().map(OsString::from));
        exec_runner("deploy", &arguments, &self.runner, global)
    }

    fn flags(&self) -> impl Iterator<Item = OsString> {
        let flags = [
            (self.yes, "--yes"),
            (self.allow_drift, "--allow-drift"),
            (self.allow_edited, "--allow-edited"),
            (self.no_backup, "--no-backup"),
        ];
        let given = flags.into_iter().filter(|(given, _)| *given);
        given.map(|(_, flag)| flag.into())
    }

    /// Returns the options that have a value, each as one argument, because a value may start with a dash.
    fn values(&self) -> Vec<OsString> {
        let application = &self.application;
        let texts = [
            ("--stop", &application.stop),
            ("--start", &application.start),
            ("--health", &application.health),
            ("--rollback", &application.rollback),
            ("--hook-timeout", &application.hook_timeout),
            ("--health-timeout", &application.health_timeout),
        ];
        let texts = texts.map(|(option, value)| (option, value.as_ref().map(OsString::from)));
        let keep = self.keep.map(|count| count.to_string().into());
        let files = [
            ("--plan-file", &self.plan_file),
            ("--approved", &self.approved),
            ("--log", &self.log),
        ];
        let files = files.map(|(option, file)| (option, file.as_ref().map(OsString::from)));
        texts
            .into_iter()
            .chain(files)
            .chain([("--keep", keep)])
            .filter_map(|(option, value)| {
                let mut argument = OsString::from(option);
                argument.push("=");
                argument.push(value?);
                Some(argument)
            })
            .collect()
    }
}
