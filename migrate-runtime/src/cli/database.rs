//! Which database is meant, and how it is opened.

use std::ffi::OsString;

use crate::backend::{Access, Backend};
use crate::error::Error;
use crate::executor::{Executor, State};
use crate::migrations::Migrations;

use super::args::Global;

/// Opens the database for writing. It is made if it is missing, but only once `asked` has found the question a sound one
/// for an empty database.
pub(super) fn open<B: Backend>(
    migrations: &Migrations<B>,
    global: &Global,
    asked: impl FnOnce() -> Result<(), Error>,
) -> Result<B::Client, Error> {
    if let Some(client) = open_existing(migrations, global)? {
        return Ok(client);
    }
    asked()?;
    let opened = migrations.open(&url(global)?, Access::Write, global.wait)?;
    opened.ok_or_else(|| Error::Bug("a database opened for writing was not created".to_owned()))
}

/// Opens the database for writing; `None` means that there is none yet.
pub(super) fn open_existing<B: Backend>(
    migrations: &Migrations<B>,
    global: &Global,
) -> Result<Option<B::Client>, Error> {
    migrations.open(&url(global)?, Access::WriteExisting, global.wait)
}

/// Opens the database for reading; `None` means that there is none yet.
pub(super) fn open_to_read<B: Backend>(
    migrations: &Migrations<B>,
    global: &Global,
) -> Result<Option<B::Client>, Error> {
    migrations.open(&url(global)?, Access::Read, global.wait)
}

/// Reads what is recorded; nothing is, where there is no database yet.
pub(super) fn look<B: Backend>(
    executor: &Executor<'_, B>,
    global: &Global,
) -> Result<State, Error> {
    match open_to_read(executor.migrations, global)? {
        Some(mut client) => executor.look(B::reader(&mut client)),
        None => Ok(State::default()),
    }
}

/// Returns the database that is named, if any is.
pub(super) fn named(global: &Global) -> Result<Option<OsString>, Error> {
    match url(global) {
        Ok(url) => Ok(Some(url)),
        Err(Error::NoUrl) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the URL of the database that is meant.
pub(super) fn url(global: &Global) -> Result<OsString, Error> {
    let typed = global.database_url.clone().filter(|url| !url.is_empty());
    match typed {
        Some(url) => Ok(url),
        None => crate::named::database()?.ok_or(Error::NoUrl),
    }
}
