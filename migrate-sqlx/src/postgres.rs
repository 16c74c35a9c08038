//! PostgreSQL: sqlx joins the session of the revision.

use migrate_engine::backend::names::SharedPostgres;
use migrate_engine::v1::{Error, Op, Result};
use sqlx::postgres::PgConnection;

use crate::BlockOn;
use crate::session::with_connection;

/// The PostgreSQL backend with sessions that connections of sqlx can join.
pub type Postgres = SharedPostgres;

impl BlockOn for Op<'_, Postgres> {
    type Connection = PgConnection;

    #[track_caller]
    fn block_on<T, E: Into<Error>>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> std::result::Result<T, E>,
    ) -> Result<T> {
        let done = with_connection(&self.session_url()?, work);
        self.close_session_clients()?;
        done
    }
}
