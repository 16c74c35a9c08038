//! The lock of a run: an advisory one, held by a session and gone with it.
//!
//! It is polled. A session that waits for an advisory lock inside a statement holds a snapshot meanwhile, and an index that
//! the holder makes concurrently would wait for that snapshot for ever.

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::error::{Error, printable};
use crate::hash::fnv;

use super::client::PostgresClient;
use super::trouble::told;

const PAUSE: Duration = Duration::from_millis(50);

/// The lock of the programs that use one version table.
pub(super) struct Lock {
    key: i64,
    /// The connection that holds it; `None` where it is the one that revisions run on.
    own: Option<Client>,
    held: bool,
}

impl Lock {
    /// Returns the lock of the version table `table` in `schema`, not taken yet. Locks of other databases are others.
    pub(super) fn new(schema: &str, table: &str) -> Lock {
        Lock {
            key: number(&["cargo-migrate", schema, table]),
            own: None,
            held: false,
        }
    }

    /// Takes the lock, or makes sure that it is still held.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] with the holder if the time is up.
    pub(super) fn take(&mut self, owner: &mut PostgresClient, wait: Duration) -> Result<(), Error> {
        let broken = |error: &postgres::Error| Error::database("can't take the lock", told(error));
        if self.held {
            // A session that was ended has lost it, and another process may run.
            self.held = match &mut self.own {
                Some(own) => own.simple_query("").is_ok(),
                None => true,
            };
            if self.held {
                return Ok(());
            }
        }
        if self.own.as_ref().is_none_or(Client::is_closed) {
            self.own = match owner.another() {
                Some(client) => {
                    let mut client = client?;
                    // Idle while a revision runs, for however long.
                    let _ = client.batch_execute("SET idle_session_timeout = 0");
                    let _ = client.batch_execute("SET client_connection_check_interval = 500");
                    Some(client)
                }
                None => None,
            };
        }
        let begun = Instant::now();
        let holder = self.own.as_mut().unwrap_or_else(|| owner.client());
        loop {
            let row = holder
                .query_one("SELECT pg_try_advisory_lock($1)", &[&self.key])
                .map_err(|error| broken(&error))?;
            if row.try_get(0).map_err(|error| broken(&error))? {
                self.held = true;
                return Ok(());
            }
            if begun.elapsed() >= wait {
                return Err(Error::Locked {
                    waited: begun.elapsed(),
                    holder: who(holder, self.key),
                });
            }
            thread::sleep(PAUSE.min(wait.saturating_sub(begun.elapsed())));
        }
    }

    /// Forgets a lock that was held on the working connection, which is gone.
    pub(super) fn lost_with_connection(&mut self) {
        if self.own.is_none() {
            self.held = false;
        }
    }

    /// Gives the lock back; one on a connection of its own goes with it.
    pub(super) fn release(&mut self, owner: &mut PostgresClient) {
        if self.held && self.own.is_none() {
            let _ = owner
                .client()
                .execute("SELECT pg_advisory_unlock($1)", &[&self.key]);
        }
        self.own = None;
        self.held = false;
    }

    /// Returns the process of the connection that holds it, if that is one of its own.
    pub(super) fn pid(&mut self) -> Option<i32> {
        let own = self.own.as_mut()?;
        own.query_one("SELECT pg_backend_pid()", &[])
            .ok()?
            .try_get(0)
            .ok()
    }
}

fn who(client: &mut Client, key: i64) -> Option<String> {
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

/// Returns the number of a lock. Every version of this crate must come to the same one.
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
