//! Parses `USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE`.
//!
//! The URL that is shown is never a part of the original text. It is built from the parts that are not secret, because
//! a password with an unescaped character can end up in any part.

use std::fmt;

use super::decoded;
use crate::error::printable;

/// The parts of a URL, decoded.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ServerUrl {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// The servers, in the order in which they are tried; empty if the URL names none.
    pub(crate) hosts: Vec<Host>,
    pub(crate) database: Option<String>,
    /// The options after the `?`.
    pub(crate) options: Vec<UrlOption>,
}

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// A name, an address without brackets, or the path of a socket.
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
}

/// An option with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlOption {
    pub(crate) key: String,
    pub(crate) value: String,
    /// Whether the key can be shown: text after a password may be a piece of it.
    pub(crate) can_be_shown: bool,
}

/// Why a URL can't be used, in a message that shows no part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlError {
    pub(crate) reason: String,
    pub(crate) help: Option<&'static str>,
}

impl UrlError {
    pub(crate) fn new(reason: impl Into<String>) -> UrlError {
        UrlError {
            reason: reason.into(),
            help: None,
        }
    }

    pub(crate) fn with_help(mut self, help: &'static str) -> UrlError {
        self.help = Some(help);
        self
    }
}

const UNESCAPED: &str =
    "write characters such as @ : / ? # in a user name or password as %40 %3A %2F %3F %23";

const AMBIGUOUS: &str = "write characters such as @ : / ? # in a user name or password as %40 %3A %2F %3F %23, and an `@` \
                         in the name of the database or in an option as %40";

const FRAGMENT: &str = "remove the `#` and the text after it, or write it as %23";

const HOST: &str =
    "write `USER@HOST:PORT/DATABASE`; a host name consists of letters, digits, `.`, `-` and `_`";

