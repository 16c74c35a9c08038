//! A connection of sqlx that joins the session of a revision on a server.

use migrate_engine::v1::{Error, Result};
use sqlx::Connection;

use crate::runtime::block_on;

/// Connects to `url`, runs an async function on the connection and closes it.
pub(crate) fn with_connection<C: Connection, T, E: Into<Error>>(
    url: &str,
    work: impl AsyncFnOnce(&mut C) -> std::result::Result<T, E>,
) -> Result<T> {
    block_on(async {
        let mut connection = C::connect(url).await?;
        let done = work(&mut connection).await.map_err(Into::into);
        // If closing fails, the session still rolls back what was not committed.
        let _ = connection.close().await;
        done
    })?
}
