//! Finds the connections that wait for the locks of a run.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Row};

use crate::backend::{LockWatch, WaitingConnection};
use crate::error::printable;

use super::tls;
use super::url::Origin;

/// The watch of the connection with this ID.
pub(super) struct MysqlLockWatch {
    origin: Origin,
    id: u32,
    conn: Option<Conn>,
}

impl MysqlLockWatch {
    pub(super) fn new(origin: Origin, id: u32) -> MysqlLockWatch {
        MysqlLockWatch {
            origin,
            id,
            conn: None,
        }
    }

    fn ask(&mut self) -> Option<Vec<Row>> {
        if self.conn.is_none() {
            let connected = tls::connect(self.origin.options.clone(), &self.origin.channel);
            self.conn = Some(connected.ok()?);
        }
        let conn = self.conn.as_mut()?;
        let rows = conn.query(query(self.id, LOCK_WAITS)).or_else(|_| {
            // Without the privilege PROCESS, the server does not report the locks of rows.
            conn.query(query(self.id, LONG_STATEMENTS))
        });
        if rows.is_err() {
            self.conn = None;
        }
        rows.ok()
    }
}

impl LockWatch for MysqlLockWatch {
    fn look(&mut self) -> Vec<WaitingConnection> {
        let rows = self.ask().unwrap_or_default();
        rows.into_iter().filter_map(waiting).collect()
    }
}

/// The connections that wait for a lock of a row.
const LOCK_WAITS: &str = "p.id IN (SELECT t.trx_mysql_thread_id FROM information_schema.innodb_trx AS t \
                          WHERE t.trx_state = 'LOCK WAIT')";

/// The connections whose statement takes long.
const LONG_STATEMENTS: &str = "(p.command = 'Query' AND p.time >= 2)";

/// Returns the query for the connections that wait for a lock of a table, or are `also` meant, and whether the connection
/// `id` is between two statements.
fn query(id: u32, also: &str) -> String {
    format!(
        "SELECT p.id, p.user, p.host, coalesce(left(p.info, 1000), ''), \
                (SELECT m.command = 'Sleep' FROM information_schema.processlist AS m WHERE m.id = {id}) \
         FROM information_schema.processlist AS p \
         WHERE p.db = DATABASE() AND p.id NOT IN (CONNECTION_ID(), {id}) \
         AND (p.state LIKE 'Waiting for table%' OR {also}) \
         ORDER BY p.id LIMIT 5"
    )
}

/// Returns the connection of a row if it may be one of the revision's own: the revision waits for something other than
/// its own statement.
fn waiting(row: Row) -> Option<WaitingConnection> {
    let (id, user, host, statement, is_idle): (u64, String, String, String, Option<i64>) =
        mysql::from_row_opt(row).ok()?;
    if is_idle != Some(1) {
        return None;
    }
    let port = host
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    let title = format!(
        "connection {id} of the server (user `{}`)",
        printable(&user)
    );
    Some(WaitingConnection::new(title, &statement, port))
}
