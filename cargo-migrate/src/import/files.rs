//! Lists and reads the files of a migration tool.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::report::Report;

use super::Migration;

/// Returns the files of a directory, sorted by name.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, Report> {
    let mut entries = entries(path)?;
    entries.retain(|entry| entry.is_file());
    Ok(entries)
}

/// Returns the directories in a directory, sorted by name, without hidden ones.
pub(super) fn directories(path: &Path) -> Result<Vec<PathBuf>, Report> {
    let mut entries = entries(path)?;
    entries.retain(|entry| entry.is_dir() && !name(entry).starts_with('.'));
    Ok(entries)
}

/// Returns the files of a directory and of all directories below it.
pub(super) fn files_below(path: &Path) -> Result<Vec<PathBuf>, Report> {
    let mut found = files(path)?;
    for directory in directories(path)? {
        // A link could lead back here.
        if !directory.is_symlink() {
            found.extend(files_below(&directory)?);
        }
    }
    Ok(found)
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, Report> {
    let failed = |error| Report::file("read", path, &error);
    let read = fs::read_dir(path).map_err(failed)?;
    // `./a` is printed as `a`.
    let shown = |path: PathBuf| path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
    let paths = read.map(|entry| entry.map(|entry| shown(entry.path())));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// Returns the name of a file, or nothing if it is not UTF-8.
pub(super) fn name(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default()
}

/// Returns whether a file has this extension, in any case.
pub(super) fn is(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// Reads a text file. A byte order mark is removed, and line ends become `\n`.
pub(super) fn text(path: &Path) -> Result<String, Report> {
    let bytes = fs::read(path).map_err(|error| Report::file("read", path, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Migration::invalid(path, format!("{} is not UTF-8", path.display()))
            .help("convert the file to UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n"))
}

/// Reads a text file if it exists.
pub(super) fn text_if_exists(path: &Path) -> Result<Option<String>, Report> {
    match path.is_file() {
        true => text(path).map(Some),
        false => Ok(None),
    }
}
