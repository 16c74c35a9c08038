//! Which database is meant, and how it is opened.

use std::ffi::OsString;

use crate::backend::{Access, Backend};
use crate::error::Error;
use crate::executor::{Executor, State};

use super::args::Global;

/// Where `cargo migrate` puts the URL of the package's settings; everything else a user can say goes before it.
const DEFAULT_URL: &str = "MIGRATE_DATABASE_URL_DEFAULT";

/// Opens the database for writing. It is made if it is missing, but only once `asked` has found the question a sound one
/// for an empty database.
pub(super) fn open<B: Backend>(
    global: &Global,
    asked: impl FnOnce() -> Result<(), Error>,
) -> Result<B::Client, Error> {
    if let Some(client) = open_existing::<B>(global)? {
        return Ok(client);
    }
    asked()?;
    let opened = B::open(&url(global)?, Access::Write, global.wait)?;
    opened.ok_or_else(|| Error::Bug("a database opened for writing was not made".to_owned()))
}

/// Opens the database for writing; `None` means that there is none yet.
pub(super) fn open_existing<B: Backend>(global: &Global) -> Result<Option<B::Client>, Error> {
    B::open(&url(global)?, Access::WriteExisting, global.wait)
}

/// Opens the database for reading; `None` means that there is none yet.
pub(super) fn open_to_read<B: Backend>(global: &Global) -> Result<Option<B::Client>, Error> {
    B::open(&url(global)?, Access::Read, global.wait)
}

/// Reads what is recorded; nothing is, where there is no database yet.
pub(super) fn look<B: Backend>(
    executor: &Executor<'_, B>,
    global: &Global,
) -> Result<State, Error> {
    match open_to_read::<B>(global)? {
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
    let said = |url: OsString| (!url.is_empty()).then_some(url);
    if let Some(url) = global.database_url.clone().and_then(said) {
        return Ok(url);
    }
    if let Some(url) = std::env::var_os("DATABASE_URL").and_then(said) {
        return Ok(url);
    }
    if let Some(url) = from_dotenv()?.and_then(said) {
        return Ok(url);
    }
    std::env::var_os(DEFAULT_URL)
        .and_then(said)
        .ok_or(Error::NoUrl)
}

/// Reads DATABASE_URL from `.env` of this directory or one above it. The environment itself is not changed.
fn from_dotenv() -> Result<Option<OsString>, Error> {
    let lines = match dotenvy::dotenv_iter() {
        Ok(lines) => lines,
        Err(error) if error.not_found() => return Ok(None),
        Err(_) => {
            return Err(Error::DotEnv {
                reason: "it can't be read",
            });
        }
    };
    for line in lines {
        // The line itself is not shown: it may hold a password.
        let (key, value) = line.map_err(|_| Error::DotEnv {
            reason: "a line of it is not `KEY=VALUE`",
        })?;
        if key == "DATABASE_URL" {
            return Ok(Some(value.into()));
        }
    }
    Ok(None)
}
