//! A copy of a real database to try things on, which nobody needs afterwards.

use std::ffi::OsStr;
use std::time::Duration;

use crate::backend::Backend;
use crate::clock;
use crate::error::Error;
use crate::migrations::Migrations;

use super::error::BackupError;
use super::folder::Folder;
use super::part::Part;

/// A database as it was at one moment, in a temporary file that is gone with this value.
pub(crate) struct Sample {
    part: Part,
    shown: String,
    wait: Duration,
}

impl Sample {
    /// Copies the database that `url` names, which is only read.
    ///
    /// # Errors
    ///
    /// [`Error::Url`], [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]. Nothing is left of what was begun.
    pub(crate) fn take<B: Backend>(
        migrations: &Migrations<B>,
        url: &OsStr,
        wait: Duration,
    ) -> Result<Sample, Error> {
        let copier = migrations.copier(url, wait)?;
        let folder = Folder::there(copier.home().in_directory(std::env::temp_dir()))?;
        folder.tidy();
        let part = Part::create(&folder, &clock::stamp())?;
        copier.copy(part.path())?;
        if let Some(problem) = copier.look(part.path())?.problem {
            return Err(BackupError::NotCopied { problem }.into());
        }
        let shown = copier.shown();
        Ok(Sample { part, shown, wait })
    }

    /// Returns the database's name as it can be shown.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Opens a database with all that was copied, where that takes a server beside the database that `near` names.
    ///
    /// # Errors
    ///
    /// What [`Backend::scratch_of`] says.
    pub(crate) fn open<B: Backend>(
        &self,
        migrations: &Migrations<B>,
        near: Option<&OsStr>,
    ) -> Result<B::Client, Error> {
        let mut client = B::scratch_of(self.part.path(), near, self.wait)?;
        migrations.prepare(&mut client)?;
        Ok(client)
    }
}
