//! Provides the databases of a trial. Each is like the first one, even if a revision leaves one unusable.

use std::ffi::OsStr;
use std::time::Duration;

use crate::backend::Backend;
use crate::backup::Sample;
use crate::error::Error;
use crate::migrations::Migrations;

use super::Trial;

/// The start of a trial.
pub(super) struct Ground<'t, B: Backend> {
    migrations: &'t Migrations<B>,
    sample: Option<Sample>,
    scratch_server: Option<&'t OsStr>,
}

impl<'t, B: Backend> Ground<'t, B> {
    /// Makes the copy that `trial` requests.
    ///
    /// # Errors
    ///
    /// The errors of [`Sample::take`].
    pub(super) fn find(
        migrations: &'t Migrations<B>,
        trial: &'t Trial,
        wait: Duration,
    ) -> Result<Ground<'t, B>, Error> {
        let sample = trial.sample.as_deref();
        Ok(Ground {
            migrations,
            sample: sample
                .map(|url| Sample::take(migrations, url, wait))
                .transpose()?,
            scratch_server: trial.scratch_server.as_deref().or(sample),
        })
    }

    /// Opens a database for the trial.
    pub(super) fn open(&self) -> Result<B::Client, Error> {
        match &self.sample {
            Some(sample) => sample.open(self.migrations, self.scratch_server),
            None => self.migrations.scratch(self.scratch_server),
        }
    }

    /// Returns the name of the database that was copied.
    pub(super) fn sample(&self) -> Option<&str> {
        self.sample.as_ref().map(Sample::shown)
    }

    /// Adds to an error on which database it occurred.
    pub(super) fn place(&self, error: Error) -> Error {
        match (self.sample(), error) {
            (_, error @ (Error::Interrupted { .. } | Error::Bug(_))) | (None, error) => error,
            (Some(database), error) => Error::OnDatabaseCopy {
                database: database.to_owned(),
                error: Box::new(error),
            },
        }
    }
}
