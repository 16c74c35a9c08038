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

    fn ask(&mut self) -> Option<(Vec<Row>, Evidence)> {
        if self.conn.is_none() {
            let connected = tls::connect(self.origin.options.clone(), &self.origin.channel);
            self.conn = Some(connected.ok()?);
        }
        let conn = self.conn.as_mut()?;
        // Without the privilege PROCESS, the server does not report the locks of rows.
        let found = [Evidence::Lock, Evidence::Duration]
            .into_iter()
            .find_map(|evidence| Some((conn.query(query(self.id, evidence)).ok()?, evidence)));
        if found.is_none() {
            self.conn = None;
        }
        found
    }
}

/// What is known about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// It waits for a lock.
    Lock,
    /// It waits for the lock of a table, or its statement takes long.
    Duration,
}

impl Evidence {
    fn condition(self) -> &'static str {
        match self {
            Evidence::Lock => {
                "p.id IN (SELECT t.trx_mysql_thread_id FROM information_schema.innodb_trx AS t \
                 WHERE t.trx_state = 'LOCK WAIT')"
            }
            Evidence::Duration => "(p.command = 'Query' AND p.time >= 2)",
        }
    }
}

impl LockWatch for MysqlLockWatch {
    fn look(&mut self) -> Vec<WaitingConnection> {
        let Some((rows, evidence)) = self.ask() else {
            return Vec::new();
        };
        let connections = rows.into_iter().filter_map(waiting);
        connections
            .filter(|connection| evidence == Evidence::Lock || connection.is_own)
            .collect()
    }
}

/// Returns the query for the connections that wait for the lock of a table, or of which there is this evidence. The last
/// column is whether the connection `id` is between two statements.
fn query(id: u32, evidence: Evidence) -> String {
    let condition = evidence.condition();
    format!(
        "SELECT p.id, p.user, p.host, coalesce(left(p.info, 1000), ''), \
                (SELECT m.command = 'Sleep' FROM information_schema.processlist AS m WHERE m.id = {id}) \
         FROM information_schema.processlist AS p \
         WHERE p.db = DATABASE() AND p.id NOT IN (CONNECTION_ID(), {id}) \
         AND (p.state LIKE 'Waiting for table%' OR {condition}) \
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
