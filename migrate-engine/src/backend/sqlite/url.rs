//! Parses a URL, a `file:` URI or a path, and determines the file and how to open it.
//!
//! A parameter never becomes part of a file name: an unknown one is refused. sqlx, SeaORM and SQLite itself
//! (<https://www.sqlite.org/uri.html>) read the accepted URLs in the same way; if they differ, the URL is refused.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::backend::Access;
use crate::backend::url::{lenient, scheme};
use crate::error::{Error, printable};

/// The database that a URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DatabaseLocation {
    /// The file; `None` for a database in memory.
    pub(super) file: Option<PathBuf>,
    /// The permitted access.
    pub(super) leave: Leave,
    /// The name of SQLite's VFS module; `None` for the default.
    pub(super) vfs: Option<String>,
    shown: String,
}

/// The access to a file that a URL permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// The file is created if it does not exist: `mode=rwc`, the default.
    Make,
    /// The file is written and must exist: `mode=rw`.
    Write,
    /// The file is opened read-only: `mode=ro`.
    Read,
    /// The file is opened read-only, and no process changes it meanwhile: `immutable=1`.
    Immutable,
}

const SPELLINGS: &str = "write `sqlite:PATH?mode=rwc`, or a path; after `sqlite:`, write `?`, `#` and `%` in a file name as %3F, %23 and %25";

const PARAMETERS: &str = "leave it out: the parameters are mode, cache, immutable and vfs; if it is part of the file name, \
                          write `sqlite:` before the path and %3F for the `?`";

impl DatabaseLocation {
    /// Parses `sqlite:PATH`, `sqlite://PATH`, `file:PATH`, a path, or `:memory:`, each with optional parameters after a
    /// `?`.
    pub(super) fn new(url: &OsStr) -> Result<DatabaseLocation, Error> {
        let Some(text) = url.to_str() else {
            // It is not UTF-8, so it can only be a path.
            return Ok(DatabaseLocation {
                file: Some(PathBuf::from(url)),
                leave: Leave::Make,
                vfs: None,
                shown: url.to_string_lossy().into_owned(),
            });
        };
        let (whole, query) = match text.split_once('?') {
            Some((whole, query)) if is_url(whole) || has_parameter(query) => (whole, Some(query)),
            _ => (text, None),
        };
        let refused = |reason: String, help: String| Error::Url {
            url: shown(whole, query),
            reason,
            help,
        };
        if is_quoted(text) {
            let help = "leave the quotes out: a shell and `.env` remove them, but here they would be part of the name";
            return Err(refused("it is in quotes".to_owned(), help.to_owned()));
        }
        let name = Name::new(whole).map_err(|(reason, help)| refused(reason, help))?;
        let parameters = Parameters::new(query.unwrap_or_default())
            .map_err(|(reason, help)| refused(reason, help))?;
        let file = match name {
            _ if parameters.memory => None,
            Name::Memory => None,
            Name::File(path) if path.as_os_str().is_empty() => {
                return Err(refused(
                    "it does not name a file".to_owned(),
                    SPELLINGS.to_owned(),
                ));
            }
            Name::File(path) => Some(path),
        };
        Ok(DatabaseLocation {
            file,
            leave: parameters.leave(),
            vfs: parameters.vfs,
            shown: shown(whole, query),
        })
    }

    /// Returns an error if the URL opens the file read-only and `access` would write.
    pub(super) fn allows(&self, access: Access) -> Result<(), Error> {
        let option = match self.leave {
            Leave::Read => "mode=ro",
            Leave::Immutable => "immutable=1",
            Leave::Make | Leave::Write => return Ok(()),
        };
        if access == Access::Read || self.file.is_none() {
            return Ok(());
        }
        Err(Error::Url {
            url: self.shown.clone(),
            reason: format!("`{option}` opens the file read-only, and this command writes"),
            help: format!("leave `{option}` out, or write `mode=rw`"),
        })
    }

    /// Returns the error for a file that does not exist and must not be created.
    pub(super) fn missing(&self) -> Error {
        Error::Url {
            url: self.shown.clone(),
            reason: "the file does not exist, and `mode=rw` does not create it".to_owned(),
            help: "check the path, write `mode=rwc`, or create the file with `cargo migrate upgrade --create`".to_owned(),
        }
    }
}

/// Returns whether the text has a scheme, so that escapes and parameters are decoded.
fn is_url(whole: &str) -> bool {
    scheme(whole).is_some_and(|(scheme_name, rest)| {
        matches!(scheme_name.as_str(), "sqlite" | "sqlite3" | "file") || rest.starts_with("//")
    }) || whole == ":memory:"
}

