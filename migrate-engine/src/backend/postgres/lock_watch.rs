//! Finds the connections that wait for the locks of a run.

use std::time::Duration;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::backend::{LockWatch, WaitingConnection};
use crate::error::printable;

use super::tls;
use super::url::Origin;

/// The time that a query, or a connection for it, may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The watch of the session with this process ID.
pub(super) struct PgLockWatch {
    origin: Origin,
    pid: i32,
    client: Option<Client>,
}

impl PgLockWatch {
    pub(super) fn new(mut origin: Origin, pid: i32) -> PgLockWatch {
        origin.config.connect_timeout(LIMIT);
        PgLockWatch {
            origin,
            pid,
            client: None,
        }
    }

    fn ask(&mut self) -> Option<Vec<SimpleQueryMessage>> {
        if self.client.is_none() {
            let mut client = tls::connect(&self.origin.config, &self.origin.channel).ok()?;
            client.batch_execute("SET statement_timeout = 5000").ok()?;
            self.client = Some(client);
        }
        let answers = self.client.as_mut()?.simple_query(&query(self.pid));
        if answers.is_err() {
            self.client = None;
        }
        answers.ok()
    }
}

impl LockWatch for PgLockWatch {
    fn look(&mut self) -> Vec<WaitingConnection> {
        let answers = self.ask().unwrap_or_default();
        let rows = answers.iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.filter_map(waiting).collect()
    }
}

/// Returns the query for the sessions that wait for `pid`, and whether that one is between two statements.
///
/// `pg_blocking_pids` stops the server's lock manager for a moment, so it is called only for sessions that wait for a lock,
/// and for those of other roles, whose state is hidden.
fn query(pid: i32) -> String {
    format!(
        "SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''), \
                coalesce(a.client_port, -1), coalesce(a.query, ''), \
                (SELECT m.state FROM pg_stat_activity AS m WHERE m.pid = {pid}) LIKE 'idle%' \
         FROM pg_stat_activity AS a \
         WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
         AND CASE WHEN a.wait_event_type = 'Lock' OR a.state IS NULL THEN {pid} = ANY (pg_blocking_pids(a.pid)) END \
         ORDER BY a.pid LIMIT 5"
    )
}

/// Returns the connection of a row if it may be one of the revision's own: this program opened it, or the revision
/// waits for something other than its own statement.
fn waiting(row: &SimpleQueryRow) -> Option<WaitingConnection> {
    let text = |at: usize| row.try_get(at).ok().flatten().unwrap_or_default();
    let mut title = format!("connection {} of the server", text(0));
    let names = [("application", text(1)), ("user", text(2))];
    let names = names.iter().filter(|(_, name)| !name.is_empty());
    let names: Vec<String> = names
        .map(|(word, name)| format!("{word} `{}`", printable(name)))
        .collect();
    if !names.is_empty() {
        title.push_str(&format!(" ({})", names.join(", ")));
    }
    let connection = WaitingConnection::new(title, text(4), text(3).parse().ok());
    (connection.is_own || text(5) == "t").then_some(connection)
}
