//! Selects and opens the database.

use std::ffi::OsString;

use crate::scratch;
use migrate_engine::backend::{Access, Backend};
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, State};
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::ui::Ui;

/// Opens the database for writing. Creates it if it does not exist, but only if `confirm` accepts the request for an
/// empty database.
pub(super) fn open<B: Backend>(
    migrations: &Migrations<B>,
    global: &Global,
    confirm: impl FnOnce() -> Result<(), Error>,
) -> Result<B::Client, Error> {
    migrations.open_or_create(&url(global)?, global.lock.lock_timeout, confirm)
}

/// Opens the database for writing, or returns `None` if it does not exist.
pub(super) fn open_existing<B: Backend>(
    migrations: &Migrations<B>,
    global: &Global,
) -> Result<Option<B::Client>, Error> {
    migrations.open(
        &url(global)?,
        Access::WriteExisting,
        global.lock.lock_timeout,
    )
}

/// Opens the database for reading, or returns `None` if it does not exist.
pub(super) fn open_to_read<B: Backend>(
    migrations: &Migrations<B>,
    global: &Global,
) -> Result<Option<B::Client>, Error> {
    migrations.open(&url(global)?, Access::Read, global.lock.lock_timeout)
}

/// Notes the names of `ignore` that no object of the database has.
pub(super) fn note_unmatched_ignores<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    ui: &Ui,
) -> Result<(), Error> {
    for pattern in scratch::unmatched_ignores::<B>(B::reader(client), migrations.extent())? {
        ui.note(&format!(
            "`ignore` in `[package.metadata.migrate]` lists `{pattern}`, and the database has no such object"
        ));
    }
    Ok(())
}

/// The note of commands that only read a database, if it does not exist.
pub(super) const MISSING: &str = "the named database does not exist";

/// Reads the recorded revisions; none if the database does not exist, which is noted.
pub(super) fn look<B: Backend>(
    executor: &Executor<'_, B>,
    global: &Global,
    ui: &Ui,
) -> Result<State, Error> {
    match open_to_read(executor.migrations, global)? {
        Some(mut client) => executor.look(B::reader(&mut client)),
        None => {
            ui.note(MISSING);
            Ok(State::default())
        }
    }
}

/// Returns the database that is named, if any.
pub(super) fn named(global: &Global) -> Result<Option<OsString>, Error> {
    match url(global) {
        Ok(url) => Ok(Some(url)),
        Err(Error::MissingUrl) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the URL of the database.
pub(super) fn url(global: &Global) -> Result<OsString, Error> {
    let typed = global.database_url.clone().filter(|url| !url.is_empty());
    match typed {
        Some(url) => Ok(url),
        None => migrate_engine::database_url::database()?.ok_or(Error::MissingUrl),
    }
}
