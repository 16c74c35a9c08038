//! Converts a URL to the parameters of a connection.

#[cfg(test)]
mod other_tools;

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use mysql::OptsBuilder;

use super::tls;
use crate::backend::tls::{Security, ServerLocation};
use crate::backend::url::{
    Host, ServerUrl, UrlError, UrlOption, certificate_file, is_ignored, scheme, wrong_scheme,
};
use crate::error::Error;

/// The parameters of a connection.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) options: OptsBuilder,
    pub(super) channel: Security,
    /// The name of the database.
    pub(super) database: String,
    /// The URL without its secrets.
    pub(super) shown: String,
}

const HELP: &str = "write `mysql://USER@HOST:PORT/DATABASE` or `mariadb://…`";

const OPTIONS: &str = "leave it out: the options are ssl-mode, ssl-ca, socket and connect_timeout";

/// The parsed options of a URL.
#[derive(Default)]
struct Options {
    socket: Option<String>,
    connect_timeout: Option<Duration>,
    mode: Option<String>,
    roots: Option<PathBuf>,
}

/// Reads `mysql://…` or `mariadb://…`.
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
    let (scheme, rest) = match scheme(text.trim()) {
        Some((scheme_name, rest)) if is_ours(&scheme_name) && rest.starts_with("//") => {
            (scheme_name, &rest[2..])
        }
        other => {
            let shown = other.map_or_else(
                || "…".to_owned(),
                |(scheme_name, _)| format!("{scheme_name}:…"),
            );
            let flaw = wrong_scheme(text, "MariaDB and MySQL", &SCHEMES);
            return Err(refused(&shown, flaw));
        }
    };
    let hidden = format!("{scheme}://…");
    let mut url = ServerUrl::new(rest).map_err(|flaw| refused(&hidden, flaw))?;
    url.settle().map_err(|flaw| refused(&hidden, flaw))?;
    if url.hosts.len() > 1 {
        let flaw = UrlError::new("it names several hosts").with_help("name one of them");
        return Err(refused(&hidden, flaw));
    }
    if url.hosts.iter().all(|host| host.name.is_empty()) {
        let port = url.hosts.first().and_then(|host| host.port);
        let name = "127.0.0.1".to_owned();
        url.hosts = vec![Host { name, port }];
    }
    let shown = url.shown(&scheme);
    let parsed = Options::new(&url.options).map_err(|flaw| refused(&shown, flaw))?;
    let Some(database) = url.database.clone() else {
        return Err(refused(&shown, UrlError::new("it names no database")));
    };
    let channel = Security::new(
        parsed.mode.as_deref(),
        parsed.roots.clone(),
        server(&url, &parsed),
        tls::support(),
        &tls::OPTION_NAMES,
    )
    .map_err(|reason| refused(&shown, UrlError::new(reason).with_help(tls::HELP)))?;
    Ok(Origin {
        options: options(url, parsed, wait),
        channel,
        database,
        shown,
    })
}

/// Returns the URL of another database on the same server.
pub(super) fn with_database(url: &OsStr, database: &str) -> Option<String> {
    let (_, rest) = scheme(url.to_str()?.trim())?;
    let url = ServerUrl::new(rest.strip_prefix("//")?).ok()?;
    // `mariadb://` is less widely understood.
    Some(url.with_database("mysql", database))
}

/// Returns whether a URL may be for MariaDB or MySQL.
pub(super) fn names_mysql(url: &OsStr) -> bool {
    url.to_str()
        .map(str::trim)
        .and_then(scheme)
        .is_some_and(|(scheme_name, rest)| is_ours(&scheme_name) && rest.starts_with("//"))
}

const SCHEMES: [&str; 2] = ["mysql", "mariadb"];

/// Returns whether a scheme is for MariaDB or MySQL.
fn is_ours(scheme: &str) -> bool {
    SCHEMES.contains(&scheme)
}

fn options(url: ServerUrl, parsed: Options, wait: Duration) -> OptsBuilder {
    let timeout = parsed
        .connect_timeout
        .unwrap_or(wait)
        .max(Duration::from_secs(1));
    let password = url
        .password
        .or_else(|| std::env::var_os("MYSQL_PWD").and_then(|password| password.into_string().ok()));
    let (host, port) = match url.hosts.into_iter().next() {
        Some(host) => (host.name, host.port),
        None => (String::new(), None),
    };
    OptsBuilder::new()
        .ip_or_hostname(Some(host))
        .tcp_port(port.unwrap_or(3306))
        .socket(parsed.socket)
        // A second connection over a socket may be another user on some servers.
        .prefer_socket(false)
        .user(Some(url.user.unwrap_or_else(|| "root".to_owned())))
        .pass(password)
        .db_name(url.database)
        .tcp_connect_timeout(Some(timeout))
        .tcp_keepalive_time_ms(Some(30_000))
}

impl Options {
    /// Parses the options of sqlx, Diesel, SeaORM and the driver, and options of other tools that occur in URLs.
    fn new(options: &[UrlOption]) -> Result<Options, UrlError> {
        let mut parsed = Options::default();
        for option in options {
            parsed.take(option)?;
        }
        Ok(parsed)
    }

