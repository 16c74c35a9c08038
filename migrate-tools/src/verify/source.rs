//! Provides the databases of a verification. Each is like the first one, even if a revision leaves one unusable.

use std::ffi::OsStr;
use std::time::Duration;

use crate::backup::DatabaseCopy;
use crate::scratch;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::migrations::Migrations;

use super::VerifyOptions;

/// The start of a verification.
pub(super) struct DatabaseSource<'t, B: Backend> {
    migrations: &'t Migrations<B>,
    copy: Option<DatabaseCopy>,
    scratch_server: Option<&'t OsStr>,
}

impl<'t, B: Backend> DatabaseSource<'t, B> {
    /// Makes the copy that `verify_options` requests.
    ///
    /// # Errors
    ///
    /// The errors of [`DatabaseCopy::take`].
    pub(super) fn find(
        migrations: &'t Migrations<B>,
        verify_options: &'t VerifyOptions,
        wait: Duration,
    ) -> Result<DatabaseSource<'t, B>, Error> {
        let copy = verify_options.copy_of.as_deref();
        Ok(DatabaseSource {
            migrations,
            copy: copy
                .map(|url| DatabaseCopy::take(migrations, url, wait))
                .transpose()?,
            scratch_server: verify_options.scratch_server.as_deref().or(copy),
        })
    }

    /// Opens a database for the verification.
    pub(super) fn open(&self) -> Result<B::Client, Error> {
        match &self.copy {
            Some(copy) => copy.open(self.migrations, self.scratch_server),
            None => scratch::open(self.migrations, self.scratch_server),
        }
    }

    /// Returns the name of the database that was copied.
    pub(super) fn copy_of(&self) -> Option<&str> {
        self.copy.as_ref().map(DatabaseCopy::shown)
    }

    /// Adds to an error on which database it occurred.
    pub(super) fn place(&self, error: Error) -> Error {
        match (self.copy_of(), error) {
            (_, error @ (Error::Interrupted { .. } | Error::Bug(_))) | (None, error) => error,
            (Some(database), error) => Error::OnDatabaseCopy {
                database: database.to_owned(),
                error: Box::new(error),
            },
        }
    }
}
