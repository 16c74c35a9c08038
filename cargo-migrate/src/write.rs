//! Files that appear whole or not at all: written beside their place, then renamed into it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use fs4::fs_std::FileExt;
use tempfile::NamedTempFile;

use crate::report::Report;

/// Keeps other commands from changing a directory until it is dropped.
pub(crate) struct DirectoryLock(
    /// Nothing where the file system has no locks: then only a person keeps two commands apart.
    #[expect(dead_code, reason = "the lock lasts as long as the file is open")]
    Option<File>,
);

/// Waits for other commands that change this directory, then keeps them out.
pub(crate) fn lock(directory: &Path) -> DirectoryLock {
    let file = File::open(directory).and_then(|file| FileExt::lock_exclusive(&file).map(|()| file));
    DirectoryLock(file.ok())
}

/// Creates `path` with this text; its directories too.
///
/// # Errors
///
/// A report if something is there already, or the file can't be written. Nothing is left behind then.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Report> {
    let parent = parent(path);
    fs::create_dir_all(parent).map_err(|error| Report::file("create", parent, &error))?;
    let file = temporary(path, text, None).map_err(|error| Report::file("write", path, &error))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(Report::new(
            "file",
            format!(
                "{} is there already, and is not overwritten",
                path.display()
            ),
        )
        .at(path)),
        Err(error) => Err(Report::file("write", path, &error.error)),
    }
}

/// Replaces the text of a file that is there, keeping its permissions.
///
/// # Errors
///
/// A report if the file is a symbolic link, or can't be written. It has its old text then.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Report> {
    let write = |error: io::Error| Report::file("write", path, &error);
    let metadata = fs::symlink_metadata(path).map_err(write)?;
    if !metadata.is_file() {
        return Err(Report::new(
            "file",
            format!(
                "{} is not a regular file, and is not written through",
                path.display()
            ),
        )
        .at(path)
        .help("put the file itself there instead of a link to it"));
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
    // The name begins with a dot and has no `.rs` at its end: neither cargo nor the reader of revisions looks at it.
    builder.prefix(".cargo-migrate-");
    // Temporary files are for their owner alone, unless told otherwise; the user's mask is applied to this.
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
    fn what_is_there_is_not_overwritten_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b.rs");
        create(&path, "one").unwrap();
        assert!(create(&path, "two").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(directory.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_replaced_whole() {
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