    fn take(&mut self, option: &UrlOption) -> Result<(), UrlError> {
        let name = match option.can_be_shown {
            true => format!("`{}`", option.key),
            false => "an option after a password".to_owned(),
        };
        let value = option.value.clone();
        let help = match option.key.replace('_', "-").as_str() {
            "ssl-mode" | "sslmode" => {
                self.mode = Some(value);
                return Ok(());
            }
            "ssl-ca" | "sslca" | "sslrootcert" | "root-cert-path" => {
                self.roots = Some(certificate_file("ssl-ca", &value)?);
                return Ok(());
            }
            "socket" | "unix-socket" => {
                self.socket = Some(value);
                return Ok(());
            }
            "connect-timeout" => {
                let seconds = value.parse().map_err(|_| {
                    UrlError::new("`connect_timeout` has an invalid value")
                        .with_help("write a number of seconds")
                })?;
                self.connect_timeout = Some(Duration::from_secs(seconds));
                return Ok(());
            }
            _ if is_ignored(&option.key) => return Ok(()),
            "require-ssl" | "ssl" | "tls" | "usessl" | "useSSL"
                if ["false", "0", "disable", "disabled"].contains(&&*value) =>
            {
                "write `ssl-mode=DISABLED`"
            }
            "require-ssl" | "ssl" | "tls" | "sslaccept" | "usessl" | "useSSL" => {
                "write `ssl-mode=REQUIRED`, or `ssl-mode=VERIFY_IDENTITY` to verify the identity of the server"
            }
            "schema" | "database" | "db-name" => {
                "write the name of the database before the `?`: `/DATABASE`"
            }
            "verify-ca" => "write `ssl-mode=VERIFY_CA`",
            "verify-identity" => "write `ssl-mode=VERIFY_IDENTITY`",
            "ssl-cert" | "ssl-key" | "sslcert" | "sslkey" | "sslidentity" | "sslpassword" => {
                "to use a client certificate, call `MysqlClient::connect_over_tls_with(…)` in the runner's `main`"
            }
            _ => OPTIONS,
        };
        Err(UrlError::new(format!("there is no option {name}")).with_help(help))
    }
}

fn server(url: &ServerUrl, options: &Options) -> ServerLocation {
    let is_here = |host: &Host| {
        host.name.eq_ignore_ascii_case("localhost")
            || host
                .name
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    };
    if options.socket.is_some() || url.hosts.iter().all(is_here) {
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
    fn a_url_is_decoded_and_shown_without_its_password() {
        for (url, expected) in [
            (
                "mysql://u:s%40cret@localhost:3307/db",
                "mysql://u@localhost:3307/db",
            ),
            (
                "mariadb://u@[::1]:3307/db?password=secret",
                "mariadb://u@[::1]:3307/db",
            ),
            ("mysql://localhost/db", "mysql://localhost/db"),
            ("mysql:///db?socket=%2Ftmp%2Fs", "mysql://127.0.0.1/db"),
            ("mysql://u%20r@127.0.0.1/a%2db", "mysql://u r@127.0.0.1/a-b"),
            (
                "MySQL://me%40corp:secret@127.0.0.1/db?charset=utf8mb4&statement-cache-capacity=9",
                "mysql://me%40corp@127.0.0.1/db",
            ),
        ] {
            let shown = read(url).map(|origin| origin.shown);
            assert_eq!(shown.ok().as_deref(), Some(expected), "{url}");
        }
        let options: mysql::Opts = read("mysql://u:s%40%2Fc@[::1]/d%C3%A4b")
            .map(|origin| origin.options.into())
            .expect("a URL");
        assert_eq!(options.get_pass(), Some("s@/c"));
        assert_eq!(options.get_db_name(), Some("däb"));
        assert_eq!(options.get_ip_or_hostname(), "::1");
    }

    #[test]
    fn no_error_in_a_url_shows_a_piece_of_the_password() {
        for url in [
            "mysql://u:sec@ret@localhost/db",
            "mysql://u:sec?ret@localhost/db",
            "mysql://u:sec#ret@localhost/db",
            "mysql://u:secret@localhost:port/db",
            "mysql://localhost/db?password=secret@x",
            "mysql://localhost/db?password=sec&ret=1",
            "mysql://u:sec/ret@localhost/db",
            "postgres://u:secret@localhost/db",
            "u:secret@localhost",
            "mysql://u:secret@db.example.org/db",
            "mysql://u:secret@localhost/db?ssl-mode=secret",
            "mysql://u:secret%4@localhost/db",
            "mysql://u:secret%ff@localhost/db",
            "mysql://u:secret@localhost",
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
    fn an_error_names_the_problem() {
        for (url, reason, help) in [
            (
                "mysql://u@localhost/db?nonsense=1",
                "`nonsense`",
                "ssl-mode",
            ),
            (
                "mysql://u@localhost/db?require_ssl=true",
                "`require_ssl`",
                "REQUIRED",
            ),
            (
                "mysql://u@localhost/db?connect_timeout=x",
                "connect_timeout",
                "seconds",
            ),
            ("mysql://u@localhost:abc/db", "port", "HOST:PORT"),
            ("mysql://u@a,b/db", "several hosts", "one of them"),
            ("postgres://u@localhost/db", "built for MariaDB", "mysql://"),
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
