//! A client that runs revisions, and what a unit of its work stands in.

use super::Backend;
use crate::error::{DatabaseError, Error};
use crate::handle::Op;

/// A client that runs revisions.
///
/// `begin`, then any number of [`unit`](Run::unit)s, then `commit` or `rollback`.
pub trait Run<B: Backend> {
    /// Takes the lock and begins what a run of revisions shares.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if the time is up.
    fn begin(&mut self) -> Result<(), Error>;

    /// Ends it for good. On an error nothing says yet whether it is in the database: the caller reads again.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Takes everything back since `begin`.
    fn rollback(&mut self);

    /// Returns whether what was begun is still open: some errors of a database end it.
    fn is_open(&self) -> bool;

    /// Returns whether the lock was lost and taken again since this was asked last, so that another process may have run
    /// meanwhile. Only where the lock [lasts](super::Capabilities::lasting_lock).
    fn lock_was_lost(&mut self) -> bool {
        false
    }

    /// Says in words which other connections may hold the lock that a revision met, where the database can tell.
    fn others(&mut self) -> Option<String> {
        None
    }

    /// Runs `work` as one unit: what it did stays if it returns `Ok` and is taken back if it returns `Err` or panics.
    ///
    /// # Errors
    ///
    /// What `work` returns; [`UnitError`] kinds of its own for a unit whose transaction was ended from inside.
    fn unit<R, E>(
        &mut self,
        scope: Scope,
        work: impl FnOnce(&mut Op<'_, B>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>>;
}

/// Why a unit did not stay.
#[derive(Debug)]
pub enum UnitError<E> {
    /// Its work failed, and was taken back.
    Work(E),
    /// Its work tried to end or leave the transaction that holds it: this is what it ran.
    Escaped {
        /// What it tried, in words: `COMMIT`, `ATTACH`.
        what: String,
        /// The error that its work returned, if it noticed.
        work: Option<E>,
    },
    /// The database failed around it.
    Database(DatabaseError),
}

/// What a unit stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A savepoint of the open transaction, watched: application code runs inside.
    Revision,
    /// The open transaction itself: only this crate's own statements run inside.
    Own,
    /// No transaction at all: application code runs inside, and what it does stays.
    Bare,
}
