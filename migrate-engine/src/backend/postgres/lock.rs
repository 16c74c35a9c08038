//! The lock of a run: an advisory lock, which the server releases when its session ends.
//!
//! The lock is polled. A session that waits for an advisory lock inside a statement holds a snapshot. If the holder
//! of the lock then creates an index concurrently, it waits for that snapshot, so both would wait forever.

use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, GenericClient};

use crate::error::{Error, printable};
use crate::hash::fnv;

use super::client::PostgresClient;
use super::error::from_driver;
use super::pooler;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The lock of all processes that use one version table.
pub(super) struct Lock {
    key: i64,
    /// The lock of a run that executes a revision outside a transaction, on its working connection. A statement on
    /// that connection may continue after the lock on the other connection is lost, or after its process is killed.
    working: i64,
    /// The connection that holds the lock, or `None` if that is the working connection.
    own: Option<Client>,
    held: bool,
    /// Whether the lock was lost since the last check, so that another process may have run.
    lost: bool,
}

impl Lock {
    /// Returns the lock of the version table `table` in `schema`, to be taken on the connection `own`. It is not
    /// taken yet. Each database has its own locks.
    pub(super) fn new(schema: &str, table: &str, own: Option<Client>) -> Lock {
        Lock {
            key: number(&["cargo-migrate", schema, table]),
            working: number(&["cargo-migrate", schema, table, "working"]),
            own,
            held: false,
            lost: false,
        }
    }

    /// Opens the connection for the lock if the URL is known, and rejects connections without a session of their own.
    pub(super) fn connection(owner: &mut PostgresClient) -> Result<Option<Client>, Error> {
        let since = Instant::now();
        let mut own = owner.another().transpose()?;
        pooler::refuse(owner.client(), own.as_mut().map(|own| (own, since)))?;
        if let Some(own) = &mut own {
            // The connection is idle while a revision runs, without a limit.
            let _ = own.batch_execute("SET idle_session_timeout = 0");
            let _ = own.batch_execute("SET client_connection_check_interval = 500");
        }
        Ok(own)
    }

    /// Takes the lock, or checks that it is still held.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Locked`] with the holder after the waiting time.
    pub(super) fn take(&mut self, owner: &mut PostgresClient, wait: Duration) -> Result<(), Error> {
        if self.held {
            // The server released the lock if the session ended, and another process may run.
            self.held = match &mut self.own {
                Some(own) => own.simple_query("").is_ok(),
                None => true,
            };
            if self.held {
                return Ok(());
            }
            self.lost = true;
        }
        if self.own.as_ref().is_none_or(Client::is_closed) {
            self.own = Lock::connection(owner)?;
        }
        let started = Instant::now();
        let holder = self.own.as_mut().unwrap_or_else(|| owner.client());
        acquire(holder, TRY_LOCK, self.key, started, wait)?;
        let result = acquire(holder, IS_UNLOCKED, self.working, started, wait);
        if result.is_err() {
            // Otherwise it would stay with the connection, which may belong to the application.
            let _ = query_lock(holder, UNLOCK, self.key);
        }
        self.held = result.is_ok();
        result
    }

    /// Takes the lock for work outside a transaction. Returns `false` after the waiting time.
    pub(super) fn begin_work(
        &self,
        client: &mut impl GenericClient,
        wait: Duration,
    ) -> Result<bool, postgres::Error> {
        poll(client, TRY_LOCK, self.working, Instant::now(), wait)
    }

    /// Releases the lock for work outside a transaction.
    pub(super) fn end_work(&self, client: &mut Client) {
        let _ = query_lock(client, UNLOCK, self.working);
    }

    /// Returns whether the lock was lost since the last call, so that another process may have run.
    pub(super) fn was_lost(&mut self) -> bool {
        std::mem::take(&mut self.lost)
    }

    /// Marks the lock as lost if the working connection held it, because that connection was lost.
    pub(super) fn lost_with_connection(&mut self) {
        if self.own.is_none() {
            self.lost |= self.held;
            self.held = false;
        }
    }

