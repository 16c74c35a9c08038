//! Implements the runner's `backup` commands.

mod create;
mod list;
mod restore;

use clap::Subcommand;
use migrate_cli::{BackupDirectory, CreateBackup, ListBackups, RestoreBackup};
use serde_json::{Value, json};

use crate::backup::{Backup, BackupReason, BackupSettings, Integrity};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::ui::Ui;

/// Create, list and restore backups of the database
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(CreateBackup),
    List(ListBackups),
    Restore(RestoreBackup),
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    match &args.command {
        Command::Create(args) => create::run(migrations, args, global, ui),
        Command::List(args) => list::run(migrations, args, global, ui),
        Command::Restore(args) => restore::run(migrations, args, global, ui),
    }
}

/// Returns the settings of the backups in this directory.
pub(super) fn settings(directory: &BackupDirectory, global: &Global) -> BackupSettings {
    let mut settings = BackupSettings::new().wait(global.lock.lock_timeout);
    settings.directory.clone_from(&directory.backup_dir);
    settings
}

/// Returns a backup as an object for `--json`.
pub(super) fn document(backup: &Backup) -> Value {
    let (valid, problem) = match &backup.integrity {
        Integrity::Valid => (Some(true), None),
        Integrity::Corrupt(problem) => (Some(false), Some(problem)),
        Integrity::Unchecked => (None, None),
    };
    json!({
        "file": backup.file.display().to_string(),
        "time": backup.time,
        "current": backup.heads,
        "size": backup.size,
        "valid": valid,
        "problem": problem,
        "replaced": backup.reason == BackupReason::BeforeRestore,
    })
}
