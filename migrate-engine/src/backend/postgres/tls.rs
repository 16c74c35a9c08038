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
    match channel {
        Security::Plain => clear(config).map_err(|error| from_driver(&error)),
        Security::Tls(tls) => over_tls(config, tls),
        Security::TlsFirst(tls) => match over_tls(config, tls) {
            // The server does not support TLS, or accepts this role only without TLS.
            Err(_) => clear(config).map_err(|error| from_driver(&error)),
            connected => connected,
        },
        Security::ClearFirst(tls) => match clear(config) {
            // No entry of pg_hba.conf allows an unencrypted connection, so the server has not asked for the password.
            Err(error) if is(&error, &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
                over_tls(config, tls).map_err(|_| from_driver(&error))
            }
            connected => connected.map_err(|error| from_driver(&error)),
        },
    }
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
    let tls_config = super::rustls::config(tls)?;
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