impl ServerUrl {
    /// Parses the text after `SCHEME://`.
    pub(crate) fn new(rest: &str) -> Result<ServerUrl, UrlError> {
        let unclear = |reason: &str| UrlError::new(reason).with_help(UNESCAPED);
        if let Some((before, after)) = rest.split_once('#') {
            return Err(match after.contains('@') || !before.contains('@') {
                true => unclear("it contains a `#`"),
                false => UrlError::new("it contains a `#`").with_help(FRAGMENT),
            });
        }
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = match address.split_once('/') {
            Some((authority, database)) => (authority, Some(database)),
            None => (address, None),
        };
        if query.contains('@') || database.is_some_and(|name| name.contains('@')) {
            return Err(UrlError::new("its parts are ambiguous").with_help(AMBIGUOUS));
        }
        if database.is_some_and(|name| name.starts_with('/')) {
            // libpq would connect to a database whose name begins with `/`, and sqlx to one without it.
            return Err(UrlError::new("two `/` precede its database").with_help(
                "write one `/`; if the name of the database begins with `/`, write that as %2F",
            ));
        }
        let read = |text: &str| {
            decoded(text).ok_or_else(|| {
                UrlError::new(
                    "a `%` in it is not followed by two hexadecimal digits of a UTF-8 character",
                )
                .with_help("write a `%` as %25")
            })
        };
        // The last `@` separates them: earlier ones are part of the user name or password.
        let (login, host_list) = match authority.rsplit_once('@') {
            Some((login, host_list)) => (Some(login), host_list),
            None => (None, authority),
        };
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, "")))
        {
            Some((user, password)) => (read(user)?, read(password)?),
            None => Default::default(),
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(ServerUrl {
            user: some(user),
            password: some(password),
            hosts: hosts(host_list)?,
            database: some(read(database.unwrap_or_default())?),
            options: options(query, &read)?,
        })
    }

    /// Applies options that override other parts of the URL, as libpq does.
    pub(crate) fn settle(&mut self) -> Result<(), UrlError> {
        let mut ports = None;
        for UrlOption { key, value, .. } in &self.options {
            match key.as_str() {
                "user" => self.user = Some(value.clone()),
                "password" => self.password = Some(value.clone()),
                "dbname" => self.database = Some(value.clone()),
                "host" => {
                    let port = self.hosts.first().and_then(|host| host.port);
                    let host = |name: &str| Host {
                        name: name.trim_matches(['[', ']']).to_owned(),
                        port,
                    };
                    self.hosts = value.split(',').map(host).collect();
                }
                "port" => ports = Some(value.clone()),
                _ => {}
            }
        }
        let password = self.password.clone().unwrap_or_default();
        for option in &mut self.options {
            option.can_be_shown &= !looks_like(&option.key, &password);
        }
        self.options.retain(|entry| {
            !matches!(
                entry.key.as_str(),
                "user" | "password" | "dbname" | "host" | "port"
            )
        });
        let Some(ports) = ports else {
            return Ok(());
        };
        let ports: Vec<Option<u16>> = ports
            .split(',')
            .map(port)
            .collect::<Result<_, UrlError>>()?;
        if self.hosts.is_empty() {
            let name = String::new();
            self.hosts.push(Host { name, port: None });
        }
        if ports.len() != 1 && ports.len() != self.hosts.len() {
            return Err(
                UrlError::new("it has a different number of ports than hosts")
                    .with_help("write one port, or one for each host"),
            );
        }
        for (at, host) in self.hosts.iter_mut().enumerate() {
            host.port = *ports.get(at).unwrap_or(&ports[0]);
        }
        Ok(())
    }

    /// Returns the URL of another database on the same server, with everything else unchanged.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(crate) fn with_database(&self, scheme: &str, database: &str) -> String {
        let mut text = format!("{scheme}://");
        if let Some(user) = &self.user {
            text.push_str(&encoded(user));
            if let Some(password) = &self.password {
                text.push(':');
                text.push_str(&encoded(password));
            }
            text.push('@');
        } else if let Some(password) = &self.password {
            text.push_str(&format!(":{}@", encoded(password)));
        }
        let hosts: Vec<String> = self.hosts.iter().map(Host::encoded).collect();
        text.push_str(&hosts.join(","));
        text.push('/');
        text.push_str(&encoded(database));
        let options = self.options.iter().filter(|option| option.key != "dbname");
        for (at, option) in options.enumerate() {
            text.push(if at == 0 { '?' } else { '&' });
            text.push_str(&format!(
                "{}={}",
                encoded(&option.key),
                encoded(&option.value)
            ));
        }
        text
    }

    /// Returns the URL without its secrets.
    pub(crate) fn shown(&self, scheme: &str) -> String {
        let mut text = format!("{scheme}://");
        if let Some(user) = &self.user {
            text.push_str(&escaped(user));
            text.push('@');
        }
        let hosts: Vec<String> = self.hosts.iter().map(Host::to_string).collect();
        text.push_str(&hosts.join(","));
        if let Some(database) = &self.database {
            text.push('/');
            text.push_str(&escaped(database));
        }
        text
    }
}

