//! A backup that is being written. It gets the backup's name only when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use migrate_engine::error::Error;

use super::folder::{Folder, sync};
use migrate_engine::error::{BackupError, WithFile as _};

/// The end of the names of parts.
pub(super) const END: &str = ".part";

/// A backup that is being written. The file is removed if it is dropped before it is published.
pub(super) struct PartialFile {
    path: PathBuf,
    file: File,
}

impl PartialFile {
    /// Creates a new, empty file that only this user can read.
    pub(super) fn create(folder: &Folder, stamp: &str) -> Result<PartialFile, Error> {
        let mut name = std::ffi::OsString::from(".");
        name.push(&folder.location().stem);
        name.push(format!("-{stamp}.{}{END}", std::process::id()));
        let path = folder.path().join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).with_file("write", &path)?;
        Ok(PartialFile { path, file })
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, once all of it is on the disk.
    ///
    /// # Errors
    ///
    /// [`BackupError::Exists`] if a file has that name; that file is not changed.
    pub(super) fn publish(self, to: &Path) -> Result<(), Error> {
        self.file.sync_all().with_file("write", &self.path)?;
        match named(&self.path, to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let file = to.to_owned();
                Err(BackupError::Exists { file }.into())
            }
            named => named
                .and_then(|()| sync(to.parent().unwrap_or(Path::new("."))))
                .with_file("write", to),
        }
    }
}

/// Gives a file a second name. Unlike a rename, this never replaces an existing file.
fn named(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // The file system has no links: check that the name is free, then rename.
        Err(_) if to.symlink_metadata().is_err() => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        // Files that a database left beside it are removed too, if they exist.
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            let _ = fs::remove_file(path);
        }
    }
}
