//! URLs and paths to open connections.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::backend::Access;
use crate::error::{DatabaseError, Error, Trouble};

use super::trouble::told;

/// Opens what `url` names: `sqlite:PATH`, `sqlite://PATH`, a path, or `:memory:`.
pub(super) fn open(
    url: &OsStr,
    access: Access,
    wait: Duration,
) -> Result<Option<Connection>, Error> {
    let Some(path) = path_of(url)? else {
        let opened = Connection::open_in_memory();
        return opened
            .map(Some)
            .map_err(|error| Error::database("can't open `:memory:`", told(&error)));
    };
    let action = format!("can't open `{}`", path.display());
    match fs::metadata(&path) {
        Ok(found) if !found.is_file() => {
            let kind = if found.is_dir() {
                "it is a directory"
            } else {
                "it is not a regular file"
            };
            return Err(Error::database(
                action,
                DatabaseError::new(Trouble::NotADatabase, kind),
            ));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && access != Access::Write => {
            return Ok(None);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(Error::database(
                action,
                DatabaseError::new(Trouble::CannotOpen, error.to_string()),
            ));
        }
    }
    let opened = match access {
        Access::Read => open_to_read(&path),
        Access::Write | Access::WriteExisting => open_to_write(&path),
    };
    let connection = opened.map_err(|source| Error::database(&action, source))?;
    connection
        .busy_timeout(wait)
        .map_err(|error| Error::database(action, told(&error)))?;
    Ok(Some(connection))
}

pub(super) const COMMON: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

fn open_to_write(path: &Path) -> Result<Connection, DatabaseError> {
    let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection =
        Connection::open_with_flags(plain(path), flags).map_err(|error| told(&error))?;
    // A file that can't be written is opened for reading without a word.
    if connection
        .is_readonly("main")
        .map_err(|error| told(&error))?
    {
        return Err(DatabaseError::new(
            Trouble::ReadOnly,
            "the file can only be read",
        ));
    }
    Ok(connection)
}

/// Opens for reading, so that nothing is left behind.
///
/// Two kinds of file can't be read like that by a connection that only reads: what a killed writer left must be put in
/// order first, and a write-ahead log that is not there yet would be made and stay. Such a file is opened for writing,
/// and the connection told never to write.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, DatabaseError> {
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        fs::metadata(name).is_ok_and(|found| found.len() > 0)
    };
    let flags = if beside("-journal") || (has_log(path) && !beside("-wal")) {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let connection =
        Connection::open_with_flags(plain(path), COMMON | flags).map_err(|error| told(&error))?;
    connection
        .execute_batch("PRAGMA query_only = 1")
        .map_err(|error| told(&error))?;
    Ok(connection)
}

/// Returns whether the file's header says that it uses a write-ahead log (<https://www.sqlite.org/fileformat2.html>).
fn has_log(path: &Path) -> bool {
    let mut header = [0_u8; 20];
    fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .is_ok()
        && header[18..] == [2, 2]
}

/// Returns the path so that SQLite can't take it for a URI or a special name.
pub(super) fn plain(path: &Path) -> PathBuf {
    if path.is_absolute() {
        path.to_owned()
    } else {
        Path::new(".").join(path)
    }
}

/// Returns the path that a URL names; `None` is the database in memory.
pub(super) fn path_of(url: &OsStr) -> Result<Option<PathBuf>, Error> {
    let Some(text) = url.to_str() else {
        return Ok(Some(PathBuf::from(url)));
    };
    let refused = |reason: &str| Error::Url {
        url: shown(text),
        reason: reason.to_owned(),
        help: "write `sqlite:PATH`, or a path".to_owned(),
    };
    let path = match text.split_once(':') {
        Some(("sqlite" | "sqlite3", rest)) => {
            parameters_cut(rest.strip_prefix("//").unwrap_or(rest))
        }
        Some(("", "memory:")) => return Ok(None),
        Some(("file", _)) => {
            return Err(refused(
                "URIs are not taken, because a path in one means something else",
            ));
        }
        Some((scheme, rest)) if scheme.len() > 1 && rest.starts_with("//") && is_scheme(scheme) => {
            return Err(refused("this program was built for SQLite"));
        }
        _ => text,
    };
    match path {
        "" => Err(refused("it names no file")),
        ":memory:" => Ok(None),
        path => Ok(Some(PathBuf::from(path))),
    }
}

/// Other tools' URLs end in `?mode=rwc`, which is what happens here anyway.
fn parameters_cut(path: &str) -> &str {
    path.strip_suffix("?mode=rwc")
        .or_else(|| path.strip_suffix("?mode=rw"))
        .unwrap_or(path)
}

fn is_scheme(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
}

/// Returns the URL as far as it can be shown: what follows the scheme of another database may hold a password.
fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, _)) if !scheme.starts_with("sqlite") => format!("{scheme}://…"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(url: &str) -> Option<String> {
        path_of(OsStr::new(url))
            .unwrap()
            .map(|path| path.to_string_lossy().into_owned())
    }

    #[test]
    fn urls_and_paths_name_files() {
        for (url, expected) in [
            ("sqlite:app.db", "app.db"),
            ("sqlite://app.db", "app.db"),
            ("sqlite:///var/app.db", "/var/app.db"),
            ("sqlite:app.db?mode=rwc", "app.db"),
            ("app.db", "app.db"),
            ("we?ird#%41.db", "we?ird#%41.db"),
            ("C:\\app.db", "C:\\app.db"),
        ] {
            assert_eq!(path(url).as_deref(), Some(expected), "{url}");
        }
        assert_eq!(path(":memory:"), None);
        assert_eq!(path("sqlite::memory:"), None);
    }

    #[test]
    fn the_url_of_another_database_is_refused_without_its_password() {
        let error = path_of(OsStr::new("postgres://u:secret@h/db")).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(path_of(OsStr::new("file:app.db")).is_err());
        assert!(path_of(OsStr::new("sqlite:")).is_err());
    }
}
