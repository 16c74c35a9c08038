//! The directory of the backups: lists them, adds new ones, and removes old ones.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migrate_engine::error::Error;

use super::name::Name;
use super::partial_file::{END, PartialFile};
use migrate_engine::backup_driver::BackupLocation;
use migrate_engine::error::WithFile as _;

/// The age from which a part counts as left behind by a killed process.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// The most backups of the same second and heads that get different names.
const MAX_NUMBERS: u32 = 1000;

/// The directory of the backups.
pub(super) struct Folder {
    location: BackupLocation,
    /// The real path of the directory: its links are resolved once.
    path: PathBuf,
}

/// An existing backup.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) name: Name,
    pub(super) size: u64,
}

impl Folder {
    /// Returns the directory. Creates it if it does not exist, for this user only.
    pub(super) fn create(location: BackupLocation) -> Result<Folder, Error> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&location.directory)
            .with_file("create the directory", &location.directory)?;
        Folder::open_existing(location)
    }

    /// Returns the directory, which must exist.
    pub(super) fn open_existing(location: BackupLocation) -> Result<Folder, Error> {
        let path = location
            .directory
            .canonicalize()
            .with_file("use the directory", &location.directory)?;
        Ok(Folder { location, path })
    }

    /// Returns the directory if it exists.
    pub(super) fn existing(location: BackupLocation) -> Result<Option<Folder>, Error> {
        match location.directory.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Folder::open_existing(location).map(Some),
        }
    }

    pub(super) fn location(&self) -> &BackupLocation {
        &self.location
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives a part its final name, and returns its path.
    pub(super) fn publish(&self, part: PartialFile, mut name: Name) -> Result<PathBuf, Error> {
        while self
            .path
            .join(name.written(&self.location))
            .symlink_metadata()
            .is_ok()
            && name.number < MAX_NUMBERS
        {
            name.number += 1;
        }
        let file = name.written(&self.location);
        part.publish(&self.path.join(&file))?;
        Ok(self.location.directory.join(file))
    }

    /// Lists the backups of this database, oldest first.
    pub(super) fn list(&self) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).with_file("read", &self.path)? {
            let entry = entry.with_file("read", &self.path)?;
            let Some(name) = Name::read(&self.location, &entry.file_name()) else {
                continue;
            };
            // A link or a directory with such a name is not a backup of this command.
            match entry.metadata() {
                Ok(metadata) if metadata.is_file() => found.push(Found {
                    path: self.location.directory.join(entry.file_name()),
                    name,
                    size: metadata.len(),
                }),
                _ => {}
            }
        }
        found.sort_by(|a, b| key(&a.name).cmp(&key(&b.name)));
        Ok(found)
    }

    /// Removes all but the newest `count` backups, never `new`, and parts of killed processes. Returns the removed
    /// files.
    pub(super) fn retain(&self, count: usize, new: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut older = self.list()?;
        older.retain(|found| found.path.file_name() != new.file_name());
        let surplus = older.len().saturating_sub(count.saturating_sub(1));
        let mut removed = Vec::new();
        for found in older.drain(..surplus) {
            fs::remove_file(&found.path).with_file("remove", &found.path)?;
            removed.push(found.path);
        }
        self.tidy();
        Ok(removed)
    }

    /// Removes parts that killed processes left behind. If one can't be removed, it is ignored.
    pub(super) fn tidy(&self) {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        for entry in entries {
            let old = entry.metadata().is_ok_and(|metadata| {
                metadata.is_file()
                    && metadata
                        .modified()
                        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT_BEHIND))
            });
            if old && self.is_part(&entry.file_name()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn is_part(&self, name: &OsStr) -> bool {
        let mut beginning = std::ffi::OsString::from(".");
        beginning.push(&self.location.stem);
        beginning.push("-");
        name.as_encoded_bytes()
            .strip_prefix(beginning.as_encoded_bytes())
            .and_then(|rest| std::str::from_utf8(rest).ok())
            .is_some_and(|rest| {
                rest.contains(END) && rest.starts_with(|c: char| c.is_ascii_digit())
            })
    }
}

fn key(name: &Name) -> (&str, u32) {
    (&name.stamp, name.number)
}

/// Makes sure that the names in a directory are on the disk.
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()
    } else {
        Ok(())
    }
}
