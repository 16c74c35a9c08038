//! The database URL from the environment, from `.env`, or from the package's settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::backend::url::scheme;
use crate::dotenv;
use crate::error::Error;

/// The variable in which `cargo migrate` passes the URL of the package's settings. Every other source has precedence.
const DEFAULT_URL: &str = "MIGRATE_DATABASE_URL_DEFAULT";

/// The variable in which `cargo migrate` passes the package's directory.
const PACKAGE: &str = "MIGRATE_PACKAGE_DIR";

/// Returns the URL of the database if the command line gives none.
pub fn database() -> Result<Option<OsString>, Error> {
    if let Some(url) = value("DATABASE_URL")? {
        return Ok(Some(url));
    }
    Ok(
        set(DEFAULT_URL).map(|url| match (url.to_str(), set(PACKAGE)) {
            (Some(text), Some(package)) => from_directory(text, Path::new(&package)).into(),
            _ => url,
        }),
    )
}

/// Returns the value of the environment, or of `.env` in this directory, in a parent directory, or in the package. The
/// environment itself is not changed.
#[doc(hidden)]
pub fn value(key: &str) -> Result<Option<OsString>, Error> {
    if let Some(url) = set(key) {
        return Ok(Some(url));
    }
    let here = env::current_dir().ok().and_then(|here| above(&here));
    let package = set(PACKAGE).map(|package| PathBuf::from(package).join(".env"));
    let package = package.filter(|file| file.is_file() && Some(file) != here.as_ref());
    for file in here.into_iter().chain(package) {
        if let Some(url) = read(&file, key)? {
            return Ok(Some(url.into()));
        }
    }
    Ok(None)
}

/// An empty variable counts as not set.
fn set(key: &str) -> Option<OsString> {
    env::var_os(key).filter(|value| !value.is_empty())
}

/// Finds `.env` in a directory or its parents.
fn above(directory: &Path) -> Option<PathBuf> {
    let mut files = directory.ancestors().map(|place| place.join(".env"));
    files.find(|file| file.is_file())
}

fn read(file: &Path, key: &str) -> Result<Option<String>, Error> {
    let refused = |line, reason: &str, help| Error::DotEnv {
        file: file.to_owned(),
        line,
        reason: reason.to_owned(),
        help,
    };
    let unreadable = |error: io::Error| {
        let help = "make it a UTF-8 file that this user can read, or pass `--database-url URL`";
        refused(None, &format!("it can't be read: {error}"), help)
    };
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let outside = |name: &str| env::var(name).ok();
    let url = dotenv::value(&text, key, &outside)
        .map_err(|bad| refused(Some(bad.line), bad.reason, bad.help))?;
    let directory = file.parent().unwrap_or(Path::new(""));
    Ok(url
        .filter(|url| !url.is_empty())
        .map(|url| from_directory(&url, directory)))
}

/// Makes the relative path of a SQLite file absolute. It is relative to the file that contains the URL, not to the
/// current directory.
fn from_directory(url: &str, directory: &Path) -> String {
    let (whole, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    let is_file = |path: &str| {
        let is_absolute =
            Path::new(path).is_absolute() || path[..path.len().min(3)].eq_ignore_ascii_case("%2f");
        !path.is_empty() && path != ":memory:" && !is_absolute
    };
    match scheme(whole) {
        Some((word, rest)) if matches!(word.as_str(), "sqlite" | "sqlite3") => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            match is_file(path) {
                true => format!("{word}:{}/{path}{query}", escaped(directory)),
                false => url.to_owned(),
            }
        }
        Some((word, rest)) if word == "file" => match is_file(rest) {
            true => format!("file:{}/{rest}{query}", escaped(directory)),
            false => url.to_owned(),
        },
        Some((word, _)) if word.len() > 1 && url.contains("://") => url.to_owned(),
        _ if is_words(whole) => url.to_owned(),
        _ if !is_file(whole) => url.to_owned(),
        _ => {
            // A `?` in the directory must not begin parameters.
            match directory.as_os_str().as_encoded_bytes().contains(&b'?') {
                true => format!(
                    "sqlite:{}/{}{query}",
                    escaped(directory),
                    whole.replace('%', "%25")
                ),
                false => format!("{}{query}", directory.join(whole).display()),
            }
        }
    }
}

/// Returns whether it has the form `host=… dbname=…` of libpq.
fn is_words(text: &str) -> bool {
    const FIRST: [&str; 9] = [
        "application_name",
        "dbname",
        "host",
        "hostaddr",
        "options",
        "password",
        "port",
        "sslmode",
        "user",
    ];
    let key = text.split_once('=').map(|(key, _)| key.trim());
    key.is_some_and(|key| FIRST.contains(&key))
}

/// Returns a directory, escaped for use after a scheme.
fn escaped(directory: &Path) -> String {
    let text = directory.display().to_string();
    text.replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_of_a_file_is_meant_from_its_directory() {
        for (url, expected) in [
            ("sqlite:data.db", "sqlite:/p/data.db"),
            ("sqlite://data.db?mode=ro", "sqlite:/p/data.db?mode=ro"),
            ("SQLITE:data.db", "sqlite:/p/data.db"),
            ("file:data.db?mode=ro", "file:/p/data.db?mode=ro"),
            ("data.db", "/p/data.db"),
            ("./data.db?mode=ro", "/p/./data.db?mode=ro"),
            ("sqlite:///abs.db", "sqlite:///abs.db"),
            ("sqlite:%2Fabs.db", "sqlite:%2Fabs.db"),
            ("file:///abs.db", "file:///abs.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            (":memory:", ":memory:"),
            ("sqlite:?mode=memory", "sqlite:?mode=memory"),
            ("postgres://h/db", "postgres://h/db"),
            ("host=/run/pg dbname=x", "host=/run/pg dbname=x"),
            ("a=b.db", "/p/a=b.db"),
        ] {
            assert_eq!(from_directory(url, Path::new("/p")), expected, "{url}");
        }
        let odd = Path::new("/50%41?#");
        assert_eq!(
            from_directory("sqlite:a%20b.db", odd),
            "sqlite:/50%2541%3F%23/a%20b.db"
        );
        assert_eq!(from_directory("a.db", odd), "sqlite:/50%2541%3F%23/a.db");
    }

    #[test]
    fn the_nearest_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        let file = folder.path().join(".env");
        fs::write(&file, "APP=x\nKEY_OF_TEST=sqlite:$APP.db\n").unwrap();
        assert_eq!(above(&deep), Some(file.clone()));
        let expected = format!("sqlite:{}/x.db", folder.path().display());
        assert_eq!(read(&file, "KEY_OF_TEST").unwrap(), Some(expected));
        fs::write(&file, "\nKEY_OF_TEST=$APP_DB\n").unwrap();
        let error = read(&file, "KEY_OF_TEST").unwrap_err();
        let told = format!("{error} / {}", error.help().unwrap());
        assert!(
            told.contains("/.env`, line 2: a name after `$`") && told.contains("${NAME}"),
            "{told}"
        );
    }
}
