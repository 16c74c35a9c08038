//! SQLite: sqlx opens the connection, and rusqlite runs this project's statements on the same handle.

mod handle;

use std::borrow::{Borrow, BorrowMut, Cow};
use std::path::Path;

use migrate_engine::backend::{SqliteDriver, names};
use migrate_engine::error::{DatabaseError, DatabaseErrorKind};
use migrate_engine::v1::{Error, Op, Result};
use rusqlite::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::BlockOn;
use crate::runtime::block_on;
use handle::SharedHandle;

/// The SQLite backend on connections of sqlx.
pub type Sqlite = names::Sqlite<SqlxSqlite>;

/// Opens the connections of [`Sqlite`] with sqlx.
#[derive(Debug, Clone, Copy)]
pub struct SqlxSqlite;

/// A connection of sqlx that revisions run on.
pub struct SqliteClient(Client);

enum Client {
    /// A connection that only reads.
    Rusqlite(Connection),
    Sqlx(SharedHandle),
}

impl SqliteDriver for SqlxSqlite {
    type Client = SqliteClient;

    fn open(path: &Path, vfs: Option<&str>) -> std::result::Result<SqliteClient, DatabaseError> {
        let mut options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        if let Some(vfs) = vfs {
            options = options.vfs(Cow::Owned(vfs.to_owned()));
        }
        let opened = block_on(async {
            let mut connection = options.connect().await?;
            nest_transactions(&mut connection).await?;
            SharedHandle::new(connection).await
        });
        match opened {
            Ok(Ok(handle)) => Ok(SqliteClient(Client::Sqlx(handle))),
            Ok(Err(error)) => Err(database_error(&error)),
            Err(error) => Err(DatabaseError::new(
                DatabaseErrorKind::Other,
                error.to_string(),
            )),
        }
    }
}

/// Makes sqlx believe that a transaction is open, so that `begin()` sets a savepoint. The revision's transaction is begun
/// without sqlx, which would send a second BEGIN.
async fn nest_transactions(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let transaction = connection.begin_with("SAVEPOINT migrate_sqlx").await?;
    // To end it would end the count too.
    std::mem::forget(transaction);
    sqlx::query("RELEASE migrate_sqlx")
        .execute(connection)
        .await?;
    Ok(())
}

fn database_error(error: &sqlx::Error) -> DatabaseError {
    let kind = match error.as_database_error().and_then(|error| error.code()) {
        Some(code) if code == "14" => DatabaseErrorKind::CannotOpen,
        _ => DatabaseErrorKind::Other,
    };
    DatabaseError::new(kind, error.to_string())
}

impl From<Connection> for SqliteClient {
    fn from(connection: Connection) -> SqliteClient {
        SqliteClient(Client::Rusqlite(connection))
    }
}

impl Borrow<Connection> for SqliteClient {
    fn borrow(&self) -> &Connection {
        match &self.0 {
            Client::Rusqlite(connection) => connection,
            Client::Sqlx(handle) => handle.rusqlite(),
        }
    }
}

impl BorrowMut<Connection> for SqliteClient {
    fn borrow_mut(&mut self) -> &mut Connection {
        match &mut self.0 {
            Client::Rusqlite(connection) => connection,
            Client::Sqlx(handle) => handle.rusqlite_mut(),
        }
    }
}

impl BlockOn for Op<'_, Sqlite> {
    type Connection = SqliteConnection;

    fn block_on<T, E: Into<Error>>(
        &mut self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> std::result::Result<T, E>,
    ) -> Result<T> {
        match handle::lend(self.connection(), work) {
            Some(done) => done?.map_err(Into::into),
            None => Err(Error::msg(
                "this connection was not opened by sqlx: it only reads, or it was opened by rusqlite",
            )),
        }
    }
}
