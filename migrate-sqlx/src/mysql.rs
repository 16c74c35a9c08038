//! MariaDB and MySQL: sqlx joins the session of the revision.

use migrate_engine::backend::names::SharedMysql;
use migrate_engine::v1::{Error, Op, Result};
use sqlx::mysql::MySqlConnection;

use crate::BlockOn;
use crate::session::with_connection;

/// The MariaDB and MySQL backend with sessions that connections of sqlx can join.
pub type Mysql = SharedMysql;

impl BlockOn for Op<'_, Mysql> {
    type Connection = MySqlConnection;

    #[track_caller]
    fn block_on<T, E: Into<Error>>(
        &mut self,
        work: impl AsyncFnOnce(&mut MySqlConnection) -> std::result::Result<T, E>,
    ) -> Result<T> {
        let done = with_connection(&self.session_url()?, work);
        self.close_session_clients()?;
        done
    }
}
