//! The reason why an operation of a revision failed.

use std::fmt;

use super::DatabaseError;

/// The reason why an operation of a revision failed.
///
/// A revision's `up` returns it inside its [`v1::Error`](crate::v1::Error); the executor adds the revision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The database rejected a statement.
    #[error("{source}")]
    Statement {
        /// The number of the statement in the revision, counted from 1.
        number: u32,
        /// The statement.
        sql: String,
        /// The error of the database.
        source: DatabaseError,
    },
    /// The database, or this version of the crate, does not support the operation.
    #[error("can't {operation}: {reason}")]
    Unsupported {
        /// The operation.
        operation: String,
        /// The reason.
        reason: String,
        /// A workaround.
        help: String,
    },
    /// The operation is invalid.
    #[error("can't {operation}: {reason}")]
    Invalid {
        /// The operation.
        operation: String,
        /// The problem.
        reason: String,
        /// The correction.
        help: String,
    },
    /// The revision is irreversible.
    #[error("it can't be downgraded: {reason}")]
    Irreversible {
        /// The author's reason.
        reason: String,
    },
    /// A `down` outside a transaction was about to drop values without permission.
    #[error("it would drop {0}")]
    DataLoss(DataLoss),
    /// A revision that was interrupted outside a transaction can't be resumed.
    #[error("{}", notes.join("; "))]
    CannotResume {
        /// The reason, and what was found.
        notes: Vec<String>,
    },
    /// Another run has taken over a revision outside a transaction, because this run lost its lock.
    #[error("another run has taken over")]
    TakenOver,
    /// The database could not be inspected.
    #[error("can't inspect the database: {0}")]
    Inspection(DatabaseError),
}

/// Values that a `down` drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataLoss {
    /// The table.
    pub table: String,
    /// The column, or `None` for the whole table.
    pub column: Option<String>,
    /// The number of rows that have a value there.
    pub rows: u64,
}

impl fmt::Display for DataLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        match &self.column {
            Some(column) => write!(
                f,
                "`{}.{column}` with values in {} {rows}",
                self.table, self.rows
            ),
            None => write!(f, "`{}` with {} {rows}", self.table, self.rows),
        }
    }
}
