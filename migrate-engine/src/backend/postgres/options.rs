//! The options of a connection: the effect of each one, or its replacement.
//!
//! These are the options of libpq, tokio-postgres, sqlx, SeaORM and Diesel, and options of other tools that occur in
//! URLs. An option for a protection that is not available is an error. An option that cannot affect a run is ignored.

use std::path::PathBuf;
use std::str::FromStr as _;

use postgres::Config;

use crate::backend::url::{UrlError, UrlOption, certificate_file, is_ignored};

/// The parsed options of a URL.
#[derive(Default)]
pub(super) struct Options {
    pub(super) config: Config,
    pub(super) mode: Option<String>,
    pub(super) roots: Option<PathBuf>,
}

/// The effect of an option.
enum Meaning {
    /// Sets the driver's option of this name.
    Driver(&'static str),
    /// Sets the encryption.
    Mode,
    /// Names a file with trusted certificates.
    Roots,
    /// Trusts the well-known authorities, and requires the strictest verification.
    SystemRoots,
    /// Has no effect on a run.
    Nothing,
    /// Is not supported; the text is the help.
    Refused(&'static str),
    /// Is unknown; the text is the help.
    Unknown(&'static str),
}

const SUPPORTED_OPTIONS: &str = "leave it out: the options are those of libpq, such as sslmode, sslrootcert, connect_timeout, \
                         application_name, target_session_attrs and options";

/// Returns the effect of an option with this value.
fn meaning(key: &str, value: &str) -> Meaning {
    use Meaning::{Driver, Mode, Nothing, Refused, Roots, SystemRoots, Unknown};
    match key {
        "application_name" | "fallback_application_name" => Driver("application_name"),
        "channel_binding" => Driver("channel_binding"),
        "connect_timeout" => Driver("connect_timeout"),
        "hostaddr" => Driver("hostaddr"),
        "keepalives" => Driver("keepalives"),
        "keepalives_idle" => Driver("keepalives_idle"),
        "keepalives_interval" => Driver("keepalives_interval"),
        "keepalives_count" | "keepalives_retries" => Driver("keepalives_retries"),
        "load_balance_hosts" => Driver("load_balance_hosts"),
        "options" => Driver("options"),
        "sslnegotiation" => Driver("sslnegotiation"),
        "target_session_attrs" => Driver("target_session_attrs"),
        "tcp_user_timeout" => Driver("tcp_user_timeout"),
        "sslmode" | "ssl-mode" => Mode,
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" if value == "system" => SystemRoots,
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" => Roots,
        "sslcompression"
        | "sslsni"
        | "krbsrvname"
        | "gsslib"
        | "gssdelegation"
        | "uselibpqcompat"
        | "min_protocol_version"
        | "max_protocol_version" => Nothing,
        "client_encoding" if ["utf8", "utf-8", "auto"].contains(&&*value.to_lowercase()) => Nothing,
        "client_encoding" => Refused("leave it out: a run uses UTF-8, and the server converts"),
        "gssencmode" if value != "require" => Nothing,
        "sslcertmode" if value != "require" => Nothing,
        "ssl_min_protocol_version" if value != "TLSv1.3" => Nothing,
        "replication" if value == "false" => Nothing,
        "sslcert" | "ssl-cert" | "sslkey" | "ssl-key" | "sslpassword" | "sslcertmode"
        | "sslidentity" => Refused(
            "to use a client certificate, call `PostgresClient::connect_over_tls_with(…)` in the runner's `main`",
        ),
        "ssl_min_protocol_version"
        | "ssl_max_protocol_version"
        | "sslcrl"
        | "sslcrldir"
        | "sslkeylogfile" => Refused(
            "leave it out, or call `PostgresClient::connect_over_tls_with(…)` in the runner's `main` and configure \
             TLS there",
        ),
        "gssencmode" | "require_auth" | "requirepeer" => Refused(
            "leave it out: this protection is not available; `sslmode=verify-full` verifies the identity of the server",
        ),
        "passfile" => Refused("set PGPASSWORD in the environment"),
        "service" | "servicefile" => Refused("write the host, the user and the database instead"),
        "replication" => Refused("leave it out: a run uses the protocol for SQL"),
        "schema" | "currentSchema" if value == "public" => Nothing,
        "schema" | "currentSchema" | "search_path" | "schema_search_path" => {
            Unknown("write `options=-csearch_path%3DSCHEMA`")
        }
        "ssl" | "tls" if ["false", "0", "disable"].contains(&value) => {
            Unknown("write `sslmode=disable`")
        }
        "ssl" | "sslaccept" | "tls" => Unknown(
            "write `sslmode=require`, or `sslmode=verify-full` to verify the identity of the server",
        ),
        "statement_timeout" => Unknown("write `options=-cstatement_timeout%3DMILLISECONDS`"),
        "lock_timeout" => Unknown(
            "pass `--lock-timeout SECONDS`, or write `options=-clock_timeout%3DMILLISECONDS`",
        ),
        "socket" | "unix_socket" => Unknown("write `host=DIRECTORY`, the directory of the socket"),
        _ if is_ignored(key) => Nothing,
        _ => Unknown(SUPPORTED_OPTIONS),
    }
}

/// Returns the valid values of one of the driver's options.
fn valid_values(key: &str) -> &'static str {
    match key {
        "target_session_attrs" => {
            "write `any`, `read-write` or `read-only`; a run that writes needs `read-write`"
        }
        "channel_binding" => "write `disable`, `prefer` or `require`",
        "hostaddr" => "write the IP address of each host, separated by commas",
        "load_balance_hosts" => "write `disable` or `random`",
        "sslnegotiation" => "write `postgres` or `direct`",
        "keepalives" => "write `1` or `0`",
        "connect_timeout" | "keepalives_idle" | "keepalives_interval" | "tcp_user_timeout" => {
            "write a whole number of seconds"
        }
        "keepalives_retries" => "write a whole number",
        _ => "write text without a zero byte",
    }
}

impl Options {
    /// Parses options, in the order in which they are written.
    pub(super) fn new(url_options: &[UrlOption]) -> Result<Options, UrlError> {
        let mut connection_string = String::new();
        let mut parsed = Options::default();
        let mut system_roots = false;
        let mut options = Vec::new();
        for UrlOption {
            key,
            value,
            can_be_shown,
        } in url_options
        {
            let name = match can_be_shown {
                true => format!("`{key}`"),
                false => "an option after a password".to_owned(),
            };
            // sqlx writes each session setting as a separate option.
            if let Some(setting) = key
                .strip_prefix("options[")
                .and_then(|key| key.strip_suffix(']'))
            {
                options.push(format!(
                    "-c {setting}={}",
                    value.replace('\\', "\\\\").replace(' ', "\\ ")
                ));
                continue;
            }
            match meaning(key, value) {
                Meaning::Driver("options") => options.push(value.clone()),
                Meaning::Driver(key) => {
                    let entry = format!("{key}={} ", quoted(value));
                    if Config::from_str(&entry).is_err() {
                        let reason = format!("{name} has an invalid value");
                        return Err(UrlError::new(reason).with_help(valid_values(key)));
                    }
                    connection_string.push_str(&entry);
                }
                Meaning::Mode => parsed.mode = Some(value.clone()),
                Meaning::Roots => parsed.roots = Some(certificate_file("sslrootcert", value)?),
                Meaning::SystemRoots => system_roots = true,
                Meaning::Nothing => {}
                Meaning::Refused(help) => {
                    let reason = format!("the option {name} is not supported");
                    return Err(UrlError::new(reason).with_help(help));
                }
                Meaning::Unknown(help) => {
                    return Err(UrlError::new(format!("there is no option {name}")).with_help(help));
                }
            }
        }
        if !options.is_empty() {
            connection_string.push_str(&format!("options={}", quoted(&options.join(" "))));
        }
        parsed.config = Config::from_str(&connection_string).map_err(|_| {
            UrlError::new("its options can't be used together").with_help(SUPPORTED_OPTIONS)
        })?;
        parsed.mode = mode_with_roots(parsed.mode, parsed.roots.is_some(), system_roots)?;
        Ok(parsed)
    }
}

/// Returns the encryption after the certificates are taken into account, as libpq does.
fn mode_with_roots(
    mode: Option<String>,
    file: bool,
    system: bool,
) -> Result<Option<String>, UrlError> {
    match mode.as_deref() {
        None if system => Ok(Some("verify-full".to_owned())),
        Some(mode) if system && mode != "verify-full" => Err(UrlError::new(
            "`sslrootcert=system` requires `sslmode=verify-full`",
        )
        .with_help("write `sslmode=verify-full`, or leave `sslrootcert=system` out")),
        Some("require") if file => Ok(Some("verify-ca".to_owned())),
        _ => Ok(mode),
    }
}

/// Returns a value in quotes, for a connection string.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Parses `key=value key='a value'`.
pub(super) fn words(text: &str) -> Result<Vec<UrlOption>, UrlError> {
    let unclear = || {
        UrlError::new(
            "it is not a list of `key=value`, with quotes around a value that contains a space",
        )
        .with_help("write `host=HOST user=USER dbname=DATABASE`, or a URL: `postgres://USER@HOST/DATABASE`")
    };
    let mut options: Vec<UrlOption> = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        if characters.peek().is_none() {
            return Ok(options);
        }
        let mut key = String::new();
        while let Some(c) = characters.next_if(|c| *c != '=' && !c.is_whitespace()) {
            key.push(c);
        }
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        characters.next_if_eq(&'=').ok_or_else(unclear)?;
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        let is_quoted = characters.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match characters.next() {
                Some('\\') => value.push(characters.next().ok_or_else(unclear)?),
                Some('\'') if is_quoted => break,
                Some(c) if !is_quoted && c.is_whitespace() => break,
                Some(c) => value.push(c),
                None if is_quoted => return Err(unclear()),
                None => break,
            }
        }
        let after_secret = options
            .last()
            .is_some_and(|before| crate::backend::url::is_secret(&before.key));
        options.push(UrlOption::new(key, value, after_secret));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url_option(key: &str, value: &str) -> [UrlOption; 1] {
        [UrlOption::new(key.to_owned(), value.to_owned(), false)]
    }

    #[test]
    fn options_of_other_libraries_are_accepted_where_they_change_nothing() {
        for (key, value) in [
            ("statement-cache-capacity", "100"),
            ("application_name", "it's mine"),
            ("connect_timeout", "5"),
            ("keepalives_count", "3"),
            ("client_encoding", "UTF8"),
            ("gssencmode", "disable"),
            ("target_session_attrs", "read-write"),
            ("channel_binding", "require"),
            ("sslmode", "prefer"),
            ("ssl-root-cert", "/a.pem"),
        ] {
            let read = Options::new(&url_option(key, value));
            assert!(read.is_ok(), "{key}: {:?}", read.err());
        }
        let read = Options::new(&[
            url_option("options", "-c a=1")[0].clone(),
            url_option("options[search_path]", "app, public")[0].clone(),
        ])
        .unwrap();
        assert_eq!(
            read.config.get_options(),
            Some("-c a=1 -c search_path=app,\\ public")
        );
    }

    #[test]
    fn an_unusable_option_is_reported_with_an_alternative() {
        for (key, value, reason, help) in [
            (
                "schema",
                "app",
                "no option `schema`",
                "options=-csearch_path%3D",
            ),
            ("nonsense", "1", "no option `nonsense`", "libpq"),
            ("sslcert", "/a", "`sslcert`", "connect_over_tls_with"),
            (
                "require_auth",
                "scram-sha-256",
                "`require_auth`",
                "is not available",
            ),
            (
                "connect_timeout",
                "soon",
                "`connect_timeout` has an invalid value",
                "",
            ),
            ("pass word", "x", "an option after a password", "libpq"),
        ] {
            let flaw = Options::new(&url_option(key, value)).err().unwrap();
            let printed = format!("{} / {}", flaw.reason, flaw.help.unwrap_or_default());
            assert!(
                printed.contains(reason) && printed.contains(help),
                "{key}: {printed}"
            );
        }
    }

    #[test]
    fn connection_strings_are_parsed() {
        let read = words(r"host = localhost password='a \' b\\' dbname=x\ y").unwrap();
        let values: Vec<&str> = read.iter().map(|option| option.value.as_str()).collect();
        assert_eq!(values, ["localhost", r"a ' b\", "x y"]);
        assert!(words("host='a").is_err());
        assert!(words("host localhost").is_err());
        assert!(!words("password=a b=c").unwrap()[1].can_be_shown);
    }
}
