//! Transactions, savepoints and the lock of a run of revisions.
//!
//! A statement that changes the schema commits all work before it, and can't be rolled back. A revision without such
//! a statement is one transaction with its row. If a revision has such statements, the work after the last one is in
//! the transaction of its row.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error as Fault};

use crate::backend::{LockWatch, MigrationRun, SessionMode, UnitError, UnitScope};
use crate::error::{DatabaseError, Error};
use crate::op::Op;

use super::Mysql;
use super::client::MysqlClient;
use super::error::{from_driver, is, is_lost, lost};
use super::lock::Lock;
use super::lock_watch::MysqlLockWatch;
use super::server::Server;
use super::session::{MysqlSession, TransactionState};
use super::settings::Settings;
use super::url::Origin;

/// The savepoint around a revision. Revisions do not use this name.
const SAVEPOINT: &str = "cargo_migrate_revision";

/// The error code for a savepoint that does not exist, because its transaction has ended.
const NO_SAVEPOINT: u16 = 1305;

/// The error code for a statement that is not allowed in an open transaction.
const IN_TRANSACTION: u16 = 1568;

/// A client that is prepared for running revisions. Its settings are restored when it is dropped.
pub struct MysqlRun<'c, M: SessionMode> {
    owner: &'c mut MysqlClient,
    server: Server,
    wait: Duration,
    settings: Settings,
    lock: Lock,
    open: bool,
    lost: bool,
    /// Whether the lock was taken.
    locked: bool,
    /// Whether the lock was lost and taken again since the last check, so that another process may have run.
    lock_lost: bool,
    mode: PhantomData<M>,
}

impl<'c, M: SessionMode> MysqlRun<'c, M> {
    pub(super) fn begin_run(
        owner: &'c mut MysqlClient,
        wait: Duration,
        table: &str,
    ) -> Result<MysqlRun<'c, M>, Error> {
        let failed =
            |error: Fault| Error::database("can't set up the connection", from_driver(&error));
        owner.ensure_connected()?;
        let server = owner.server()?;
        if in_transaction(owner.conn(), server).map_err(failed)? {
            return Err(Error::InTransaction);
        }
        let database = owner.database()?;
        let lock = Lock::new(&database, table);
        let settings = Settings::note(owner.conn(), server, database, wait).map_err(failed)?;
        let mut run = MysqlRun {
            owner,
            server,
            wait,
            settings,
            lock,
            open: false,
            lost: false,
            locked: false,
            lock_lost: false,
            mode: PhantomData,
        };
        run.prepare().map_err(failed)?;
        Ok(run)
    }

    pub(super) fn conn(&mut self) -> &mut Conn {
        self.owner.conn()
    }

    fn prepare(&mut self) -> Result<(), Fault> {
        let ours = self.settings.run_settings();
        self.conn().query_drop(ours)
    }

    /// Reconnects if the connection was lost. Statements of the lost connection may still run; it holds the lock
    /// until they end.
    fn reconnect_if_lost(&mut self) -> Result<(), Error> {
        if !self.lost {
            return Ok(());
        }
        self.open = false;
        self.owner.reconnect()?;
        self.lost = false;
        self.prepare()
            .map_err(|error| Error::database("can't set up the connection", from_driver(&error)))
    }

    /// Converts an error, and remembers whether the connection was lost.
    fn convert_error(&mut self, error: &Fault) -> DatabaseError {
        if is_lost(error) {
            self.lost = true;
            self.open = false;
        }
        from_driver(error)
    }

    fn session(&mut self, state: TransactionState) -> MysqlSession<'_> {
        // `autocommit` is off also after code outside a transaction, because a transaction records the result in any
        // case.
        let (reset_sql, wait) = (self.settings.run_settings(), self.wait);
        let rolls_back = self.settings.timeout_rolls_back;
        let url = self.owner.origin().map(Origin::current_url);
        #[cfg(feature = "shared-session")]
        let guests = self.owner.guests();
        let mut session = MysqlSession::new(self.owner.conn(), self.server, state);
        #[cfg(feature = "shared-session")]
        {
            session.guests = guests;
        }
        (session.reset_sql, session.wait, session.url) = (reset_sql, wait, url);
        session.timeout_rolls_back = rolls_back;
        session
    }

    fn revision<R, E>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Mysql<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        self.send(&format!("SAVEPOINT {SAVEPOINT}"))?;
        let mut op = Op::new(self.session(TransactionState::Inside));
        let result = work(&mut op);
        let session = op.into_session();
        let (left, committed) = (session.left.clone(), session.committed);
        // Other clients leave the session.
        drop(session);
        let sql = match (&left, &result) {
            (None, Ok(_)) => format!("RELEASE SAVEPOINT {SAVEPOINT}"),
            _ => format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}"),
        };
        let ended = self.conn().query_drop(sql);
        match (ended, left, result) {
            (Ok(()), None, result) => result.map_err(UnitError::Work),
            (Ok(()), Some(what), result) => Err(UnitError::TransactionEscaped {
                what,
                work: result.err(),
            }),
            (Err(error), left, result) if is(&error, NO_SAVEPOINT) => {
                self.after_commit(left, committed, result)
            }
            (Err(error), _, result) => {
                let database_error = self.convert_error(&error);
                // The error of the work is more useful than the error after it.
                Err(match result {
                    Err(work) => UnitError::Work(work),
                    Ok(_) => UnitError::Database(database_error),
                })
            }
        }
    }

    /// Ends a unit whose first transaction no longer exists, because a statement committed it.
    fn after_commit<R, E>(
        &mut self,
        left: Option<String>,
        committed: bool,
        result: Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        match (left, result) {
            // The work after the last such statement is committed with the revision's row.
            (None, Ok(done)) => {
                let _ = committed;
                Ok(done)
            }
            (left, result) => {
                self.rollback_now();
                Err(match (left, result) {
                    (Some(what), result) => UnitError::TransactionEscaped {
                        what,
                        work: result.err(),
                    },
                    (None, Err(work)) => UnitError::Work(work),
                    (None, Ok(_)) => UnitError::Database(lost()),
                })
            }
        }
    }

    fn own<R, E>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Mysql<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let started_here = !self.open;
        let result = work(&mut Op::new(self.session(TransactionState::Inside)));
        if started_here {
            self.rollback_now();
        }
        result.map_err(UnitError::Work)
    }

    fn in_autocommit<R, E>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Mysql<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let outside = self.settings.outside();
        self.send(&outside)?;
        let mut op = Op::new(self.session(TransactionState::Outside));
        let result = work(&mut op);
        drop(op);
        let server = self.server;
        let left_open = in_transaction(self.conn(), server);
        self.rollback_now();
        let prepared = left_open.and_then(|open| self.prepare().map(|()| open));
        match (prepared, result) {
            (Ok(false), result) => result.map_err(UnitError::Work),
            (Ok(true), result) => Err(UnitError::TransactionEscaped {
                what: "BEGIN without COMMIT".to_owned(),
                work: result.err(),
            }),
            (Err(error), Err(work)) => {
                self.convert_error(&error);
                Err(UnitError::Work(work))
            }
            (Err(error), Ok(_)) => Err(UnitError::Database(self.convert_error(&error))),
        }
    }

    fn send<E>(&mut self, sql: &str) -> Result<(), UnitError<E>> {
        let done = self.conn().query_drop(sql);
        done.map_err(|error| UnitError::Database(self.convert_error(&error)))
    }

    fn rollback_now(&mut self) {
        // A rollback fails only if the connection is lost, and then the server rolls back.
        if let Err(error) = self.conn().query_drop("ROLLBACK") {
            self.convert_error(&error);
        }
        self.open = false;
    }
}

