//! Transactions, savepoints and the lock of a run of revisions.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::backend::{MigrationRun, UnitError, UnitScope};
use crate::error::{DatabaseError, Error};
use crate::op::Op;

use super::error::{from_driver, is_busy};
use super::guard;
use super::{Sqlite, SqliteDriver};

/// The savepoint around a revision; only this crate uses its name.
const SAVEPOINT: &str = "cargo_migrate_revision";

/// The time to sleep between two attempts to get a lock.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A connection prepared for running revisions. Its previous state is restored on drop.
pub struct SqliteRun<'c, D: SqliteDriver> {
    /// Exclusive, because from rusqlite 0.41 on an authorizer needs a mutable connection.
    connection: &'c mut Connection,
    wait: Duration,
    watch: Arc<Watch>,
    foreign_keys: bool,
    synchronous: i64,
    driver: PhantomData<D>,
}

impl<'c, D: SqliteDriver> SqliteRun<'c, D> {
    pub(super) fn begin_run(
        connection: &'c mut Connection,
        wait: Duration,
    ) -> Result<SqliteRun<'c, D>, Error> {
        if !connection.is_autocommit() {
            return Err(Error::InTransaction);
        }
        let pragma = |sql: &str| -> Result<i64, Error> {
            retry_while_locked(wait, || connection.query_row(sql, [], |row| row.get(0)))
                .map_err(|error| lock_error("can't read the database", wait, &error))
        };
        let foreign_keys = pragma("PRAGMA foreign_keys")? != 0;
        let synchronous = pragma("PRAGMA synchronous")?;
        let run = SqliteRun {
            connection,
            wait,
            watch: Arc::default(),
            foreign_keys,
            synchronous,
            driver: PhantomData,
        };
        // A commit that is lost in a power failure would undo a schema that readers of the version table rely on.
        if synchronous < FULL {
            run.set_up(&format!("PRAGMA synchronous = {FULL}"))?;
        }
        let watch = Arc::clone(&run.watch);
        let set = run
            .connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                watch.authorize(&context)
            }));
        Installed::installed(set)
            .map_err(|error| Error::database("can't watch the connection", from_driver(&error)))?;
        Ok(run)
    }

    fn set_up(&self, sql: &str) -> Result<(), Error> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| Error::database("can't set up the connection", from_driver(&error)))
    }

    fn step(&self, sql: &str) -> Result<(), DatabaseError> {
        let run = || self.connection.prepare_cached(sql)?.execute([]);
        run().map(|_| ()).map_err(|error| from_driver(&error))
    }

    /// Rolls back the work of a unit. After an error that ended the whole transaction, there is nothing to roll back.
    fn rollback_unit(&self) -> Result<(), DatabaseError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.step(ROLLBACK_TO)?;
        self.step(RELEASE)
    }

    fn revision<R, E>(
        &self,
        work: impl FnOnce(&mut Op<'_, Sqlite<D>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        self.step(BEGIN_SAVEPOINT).map_err(UnitError::Database)?;
        let watching = Watching::begin(&self.watch);
        let unit = guard::Unit::begin(self.connection);
        let result = work(&mut Op::new(&*self.connection));
        drop(unit);
        drop(watching);
        if let Some(refused) = self.watch.take_drop() {
            self.rollback_unit().map_err(UnitError::Database)?;
            return Err(UnitError::Database(refused));
        }
        // After an error such as a full disk, the database itself may have ended the transaction.
        let ended =
            (result.is_ok() && self.connection.is_autocommit()).then(|| "COMMIT".to_owned());
        match (self.watch.take().or(ended), result) {
            (Some(what), result) => {
                self.rollback_unit().map_err(UnitError::Database)?;
                Err(UnitError::TransactionEscaped {
                    what,
                    work: result.err(),
                })
            }
            (None, Ok(value)) => {
                self.step(RELEASE).map_err(UnitError::Database)?;
                Ok(value)
            }
            (None, Err(error)) => {
                self.rollback_unit().map_err(UnitError::Database)?;
                Err(UnitError::Work(error))
            }
        }
    }

    fn in_autocommit<R, E>(
        &self,
        work: impl FnOnce(&mut Op<'_, Sqlite<D>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let unit = guard::Unit::begin(self.connection);
        let result = work(&mut Op::new(&*self.connection));
        drop(unit);
        if let Some(refused) = self.watch.take_drop() {
            self.rollback_now();
            return Err(UnitError::Database(refused));
        }
        if self.connection.is_autocommit() {
            return result.map_err(UnitError::Work);
        }
        self.rollback_now();
        Err(UnitError::TransactionEscaped {
            what: "BEGIN without COMMIT".to_owned(),
            work: result.err(),
        })
    }

    fn rollback_now(&self) {
        if !self.connection.is_autocommit() {
            // A rollback fails only if the transaction has already ended.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

const FULL: i64 = 2;
const BEGIN_SAVEPOINT: &str = "SAVEPOINT cargo_migrate_revision";
const RELEASE: &str = "RELEASE cargo_migrate_revision";
const ROLLBACK_TO: &str = "ROLLBACK TO cargo_migrate_revision";

impl<D: SqliteDriver> MigrationRun<Sqlite<D>> for SqliteRun<'_, D> {
    fn begin(&mut self) -> Result<(), Error> {
        retry_while_locked(self.wait, || {
            self.connection.execute_batch("BEGIN IMMEDIATE")
        })
        .map_err(|error| lock_error("can't begin a transaction", self.wait, &error))?;
        // A directory that is not writable is only detected at the first write. Therefore a write without effect is
        // made before any revision runs.
        let write = || {
            let version: i64 = self
                .connection
                .query_row("PRAGMA user_version", [], |row| row.get(0))?;
            self.connection
                .execute_batch(&format!("PRAGMA user_version = {version}"))
        };
        retry_while_locked(self.wait, write).map_err(|error| {
            self.rollback_now();
            lock_error("can't write the database", self.wait, &error)
        })
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        // Readers may hold the file for a moment; the transaction remains open meanwhile.
        let done = retry_while_locked(self.wait, || self.connection.execute_batch("COMMIT"));
        done.map_err(|error| {
            self.rollback_now();
            from_driver(&error)
        })
    }

    fn rollback(&mut self) {
        self.rollback_now();
    }

    fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn unit<R, E>(
        &mut self,
        scope: UnitScope,
        work: impl FnOnce(&mut Op<'_, Sqlite<D>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        match scope {
            UnitScope::Transaction => {
                work(&mut Op::new(&*self.connection)).map_err(UnitError::Work)
            }
            UnitScope::Savepoint => self.revision(work),
            UnitScope::Autocommit => self.in_autocommit(work),
        }
    }
}

impl<D: SqliteDriver> Drop for SqliteRun<'_, D> {
    fn drop(&mut self) {
        self.rollback_now();
        let none: Option<fn(AuthContext<'_>) -> Authorization> = None;
        let _ = Installed::installed(self.connection.authorizer(none));
        // Each is a setting of the connection, and drop can't report an error.
        let _ = self.set_up(&format!(
            "PRAGMA foreign_keys = {}",
            i64::from(self.foreign_keys)
        ));
        if self.synchronous < FULL {
            let _ = self.set_up(&format!("PRAGMA synchronous = {}", self.synchronous));
        }
    }
}

/// Reads inside one transaction, so that all reads see the same state.
pub(super) fn read<D: SqliteDriver, R>(
    connection: &Connection,
    wait: Duration,
    work: impl FnOnce(&mut Op<'_, Sqlite<D>>) -> Result<R, Error>,
) -> Result<R, Error> {
    if !connection.is_autocommit() {
        return work(&mut Op::new(connection));
    }
    // The first read takes the lock, and is the only one that may have to wait.
    let look = || {
        connection.execute_batch("BEGIN")?;
        let seen = connection.query_row(
            "SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)",
            [],
            |_| Ok(()),
        );
        if seen.is_err() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        seen
    };
    retry_while_locked(wait, look)
        .map_err(|error| lock_error("can't read the database", wait, &error))?;
    let result = work(&mut Op::new(connection));
    let _ = connection.execute_batch("ROLLBACK");
    result
}

/// Retries while another process holds a lock, until the waiting time is over.
pub(super) fn retry_while_locked<R>(
    wait: Duration,
    mut attempt: impl FnMut() -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let deadline = Instant::now() + wait;
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                thread::sleep(POLL_INTERVAL)
            }
            result => return result,
        }
    }
}

pub(super) fn lock_error(action: &str, wait: Duration, error: &rusqlite::Error) -> Error {
    if is_busy(error) {
        Error::Locked {
            waited: wait,
            holder: None,
        }
    } else {
        Error::database(action, from_driver(error))
    }
}

/// Checks each statement that a revision prepares, and rejects statements that would leave its transaction.
#[derive(Default)]
struct Watch {
    on: AtomicBool,
    refused: Mutex<Option<String>>,
    drops: Mutex<Drops>,
}

/// The DROP TABLE that is being prepared. The authorizer first sees the table, then the effects of foreign keys on
/// other tables, then the schema.
#[derive(Default)]
struct Drops {
    table: Option<String>,
    /// The table of a rejected DROP TABLE, and the table whose rows would have been deleted or cleared.
    refused: Option<(String, String)>,
}

impl Drops {
    fn authorize(&mut self, action: &AuthAction<'_>) -> Authorization {
        match action {
            AuthAction::DropTable { table_name } => self.table = Some((*table_name).to_owned()),
            AuthAction::Delete { table_name } | AuthAction::Update { table_name, .. } => {
                let Some(dropped) = &self.table else {
                    return Authorization::Allow;
                };
                if table_name.starts_with("sqlite_") {
                    self.table = None;
                } else if !dropped.eq_ignore_ascii_case(table_name) {
                    let refused = (dropped.clone(), (*table_name).to_owned());
                    self.refused.get_or_insert(refused);
                    self.table = None;
                    return Authorization::Deny;
                }
            }
            _ => {}
        }
        Authorization::Allow
    }
}

impl Watch {
    fn authorize(&self, context: &AuthContext<'_>) -> Authorization {
        let keys = self
            .drops
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .authorize(&context.action);
        if !self.on.load(Ordering::Relaxed) {
            return keys;
        }
        match leaves(&context.action) {
            None => keys,
            Some(what) => {
                self.refused
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(what);
                Authorization::Deny
            }
        }
    }

    /// Returns why a DROP TABLE was rejected.
    fn take_drop(&self) -> Option<DatabaseError> {
        let mut drops = self.drops.lock().unwrap_or_else(PoisonError::into_inner);
        let (table, others) = std::mem::take(&mut *drops).refused?;
        Some(guard::from_code(&table, &others))
    }

    fn take(&self) -> Option<String> {
        self.refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// Returns a description of a statement that must not run inside the transaction of a revision.
fn leaves(action: &AuthAction<'_>) -> Option<String> {
    match action {
        AuthAction::Transaction { operation } => Some(match operation {
            rusqlite::hooks::TransactionOperation::Begin => "BEGIN".to_owned(),
            rusqlite::hooks::TransactionOperation::Rollback => "ROLLBACK".to_owned(),
            _ => "COMMIT".to_owned(),
        }),
        AuthAction::Savepoint { savepoint_name, .. }
            if savepoint_name.eq_ignore_ascii_case(SAVEPOINT) =>
        {
            Some(format!("a savepoint named `{SAVEPOINT}`"))
        }
        AuthAction::Attach { .. } => Some("ATTACH".to_owned()),
        AuthAction::Detach { .. } => Some("DETACH".to_owned()),
        // SQLite silently ignores it inside a transaction.
        AuthAction::Pragma {
            pragma_name,
            pragma_value: Some(_),
        } if pragma_name.eq_ignore_ascii_case("foreign_keys") => {
            Some("PRAGMA foreign_keys".to_owned())
        }
        _ => None,
    }
}

/// Watches until it is dropped, also after a panic.
struct Watching<'w>(&'w Watch);

impl<'w> Watching<'w> {
    fn begin(watch: &'w Watch) -> Watching<'w> {
        watch.on.store(true, Ordering::Relaxed);
        Watching(watch)
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.on.store(false, Ordering::Relaxed);
    }
}

/// Only in later versions of rusqlite can setting an authorizer fail.
trait Installed {
    fn installed(self) -> rusqlite::Result<()>;
}

impl Installed for () {
    fn installed(self) -> rusqlite::Result<()> {
        Ok(())
    }
}

impl Installed for rusqlite::Result<()> {
    fn installed(self) -> rusqlite::Result<()> {
        self
    }
}
