//! Converts a URL, or libpq's `key=value` list, to the parameters of a connection.

#[cfg(test)]
mod other_tools;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use postgres::Config;
use postgres::config::Host as At;

use super::options::{self, Options};
use super::tls;
use crate::backend::tls::{Security, ServerLocation};
use crate::backend::url::{Host, ServerUrl, UrlError, UrlOption, scheme, wrong_scheme};
use crate::error::Error;

/// The parameters of a connection.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) config: Config,
    pub(super) channel: Security,
    /// The URL without its secrets.
    pub(super) shown: String,
}

const HELP: &str = "write `postgres://USER@HOST:PORT/DATABASE`";

/// Reads `postgres://…`, `postgresql://…` or `host=… dbname=…`.
pub(super) fn origin(url: &OsStr, wait: Duration) -> Result<Origin, Error> {
    let refused = |shown: &str, flaw: UrlError| Error::Url {
        url: shown.to_owned(),
        reason: flaw.reason,
        help: flaw.help.unwrap_or(HELP).to_owned(),
    };
    let Some(text) = url.to_str() else {
        let help = "check the variable or the file that contains it";
        return Err(refused(
            "…",
            UrlError::new("it is not UTF-8").with_help(help),
        ));
    };
    let (hidden, read) = match scheme(text.trim()) {
        Some((scheme_name, rest)) if is_ours(&scheme_name) && rest.starts_with("//") => {
            ("postgres://…", ServerUrl::new(&rest[2..]))
        }
        other if text.contains("://") || !text.contains('=') => {
            let shown = other.map_or_else(
                || "…".to_owned(),
                |(scheme_name, _)| format!("{scheme_name}:…"),
            );
            let flaw = wrong_scheme(text, "PostgreSQL", &SCHEMES);
            return Err(refused(&shown, flaw));
        }
        _ => ("…", options::words(text).map(from_words)),
    };
    let mut url = read.map_err(|flaw| refused(hidden, flaw))?;
    url.settle().map_err(|flaw| refused(hidden, flaw))?;
    let shown = url.shown("postgres");
    let Options {
        mut config,
        mode,
        roots,
    } = Options::new(&url.options).map_err(|flaw| refused(&shown, flaw))?;
    fill(&mut config, &url, wait);
    let channel = Security::new(
        mode.as_deref(),
        roots,
        server(&config),
        tls::support(),
        &tls::WORDS,
    )
    .map_err(|reason| refused(&shown, UrlError::new(reason).with_help(tls::HELP)))?;
    Ok(Origin {
        config,
        channel,
        shown,
    })
}

/// Returns the URL of another database on the same server. A list of keywords becomes a URL, too.
pub(super) fn with_database(url: &OsStr, database: &str) -> Option<String> {
    let text = url.to_str()?.trim();
    let url = match scheme(text) {
        Some((_, rest)) if rest.starts_with("//") => ServerUrl::new(&rest[2..]).ok()?,
        _ => options::words(text).map(from_words).ok()?,
    };
    Some(url.with_database("postgres", database))
}

/// Returns whether a URL may be for PostgreSQL.
pub(super) fn names_postgres(url: &OsStr) -> bool {
    url.to_str().is_some_and(|text| match scheme(text.trim()) {
        Some((scheme_name, rest)) if rest.starts_with("//") => is_ours(&scheme_name),
        _ => text.contains('='),
    })
}

const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

/// Returns whether a scheme is for PostgreSQL.
fn is_ours(scheme: &str) -> bool {
    SCHEMES.contains(&scheme)
}

fn from_words(options: Vec<UrlOption>) -> ServerUrl {
    ServerUrl {
        options,
        ..ServerUrl::default()
    }
}

/// Sets what the options do not set: user, server, database, and the defaults of a run.
fn fill(config: &mut Config, url: &ServerUrl, wait: Duration) {
    if let Some(user) = &url.user {
        config.user(user);
    }
    if let Some(name) = &url.database {
        config.dbname(name);
    }
    match &url.password {
        Some(password) => {
            config.password(password);
        }
        None => {
            if let Some(password) =
                std::env::var_os("PGPASSWORD").and_then(|it| it.into_string().ok())
            {
                config.password(password);
            }
        }
    }
    let port = |host: Option<&Host>| host.and_then(|host| host.port).unwrap_or(5432);
    for host in &url.hosts {
        match host.name.as_str() {
            "" => default_host(config, port(Some(host))),
            name => {
                config.host(name);
            }
        }
        config.port(port(Some(host)));
    }
    if url.hosts.is_empty() && config.get_hostaddrs().is_empty() {
        default_host(config, port(None));
        config.port(port(None));
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(wait.max(Duration::from_secs(1)));
    }
    if config.get_application_name().is_none() {
        config.application_name("cargo-migrate");
    }
}

/// Adds the directory of the server's socket as the host if a socket exists there, and otherwise `localhost`.
fn default_host(config: &mut Config, port: u16) {
    let folder = ["/var/run/postgresql", "/tmp"]
        .into_iter()
        .find(|folder| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists());
    config.host(folder.unwrap_or("localhost"));
}

