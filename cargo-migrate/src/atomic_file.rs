//! Writes files atomically: to a temporary file in the same directory, which is then renamed.
//!
//! It must not leave a temporary file after an error.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use fs4::fs_std::FileExt;
use tempfile::NamedTempFile;

use crate::report::Report;

/// A lock that prevents other commands from changing a directory until it is dropped.
pub(crate) struct DirectoryLock(
    /// The lock file; `None` if the file system does not support locks.
    #[expect(dead_code, reason = "the lock lasts as long as the file is open")]
    Option<File>,
);

/// Waits for other commands that change this directory, then locks it.
pub(crate) fn lock(directory: &Path) -> DirectoryLock {
    let file = File::open(directory).and_then(|file| FileExt::lock_exclusive(&file).map(|()| file));
    DirectoryLock(file.ok())
}

/// Creates `path` with this text, and its directories.
///
/// # Errors
///
/// A report if the path already exists or can't be written. Then no file is left.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Report> {
    let parent = parent(path);
    fs::create_dir_all(parent).map_err(|error| Report::file("create", parent, &error))?;
    let file = temporary(path, text, None).map_err(|error| Report::file("write", path, &error))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(Report::new(
            "file_exists",
            format!("{} already exists and is not overwritten", path.display()),
        )
        .at(path)),
        Err(error) => Err(Report::file("write", path, &error.error)),
    }
}

/// Replaces the text of an existing file, and keeps its permissions.
///
/// # Errors
///
/// A report if the file is a symbolic link or can't be written. Then it has its previous text.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Report> {
    let write = |error: io::Error| Report::file("write", path, &error);
    let metadata = fs::symlink_metadata(path).map_err(write)?;
    if !metadata.is_file() {
        return Err(Report::new(
            "io_error",
            format!(
                "{} is not a regular file, so it is not changed",
                path.display()
            ),
        )
        .at(path)
        .help("replace the link with the file itself"));
    }
    let permissions = metadata.permissions();
    if permissions.readonly() {
        return Err(write(io::ErrorKind::PermissionDenied.into()));
    }
    let file = temporary(path, text, Some(permissions)).map_err(write)?;
    file.persist(path).map_err(|error| write(error.error))?;
    Ok(())
}

fn temporary(
    path: &Path,
    text: &str,
    permissions: Option<fs::Permissions>,
) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // The name starts with a dot and does not end with `.rs`, so neither Cargo nor the revision reader uses the file.
    builder.prefix(".cargo-migrate-");
    // By default only the owner can access temporary files; the user's mask applies to this mode.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(parent(path))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_not_overwritten_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b.rs");
        create(&path, "one").unwrap();
        assert!(create(&path, "two").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(directory.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_replaced_completely() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("b.rs");
        create(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_written_through() {
        let directory = tempfile::tempdir().unwrap();
        let (target, link) = (
            directory.path().join("target"),
            directory.path().join("link"),
        );
        create(&target, "one").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(replace(&link, "two").is_err());
        assert!(create(&link, "two").is_err());
        assert_eq!(fs::read_to_string(&target).unwrap(), "one");
    }
}
