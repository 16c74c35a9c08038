//! A client that runs revisions, and the units of its work.

use super::{Backend, LockWatch};
use crate::error::{DatabaseError, Error};
use crate::op::Op;

/// A client that runs revisions.
///
/// Call `begin`, then any number of [`unit`](MigrationRun::unit)s, then `commit` or `rollback`.
pub trait MigrationRun<B: Backend> {
    /// Takes the lock and begins the work that a run of revisions shares.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if the waiting time is over.
    fn begin(&mut self) -> Result<(), Error>;

    /// Commits the work permanently. After an error it is not known whether it was committed: the caller must read
    /// again.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Rolls back everything since `begin`.
    fn rollback(&mut self);

    /// Returns whether the work is still open: some errors of a database end it.
    fn is_open(&self) -> bool;

    /// Returns whether the lock was lost and taken again since the last call, so that another process may have run in
    /// between. Applies only if the lock [lasts](super::Capabilities::session_lock).
    fn lock_was_lost(&mut self) -> bool {
        false
    }

    /// Describes the other connections that may hold the lock that a revision hit, if the database can report them.
    fn blocking_connections(&mut self) -> Option<String> {
        None
    }

    /// Returns the watch of the locks of this run, if the database can report the connections that wait for them. It
    /// must not connect before its first use.
    fn lock_watch(&mut self) -> Option<Box<dyn LockWatch>> {
        None
    }

    /// Runs `work` as one unit: its changes are kept if it returns `Ok`, and rolled back if it returns `Err` or panics.
    ///
    /// # Errors
    ///
    /// The error of `work`; other variants of [`UnitError`] if the transaction of the unit was ended from inside.
    fn unit<R, E>(
        &mut self,
        scope: UnitScope,
        work: impl FnOnce(&mut Op<'_, B>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>>;
}

/// The reason why a unit was not kept.
#[derive(Debug)]
pub enum UnitError<E> {
    /// The work failed, and was rolled back.
    Work(E),
    /// The work tried to end or leave the transaction that contains it.
    TransactionEscaped {
        /// The command that it tried to run, such as `COMMIT` or `ATTACH`.
        what: String,
        /// The error that the work returned, if it noticed.
        work: Option<E>,
    },
    /// The database failed outside the work.
    Database(DatabaseError),
}

/// The transaction scope of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitScope {
    /// A savepoint in the open transaction, which is watched because application code runs inside.
    Savepoint,
    /// The open transaction itself; only this crate's own statements run inside.
    Transaction,
    /// No transaction; application code runs inside, and its changes are kept.
    Autocommit,
}
