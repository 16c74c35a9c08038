//! The proxy through which other clients join a session.

use std::sync::Arc;

use migrate_proxy::{Proxy, ProxyError, Tls as ProxyTls};

use super::tls::Tls;
use crate::error::{DatabaseError, DatabaseErrorKind};

/// The other clients of a session. They leave it when this value is dropped.
pub(super) struct Guests {
    proxy: Arc<Proxy>,
    /// Whether the URL was given out since the last clients left.
    may_be_there: bool,
}

impl Guests {
    pub(super) fn new(proxy: Arc<Proxy>) -> Guests {
        Guests {
            proxy,
            may_be_there: false,
        }
    }

    /// Returns the URL of the session.
    pub(super) fn url(&mut self) -> Result<String, ProxyError> {
        self.may_be_there = true;
        self.proxy.guest_url()
    }

    /// Closes the connections of the other clients.
    pub(super) fn close(&mut self) -> Result<(), ProxyError> {
        match std::mem::take(&mut self.may_be_there) {
            true => self.proxy.close_guests(),
            false => Ok(()),
        }
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        // The next statement of the run reports a lost connection.
        let _ = self.close();
    }
}

/// Returns the TLS settings of the proxy's connection to the server.
#[cfg(feature = "tls")]
pub(super) fn encryption(
    tls: Option<&Tls>,
    server_name: &str,
) -> Result<Option<ProxyTls>, DatabaseError> {
    let settings = |tls| {
        Ok(ProxyTls {
            config: Arc::new(super::rustls::config(tls)?),
            server_name: server_name.to_owned(),
            required: true,
        })
    };
    tls.map(settings).transpose()
}

/// Fails if TLS is needed, because this build has none. A TLS library of the application can't be used here.
#[cfg(not(feature = "tls"))]
pub(super) fn encryption(tls: Option<&Tls>, _: &str) -> Result<Option<ProxyTls>, DatabaseError> {
    match tls {
        None => Ok(None),
        Some(_) => Err(DatabaseError::new(
            DatabaseErrorKind::CannotOpen,
            "a shared session over TLS needs the feature `tls` of `migrate-runtime`",
        )),
    }
}

/// Converts an error of the proxy.
pub(super) fn error(error: ProxyError) -> DatabaseError {
    let kind = match error {
        ProxyError::Connect { .. } | ProxyError::NoTls { .. } | ProxyError::Start(_) => {
            DatabaseErrorKind::CannotOpen
        }
        ProxyError::Ended(_) => DatabaseErrorKind::Io,
        _ => DatabaseErrorKind::Other,
    };
    DatabaseError::new(kind, error.to_string())
}
