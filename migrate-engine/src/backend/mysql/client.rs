//! Connections to a database. A connection is reopened after it was lost.

use std::ffi::OsStr;
#[cfg(feature = "shared-session")]
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "shared-session")]
use migrate_proxy::Proxy;
use mysql::prelude::Queryable as _;
use mysql::{Conn, Error as Fault};

use crate::backend::Sharing;
#[cfg(feature = "shared-session")]
use crate::backend::proxy::Guests;
use crate::error::{DatabaseError, Error};

use super::error::{from_driver, is_lost, lost};
use super::scratch::Scratch;
use super::server::Server;
use super::tls::{self, MysqlTlsConnector};
use super::url::{self, Origin};
use super::{identifier, restore_marker};

/// A MariaDB or MySQL database that revisions run on.
///
/// [`connect`](MysqlClient::connect) remembers the URL, so a run can reconnect and check the database after a
/// connection was lost. To use a connection that your application opened itself, call `MysqlClient::from(conn)`.
///
/// ```no_run
/// use migrate_runtime::v1::MysqlClient;
/// use mysql::prelude::Queryable;
///
/// let mut database = MysqlClient::connect("mysql://app@localhost/app")?;
/// let one: Option<u8> = database.conn().query_first("SELECT 1")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MysqlClient {
    link: Link,
    origin: Option<Origin>,
    sharing: Sharing,
    server: Option<Server>,
    // Dropped after the connection.
    _scratch: Option<Scratch>,
}

impl MysqlClient {
    /// Connects to the database that `url` names: `mysql://USER@HOST:PORT/DATABASE` or `mariadb://…`.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Url`] if the URL is invalid or TLS is not available, and [`Error::Database`] if the
    /// connection fails.
    pub fn connect(url: &str) -> Result<MysqlClient, Error> {
        Self::open(OsStr::new(url), Duration::from_secs(30), Sharing::Exclusive)
    }

    /// Connects as [`connect`](MysqlClient::connect) does, for the backend `Mysql<Shared>`: other clients of this program
    /// can join its session.
    ///
    /// # Errors
    ///
    /// As [`connect`](MysqlClient::connect).
    #[cfg(feature = "shared-session")]
    pub fn connect_shared(url: &str) -> Result<MysqlClient, Error> {
        Self::open(OsStr::new(url), Duration::from_secs(30), Sharing::Shared)
    }

    /// Sets how this application connects over TLS: with the driver's TLS feature that your application enables, and
    /// the root certificates that it trusts. Call it once, before the first connection.
    ///
    /// The function receives the parameters of the URL, and `require`, `verify-ca` or `verify-full`. Without
    /// `ssl-mode` in the URL, it is `verify-full` for a remote server.
    ///
    /// ```no_run
    /// # use migrate_runtime::v1::MysqlClient;
    /// // With `mysql = { version = "28", features = ["rustls-tls"] }` in the application's Cargo.toml.
    /// MysqlClient::connect_over_tls_with(|options, mode| {
    ///     let tls = mysql::SslOpts::default().with_danger_accept_invalid_certs(mode == "require");
    ///     mysql::Conn::new(options.ssl_opts(tls))
    /// });
    /// ```
    pub fn connect_over_tls_with(connector: MysqlTlsConnector) {
        tls::connect_with(connector);
    }

