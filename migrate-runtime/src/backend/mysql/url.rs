//! A URL to what a connection needs.
//!
//! Nothing that is shown is cut out of the text: it is put together from the parts that are no secret, because a password
//! with an unescaped sign in it can end up in any part.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use mysql::OptsBuilder;

use super::tls;
use crate::backend::tls::{Channel, Server};
use crate::backend::url::decoded;
use crate::error::Error;

/// What a connection needs.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) options: OptsBuilder,
    pub(super) channel: Channel,
    /// The database.
    pub(super) database: String,
    /// The URL without its secrets.
    pub(super) shown: String,
}

const HELP: &str = "write `mysql://USER@HOST:PORT/DATABASE` or `mariadb://…`; signs such as @ : / ? # in a password are written \
                    as %40 %3A %2F %3F %23";

const OPTIONS: &str = "the options are ssl-mode, ssl-ca, socket, connect_timeout and password";

/// The parts of a URL, decoded.
#[derive(Default)]
struct Parts {
    user: Option<String>,
    password: Option<String>,
    host: String,
    port: Option<u16>,
    database: String,
    socket: Option<String>,
    connect_timeout: Option<u64>,
    mode: Option<String>,
    roots: Option<String>,
}

/// Reads `mysql://…` or `mariadb://…`.
pub(super) fn origin(url: &OsStr, wait: Duration) -> Result<Origin, Error> {
    let refused = |shown: &str, reason: &str, help: &str| Error::Url {
        url: shown.to_owned(),
        reason: reason.to_owned(),
        help: help.to_owned(),
    };
    let Some(text) = url.to_str() else {
        return Err(refused("…", "it is not UTF-8", HELP));
    };
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme @ ("mysql" | "mariadb"), rest)) => (scheme, rest),
        _ => {
            let scheme = text
                .split_once(':')
                .map(|(scheme, _)| scheme)
                .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric()));
            let shown = scheme.map_or_else(|| "…".to_owned(), |scheme| format!("{scheme}:…"));
            let reason = "this program was built for MariaDB and MySQL";
            return Err(refused(&shown, reason, HELP));
        }
    };
    let hidden = format!("{scheme}://…");
    let parts = parts(rest).map_err(|(reason, help)| refused(&hidden, reason, help))?;
    let shown = shown(scheme, &parts)
        .ok_or_else(|| refused(&hidden, "its parts can't be told apart", HELP))?;
    if parts.database.is_empty() {
        return Err(refused(&shown, "it names no database", HELP));
    }
    let roots = parts.roots.as_ref().map(PathBuf::from);
    let channel = Channel::new(
        parts.mode.as_deref(),
        roots,
        server(&parts),
        tls::ability(),
        &tls::WORDS,
    )
    .map_err(|reason| refused(&shown, &reason, tls::HELP))?;
    Ok(Origin {
        options: options(&parts, wait),
        channel,
        database: parts.database,
        shown,
    })
}

fn options(parts: &Parts, wait: Duration) -> OptsBuilder {
    let timeout = parts
        .connect_timeout
        .map_or(wait, Duration::from_secs)
        .max(Duration::from_secs(1));
    let password = parts
        .password
        .clone()
        .or_else(|| std::env::var_os("MYSQL_PWD").and_then(|password| password.into_string().ok()));
    OptsBuilder::new()
        .ip_or_hostname(Some(parts.host.clone()))
        .tcp_port(parts.port.unwrap_or(3306))
        .socket(parts.socket.clone())
        // A second connection to the same server by another way would be another user's for some servers.
        .prefer_socket(false)
        .user(Some(
            parts.user.clone().unwrap_or_else(|| "root".to_owned()),
        ))
        .pass(password)
        .db_name(Some(parts.database.clone()))
        .tcp_connect_timeout(Some(timeout))
        .tcp_keepalive_time_ms(Some(30_000))
}

type Refusal = (&'static str, &'static str);

fn parts(rest: &str) -> Result<Parts, Refusal> {
    let unreadable: Refusal = ("it can't be read", HELP);
    if rest.contains('#') {
        return Err(unreadable);
    }
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = address.split_once('/').unwrap_or((address, ""));
    let (login, place) = match authority.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, authority),
    };
    let mut parts = Parts {
        database: decoded(database).ok_or(unreadable)?,
        ..Parts::default()
    };
    if let Some(login) = login {
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login, None),
        };
        parts.user = Some(decoded(user).ok_or(unreadable)?);
        parts.password = match password {
            Some(password) => Some(decoded(password).ok_or(unreadable)?),
            None => None,
        };
    }
    // An IPv6 address stands in brackets, with colons of its own.
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    };
    parts.host = match host.trim_matches(['[', ']']) {
        "" => "127.0.0.1".to_owned(),
        host => host.to_owned(),
    };
    parts.port = match port.filter(|port| !port.is_empty()) {
        Some(port) => Some(port.parse().map_err(|_| unreadable)?),
        None => None,
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(unreadable)?;
        let value = decoded(value).ok_or(unreadable)?;
        match key {
            "ssl-mode" | "sslmode" | "ssl_mode" => parts.mode = Some(value),
            "ssl-ca" | "sslrootcert" | "ssl_ca" => parts.roots = Some(value),
            "socket" => parts.socket = Some(value),
            "password" => parts.password = Some(value),
            "connect_timeout" => {
                parts.connect_timeout = Some(value.parse().map_err(|_| unreadable)?);
            }
            _ => return Err(("it has an option that there is not", OPTIONS)),
        }
    }
    Ok(parts)
}

/// Returns the URL without its secrets; `None` where a part looks as if the password had run into it.
fn shown(scheme: &str, parts: &Parts) -> Option<String> {
    let mut text = format!("{scheme}://");
    if let Some(user) = &parts.user {
        if user.contains(['@', '/', '?', '#', '=', '&', ':']) {
            return None;
        }
        text.push_str(user);
        text.push('@');
    }
    let known = |c: char| c.is_ascii_alphanumeric() || ".-_:".contains(c);
    if !parts.host.chars().all(known) {
        return None;
    }
    text.push_str(&parts.host);
    if let Some(port) = parts.port {
        text.push_str(&format!(":{port}"));
    }
    if parts.database.contains(['@', '?', '&', '/', ':']) {
        return None;
    }
    text.push('/');
    text.push_str(&parts.database);
    Some(text)
}

fn server(parts: &Parts) -> Server {
    let here = parts.socket.is_some()
        || parts.host == "localhost"
        || parts
            .host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if here {
        Server::Here
    } else {
        Server::Elsewhere
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
                "mariadb://u@::1:3307/db",
            ),
            ("mysql://localhost/db", "mysql://localhost/db"),
            ("mysql:///db?socket=%2Ftmp%2Fs", "mysql://127.0.0.1/db"),
            ("mysql://u%20r@127.0.0.1/a%2db", "mysql://u r@127.0.0.1/a-b"),
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
    fn no_mistake_in_a_url_shows_a_piece_of_the_password() {
        for url in [
            "mysql://u:sec@ret@localhost/db",
            "mysql://u:sec?ret@localhost/db",
            "mysql://u:sec#ret@localhost/db",
            "mysql://u:secret@localhost:port/db",
            "mysql://localhost/db?password=secret@x",
            "mysql://u:secret@localhost/db?wrong_secret=1",
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
                    let told = format!("{error} {:?} {error:?}", error.help());
                    assert!(!told.contains("ret"), "{url}: {told}");
                }
            }
        }
    }
}
