//! Connections: one to work on, made again where it is lost, and further ones to the same database.

use std::ffi::OsStr;
use std::time::Duration;

use postgres::Client;

use crate::error::{DatabaseError, Error, Trouble};
use crate::named;

use super::scratch::Scratch;
use super::tls::{self, TlsConnector};
use super::url::{self, Origin};

/// A PostgreSQL database that revisions run on.
///
/// [`connect`](PostgresClient::connect) remembers the URL, so that a run takes its lock on a connection of its own and
/// looks again over a new one when a COMMIT was cut off. A client that the application connected by itself is lent as `PostgresClient::from(client)`; then all of it happens on that one connection.
///
/// ```no_run
/// use migrate_runtime::v1::PostgresClient;
///
/// let mut database = PostgresClient::connect("postgres://app@localhost/app")?;
/// let rows = database.client().query("SELECT 1", &[])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PostgresClient {
    client: Client,
    origin: Option<Origin>,
    // Dropped after the client: a database can't be dropped while it is in use.
    _scratch: Option<Scratch>,
}

impl PostgresClient {
    /// Connects to the database that `url` names: `postgres://USER@HOST:PORT/DATABASE`, or `host=… dbname=…`.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] if the URL can't be read or asks for TLS, [`Error::Database`] if there is no way in.
    pub fn connect(url: &str) -> Result<PostgresClient, Error> {
        Self::open(OsStr::new(url), Duration::from_secs(30))
    }

    /// Says how this program connects over TLS, once, before it connects: which library, and which roots it trusts. The
    /// function gets what the URL says, and the word after `sslmode=`; without one, a server on another machine is
    /// `verify-full`.
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

    /// Returns the driver's client.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Returns the driver's client for good.
    #[must_use]
    pub fn into_client(self) -> Client {
        self.client
    }

    pub(super) fn open(url: &OsStr, wait: Duration) -> Result<PostgresClient, Error> {
        Self::at(url::origin(url, wait)?, None)
    }

    pub(super) fn at(origin: Origin, scratch: Option<Scratch>) -> Result<PostgresClient, Error> {
        Ok(PostgresClient {
            client: connect(&origin)?,
            origin: Some(origin),
            _scratch: scratch,
        })
    }

    /// Makes an empty database on the server that the environment or `near` names, dropped again with the returned
    /// client.
    pub(super) fn scratch(near: Option<&OsStr>) -> Result<PostgresClient, Error> {
        let ours = |url: &std::ffi::OsString| url::names_postgres(url);
        // Another backend's URL may stand in the names that all share.
        let said = |name| named::value(name).map(|url| url.filter(ours));
        let url = match (said("MIGRATE_SCRATCH_URL")?, near) {
            (Some(url), _) => Some(url),
            (None, Some(near)) => Some(near.to_owned()),
            (None, None) => said("DATABASE_URL")?,
        };
        let url = url.ok_or(Error::NoScratch {
            reason: "neither MIGRATE_SCRATCH_URL nor DATABASE_URL names a PostgreSQL server, in the environment or in `.env`",
            help: "set MIGRATE_SCRATCH_URL to any database of a server where the role may create databases",
        })?;
        let admin = url::origin(&url, Duration::from_secs(30))?;
        let mut scratch = Scratch::create(admin)?;
        // On another server names belong to the schemas of the database that all is about, too.
        let about = match near {
            Some(near) => Some(near.to_owned()),
            None => said("DATABASE_URL")?,
        };
        if let Some(about) = about.filter(|about| *about != url)
            && let Ok(about) = url::origin(&about, Duration::from_secs(5))
        {
            scratch = scratch.with_path_of(&about);
        }
        Self::at(scratch.origin(), Some(scratch))
    }

    /// Returns whether the database is one to try things on.
    pub(super) fn is_scratch(&self) -> bool {
        self._scratch.is_some()
    }

    /// Returns how it was connected to, where that is known.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Connects once more to the same database; `None` where the URL is not known.
    pub(super) fn another(&self) -> Option<Result<Client, Error>> {
        self.origin.as_ref().map(connect)
    }

    /// Connects again if the connection was lost and the URL is known.
    pub(super) fn revive(&mut self) -> Result<(), Error> {
        if self.client.is_closed() && self.origin.is_some() {
            return self.reconnect();
        }
        Ok(())
    }

    /// Puts a new connection in the place of one that was lost.
    pub(super) fn reconnect(&mut self) -> Result<(), Error> {
        self.client = self.another().unwrap_or_else(|| {
            let lost = DatabaseError::new(Trouble::Io, "the connection to the server was lost");
            Err(Error::database("can't continue", lost))
        })?;
        Ok(())
    }
}

impl From<Client> for PostgresClient {
    fn from(client: Client) -> PostgresClient {
        PostgresClient {
            client,
            origin: None,
            _scratch: None,
        }
    }
}

fn connect(origin: &Origin) -> Result<Client, Error> {
    let failed = |error: DatabaseError| {
        Error::database(format!("can't connect to `{}`", origin.shown), error)
    };
    tls::connect(&origin.config, &origin.channel).map_err(failed)
}