    /// Releases the lock. Closing a separate connection releases its lock too.
    pub(super) fn release(&mut self, owner: &mut PostgresClient) {
        if self.held && self.own.is_none() {
            let _ = owner
                .client()
                .execute("SELECT pg_advisory_unlock($1)", &[&self.key]);
        }
        self.own = None;
        self.held = false;
    }

    /// Returns the server process of the separate connection, if there is one.
    pub(super) fn pid(&mut self) -> Option<i32> {
        let own = self.own.as_mut()?;
        own.query_one("SELECT pg_backend_pid()", &[])
            .ok()?
            .try_get(0)
            .ok()
    }
}

const TRY_LOCK: &str = "SELECT pg_try_advisory_lock($1)";
const UNLOCK: &str = "SELECT pg_advisory_unlock($1)";
/// Returns true if no other session holds the lock.
const IS_UNLOCKED: &str =
    "SELECT CASE WHEN pg_try_advisory_lock($1) THEN pg_advisory_unlock($1) ELSE false END";

/// Polls until the query returns true.
///
/// # Errors
///
/// Returns [`Error::Locked`] with the holder if `wait` has passed since `started`.
fn acquire(
    client: &mut Client,
    sql: &str,
    key: i64,
    started: Instant,
    wait: Duration,
) -> Result<(), Error> {
    let acquired = poll(client, sql, key, started, wait);
    match acquired.map_err(|error| Error::database("can't take the lock", from_driver(&error)))? {
        true => Ok(()),
        false => Err(Error::Locked {
            waited: started.elapsed(),
            holder: describe_holder(client, key),
        }),
    }
}

/// Polls until the query returns true. Returns `false` if `wait` has passed since `started`.
fn poll(
    client: &mut impl GenericClient,
    sql: &str,
    key: i64,
    started: Instant,
    wait: Duration,
) -> Result<bool, postgres::Error> {
    loop {
        if query_lock(client, sql, key)? {
            return Ok(true);
        }
        if started.elapsed() >= wait {
            return Ok(false);
        }
        thread::sleep(POLL_INTERVAL.min(wait.saturating_sub(started.elapsed())));
    }
}

fn query_lock(
    client: &mut impl GenericClient,
    sql: &str,
    key: i64,
) -> Result<bool, postgres::Error> {
    client.query_one(sql, &[&key])?.try_get(0)
}

fn describe_holder(client: &mut Client, key: i64) -> Option<String> {
    let row = client
        .query_opt(
            "SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''), host(a.client_addr) \
             FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND (l.classid::bigint << 32) | l.objid::bigint = $1 \
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1",
            &[&key],
        )
        .ok()??;
    let text = |at: usize| row.try_get::<_, String>(at).unwrap_or_default();
    let mut shown = format!("process {} of the server", row.try_get::<_, i32>(0).ok()?);
    let mut more = Vec::new();
    if !text(1).is_empty() {
        more.push(format!("application `{}`", printable(&text(1))));
    }
    if !text(2).is_empty() {
        more.push(format!("user `{}`", printable(&text(2))));
    }
    if let Ok(Some(address)) = row.try_get::<_, Option<String>>(3) {
        more.push(format!("from {}", printable(&address)));
    }
    if !more.is_empty() {
        shown.push_str(&format!(" ({})", more.join(", ")));
    }
    Some(shown)
}

/// Returns the key of a lock. Every version of this crate must compute the same key.
fn number(words: &[&str]) -> i64 {
    i64::from_ne_bytes(fnv(words).to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_lock_never_changes() {
        let key = number(&["cargo-migrate", "public", "migrate_revisions"]);
        assert_eq!(key, LOCK_OF_THE_DEFAULT_TABLE);
        assert_ne!(key, number(&["cargo-migrate", "public", "other"]));
    }

    const LOCK_OF_THE_DEFAULT_TABLE: i64 = 4_037_137_168_759_507_388;
}
