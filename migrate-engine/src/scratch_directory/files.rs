//! Creates and deletes files in the directory. Several processes do it at the same time.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
#[cfg(feature = "sqlite")]
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fs4::fs_std::FileExt as _;

use crate::backend::{Backend, Template};
use crate::error::Error;

#[cfg(feature = "sqlite")]
use super::PREFIX;

/// The file that the owner of a scratch directory locks.
#[cfg(feature = "sqlite")]
const LOCK: &str = "lock";

/// The age at which an unlocked scratch directory counts as left behind: its owner locks it immediately.
#[cfg(feature = "sqlite")]
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// A directory with the files of one database. It is deleted with this value, unless it is kept.
#[cfg(feature = "sqlite")]
pub(crate) struct ScratchFiles {
    path: PathBuf,
    keep: bool,
    /// The lock that shows that the directory is in use.
    lock: Option<File>,
}

#[cfg(feature = "sqlite")]
impl ScratchFiles {
    /// Creates a directory, and deletes those that killed processes left behind.
    pub(crate) fn create(keep: bool) -> Result<ScratchFiles, Error> {
        let parent = directory("databases")?;
        sweep(&parent);
        let path = parent.join(super::unique_name(keep));
        let created = create_private(&path).and_then(|()| {
            let lock = File::create(path.join(LOCK))?;
            // Without support for locks, directories of killed processes are never deleted.
            Ok(lock.try_lock_exclusive().unwrap_or(false).then_some(lock))
        });
        match created {
            Ok(lock) => Ok(ScratchFiles { path, keep, lock }),
            Err(error) => Err(file_error("create the directory", &path, &error)),
        }
    }

    /// Returns the path of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("scratch.db")
    }
}

#[cfg(feature = "sqlite")]
impl Drop for ScratchFiles {
    fn drop(&mut self) {
        if !self.keep {
            // An error in `drop` can't be reported. A later process deletes the directory.
            let _ = fs::remove_file(self.database());
            self.lock = None;
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Deletes the directories whose owners were killed. Errors are ignored.
#[cfg(feature = "sqlite")]
fn sweep(parent: &Path) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default();
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let created = name.strip_prefix(PREFIX).and_then(|rest| {
            let nanos = rest.split_once('_')?.1.parse().ok()?;
            Some(Duration::from_nanos(nanos))
        });
        if created.is_some_and(|created| created + LEFT_BEHIND < now) && is_unlocked(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(feature = "sqlite")]
fn is_unlocked(directory: &Path) -> bool {
    match File::open(directory.join(LOCK)) {
        Ok(file) => file.try_lock_exclusive().unwrap_or(false),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Returns the file of a template. If it does not exist, `build` writes it into an empty file.
///
/// One process builds it, and others wait for that process. If it is killed, the next one begins again: the file gets its
/// name when it is complete.
pub(crate) fn template_file<B: Backend>(
    template: &Template<'_, B>,
    build: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    let folder = directory("templates")?;
    let name = template.name();
    let file = folder.join(&name);
    let is_usable = || !template.rebuild && file.is_file();
    if is_usable() {
        return Ok(file);
    }
    let _lock = lock(&folder.join(format!("{}lock", template.stem())))?;
    if is_usable() {
        return Ok(file);
    }
    let part = folder.join(format!("{name}.part"));
    let failed = |error: io::Error| file_error("write", &part, &error);
    create_empty(&part).map_err(failed)?;
    if let Err(error) = build(&part) {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    remove_stale(&folder, &template.stem(), &part);
    fs::rename(&part, &file).map_err(failed)?;
    Ok(file)
}

/// Removes the other templates of a history. Errors are ignored: another process may copy one of them now.
fn remove_stale(folder: &Path, stem: &str, part: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(stem) && !name.ends_with("lock") && entry.path() != part {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Waits for the lock of a file, which lasts until the result is dropped. The system releases it if the process is killed.
fn lock(path: &Path) -> Result<File, Error> {
    let file = File::create(path).map_err(|error| file_error("create", path, &error))?;
    // On a file system without locks, two processes may build the same template: the later one replaces the first.
    let _ = file.lock_exclusive();
    Ok(file)
}

/// Creates an empty file that only this user can read. An existing file is from a process that was killed.
fn create_empty(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Creates a directory below the one for scratch files.
fn directory(name: &str) -> Result<PathBuf, Error> {
    let root = super::path();
    let path = root.join(name);
    let created = create_private_all(&path).and_then(|()| refuse_other_owner(&root));
    created.map_err(|error| file_error("use the directory", &path, &error))?;
    Ok(path)
}

fn create_private_all(path: &Path) -> io::Result<()> {
    builder().recursive(true).create(path)
}

#[cfg(feature = "sqlite")]
fn create_private(path: &Path) -> io::Result<()> {
    builder().create(path)
}

fn builder() -> fs::DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Returns an error if the directory is one that others may write to: in the directory for temporary files, another
/// user could have created it.
#[cfg(unix)]
fn refuse_other_owner(root: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::symlink_metadata(root)?;
    let in_temporary = root.parent() == Some(&std::env::temp_dir());
    if in_temporary && (!metadata.is_dir() || metadata.mode() & 0o077 != 0) {
        return Err(io::Error::other(
            "other users may write to it; delete it, or set TMPDIR to a directory of this user",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_other_owner(_: &Path) -> io::Result<()> {
    Ok(())
}

fn file_error(action: &'static str, path: &Path, error: &io::Error) -> Error {
    Error::File {
        action,
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
