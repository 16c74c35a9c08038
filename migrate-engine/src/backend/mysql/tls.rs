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
    match channel {
        Security::Plain => Conn::new(options).map_err(|error| unreached(&error)),
        Security::Tls(tls) => over_tls(options, tls)?.map_err(|error| unreached(&error)),
        Security::TlsFirst(tls) => match over_tls(options.clone(), tls)? {
            // Without TLS the server would return the same error.
            Err(error @ Error::MySqlError(_)) => Err(unreached(&error)),
            Err(_) => Conn::new(options).map_err(|error| unreached(&error)),
            Ok(conn) => Ok(conn),
        },
        Security::ClearFirst(tls) => match Conn::new(options.clone()) {
            Err(Error::MySqlError(error)) if wants_tls(&error) => match over_tls(options, tls)? {
                Err(_) => Err(unreached(&Error::MySqlError(error))),
                Ok(conn) => Ok(conn),
            },
            connected => connected.map_err(|error| unreached(&error)),
        },
    }
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
