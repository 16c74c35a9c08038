//! The lock of a run: a named lock on the working connection, which the server releases when the connection ends.
//!
//! It must be on the working connection. After a process is killed, the server still finishes its statement. If the
//! lock were released before that, another process could start meanwhile. A statement that commits does not release
//! it.

use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error as Fault};

use crate::error::{Error, printable};
use crate::hash::fnv;

use super::error::from_driver;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The lock of all processes that use one version table.
pub(super) struct Lock {
    name: String,
}

impl Lock {
    /// Returns the lock of the version table `table` in `database`. It is not taken yet. A name can have up to 64
    /// characters, and is shared by all databases of the server.
    pub(super) fn new(database: &str, table: &str) -> Lock {
        Lock {
            name: format!("migrate:{:016x}", fnv(["cargo-migrate", database, table])),
        }
    }

    /// Returns the lock of a client that loads a backup into `database`. The client holds it until it ends, even if
    /// this process is killed.
    pub(super) fn of_load(database: &str) -> Lock {
        Lock {
            name: format!("migrate:load:{:016x}", fnv(["cargo-migrate", database])),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Takes the lock, or checks that it is still held, and returns whether it was.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Locked`] with the holder after the waiting time.
    pub(super) fn take(&self, conn: &mut Conn, wait: Duration) -> Result<bool, Error> {
        let broken = |error: Fault| Error::database("can't take the lock", from_driver(&error));
        let held: Option<Option<bool>> = conn
            .exec_first("SELECT IS_USED_LOCK(?) = CONNECTION_ID()", (&self.name,))
            .map_err(broken)?;
        if held.flatten() == Some(true) {
            return Ok(true);
        }
        let started = Instant::now();
        loop {
            let locked: Option<Option<u8>> = conn
                .exec_first("SELECT GET_LOCK(?, 0)", (&self.name,))
                .map_err(broken)?;
            if locked.flatten() == Some(1) {
                return Ok(false);
            }
            if started.elapsed() >= wait {
                return Err(Error::Locked {
                    waited: started.elapsed(),
                    holder: self.holder(conn),
                });
            }
            thread::sleep(POLL_INTERVAL.min(wait.saturating_sub(started.elapsed())));
        }
    }

    /// Releases the lock.
    pub(super) fn release(&self, conn: &mut Conn) {
        let _ = conn.exec_drop("DO RELEASE_LOCK(?)", (&self.name,));
    }

    fn holder(&self, conn: &mut Conn) -> Option<String> {
        let id: u64 = conn
            .exec_first("SELECT IS_USED_LOCK(?)", (&self.name,))
            .ok()
            .flatten()
            .flatten()?;
        Some(connection(conn, id).unwrap_or_else(|| format!("connection {id} of the server")))
    }
}

/// Describes another connection of the server. Returns `None` if this user may not see it.
pub(super) fn connection(conn: &mut Conn, id: u64) -> Option<String> {
    let (user, host, time): (String, String, i64) = conn
        .exec_first(
            "SELECT USER, HOST, COALESCE(TIME, 0) FROM information_schema.PROCESSLIST WHERE ID = ?",
            (id,),
        )
        .ok()
        .flatten()?;
    let program: Option<String> = conn
        .exec_first(
            "SELECT ATTR_VALUE FROM performance_schema.session_account_connect_attrs \
             WHERE PROCESSLIST_ID = ? AND ATTR_NAME = 'program_name'",
            (id,),
        )
        .ok()
        .flatten();
    let program = program.map(|program| format!("program `{}`, ", printable(&program)));
    Some(format!(
        "connection {id} of the server ({}user `{}`, from {}, for {time} s)",
        program.unwrap_or_default(),
        printable(&user),
        printable(&host)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_lock_never_changes_and_fits() {
        let lock = Lock::new("app", "migrate_revisions");
        assert_eq!(lock.name, "migrate:f59ecbda13e3cf18");
        assert_ne!(lock.name, Lock::new("app", "other").name);
        assert!(Lock::new(&"d".repeat(64), &"t".repeat(64)).name.len() <= 64);
    }
}
