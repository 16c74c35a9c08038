//! The options of `deploy`.

use std::path::PathBuf;
use std::time::Duration;

use crate::{BackupDirectory, PREVIEWS, Transaction, seconds};

/// Upgrade in production, and restore the backup if a step fails
///
/// Checks the database, stops the application, makes a backup, upgrades, checks the schema, starts the application and
/// waits until it is healthy. `cargo migrate` also reads the commands, their time limits and the number of backups from
/// `[package.metadata.migrate.deploy]`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = PREVIEWS)]
pub struct Deploy {
    /// Target: `heads`, `head`, a revision, `+N`, …
    #[arg(
        value_name = "TARGET",
        default_value = "heads",
        allow_negative_numbers = true
    )]
    pub target: String,

    /// Do not ask for confirmation
    #[arg(short, long)]
    pub yes: bool,

    /// Continue even if the database has drifted
    #[arg(long)]
    pub allow_drift: bool,

    /// Continue even if applied revisions were edited
    #[arg(long)]
    pub allow_checksum_mismatch: bool,

    /// Do not make a backup: after a failure nothing is restored
    #[arg(long)]
    pub no_backup: bool,

    /// File to append the log to, including the output of the commands
    #[arg(
        long,
        value_name = "FILE",
        env = "MIGRATE_DEPLOY_LOG",
        hide_env_values = true
    )]
    pub log: Option<PathBuf>,

    /// Only write the plan to a file, for approval
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "plan",
        help_heading = "Preview"
    )]
    pub write_plan: Option<PathBuf>,

    /// Run this approved plan; fail if the heads, revisions or schema have changed since it was written
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "target",
        help_heading = "Preview"
    )]
    pub plan: Option<PathBuf>,

    /// The commands of the application.
    #[command(flatten)]
    pub hooks: Hooks,

    /// The location of the backups.
    #[command(flatten)]
    pub directory: BackupDirectory,

    /// Keep only the newest N backups of this database, including the new one
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        env = "MIGRATE_DEPLOY_KEEP",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub keep: Option<u32>,

    /// The transaction scope.
    #[command(flatten)]
    pub transaction: Transaction,
}

/// The commands of the application, run by the shell.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Application")]
pub struct Hooks {
    /// Command that stops the application
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_STOP",
        hide_env_values = true
    )]
    pub stop: Option<String>,

    /// Command that starts the application
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_START",
        hide_env_values = true
    )]
    pub start: Option<String>,

    /// Command that exits with 0 once the application is up; retried every second
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_HEALTH",
        hide_env_values = true
    )]
    pub health: Option<String>,

    /// Command that starts the previous version of the application after a failure [default: the start command]
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_ROLLBACK",
        hide_env_values = true
    )]
    pub rollback: Option<String>,

    /// Time limit for each command
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "120",
        value_parser = seconds,
        env = "MIGRATE_DEPLOY_HOOK_TIMEOUT",
        hide_env_values = true
    )]
    pub hook_timeout: Duration,

    /// Time limit for the health check
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "60",
        value_parser = seconds,
        env = "MIGRATE_DEPLOY_HEALTH_TIMEOUT",
        hide_env_values = true
    )]
    pub health_timeout: Duration,
}