fn server(config: &Config) -> ServerLocation {
    let hosts = config.get_hosts().iter().all(|host| match host {
        At::Tcp(name) => {
            name == "localhost"
                || name
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        At::Unix(_) => true,
    });
    let addresses = config.get_hostaddrs().iter();
    if hosts && addresses.clone().all(|address| address.is_loopback()) {
        ServerLocation::Local
    } else {
        ServerLocation::Remote
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Origin, Error> {
        origin(OsStr::new(url), Duration::from_secs(5))
    }

    #[test]
    fn urls_and_keyword_strings_are_shown_without_their_password() {
        for (url, expected) in [
            (
                "postgres://u:secret@localhost:5433/db",
                "postgres://u@localhost:5433/db",
            ),
            (
                "postgresql://u@localhost/db?password=secret",
                "postgres://u@localhost/db",
            ),
            (
                "host=127.0.0.1 user=u password=secret dbname=db",
                "postgres://u@127.0.0.1/db",
            ),
            ("postgres:///db", "postgres:///db"),
            ("POSTGRES://u@LOCALHOST/db", "postgres://u@LOCALHOST/db"),
            ("postgres://u@[::1]:5432/db", "postgres://u@[::1]:5432/db"),
            (
                "postgres://my%40user%3A%2F:secret@localhost/db",
                "postgres://my%40user%3A%2F@localhost/db",
            ),
            (
                "postgres://u:secret@localhost/db?host=%2Ftmp&application_name=x&statement-cache-capacity=9",
                "postgres://u@/tmp/db",
            ),
        ] {
            let shown = read(url).map(|origin| origin.shown);
            assert_eq!(shown.ok().as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn no_error_in_a_url_shows_a_piece_of_the_password() {
        for url in [
            "postgres://u:sec@ret@localhost/db",
            "postgres://u:sec?ret@localhost/db",
            "postgres://u:sec#ret@localhost/db",
            "postgres://u:secret@localhost:port/db",
            "postgres://localhost/db?password=secret@x",
            "postgres://localhost/db?password=sec&ret=1",
            "postgres://u:sec/ret@localhost/db",
            "mysql://u:secret@localhost/db",
            "u:secret@localhost",
            "host=localhost password='secret",
            "postgres://u:secret@db.example.org/db",
            "host=localhost password=sec ret=1",
            "postgres://u:secret@localhost/db?sslmode=secret",
        ] {
            match read(url) {
                Ok(origin) => assert!(!origin.shown.contains("ret"), "{url}: {}", origin.shown),
                Err(error) => {
                    let printed = format!("{error} {:?} {error:?}", error.help());
                    assert!(!printed.contains("ret"), "{url}: {printed}");
                }
            }
        }
    }

    #[test]
    fn another_database_of_the_server_is_named_by_a_url() {
        let other = |url: &str| with_database(OsStr::new(url), "x").unwrap();
        assert_eq!(other("postgresql://u:s@h/db?a=b"), "postgres://u:s@h/x?a=b");
        let words = other("host=/run/pg user=u password='a b' dbname=db");
        assert_eq!(
            words,
            "postgres:///x?host=%2Frun%2Fpg&user=u&password=a%20b"
        );
        let origin = read(&words).unwrap();
        assert_eq!(origin.config.get_dbname(), Some("x"));
        assert_eq!(origin.config.get_password(), Some(&b"a b"[..]));
    }

    #[test]
    fn the_driver_receives_the_options_of_the_url() {
        let config = |url: &str| {
            read(url)
                .unwrap_or_else(|error| panic!("{url}: {error}"))
                .config
        };
        let azure = config("postgres://me@server:p%40ss@localhost:5433/db");
        assert_eq!(azure.get_user(), Some("me@server"));
        assert_eq!(azure.get_password(), Some(&b"p@ss"[..]));
        assert_eq!(azure.get_ports(), [5433]);
        let socket = config("postgres://u@localhost:5433/db?host=/tmp");
        assert_eq!(socket.get_hosts(), [At::Unix("/tmp".into())]);
        assert_eq!(socket.get_ports(), [5433]);
        let several =
            config("postgres://u@127.0.0.1:1,localhost/db?target_session_attrs=read-write");
        assert_eq!(several.get_ports(), [1, 5432]);
        let config_read = config("host=127.0.0.1 port=6432 user=u dbname=db");
        assert_eq!(config_read.get_ports(), [6432]);
        assert_eq!(config_read.get_dbname(), Some("db"));
    }

    #[test]
    fn an_error_names_the_problem() {
        for (url, reason, help) in [
            (
                "postgres://u@localhost/db?schema=app",
                "`schema`",
                "search_path%3D",
            ),
            ("postgres://u@localhost:abc/db", "port", "HOST:PORT"),
            (
                "postgres://u@localhost/db?nonsense=1",
                "`nonsense`",
                "libpq",
            ),
            ("host=localhost nonsense=1", "`nonsense`", "libpq"),
            (
                "mysql://u@localhost/db",
                "built for PostgreSQL",
                "postgres://",
            ),
            (
                "postgresql+psycopg2://u@localhost/db",
                "a driver for another language",
                "leave the `+`",
            ),
        ] {
            let error = read(url).err().unwrap();
            let printed = format!("{error} / {}", error.help().unwrap_or_default());
            assert!(
                printed.contains(reason) && printed.contains(help),
                "{url}: {printed}"
            );
        }
    }
}
