//! MariaDB and MySQL: sqlx joins the session of the revision.

use migrate_engine::backend::names::SharedMysql;
use migrate_engine::v1::{Error, Op, Result};
use sqlx::Connection as _;
use sqlx::mysql::MySqlConnection;

use crate::BlockOn;
use crate::runtime::block_on;

/// The MariaDB and MySQL backend with sessions that connections of sqlx can join.
pub type Mysql = SharedMysql;

impl BlockOn for Op<'_, Mysql> {
    type Connection = MySqlConnection;

    #[track_caller]
    fn block_on<T, E: Into<Error>>(
        &mut self,
        work: impl AsyncFnOnce(&mut MySqlConnection) -> std::result::Result<T, E>,
    ) -> Result<T> {
        let url = self.session_url()?;
        let done = block_on(async {
            let mut connection = MySqlConnection::connect(&url).await?;
            let done = work(&mut connection).await.map_err(Into::into);
            // What it has not committed is rolled back also if it can't say goodbye.
            let _ = connection.close().await;
            done
        })?;
        self.close_session_clients()?;
        done
    }
}
