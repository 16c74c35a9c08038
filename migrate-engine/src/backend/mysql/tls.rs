//! Connects to MariaDB and MySQL, with TLS or without.

use std::sync::OnceLock;

use mysql::{Conn, Error, OptsBuilder};

use super::error::unreached;
use crate::backend::tls::{Security, Tls, TlsOptionNames, TlsSupport};
use crate::error::DatabaseError;

/// A function that connects over TLS. It receives `require`, `verify-ca` or `verify-full`.
pub type MysqlTlsConnector = fn(OptsBuilder, &str) -> Result<Conn, Error>;

static CONNECTOR: OnceLock<MysqlTlsConnector> = OnceLock::new();

/// Sets the TLS connector of the process. Only the first call has an effect.
pub(super) fn connect_with(connector: MysqlTlsConnector) {
    let _ = CONNECTOR.set(connector);
}

pub(super) const OPTION_NAMES: TlsOptionNames = TlsOptionNames {
    option: "ssl-mode",
    values: "DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY",
};

pub(super) const HELP: &str = "for TLS, enable the feature `tls` of `migrate-runtime`, or call \
                               `MysqlClient::connect_over_tls_with(…)` in the runner's `main`; if the network is \
                               trusted, write `ssl-mode=DISABLED`";

/// Returns whether this build supports TLS to MariaDB and MySQL.
pub(super) fn support() -> TlsSupport {
    TlsSupport::of(CONNECTOR.get())
}

/// Connects with TLS or without, as `channel` requires.
pub(super) fn connect(options: OptsBuilder, channel: &Security) -> Result<Conn, DatabaseError> {
    choose(channel, |tls| match tls {
        None => Ok(Conn::new(options.clone())?),
        Some(tls) => Ok(over_tls(options.clone(), tls)??),
    })
}

/// A failed attempt to connect.
pub(super) struct Refusal {
    error: DatabaseError,
    source: RefusalSource,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RefusalSource {
    /// The server, which may accept the same connection with TLS.
    ServerPerhapsForTls,
    /// The server; whether the connection is encrypted does not matter.
    Server,
    /// The network, TLS or the driver.
    Connection,
    /// This program, before it connected.
    Settings,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        let source = match &error {
            Error::MySqlError(error) if wants_tls(error) => RefusalSource::ServerPerhapsForTls,
            Error::MySqlError(_) => RefusalSource::Server,
            _ => RefusalSource::Connection,
        };
        Refusal {
            error: unreached(&error),
            source,
        }
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Refusal {
        Refusal {
            error,
            source: RefusalSource::Settings,
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
        Security::TlsFirst(tls) => match dial(Some(tls)) {
            // Without TLS the server would return the same error.
            Err(refusal) if refusal.source == RefusalSource::Connection => dial(None),
            connected => connected,
        },
        Security::ClearFirst(tls) => match dial(None) {
            Err(refusal) if refusal.source == RefusalSource::ServerPerhapsForTls => {
                dial(Some(tls)).map_err(|_| refusal)
            }
            connected => connected,
        },
    };
    connected.map_err(|refusal| refusal.error)
}

/// Returns whether a server may have rejected a connection because it was not encrypted. For a user who must encrypt,
/// the server returns the same error as for a wrong password.
fn wants_tls(error: &mysql::MySqlError) -> bool {
    error.code == 1045 || error.message.contains("insecure transport")
}

fn over_tls(options: OptsBuilder, tls: &Tls) -> Result<Result<Conn, Error>, DatabaseError> {
    Ok(match CONNECTOR.get() {
        Some(connector) => connector(options, tls.check.ssl_mode()),
        None => Conn::new(secured(options, tls)?),
    })
}

/// Adds the TLS options. The driver trusts the well-known authorities in addition to those of a file.
#[cfg(feature = "tls")]
fn secured(options: OptsBuilder, tls: &Tls) -> Result<OptsBuilder, DatabaseError> {
    use crate::backend::tls::{CertificateCheck, choose_provider, roots};

    choose_provider();
    if let Some(file) = &tls.roots {
        // The driver's error for a missing file does not name it, and the driver accepts a file without certificates.
        roots(file)?;
    }
    let ssl = mysql::SslOpts::default()
        .with_root_cert_path(tls.roots.clone().map(std::borrow::Cow::Owned))
        .with_danger_accept_invalid_certs(tls.check == CertificateCheck::None)
        .with_danger_skip_domain_validation(tls.check == CertificateCheck::Authority);
    Ok(options.ssl_opts(ssl))
}

#[cfg(not(feature = "tls"))]
fn secured(_: OptsBuilder, _: &Tls) -> Result<OptsBuilder, DatabaseError> {
    Err(unreached(&mysql::DriverError::TlsNotSupported.into()))
}
