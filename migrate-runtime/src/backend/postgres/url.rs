//! A URL, or the driver's own `key=value` words, to what a connection needs.
//!
//! Nothing that is shown is cut out of the text: it is put together from the parts that are no secret, because a password
//! with an unescaped sign in it can end up in any part.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::Config;
use postgres::config::Host;

use super::tls;
use crate::backend::tls::{Channel, Server};
use crate::backend::url::decoded;
use crate::error::Error;

/// What a connection needs.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) config: Config,
    pub(super) channel: Channel,
    /// The URL without its secrets.
    pub(super) shown: String,
}

const HELP: &str = "write `postgres://USER@HOST:PORT/DATABASE`; signs such as @ : / ? # in a password are written as %40 \
                    %3A %2F %3F %23";

/// Reads `postgres://…`, `postgresql://…` or `host=… dbname=…`.
pub(super) fn origin(url: &OsStr, wait: Duration) -> Result<Origin, Error> {
    let refused = |shown: &str, reason: &str, help: &str| Error::Url {
        url: shown.to_owned(),
        reason: reason.to_owned(),
        help: help.to_owned(),
    };
    let Some(text) = url.to_str() else {
        return Err(refused("…", "it is not UTF-8", HELP));
    };
    let is_url = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    if !is_url && (text.contains("://") || !text.contains('=')) {
        let scheme = text
            .split_once(':')
            .map(|(scheme, _)| scheme)
            .filter(|scheme| {
                !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric())
            });
        let shown = scheme.map_or_else(|| "…".to_owned(), |scheme| format!("{scheme}:…"));
        return Err(refused(
            &shown,
            "this program was built for PostgreSQL",
            HELP,
        ));
    }
    let hidden = if is_url { "postgres://…" } else { "…" };
    let (rest, ssl) = if is_url {
        without_ssl_in_url(text)
    } else {
        without_ssl_in_words(text)
    };
    // The driver's own words could repeat a piece of the password.
    let mut config: Config = rest
        .parse()
        .map_err(|_| refused(hidden, "it can't be read", HELP))?;
    let shown =
        shown(&config).ok_or_else(|| refused(hidden, "its parts can't be told apart", HELP))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        default_host(&mut config);
    }
    if config.get_password().is_none()
        && let Some(password) = std::env::var_os("PGPASSWORD").and_then(|it| it.into_string().ok())
    {
        config.password(password);
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(wait.max(Duration::from_secs(1)));
    }
    if config.get_application_name().is_none() {
        config.application_name("cargo-migrate");
    }
    let channel = Channel::new(
        ssl.mode.as_deref(),
        ssl.roots,
        server(&config),
        tls::ability(),
        &tls::WORDS,
    )
    .map_err(|reason| refused(&shown, &reason, tls::HELP))?;
    Ok(Origin {
        config,
        channel,
        shown,
    })
}

/// What a URL says of TLS. The driver knows fewer words for it than the rest of the world, so they are read here.
#[derive(Default)]
struct Ssl {
    mode: Option<String>,
    roots: Option<PathBuf>,
}

impl Ssl {
    /// Takes `key=value`, if it is about TLS.
    fn takes(&mut self, pair: &str) -> bool {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => self.mode = Some(mode.to_owned()),
            Some(("sslrootcert", file)) => {
                self.roots = Some(decoded(file).map_or_else(|| file.into(), PathBuf::from));
            }
            _ => return false,
        }
        true
    }
}

fn without_ssl_in_url(url: &str) -> (String, Ssl) {
    let mut ssl = Ssl::default();
    let Some((before, query)) = url.split_once('?') else {
        return (url.to_owned(), ssl);
    };
    let rest: Vec<&str> = query.split('&').filter(|pair| !ssl.takes(pair)).collect();
    if rest.is_empty() {
        return (before.to_owned(), ssl);
    }
    (format!("{before}?{}", rest.join("&")), ssl)
}

fn without_ssl_in_words(words: &str) -> (String, Ssl) {
    let mut ssl = Ssl::default();
    let rest: Vec<&str> = words
        .split(' ')
        .filter(|word| !ssl.takes(&word.replace('\'', "")))
        .collect();
    (rest.join(" "), ssl)
}

/// Returns the URL without its secrets; `None` where a part looks as if the password had run into it.
fn shown(config: &Config) -> Option<String> {
    let plain = |text: &str| !text.contains(['@', '/', '?', '#', '=', '&', ':']);
    let mut text = "postgres://".to_owned();
    if let Some(user) = config.get_user() {
        if !plain(user) {
            return None;
        }
        text.push_str(user);
        text.push('@');
    }
    for (at, host) in config.get_hosts().iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        match host {
            Host::Tcp(name) => {
                let known = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
                if !name.chars().all(known) {
                    return None;
                }
                text.push_str(name);
            }
            #[cfg(unix)]
            Host::Unix(path) => text.push_str(path.to_str().filter(|path| !path.contains('@'))?),
        }
        if let Some(port) = config.get_ports().get(at).or(config.get_ports().first()) {
            text.push_str(&format!(":{port}"));
        }
    }
    if let Some(name) = config.get_dbname() {
        if name.contains(['@', '?', '&']) {
            return None;
        }
        text.push('/');
        text.push_str(name);
    }
    Some(text)
}

/// Where the server's socket usually is; else this machine by name.
fn default_host(config: &mut Config) {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let folder = ["/var/run/postgresql", "/tmp"]
        .into_iter()
        .find(|folder| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists());
    config.host(folder.unwrap_or("localhost"));
}

fn server(config: &Config) -> Server {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    let addresses = config.get_hostaddrs().iter();
    if hosts && addresses.clone().all(|address| address.is_loopback()) {
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
    fn urls_and_words_are_shown_without_their_password() {
        for (url, expected) in [
            (
                "postgres://u:secret@localhost:5433/db",
                "postgres://u@localhost:5433/db",
            ),
            (
                "postgresql://u@localhost/db?password=secret",
                "postgres://u@localhost:5432/db",
            ),
            (
                "host=127.0.0.1 user=u password=secret dbname=db",
                "postgres://u@127.0.0.1/db",
            ),
            ("postgres:///db", "postgres:///db"),
        ] {
            let shown = read(url).map(|origin| origin.shown);
            assert_eq!(shown.ok().as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn no_mistake_in_a_url_shows_a_piece_of_the_password() {
        for url in [
            "postgres://u:sec@ret@localhost/db",
            "postgres://u:sec?ret@localhost/db",
            "postgres://u:sec#ret@localhost/db",
            "postgres://u:secret@localhost:port/db",
            "postgres://localhost/db?password=secret@x",
            "postgres://u:secret@localhost/db?wrong_secret=1",
            "postgres://u:sec/ret@localhost/db",
            "mysql://u:secret@localhost/db",
            "u:secret@localhost",
            "host=localhost password='secret",
            "postgres://u:secret@db.example.org/db",
            "postgres://u:secret@localhost/db?sslmode=secret",
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
