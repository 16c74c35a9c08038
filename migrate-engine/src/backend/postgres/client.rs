//! Connections to a database: the working connection, which can reconnect, and additional ones.

use std::ffi::{OsStr, OsString};
#[cfg(feature = "shared-session")]
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "shared-session")]
use migrate_proxy::Proxy;
use postgres::Client;

use crate::backend::Sharing;
#[cfg(feature = "shared-session")]
use crate::backend::proxy::Guests;
use crate::database_url;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

use super::async_thread::{self, OwnedClient};
use super::scratch::Scratch;
use super::tls::{self, TlsConnector};
use super::url::{self, Origin};

/// A PostgreSQL database that revisions run on.
///
/// [`connect`](PostgresClient::connect) remembers the URL. So a run can take its lock on a separate connection, and
/// can check over a new one whether an interrupted COMMIT succeeded. To use a client that your application connected
/// itself, call `PostgresClient::from(client)`; then a run uses only that connection.
///
/// ```no_run
/// use migrate_runtime::v1::PostgresClient;
///
/// let mut database = PostgresClient::connect("postgres://app@localhost/app")?;
/// let rows = database.client().query("SELECT 1", &[])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PostgresClient {
    client: OwnedClient,
    origin: Option<Origin>,
    sharing: Sharing,
}

impl PostgresClient {
    /// Connects to the database that `url` names: `postgres://USER@HOST:PORT/DATABASE`, or `host=… dbname=…`.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Url`] if the URL is invalid or TLS is not available, and [`Error::Database`] if the
    /// connection fails. On a thread that runs async tasks it returns [`Error::AsyncThread`], and so does every call
    /// that takes this client: use [`Migrations::run`](crate::Migrations::run) there, or `spawn_blocking`. The client can be
    /// dropped on every thread.
    pub fn connect(url: &str) -> Result<PostgresClient, Error> {
        Self::open(OsStr::new(url), Duration::from_secs(30), Sharing::Exclusive)
    }

    /// Connects as [`connect`](PostgresClient::connect) does, for the backend `Postgres<Shared>`: other clients of this
    /// program can join its session.
    ///
    /// # Errors
    ///
    /// As [`connect`](PostgresClient::connect).
    #[cfg(feature = "shared-session")]
    pub fn connect_shared(url: &str) -> Result<PostgresClient, Error> {
        Self::open(OsStr::new(url), Duration::from_secs(30), Sharing::Shared)
    }

    /// Sets how this application connects over TLS: which library it uses, and which root certificates it trusts.
    /// Call it once, before the first connection.
    ///
    /// The function receives the parameters of the URL and the value of `sslmode`. Without that option, the value is
    /// `verify-full` for a remote server.
    ///
    /// ```no_run
    /// # use migrate_runtime::v1::PostgresClient;
    /// # mod my { pub fn connector(_: &str) -> postgres::NoTls { postgres::NoTls } }
    /// // With the connector of postgres-native-tls, of tokio-postgres-rustls, or another.
    /// PostgresClient::connect_over_tls_with(|config, mode| config.connect(my::connector(mode)));
    /// ```
    pub fn connect_over_tls_with(connector: TlsConnector) {
        tls::connect_with(connector);
    }

    /// Returns the driver's client, whose methods panic on a thread that runs async tasks.
    pub fn client(&mut self) -> &mut Client {
        self.client.get_mut()
    }

    /// Converts it into the driver's client.
    #[must_use]
    pub fn into_client(self) -> Client {
        self.client.into_client()
    }

    pub(super) fn open(
        url: &OsStr,
        wait: Duration,
        sharing: Sharing,
    ) -> Result<PostgresClient, Error> {
        Self::at(url::origin(url, wait)?, None, sharing)
    }

    pub(super) fn at(
        origin: Origin,
        scratch: Option<Scratch>,
        sharing: Sharing,
    ) -> Result<PostgresClient, Error> {
        async_thread::refuse()?;
        Ok(PostgresClient {
            client: OwnedClient::new(Link::open(&origin, sharing)?, scratch),
            origin: Some(origin),
            sharing,
        })
    }

    /// Creates a scratch database on the server that the environment or `scratch_server` names. It is dropped with the
    /// returned client.
    pub(super) fn scratch(
        scratch_server: Option<&OsStr>,
        sharing: Sharing,
    ) -> Result<PostgresClient, Error> {
        let (_, scratch) = Self::scratch_database(scratch_server, Scratch::create)?;
        Self::at(scratch.origin(), Some(scratch), sharing)
    }

