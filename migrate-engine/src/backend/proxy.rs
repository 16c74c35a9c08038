//! The proxy through which other clients join a session.

use std::sync::Arc;
use std::time::Duration;

use migrate_proxy::{Proxy, ProxyError, Tls as ProxyTls};

use super::Backend;
use super::tls::Tls;
use crate::error::{DatabaseError, DatabaseErrorKind};
use crate::op::Op;
use crate::v1;

/// The time limit for a connection to the server, if the URL has none.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A backend whose sessions other clients of this program can join.
///
/// [`SharedPostgres`](crate::v1::SharedPostgres) and [`SharedMysql`](crate::v1::SharedMysql) are such backends.
pub trait SharedBackend: Backend {
    /// The name of the client's type.
    #[doc(hidden)]
    const CLIENT: &'static str;

    /// Returns the other clients of a session, if they can join it.
    #[doc(hidden)]
    fn guests<'s>(session: &'s mut Self::Session<'_>) -> &'s mut Option<Guests>;
}

impl<B: SharedBackend> Op<'_, B> {
    /// Returns a URL at which another client of this program, or a program that it starts, joins this session: its
    /// statements run on the revision's connection, and in its transaction if there is one.
    ///
    /// The URL works while the revision runs, on this machine only, and contains a password of its own. A transaction of
    /// such a client is a savepoint. Before the next operation, close it with
    /// [`close_session_clients`](Op::close_session_clients); at the end of the revision, all are closed. As with
    /// [`connection`](Op::connection), the handle does not see what the client does.
    ///
    /// # Errors
    ///
    /// An error if the application opened the connection itself, without `connect_shared`.
    #[track_caller]
    pub fn session_url(&mut self) -> v1::Result<String> {
        let _ = self.connection();
        match B::guests(&mut self.session) {
            Some(guests) => Ok(guests.url()?),
            None => Err(v1::Error::msg(format!(
                "no other client can join this session, because the application opened its connection itself: use \
                 `{}::connect_shared`, or `migrations().run(url)`",
                B::CLIENT
            ))),
        }
    }

    /// Closes the connections of the clients that joined this session. What they have not committed is rolled back.
    ///
    /// # Errors
    ///
    /// An error if a client does not finish its request within some seconds, or if the connection is lost.
    pub fn close_session_clients(&mut self) -> v1::Result<()> {
        match B::guests(&mut self.session) {
            Some(guests) => Ok(guests.close()?),
            None => Ok(()),
        }
    }
}

/// The other clients of a session. They leave it when this value is dropped.
pub struct Guests {
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