impl Host {
    /// Returns the host for a URL that a program reads.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn encoded(&self) -> String {
        let name = match self.name.contains(':') && !self.name.starts_with('/') {
            true => format!("[{}]", self.name),
            false => encoded(&self.name),
        };
        match self.port {
            Some(port) => format!("{name}:{port}"),
            None => name,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = printable(&self.name);
        match name.contains(':') && !name.starts_with('/') {
            true => write!(f, "[{name}]")?,
            false => f.write_str(&name)?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

fn hosts(host_list: &str) -> Result<Vec<Host>, UrlError> {
    if host_list.is_empty() {
        return Ok(Vec::new());
    }
    host_list.split(',').map(host).collect()
}

/// Reads `NAME`, `NAME:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`.
fn host(text: &str) -> Result<Host, UrlError> {
    let brackets = || {
        UrlError::new("an IPv6 address must be in brackets")
            .with_help("write the address and the port as `[::1]:5432`")
    };
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or_else(brackets)?;
        let address: std::net::Ipv6Addr = address.parse().map_err(|_| {
            UrlError::new("the text in brackets is not an IPv6 address")
                .with_help("write an address such as `[::1]`, or a host name without brackets")
        })?;
        let port_text = match rest {
            "" => "",
            rest => rest.strip_prefix(':').ok_or_else(brackets)?,
        };
        return Ok(Host {
            name: address.to_string(),
            port: port(port_text)?,
        });
    }
    let (name, port_text) = text.split_once(':').unwrap_or((text, ""));
    if port_text.contains(':') {
        return Err(brackets());
    }
    let name =
        decoded(name).ok_or_else(|| UrlError::new("its host can't be decoded").with_help(HOST))?;
    let known = |c: char| c.is_alphanumeric() || ".-_".contains(c);
    if !name.starts_with('/') && !name.chars().all(known) {
        return Err(UrlError::new("its host is not a valid host name").with_help(HOST));
    }
    Ok(Host {
        name,
        port: port(port_text)?,
    })
}

fn port(text: &str) -> Result<Option<u16>, UrlError> {
    let flaw = || {
        UrlError::new("its port is not a number from 1 to 65535").with_help(
            "write `HOST:PORT`, or `HOST` alone for the usual port; a user name ends with `@`",
        )
    };
    match text {
        "" => Ok(None),
        text if !text.bytes().all(|byte| byte.is_ascii_digit()) => Err(flaw()),
        text => match text.parse() {
            Ok(0) | Err(_) => Err(flaw()),
            Ok(port) => Ok(Some(port)),
        },
    }
}

fn options(
    query: &str,
    read: &impl Fn(&str) -> Result<String, UrlError>,
) -> Result<Vec<UrlOption>, UrlError> {
    let mut options: Vec<UrlOption> = Vec::new();
    // sqlx writes a space as `+`, and this option. libpq reads a `+` as itself.
    let query = match query.contains("statement-cache-capacity=") {
        true => query.replace('+', " "),
        false => query.to_owned(),
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            UrlError::new("the text after the `?` is not `OPTION=VALUE`")
                .with_help("write `?OPTION=VALUE&OPTION=VALUE`, and an `&` in a value as %26")
        })?;
        let after_secret = options.last().is_some_and(|entry| is_secret(&entry.key));
        options.push(UrlOption::new(read(key)?, read(value)?, after_secret));
    }
    Ok(options)
}

impl UrlOption {
    pub(crate) fn new(key: String, value: String, after_secret: bool) -> UrlOption {
        let is_word = key.len() <= 40
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte));
        UrlOption {
            can_be_shown: is_word && !after_secret,
            key,
            value,
        }
    }
}

/// Returns whether an option's value is a secret.
pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["pass", "secret", "token", "pwd"]
        .iter()
        .any(|part| key.contains(part))
}

/// Returns whether the name of an option may be the password or a piece of it.
fn looks_like(key: &str, password: &str) -> bool {
    const MIN_LENGTH: usize = 4;
    key == password
        || (password.len() >= MIN_LENGTH && key.contains(password))
        || (key.len() >= MIN_LENGTH && password.contains(key))
}

/// Returns a part of a URL in which every character except letters, digits and `-._~` is escaped.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                written.push(char::from(byte));
            }
            byte => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}

