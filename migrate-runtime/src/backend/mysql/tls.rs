//! Whether a connection is encrypted.
//!
//! This crate turns on no TLS library of the driver's: which one, with which roots and which C or assembly code, is the
//! application's choice. A runner that needs TLS says how to connect in its `main`. What a URL asks for and can't be done
//! is refused; nothing goes to another machine in the clear unless the URL says so.

use std::sync::OnceLock;

use mysql::{Conn, Error, OptsBuilder};

/// Connects over TLS, as the word says: `require`, `verify-ca` or `verify-full`.
pub type MysqlTlsConnector = fn(OptsBuilder, &str) -> Result<Conn, Error>;

static CONNECTOR: OnceLock<MysqlTlsConnector> = OnceLock::new();

/// Sets how to connect over TLS, for the whole program; the first call counts.
pub(super) fn connect_with(connector: MysqlTlsConnector) {
    let _ = CONNECTOR.set(connector);
}

pub(super) const HELP: &str = "say `ssl-mode=DISABLED` if the network is trusted; for TLS say in the runner's `main` how to \
                               connect: `MysqlClient::connect_over_tls_with(…)`";

/// How a server is spoken to.
#[derive(Clone)]
pub(super) enum Channel {
    /// In the clear: said so, or the server is on this machine.
    Plain,
    /// Over TLS, as this word says.
    Tls(&'static str),
}

impl Channel {
    /// Reads `ssl-mode`, in MySQL's words or PostgreSQL's, or returns why the connection can't be made as it says.
    pub(super) fn new(mode: Option<&str>, local: bool) -> Result<Channel, &'static str> {
        let can = CONNECTOR.get().is_some();
        let mode = mode.map(|mode| mode.to_ascii_lowercase().replace('_', "-"));
        let word = match mode.as_deref() {
            Some("disable" | "disabled" | "allow" | "prefer" | "preferred") => {
                return Ok(Channel::Plain);
            }
            None if local => return Ok(Channel::Plain),
            None if !can => {
                return Err(
                    "the server is on another machine, and the URL does not say whether to encrypt",
                );
            }
            None | Some("verify-full" | "verify-identity") => "verify-full",
            Some("require" | "required") => "require",
            Some("verify-ca") => "verify-ca",
            Some(_) => {
                return Err(
                    "`ssl-mode` is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY",
                );
            }
        };
        match can {
            true => Ok(Channel::Tls(word)),
            false => Err("`ssl-mode` asks for TLS, and this program was built without it"),
        }
    }

    /// Connects, over TLS or not at all where that was asked for.
    pub(super) fn connect(&self, options: OptsBuilder) -> Result<Conn, Error> {
        match (self, CONNECTOR.get()) {
            (Channel::Tls(mode), Some(connector)) => connector(options, mode),
            (Channel::Tls(_), None) => Err(mysql::DriverError::TlsNotSupported.into()),
            (Channel::Plain, _) => Conn::new(options),
        }
    }
}
