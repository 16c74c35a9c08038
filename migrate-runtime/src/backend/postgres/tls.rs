//! Whether a connection is encrypted.
//!
//! This crate links no TLS library: which one, with which roots and which C or assembly code, is the application's choice.
//! A runner that needs TLS says how to connect in its `main`. What a URL asks for and can't be done is refused; nothing
//! goes to another machine in the clear unless the URL says so.

use std::sync::OnceLock;

use postgres::config::SslMode;
use postgres::{Client, Config, Error, NoTls};

/// Connects over TLS, as the word after `sslmode=` says: `require`, `verify-ca` or `verify-full`.
pub type TlsConnector = fn(&Config, &str) -> Result<Client, Error>;

static CONNECTOR: OnceLock<TlsConnector> = OnceLock::new();

/// Sets how to connect over TLS, for the whole program; the first call counts.
pub(super) fn connect_with(connector: TlsConnector) {
    let _ = CONNECTOR.set(connector);
}

pub(super) const HELP: &str = "say `sslmode=disable` if the network is trusted; for TLS say in the runner's `main` how to \
                               connect: `PostgresClient::connect_over_tls_with(…)`";

/// How a server is spoken to.
#[derive(Clone)]
pub(super) enum Channel {
    /// In the clear: said so, or the server is on this machine.
    Plain,
    /// Over TLS, as this word says.
    Tls(String),
}

impl Channel {
    /// Reads `sslmode`, or returns why the connection can't be made as it says.
    pub(super) fn new(mode: Option<&str>, local: bool) -> Result<Channel, &'static str> {
        let can = CONNECTOR.get().is_some();
        match mode {
            Some("disable" | "allow" | "prefer") => Ok(Channel::Plain),
            None if local => Ok(Channel::Plain),
            None if can => Ok(Channel::Tls("verify-full".to_owned())),
            None => {
                Err("the server is on another machine, and the URL does not say whether to encrypt")
            }
            Some(mode @ ("require" | "verify-ca" | "verify-full")) if can => {
                Ok(Channel::Tls(mode.to_owned()))
            }
            Some("require" | "verify-ca" | "verify-full") => {
                Err("`sslmode` asks for TLS, and this program was built without it")
            }
            Some(_) => {
                Err("`sslmode` is none of disable, allow, prefer, require, verify-ca, verify-full")
            }
        }
    }

    /// Connects, over TLS or not at all where that was asked for.
    pub(super) fn connect(&self, config: &Config) -> Result<Client, Error> {
        let mut config = config.clone();
        match (self, CONNECTOR.get()) {
            (Channel::Tls(mode), Some(connector)) => {
                connector(config.ssl_mode(SslMode::Require), mode)
            }
            // Without a connector this fails, because the driver has no TLS of its own.
            (Channel::Tls(_), None) => config.ssl_mode(SslMode::Require).connect(NoTls),
            (Channel::Plain, _) => config.ssl_mode(SslMode::Disable).connect(NoTls),
        }
    }
}