/// Returns whether the text before a `:` is a scheme of other databases and libraries, and unlikely to start a file
/// name.
fn is_foreign(scheme: &str) -> bool {
    const WORDS: [&str; 6] = [
        "jdbc",
        "libsql",
        "mariadb",
        "mysql",
        "postgres",
        "postgresql",
    ];
    WORDS.contains(&scheme) || scheme.contains("sqlite")
}

/// Returns whether the text is in quotes, as in a file or a shell.
fn is_quoted(text: &str) -> bool {
    let mut quotes = ['"', '\''].into_iter();
    text.len() > 1 && quotes.any(|quote| text.starts_with(quote) && text.ends_with(quote))
}

/// Returns whether a `KEY=` follows the `?` of a path. If not, the `?` is part of the file name.
fn has_parameter(query: &str) -> bool {
    let is_key = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-%".contains(&byte))
    };
    let mut pairs = query
        .split(['&', '?'])
        .filter_map(|pair| pair.split_once('='));
    pairs.any(|(key, _)| is_key(key))
}

type Refusal = (String, String);

/// The part before the `?`.
enum Name {
    Memory,
    File(PathBuf),
}

impl Name {
    fn new(whole: &str) -> Result<Name, Refusal> {
        let refused = |reason: &str, help: &str| Err((reason.to_owned(), help.to_owned()));
        let scheme = scheme(whole);
        let scheme = scheme.as_ref().map(|(word, rest)| (word.as_str(), *rest));
        match scheme {
            Some(("sqlite" | "sqlite3" | "file", rest)) if rest.contains('#') => refused(
                "a `#` ends the name in a URL",
                "remove it and what follows; if it is part of the file's name, write it as %23",
            ),
            Some(("sqlite" | "sqlite3", rest)) => {
                Name::named(rest.strip_prefix("//").unwrap_or(rest))
            }
            Some(("file", rest)) => match rest.strip_prefix("//") {
                None => Name::named(rest),
                Some(rest) => match rest.split_once('/') {
                    Some(("" | "localhost", _)) => {
                        Name::named(rest.strip_prefix("localhost").unwrap_or(rest))
                    }
                    _ => refused(
                        "the text after `file://` is the name of a machine",
                        "write `file:PATH` or `sqlite://PATH`; an absolute path begins with a third slash",
                    ),
                },
            },
            Some((other, rest))
                if other.len() > 1 && (rest.starts_with("//") || is_foreign(other)) =>
            {
                refused("this application was built for SQLite", SPELLINGS)
            }
            _ if whole == ":memory:" => Ok(Name::Memory),
            _ => Ok(Name::File(PathBuf::from(whole))),
        }
    }

    /// Parses the name after a scheme.
    fn named(text: &str) -> Result<Name, Refusal> {
        if text == ":memory:" {
            return Ok(Name::Memory);
        }
        let bytes = lenient(text);
        if bytes.contains(&0) {
            return Err((
                "a file name can't contain %00".to_owned(),
                "leave it out".to_owned(),
            ));
        }
        match path(bytes) {
            Some(path) => Ok(Name::File(path)),
            None => Err(("it is not UTF-8".to_owned(), SPELLINGS.to_owned())),
        }
    }
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// The parameters after the `?`.
#[derive(Default)]
struct Parameters {
    mode: Option<Leave>,
    memory: bool,
    immutable: bool,
    vfs: Option<String>,
}

impl Parameters {
    fn new(query: &str) -> Result<Parameters, Refusal> {
        let mut parameters = Parameters::default();
        let mut seen: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |text: &str| String::from_utf8_lossy(&lenient(text)).into_owned();
            let (key, value) = (text(key), text(value));
            match seen.iter().find(|(before, _)| *before == key) {
                Some((_, before)) if *before == value => continue,
                Some(_) => {
                    let help = "leave one of the two out".to_owned();
                    return Err((format!("`{key}` is given twice"), help));
                }
                None => seen.push((key.clone(), value.clone())),
            }
            parameters.take(&key, value)?;
        }
        Ok(parameters)
    }

    fn take(&mut self, key: &str, value: String) -> Result<(), Refusal> {
        match (key, value.as_str()) {
            ("mode", "ro") => self.mode = Some(Leave::Read),
            ("mode", "rw") => self.mode = Some(Leave::Write),
            ("mode", "rwc") => self.mode = Some(Leave::Make),
            ("mode", "memory") => self.memory = true,
            ("mode", _) => return Err(invalid_value(key, "ro, rw, rwc, memory")),
            // A page cache is shared only between connections of one process, and a run uses only one.
            ("cache", "private" | "shared") => {}
            ("cache", _) => return Err(invalid_value(key, "private, shared")),
            ("immutable", "1" | "true" | "yes" | "on") => self.immutable = true,
            ("immutable", "0" | "false" | "no" | "off") => self.immutable = false,
            ("immutable", _) => return Err(invalid_value(key, "1, 0")),
            ("vfs", "") => {
                return Err(("`vfs` has no value".to_owned(), "leave it out".to_owned()));
            }
            ("vfs", _) => self.vfs = Some(value),
            _ => {
                let reason = format!("SQLite has no parameter `{}`", printable(key));
                return Err((reason, alternative(key).to_owned()));
            }
        }
        Ok(())
    }

