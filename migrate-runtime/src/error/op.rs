//! Why an operation of a revision did not run.

use std::fmt;

use super::DatabaseError;

/// Why an operation of a revision did not run.
///
/// A revision's `up` returns it inside its [`v1::Error`](crate::v1::Error); the executor adds the revision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The database refused a statement.
    #[error("{source}")]
    Statement {
        /// Which statement of the revision it was, counted from 1.
        number: u32,
        /// The statement.
        sql: String,
        /// What the database said.
        source: DatabaseError,
    },
    /// The database can't do this, or this version of the crate can't yet.
    #[error("can't {operation}: {reason}")]
    Unsupported {
        /// What was asked.
        operation: String,
        /// Why it can't be.
        reason: String,
        /// Another way to the same end.
        help: String,
    },
    /// The operation makes no sense as it was written.
    #[error("can't {operation}: {reason}")]
    Invalid {
        /// What was asked.
        operation: String,
        /// What is wrong with it.
        reason: String,
        /// What to write instead.
        help: String,
    },
    /// The revision says that it can't be taken back.
    #[error("it can't be downgraded: {reason}")]
    Irreversible {
        /// The author's reason.
        reason: String,
    },
    /// A `down` outside a transaction was about to drop values that nobody allowed it to drop.
    #[error("it would drop {0}")]
    DataLoss(Loss),
    /// A revision that was cut short outside a transaction does not go on where it stopped.
    #[error("{}", why.join("; "))]
    Unresumable {
        /// The reason, and what was found.
        why: Vec<String>,
    },
    /// Another run has taken over a revision outside a transaction, because the lock that kept it away was lost.
    #[error("another run has taken over")]
    TakenOver,
    /// The database could not be asked about itself.
    #[error("can't inspect the database: {0}")]
    Inspection(DatabaseError),
}

/// Values that a `down` drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The table.
    pub table: String,
    /// The column, or `None` for the whole table.
    pub column: Option<String>,
    /// How many rows hold a value there.
    pub rows: u64,
}

impl fmt::Display for Loss {
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
