//! Connects to PostgreSQL, with TLS or without.

use std::sync::OnceLock;

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, Error, NoTls};

use super::error::{from_driver, is};
use crate::backend::tls::{Security, Tls, TlsOptionNames, TlsSupport};
use crate::error::DatabaseError;

/// A function that connects over TLS. It receives the value of `sslmode`: `require`, `verify-ca` or `verify-full`.
pub type TlsConnector = fn(&Config, &str) -> Result<Client, Error>;

static CONNECTOR: OnceLock<TlsConnector> = OnceLock::new();

/// Sets the TLS connector of the process. Only the first call has an effect.
pub(super) fn connect_with(connector: TlsConnector) {
    let _ = CONNECTOR.set(connector);
}

pub(super) const WORDS: TlsOptionNames = TlsOptionNames {
    option: "sslmode",
    values: "disable, allow, prefer, require, verify-ca, verify-full",
};

pub(super) const HELP: &str = "for TLS, enable the feature `tls` of `migrate-runtime`, or call \
                               `PostgresClient::connect_over_tls_with(…)` in the runner's `main`; if the network is \
                               trusted, write `sslmode=disable`";

/// Returns whether this build supports TLS to PostgreSQL.
pub(super) fn support() -> TlsSupport {
    TlsSupport::of(CONNECTOR.get())
}

/// Connects with TLS or without, as `channel` requires.
pub(super) fn connect(config: &Config, channel: &Security) -> Result<Client, DatabaseError> {
    choose(channel, |tls| match tls {
        None => Ok(clear(config)?),
        Some(tls) => Ok(over_tls(config, tls)?),
    })
}

/// A failed attempt to connect.
pub(super) struct Refusal {
    error: DatabaseError,
    /// Whether no entry of pg_hba.conf allows the connection. Then the server has not asked for the password.
    is_unlisted: bool,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal {
            is_unlisted: is(&error, &SqlState::INVALID_AUTHORIZATION_SPECIFICATION),
            error: from_driver(&error),
        }
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Refusal {
        Refusal {
            error,
            is_unlisted: false,
        }
    }
}

/// Connects with `dial`, with TLS or without, as `channel` requires.
pub(super) fn choose<C>(
    channel: &Security,
    dial: impl Fn(Option<&Tls>) -> Result<C, Refusal>,
) -> Result<C, DatabaseError> {
    let connected = match channel {
        Security::Plain => dial(None),
        Security::Tls(tls) => dial(Some(tls)),
        // On a failure, the server does not support TLS, or accepts this role only without TLS.
        Security::TlsFirst(tls) => dial(Some(tls)).or_else(|_| dial(None)),
        Security::ClearFirst(tls) => match dial(None) {
            Err(refusal) if refusal.is_unlisted => dial(Some(tls)).map_err(|_| refusal),
            connected => connected,
        },
    };
    connected.map_err(|refusal| refusal.error)
}

fn clear(config: &Config) -> Result<Client, Error> {
    config.clone().ssl_mode(SslMode::Disable).connect(NoTls)
}

fn over_tls(config: &Config, tls: &Tls) -> Result<Client, DatabaseError> {
    let mut config = config.clone();
    let config = config.ssl_mode(SslMode::Require);
    match CONNECTOR.get() {
        Some(connector) => {
            connector(config, tls.check.ssl_mode()).map_err(|error| from_driver(&error))
        }
        None => built_in(config, tls),
    }
}

#[cfg(feature = "tls")]
fn built_in(config: &Config, tls: &Tls) -> Result<Client, DatabaseError> {
    let tls_config = crate::backend::rustls::config(tls)?;
    let connector = tokio_postgres_rustls::MakeRustlsConnect::new(tls_config);
    config.connect(connector).map_err(|error| {
        let error = from_driver(&error);
        if error.message.contains("certificate") {
            return error.with_help(
                "name a file with the trusted certificates: `sslrootcert=FILE` in the URL; `sslmode=require` encrypts \
                 without verification",
            );
        }
        error
    })
}

/// Fails, because the driver itself has no TLS.
#[cfg(not(feature = "tls"))]
fn built_in(config: &Config, _: &Tls) -> Result<Client, DatabaseError> {
    config.connect(NoTls).map_err(|error| from_driver(&error))
}
