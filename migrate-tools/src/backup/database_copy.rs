//! A temporary copy of a real database.

use std::ffi::OsStr;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use migrate_engine::backend::Backend;
use migrate_engine::clock;
use migrate_engine::error::Error;
use migrate_engine::migrations::Migrations;

use super::folder::Folder;
use super::partial_file::PartialFile;
use migrate_engine::error::BackupError;

/// Returns the time in a form that this process has not used. The name of a copy has the time and the process, and two
/// threads may copy databases of one name at the same moment.
fn unused_stamp() -> String {
    static LAST: Mutex<String> = Mutex::new(String::new());
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stamp = clock::stamp();
    while stamp == *last {
        thread::sleep(Duration::from_millis(1));
        stamp = clock::stamp();
    }
    last.clone_from(&stamp);
    stamp
}

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
        let part = PartialFile::create(&folder, &unused_stamp())?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn two_copies_of_one_moment_have_different_names() {
        let threads: Vec<_> = (0..8).map(|_| thread::spawn(unused_stamp)).collect();
        let stamps: BTreeSet<String> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(stamps.len(), 8);
    }
}