    fn leave(&self) -> Leave {
        match self.immutable {
            true => Leave::Immutable,
            false => self.mode.unwrap_or(Leave::Make),
        }
    }
}

fn invalid_value(key: &str, values: &str) -> Refusal {
    (
        format!("`{key}` must be one of {values}"),
        format!("write one of {values} after `{key}=`"),
    )
}

/// Returns what to write instead of a parameter that other tools support.
fn alternative(key: &str) -> &'static str {
    match key.trim_start_matches('_') {
        "busy_timeout" | "timeout" => "leave it out, and pass `--lock-timeout SECONDS`",
        "connection_limit" | "max_connections" | "min_connections" | "pool_timeout"
        | "socket_timeout" | "connect_timeout" => {
            "leave it out: it applies to a connection pool, and a run does not use one"
        }
        "journal_mode" | "journal" | "foreign_keys" | "fk" | "synchronous" | "sync" => {
            "leave it out: a file keeps its journal mode, and a run sets the other settings that it needs"
        }
        "create" | "create_if_missing" => "write `mode=rwc`",
        "read_only" | "readonly" => "write `mode=ro`",
        "nolock" | "psow" | "modeof" => "leave it out: a run relies on SQLite's own locks",
        "key" | "hexkey" | "textkey" | "cipher" => "leave it out: encrypted files can't be opened",
        _ => PARAMETERS,
    }
}