/// Returns a part of a URL for a message, with its special characters escaped.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '@' | ':' | '/' | '?' | '#' | '%' | '&' | '=' => {
                written.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => written.push(c),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(rest: &str) -> Result<ServerUrl, UrlError> {
        ServerUrl::new(rest)
    }

    #[test]
    fn a_url_is_parsed() {
        let url = read("user%40corp:p%3Aw@[::1]:5433,db.example.org/my%2Fdb?a=1&b=%26").unwrap();
        assert_eq!(url.user.as_deref(), Some("user@corp"));
        assert_eq!(url.password.as_deref(), Some("p:w"));
        assert_eq!(url.database.as_deref(), Some("my/db"));
        assert_eq!(url.options[1].value, "&");
        assert_eq!(
            url.shown("postgres"),
            "postgres://user%40corp@[::1]:5433,db.example.org/my%2Fdb"
        );
        let azure = read("user@server:pw@host/db").unwrap();
        assert_eq!(azure.user.as_deref(), Some("user@server"));
        assert_eq!(azure.shown("mysql"), "mysql://user%40server@host/db");
        assert_eq!(read("").unwrap(), ServerUrl::default());
        assert_eq!(read("%2Fvar%2Frun/db").unwrap().hosts[0].name, "/var/run");
    }

    #[test]
    fn an_error_quotes_no_part_of_the_url() {
        for (rest, reason) in [
            ("u:sec#ret@h/db", "`#`"),
            ("u:sec/ret@h/db", "ambiguous"),
            ("u:sec?ret@h/db", "ambiguous"),
            ("u:secret@h:abc/db", "port"),
            ("h:0/db", "port"),
            ("h:65536/db", "port"),
            ("u:secret@::1:5432/db", "brackets"),
            ("u:secret@[::1/db", "brackets"),
            ("u:secret@[ret]/db", "not an IPv6"),
            ("u:sec%4@h/db", "`%`"),
            ("u:secret@h/db?secret", "OPTION=VALUE"),
            ("u:p@se cret/db", "host"),
        ] {
            let flaw = read(rest).unwrap_err();
            assert!(flaw.reason.contains(reason), "{rest}: {flaw:?}");
            assert!(!format!("{flaw:?}").contains("ret"), "{rest}: {flaw:?}");
        }
    }

    #[test]
    fn options_override_the_other_parts() {
        let mut url = read("u:p@localhost:5433/db?host=/tmp&user=other&dbname=x&a=b").unwrap();
        url.settle().unwrap();
        assert_eq!(url.shown("postgres"), "postgres://other@/tmp:5433/x");
        assert_eq!(url.options.len(), 1);
        let mut url = read("?port=6432").unwrap();
        url.settle().unwrap();
        assert_eq!(url.shown("postgres"), "postgres://:6432");
        assert!(read("a,b/db?port=1,2,3").unwrap().settle().is_err());
    }

    #[test]
    fn options_after_a_password_are_not_shown() {
        let url = read("h/db?password=se&cr=et&wrong=1").unwrap();
        let shown: Vec<bool> = url
            .options
            .iter()
            .map(|option| option.can_be_shown)
            .collect();
        assert_eq!(shown, [true, false, true]);
    }

    #[cfg(any(feature = "postgres", feature = "mysql"))]
    #[test]
    fn another_database_of_the_server_has_the_same_parts() {
        for (rest, expected) in [
            (
                "u:p%40%2Fw@[::1]:5433/db?sslmode=require",
                "u:p%40%2Fw@[::1]:5433/x?sslmode=require",
            ),
            ("localhost", "localhost/x"),
            ("u@a:1,b/db?dbname=y&host=%2Ftmp", "u@a:1,b/x?host=%2Ftmp"),
            (
                "%2Fvar%2Frun/db?options=-c%20a%3Db",
                "%2Fvar%2Frun/x?options=-c%20a%3Db",
            ),
            (":pw@h/db", ":pw@h/x"),
        ] {
            let written = read(rest).unwrap().with_database("postgres", "x");
            assert_eq!(written, format!("postgres://{expected}"));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            if let Ok(mut url) = read(&text) {
                let _ = url.settle();
            }
        }

        #[test]
        fn a_password_is_never_shown(
            user in "[a-z@:/?#%&=]{0,6}",
            tail in "[a-z0-9@:/?#%&=\\[\\],]{0,30}",
        ) {
            let text = format!("{user}:SECRET{tail}SECRET@host/db");
            let printed = match read(&text) {
                Ok(mut url) => {
                    let result = url.settle();
                    format!("{} {result:?}", url.shown("x"))
                }
                Err(flaw) => format!("{flaw:?}"),
            };
            prop_assert!(!printed.contains("SECRET"), "{}", printed);
        }
    }
}