    /// Creates a scratch database with `create` on the server that the environment or `scratch_server` names. Returns the
    /// URL of that server, too.
    pub(super) fn scratch_database(
        scratch_server: Option<&OsStr>,
        create: impl FnOnce(Origin) -> Result<Scratch, Error>,
    ) -> Result<(OsString, Scratch), Error> {
        async_thread::refuse()?;
        let ours = |url: &OsString| url::names_postgres(url);
        // All backends share these variables, so the URL may be for another backend.
        let setting = |name| database_url::value(name).map(|url| url.filter(ours));
        let url = match (setting("MIGRATE_SCRATCH_URL")?, scratch_server) {
            (Some(url), _) => Some(url),
            (None, Some(scratch_server)) => Some(scratch_server.to_owned()),
            (None, None) => setting("DATABASE_URL")?,
        };
        let url = url.ok_or(Error::ScratchUnavailable {
            reason: "neither MIGRATE_SCRATCH_URL nor DATABASE_URL names a PostgreSQL server, in the environment or in `.env`",
            help: "set MIGRATE_SCRATCH_URL to any database of a server where the role may create databases",
        })?;
        let admin = url::origin(&url, Duration::from_secs(30))?;
        let mut scratch = create(admin)?;
        // On another server, names still belong to the schemas of the database under test.
        let about = match scratch_server {
            Some(scratch_server) => Some(scratch_server.to_owned()),
            None => setting("DATABASE_URL")?,
        };
        if let Some(about) = about.filter(|about| *about != url)
            && let Ok(about) = url::origin(&about, Duration::from_secs(5))
        {
            scratch = scratch.with_path_of(&about);
        }
        Ok((url, scratch))
    }

    /// Returns whether this is a scratch database.
    pub(super) fn is_scratch(&self) -> bool {
        self.client.is_scratch()
    }

    /// Returns the parameters of the connection, if they are known.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Opens another connection to the same database. Returns `None` if the URL is not known.
    pub(super) fn another(&self) -> Option<Result<Client, Error>> {
        self.origin.as_ref().map(connect)
    }

    /// Returns the other clients of the session, if they can join it.
    #[cfg(feature = "shared-session")]
    pub(super) fn guests(&self) -> Option<Guests> {
        self.client.link().proxy.clone().map(Guests::new)
    }

    /// Reconnects if the connection was lost and the URL is known. Every use of the client begins here.
    pub(super) fn ensure_connected(&mut self) -> Result<(), Error> {
        async_thread::refuse()?;
        if self.client.get().is_closed() && self.origin.is_some() {
            return self.reconnect();
        }
        Ok(())
    }

    /// Replaces a lost connection by a new one.
    pub(super) fn reconnect(&mut self) -> Result<(), Error> {
        let origin = self.origin.as_ref().ok_or_else(|| {
            let lost = DatabaseError::new(
                DatabaseErrorKind::Io,
                "the connection to the server was lost",
            );
            Error::database("can't continue", lost)
        })?;
        *self.client.link_mut() = Link::open(origin, self.sharing)?;
        Ok(())
    }
}

impl From<Client> for PostgresClient {
    fn from(client: Client) -> PostgresClient {
        PostgresClient {
            client: OwnedClient::new(client.into(), None),
            origin: None,
            sharing: Sharing::Exclusive,
        }
    }
}

fn connect(origin: &Origin) -> Result<Client, Error> {
    tls::connect(&origin.config, &origin.channel).map_err(|error| cannot_connect(origin, error))
}

fn cannot_connect(origin: &Origin, error: DatabaseError) -> Error {
    Error::database(format!("can't connect to `{}`", origin.shown), error)
}

/// A connection, with the proxy that it passes through if its session is shared.
pub(super) struct Link {
    pub(super) client: Client,
    // Dropped after the connection.
    #[cfg(feature = "shared-session")]
    pub(super) proxy: Option<Arc<Proxy>>,
}

impl Link {
    fn open(origin: &Origin, sharing: Sharing) -> Result<Link, Error> {
        match sharing {
            Sharing::Exclusive => connect(origin).map(Link::from),
            #[cfg(feature = "shared-session")]
            Sharing::Shared => {
                super::shared::connect(origin).map_err(|error| cannot_connect(origin, error))
            }
        }
    }
}

impl From<Client> for Link {
    fn from(client: Client) -> Link {
        Link {
            client,
            #[cfg(feature = "shared-session")]
            proxy: None,
        }
    }
}
