//! A temporary copy of a real database.

use std::ffi::OsStr;
use std::time::Duration;

use migrate_engine::backend::Backend;
use migrate_engine::clock;
use migrate_engine::error::Error;
use migrate_engine::migrations::Migrations;

use super::folder::Folder;
use super::partial_file::PartialFile;
use migrate_engine::error::BackupError;

/// A copy of a database at one moment, in a temporary file that is deleted with this value.
pub(crate) struct DatabaseCopy {
    part: PartialFile,
    shown: String,
    wait: Duration,
}

impl DatabaseCopy {
    /// Copies the database that `url` names. The database is only read.
    ///
    /// # Errors
    ///
    /// [`Error::Url`], [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]. No file is left then.
    pub(crate) fn take<B: Backend>(
        migrations: &Migrations<B>,
        url: &OsStr,
        wait: Duration,
    ) -> Result<DatabaseCopy, Error> {
        let driver = migrations.backup_driver(url, wait)?;
        let folder = Folder::open_existing(driver.location().in_directory(std::env::temp_dir()))?;
        folder.tidy();
        let part = PartialFile::create(&folder, &clock::stamp())?;
        driver.create(part.path())?;
        if let Some(problem) = driver.inspect(part.path())?.problem {
            return Err(BackupError::NotCopied { problem }.into());
        }
        let shown = driver.shown();
        Ok(DatabaseCopy { part, shown, wait })
    }

    /// Returns the database's name in a form that can be shown.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Opens a database with the copied contents. If that requires a server, uses the one of the database that `scratch_server`
    /// names.
    ///
    /// # Errors
    ///
    /// The errors of [`Backend::scratch_of`].
    pub(crate) fn open<B: Backend>(
        &self,
        migrations: &Migrations<B>,
        scratch_server: Option<&OsStr>,
    ) -> Result<B::Client, Error> {
        let mut client = B::scratch_of(self.part.path(), scratch_server, self.wait)?;
        migrations.prepare(&mut client)?;
        Ok(client)
    }
}
