//! PostgreSQL: sqlx joins the session of the revision.

use migrate_engine::backend::names::SharedPostgres;
use migrate_engine::v1::{Error, Op, Result};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::BlockOn;
use crate::runtime::block_on;

/// The PostgreSQL backend with sessions that connections of sqlx can join.
pub type Postgres = SharedPostgres;

impl BlockOn for Op<'_, Postgres> {
    type Connection = PgConnection;

    #[track_caller]
    fn block_on<T, E: Into<Error>>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> std::result::Result<T, E>,
    ) -> Result<T> {
        let url = self.session_url()?;
        let done = block_on(async {
            let mut connection = PgConnection::connect(&url).await?;
            let done = work(&mut connection).await.map_err(Into::into);
            // What it has not committed is rolled back also if it can't say goodbye.
            let _ = connection.close().await;
            done
        })?;
        self.close_session_clients()?;
        done
    }
}