/// Returns the URL without parts that may be secret: the values of parameters, and everything after the scheme of
/// another database.
fn shown(whole: &str, query: Option<&str>) -> String {
    match scheme(whole) {
        Some((other, rest))
            if !matches!(other.as_str(), "sqlite" | "sqlite3" | "file")
                && rest.starts_with("//") =>
        {
            format!("{other}://…")
        }
        _ if query.is_some_and(|query| !query.is_empty()) => format!("{}?…", printable(whole)),
        _ => printable(whole),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn location(url: &str) -> Result<DatabaseLocation, Error> {
        DatabaseLocation::new(OsStr::new(url))
    }

    #[test]
    fn urls_name_a_file_and_what_may_be_done_to_it() {
        use Leave::{Immutable, Make, Read, Write};
        for (url, file, leave) in [
            ("sqlite:app.db", "app.db", Make),
            ("sqlite://app.db", "app.db", Make),
            ("SQLite://app.db", "app.db", Make),
            ("sqlite3:app.db", "app.db", Make),
            ("sqlite:///var/app.db", "/var/app.db", Make),
            ("sqlite:////var/app.db", "//var/app.db", Make),
            ("sqlite:app.db?mode=rwc", "app.db", Make),
            ("sqlite://app.db?mode=rwc&cache=private", "app.db", Make),
            ("sqlite://app.db?cache=shared&mode=rw", "app.db", Write),
            ("sqlite:app.db?mode=ro", "app.db", Read),
            ("sqlite:app.db?mode=r%6F&mode=ro&", "app.db", Read),
            ("sqlite:app.db?immutable=1", "app.db", Immutable),
            ("sqlite:app.db?immutable=true&mode=ro", "app.db", Immutable),
            ("sqlite:app.db?immutable=0", "app.db", Make),
            ("sqlite:we%3Fird%23%25.db", "we?ird#%.db", Make),
            ("sqlite:100%.db", "100%.db", Make),
            ("sqlite:my%20app.db?mode=ro", "my app.db", Read),
            ("file:app.db", "app.db", Make),
            ("file:./dev.db", "./dev.db", Make),
            ("file:/var/app.db?mode=ro", "/var/app.db", Read),
            ("file:///var/app.db?mode=rw", "/var/app.db", Write),
            ("file://localhost/var/app.db", "/var/app.db", Make),
            ("file:a%23b.db", "a#b.db", Make),
            ("app.db", "app.db", Make),
            ("app.db?mode=ro", "app.db", Read),
            ("we?ird#%41.db", "we?ird#%41.db", Make),
            ("app.db?", "app.db?", Make),
            ("my%20app.db?mode=ro", "my%20app.db", Read),
            ("a#b 100%.db", "a#b 100%.db", Make),
            ("C:\\app.db", "C:\\app.db", Make),
            ("a:b.db", "a:b.db", Make),
            ("sqlite:%3Amemory%3A", ":memory:", Make),
        ] {
            let location = location(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(location.file.as_deref(), Some(Path::new(file)), "{url}");
            assert_eq!(location.leave, leave, "{url}");
        }
        for url in [
            ":memory:",
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite::memory:?cache=shared",
            "file::memory:?cache=shared",
            "file:name?mode=memory&cache=shared",
            "sqlite:?mode=memory",
        ] {
            assert_eq!(location(url).unwrap().file, None, "{url}");
        }
        assert_eq!(
            location("sqlite:app.db?vfs=unix-dotfile")
                .unwrap()
                .vfs
                .as_deref(),
            Some("unix-dotfile")
        );
    }

    #[test]
    fn unusable_options_are_refused_with_an_alternative() {
        for (url, reason, help) in [
            ("sqlite:app.db?wal=1", "no parameter `wal`", "%3F"),
            ("we?ird=1.db", "no parameter `ird`", "%3F"),
            ("app.db?mode=ro&x", "no parameter `x`", "%3F"),
            ("sqlite:we?ird.db", "no parameter `ird.db`", "%3F"),
            (
                "app.db?mode=ro?cache=shared",
                "`mode` must be one of",
                "rwc",
            ),
            ("sqlite:app.db?mode", "`mode` must be one of", "rwc"),
            ("app.db?mode=RO", "`mode` must be one of", "rwc"),
            ("app.db?cache=big", "`cache` must be one of", "private"),
            ("app.db?immutable=2", "`immutable` must be one of", "1"),
            ("app.db?vfs=", "`vfs` has no value", "leave it out"),
            (
                "app.db?mode=ro&mode=rwc",
                "`mode` is given twice",
                "leave one",
            ),
            (
                "app.db?_busy_timeout=5",
                "`_busy_timeout`",
                "--lock-timeout",
            ),
            (
                "file:./dev.db?connection_limit=1",
                "`connection_limit`",
                "pool",
            ),
            (
                "app.db?_journal_mode=WAL",
                "`_journal_mode`",
                "leave it out",
            ),
            ("app.db?nolock=1", "`nolock`", "locks"),
            ("file://host/app.db", "machine", "third slash"),
            ("file://app.db", "machine", "sqlite://PATH"),
            ("file:a#b.db", "`#`", "%23"),
            ("sqlite:a.db#b", "`#`", "%23"),
            ("sqlite://a#b.db", "`#`", "%23"),
            ("sqlite:", "does not name a file", "PATH"),
            ("", "does not name a file", "PATH"),
            ("sqlite:a%00b", "%00", "leave it out"),
            (
                "postgres://u:secret@h/db?a=secret",
                "built for SQLite",
                "sqlite:",
            ),
            ("app.db?key=secret", "`key`", "encrypted"),
            ("jdbc:sqlite:app.db", "built for SQLite", "sqlite:"),
            ("sqlite+aiosqlite:app.db", "built for SQLite", "sqlite:"),
            ("postgres:app", "built for SQLite", "sqlite:"),
            ("\"sqlite:app.db?mode=rwc\"", "quotes", "leave"),
            ("'app.db'", "quotes", "leave"),
        ] {
            let error = location(url).expect_err(url);
            let printed = format!("{error} / {}", error.help().unwrap_or_default());
            assert!(
                printed.contains(reason) && printed.contains(help),
                "{url}: {printed}"
            );
            assert!(!printed.contains("secret"), "{printed}");
        }
    }

    #[test]
    fn a_file_that_is_only_read_is_not_written() {
        for (url, option) in [
            ("a.db?mode=ro", "mode=ro"),
            ("a.db?immutable=1", "immutable=1"),
        ] {
            let location = location(url).unwrap();
            assert!(location.allows(Access::Read).is_ok());
            for access in [Access::Write, Access::WriteExisting] {
                let error = location.allows(access).unwrap_err();
                assert!(error.to_string().contains(option), "{error}");
            }
        }
        assert!(
            location("a.db?mode=rw")
                .unwrap()
                .allows(Access::Write)
                .is_ok()
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(url in "(sqlite:|file:|//|)[ -~é]{0,40}") {
            let _ = location(&url);
        }

        #[test]
        fn a_parameter_is_never_a_part_of_a_name(
            scheme in "(sqlite:|sqlite://|sqlite:///|file:|file:///|)",
            name in "[a-z./ -]{1,12}",
            key in "(mode|cache|immutable|vfs|[a-z_]{1,5})",
            query in "[a-z=&?%0-9_]{0,24}",
            first in any::<bool>(),
        ) {
            let query = match first {
                true => format!("{key}={query}"),
                false => format!("{query}&{key}=ro"),
            };
            if let Ok(DatabaseLocation { file: Some(file), .. }) = location(&format!("{scheme}{name}?{query}")) {
                let plain = location(&format!("{scheme}{name}")).unwrap();
                prop_assert_eq!(Some(file), plain.file);
            }
        }
    }
}