impl<M: SessionMode> MigrationRun<Mysql<M>> for MysqlRun<'_, M> {
    fn begin(&mut self) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            self.reconnect_if_lost()?;
            let wait = self.wait.saturating_sub(started.elapsed());
            let acquired = self.lock.take(self.owner.conn(), wait);
            match acquired {
                Ok(held) => {
                    self.lock_lost |= self.locked && !held;
                    self.locked = true;
                    break;
                }
                // This is the first statement after the connection was lost.
                Err(error) if !self.lost && self.conn().ping().is_err() => {
                    self.lost = true;
                    if started.elapsed() >= self.wait {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        // Without `autocommit` the next statement begins a transaction.
        self.open = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        if let Err(error) = self.conn().query_drop("COMMIT") {
            let database_error = self.convert_error(&error);
            if !self.lost {
                self.rollback_now();
            }
            return Err(database_error);
        }
        self.open = false;
        Ok(())
    }

    fn rollback(&mut self) {
        if self.open {
            self.rollback_now();
        }
    }

    fn is_open(&self) -> bool {
        self.open
    }

    fn lock_was_lost(&mut self) -> bool {
        std::mem::take(&mut self.lock_lost)
    }

    fn lock_watch(&mut self) -> Option<Box<dyn LockWatch>> {
        let origin = self.owner.origin()?.clone();
        let id = self.conn().connection_id();
        Some(Box::new(MysqlLockWatch::new(origin, id)))
    }

    fn unit<R, E>(
        &mut self,
        scope: UnitScope,
        work: impl FnOnce(&mut Op<'_, Mysql<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        match scope {
            UnitScope::Transaction => self.own(work),
            UnitScope::Savepoint => self.revision(work),
            UnitScope::Autocommit => self.in_autocommit(work),
        }
    }
}

impl<M: SessionMode> Drop for MysqlRun<'_, M> {
    fn drop(&mut self) {
        if self.lost {
            return;
        }
        self.rollback_now();
        // These belong to this session, and an error in `drop` can't be reported.
        let back = self.settings.back();
        let _ = self.conn().query_drop(back);
        self.lock.release(self.owner.conn());
    }
}

/// Reads inside one read-only transaction, so that all results are consistent.
pub(super) fn read<M: SessionMode, R>(
    owner: &mut MysqlClient,
    work: impl FnOnce(&mut Op<'_, Mysql<M>>) -> Result<R, Error>,
) -> Result<R, Error> {
    let failed = |error: Fault| Error::database("can't read the database", from_driver(&error));
    owner.ensure_connected()?;
    let server = owner.server()?;
    let conn = owner.conn();
    if in_transaction(conn, server).map_err(failed)? {
        return Err(Error::InTransaction);
    }
    // The snapshot is taken when the first table is read, so that tables of other processes that are created before
    // then can be read.
    conn.query_drop("START TRANSACTION READ ONLY")
        .map_err(failed)?;
    let result = work(&mut Op::new(MysqlSession::new(
        conn,
        server,
        TransactionState::Inside,
    )));
    let _ = conn.query_drop("ROLLBACK");
    result
}

/// Returns whether a transaction is open.
fn in_transaction(conn: &mut Conn, server: Server) -> Result<bool, Fault> {
    if server.is_mariadb() {
        let open: Option<u8> = conn.query_first("SELECT @@in_transaction")?;
        return Ok(open == Some(1));
    }
    // SET TRANSACTION fails in an open transaction. MySQL's table of transactions may be 0.1 seconds old.
    match conn.query_drop("SET TRANSACTION READ WRITE") {
        Ok(()) => Ok(false),
        Err(error) if is(&error, IN_TRANSACTION) => Ok(true),
        Err(error) => Err(error),
    }
}
