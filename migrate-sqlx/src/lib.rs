//! sqlx in revisions: async functions of your application run in the revision's own transaction.
//!
//! Name the backend of this crate in `migrations!`, and pass your functions to [`block_on`](BlockOn::block_on):
//!
//! ```
//! # use migrate_runtime::v1::*;
//! use migrate_sqlx::{BlockOn, Sqlite};
//! use sqlx::SqliteConnection;
//!
//! /// A function of the application.
//! async fn fill_slugs(db: &mut SqliteConnection) -> sqlx::Result<()> {
//!     sqlx::query("UPDATE posts SET slug = lower(title)").execute(db).await?;
//!     Ok(())
//! }
//!
//! pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
//!     op.add_column("posts", Column::new("slug", Text))?;
//!     op.block_on(fill_slugs)
//! }
//! # fn main() -> Result<()> {
//! # use migrate_engine::backend::{Backend, MigrationRun, UnitScope};
//! # let mut client = Sqlite::scratch(None)?;
//! # let mut run = Sqlite::begin_run(&mut client, Default::default(), "t")?;
//! # run.begin()?;
//! # run.unit(UnitScope::Savepoint, |op| -> Result<()> {
//! #     op.execute("CREATE TABLE posts (title TEXT)")?;
//! #     op.execute("INSERT INTO posts VALUES ('Hello')")?;
//! #     up(op)?;
//! #     assert_eq!(op.query("SELECT slug FROM posts", &[])?, [[Value::from("hello")]]);
//! #     Ok(())
//! # }).map_err(|error| format!("{error:?}")).unwrap();
//! # Ok(())
//! # }
//! ```
//!
//! What such a function writes is committed with the revision, or rolled back with it. `begin()` in it opens a savepoint.
//! All other operations, and `op.connection()`, work as without this crate.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
mod runtime;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;

use migrate_engine::v1::{Error, Result};

#[cfg(feature = "mysql")]
pub use mysql::Mysql;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteClient, SqlxSqlite};
pub use sqlx;

/// Lends the revision's transaction to async code.
pub trait BlockOn {
    /// The connection of sqlx.
    type Connection;

    /// Runs an async function on the revision's own connection, and blocks until it ends.
    ///
    /// The function must not keep the connection, and it must not end the transaction; a transaction that it begins is a
    /// savepoint. It can use everything of tokio. As with `op.connection()`, the handle does not see what it does: the
    /// revision counts as breaking for older applications, and an interrupted revision outside a transaction does not
    /// resume automatically, except in [`once`](migrate_engine::v1::Op::once).
    ///
    /// # Errors
    ///
    /// The error of `work`; also if the connection was opened without this crate.
    fn block_on<T, E: Into<Error>>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self::Connection) -> std::result::Result<T, E>,
    ) -> Result<T>;
}