    /// Returns the driver's connection.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.link.conn
    }

    /// Converts it into the driver's connection.
    #[must_use]
    pub fn into_conn(self) -> Conn {
        self.link.conn
    }

    pub(super) fn open(
        url: &OsStr,
        wait: Duration,
        sharing: Sharing,
    ) -> Result<MysqlClient, Error> {
        Self::at(url::origin(url, wait)?, None, sharing)
    }

    /// Connects for a restore, also to a database with an unfinished restore.
    pub(super) fn open_anyway(origin: Origin) -> Result<MysqlClient, Error> {
        let mut client = MysqlClient {
            link: Link::open(&origin, Sharing::Exclusive)?,
            origin: Some(origin),
            sharing: Sharing::Exclusive,
            server: None,
            _scratch: None,
        };
        client.query_server()?;
        Ok(client)
    }

    pub(super) fn at(
        origin: Origin,
        scratch: Option<Scratch>,
        sharing: Sharing,
    ) -> Result<MysqlClient, Error> {
        let mut client = MysqlClient {
            link: Link::open(&origin, sharing)?,
            origin: Some(origin),
            sharing,
            server: None,
            _scratch: scratch,
        };
        client.server()?;
        Ok(client)
    }

    /// Creates a scratch database on the server that the environment names, or else on the server of `scratch_server`.
    /// It is dropped with the returned client.
    pub(super) fn scratch(
        scratch_server: Option<&OsStr>,
        sharing: Sharing,
    ) -> Result<MysqlClient, Error> {
        let url = super::scratch::url(scratch_server)?;
        let wait = Duration::from_secs(30);
        // The server for scratch databases may differ from the application's server.
        let beside =
            scratch_server.and_then(|scratch_server| url::origin(scratch_server, wait).ok());
        let admin = url::origin(&url, wait)?;
        let scratch = Scratch::create(admin.clone(), beside.as_ref().or(Some(&admin)))?;
        Self::at(scratch.origin(), Some(scratch), sharing)
    }

    /// Returns the other clients of the session, if they can join it.
    #[cfg(feature = "shared-session")]
    pub(super) fn guests(&self) -> Option<Guests> {
        self.link.proxy.clone().map(Guests::new)
    }

    /// Returns the parameters of the connection, if they are known.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Returns the server's product and version. It queries them once.
    pub(super) fn server(&mut self) -> Result<Server, Error> {
        if let Some(server) = self.server {
            return Ok(server);
        }
        let server = self.query_server()?;
        let shown = self
            .origin
            .as_ref()
            .map_or("the database", |origin| &origin.shown);
        if let Err(error) = restore_marker::reject_unfinished(&mut self.link.conn, shown) {
            self.server = None;
            return Err(error);
        }
        Ok(server)
    }

    /// Queries the server's product and version, without reading the database.
    fn query_server(&mut self) -> Result<Server, Error> {
        let failed = |error: Fault| Error::database("can't query the server", from_driver(&error));
        let server = Server::ask(&mut self.link.conn).map_err(failed)?;
        if !server.is_known() {
            let old = DatabaseError::new(
                crate::error::DatabaseErrorKind::Other,
                format!("{} is older than the supported versions", server.title()),
            )
            .with_help("use at least MariaDB 10.2 or MySQL 5.7");
            return Err(Error::database("can't use the server", old));
        }
        self.server = Some(server);
        Ok(server)
    }

    /// Returns the name of the current database.
    pub(super) fn database(&mut self) -> Result<String, Error> {
        let failed = |error: Fault| Error::database("can't query the server", from_driver(&error));
        let name: Option<Option<String>> = self
            .conn()
            .query_first("SELECT DATABASE()")
            .map_err(failed)?;
        name.flatten().ok_or_else(|| {
            let none = DatabaseError::new(
                crate::error::DatabaseErrorKind::Other,
                "the connection has no current database",
            )
            .with_help("name a database in the URL, or call `select_db`");
            Error::database("can't use the connection", none)
        })
    }

    /// Reconnects if the connection was lost and the URL is known.
    pub(super) fn ensure_connected(&mut self) -> Result<(), Error> {
        match self.conn().ping() {
            Err(error) if is_lost(&error) => self.reconnect(),
            _ => Ok(()),
        }
    }

    /// Replaces a lost connection by a new one.
    pub(super) fn reconnect(&mut self) -> Result<(), Error> {
        let origin = self
            .origin
            .as_ref()
            .ok_or_else(|| Error::database("can't continue", lost()))?;
        self.link = Link::open(origin, self.sharing)?;
        Ok(())
    }
}

impl From<Conn> for MysqlClient {
    fn from(conn: Conn) -> MysqlClient {
        MysqlClient {
            link: Link::from(conn),
            origin: None,
            sharing: Sharing::Exclusive,
            server: None,
            _scratch: None,
        }
    }
}

/// A connection, with the proxy that it passes through if its session is shared.
pub(super) struct Link {
    pub(super) conn: Conn,
    // Dropped after the connection.
    #[cfg(feature = "shared-session")]
    pub(super) proxy: Option<Arc<Proxy>>,
}

impl Link {
    fn open(origin: &Origin, sharing: Sharing) -> Result<Link, Error> {
        let opened = match sharing {
            Sharing::Exclusive => {
                tls::connect(origin.options.clone(), &origin.channel).map(Link::from)
            }
            #[cfg(feature = "shared-session")]
            Sharing::Shared => super::shared::connect(origin),
        };
        opened
            .map_err(|error| Error::database(format!("can't connect to `{}`", origin.shown), error))
    }
}

impl From<Conn> for Link {
    fn from(conn: Conn) -> Link {
        Link {
            conn,
            #[cfg(feature = "shared-session")]
            proxy: None,
        }
    }
}

/// Runs one statement over a separate connection without a current database.
pub(super) fn run_beside(origin: &Origin, sql: &str) -> Result<(), DatabaseError> {
    with_separate_connection(origin, |conn| conn.query_drop(sql))
}

/// Opens a separate connection without a current database, and runs `work` with it.
pub(super) fn with_separate_connection<R>(
    origin: &Origin,
    work: impl FnOnce(&mut Conn) -> Result<R, Fault>,
) -> Result<R, DatabaseError> {
    let options = origin.options.clone().db_name(None::<String>);
    let mut conn = tls::connect(options, &origin.channel)?;
    work(&mut conn).map_err(|error| from_driver(&error))
}

/// Returns the statement that drops a database.
pub(super) fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {}", identifier(name))
}
