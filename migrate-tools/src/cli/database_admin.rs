//! Implements the runner's `database` commands.

use clap::Subcommand;
use migrate_cli::{CreateDatabase, DropDatabase};
use serde_json::json;

use crate::backup::BackupError;
use migrate_engine::backend::{Backend, DatabaseAdmin};
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;

use super::args::Global;
use super::database;
use super::ui::Ui;

/// Create or drop the database
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(CreateDatabase),
    Drop(DropDatabase),
}

pub(super) fn run<B: Backend>(args: &Args, global: &Global, ui: &Ui) -> Result<ExitStatus, Error> {
    let admin = admin::<B>(global)?;
    match &args.command {
        Command::Create(CreateDatabase {}) => create(&*admin, ui),
        Command::Drop(args) => drop_database(&*admin, args, ui),
    }
}

/// Creates the database if it does not exist and `confirm` accepts the request for an empty database.
pub(super) fn create_if_missing<B: Backend>(
    global: &Global,
    ui: &Ui,
    confirm: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    let admin = admin::<B>(global)?;
    if admin.exists()? {
        return Ok(());
    }
    confirm()?;
    if admin.create()? {
        ui.note(&created(&*admin));
    }
    Ok(())
}

fn admin<B: Backend>(global: &Global) -> Result<Box<dyn DatabaseAdmin>, Error> {
    B::database_admin(&database::url(global)?, global.lock.lock_timeout)
}

fn created(admin: &dyn DatabaseAdmin) -> String {
    format!("created the database {}", admin.name())
}

fn create(admin: &dyn DatabaseAdmin, ui: &Ui) -> Result<ExitStatus, Error> {
    let is_new = admin.create()?;
    match is_new {
        true => ui.note(&created(admin)),
        false => ui.note(&format!(
            "the database {} already exists, nothing to do",
            admin.name()
        )),
    }
    ui.answer(
        || json!({ "database": admin.name(), "created": is_new }),
        String::new,
    );
    Ok(ExitStatus::Success)
}

fn drop_database(
    admin: &dyn DatabaseAdmin,
    args: &DropDatabase,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let dropped = admin.exists()? && {
        ui.note(&format!(
            "database  {}  {}",
            admin.name(),
            admin.contents()?
        ));
        if !args.yes && !ui.asks("this drops the database and everything in it: continue?")? {
            let action = "the drop of the database";
            return Err(BackupError::NotConfirmed { action }.into());
        }
        admin.remove()?
    };
    match dropped {
        true => ui.note(&format!("dropped the database {}", admin.name())),
        false => ui.note(&format!(
            "the database {} does not exist, nothing to do",
            admin.name()
        )),
    }
    ui.answer(
        || json!({ "database": admin.name(), "dropped": dropped }),
        String::new,
    );
    Ok(ExitStatus::Success)
}
