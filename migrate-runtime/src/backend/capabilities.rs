//! The capabilities of a database.

use crate::op::LetterCase;

/// The capabilities of a database.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether to run many revisions in one transaction instead of one each. Set it if a commit costs more than holding
    /// the lock.
    pub shared_commit: bool,
    /// Whether the lock is held from the first `begin` until the run is dropped, even outside transactions.
    pub lasting_lock: bool,
    /// Whether a failed statement aborts the transaction, so that later statements fail too.
    pub failure_ends_transaction: bool,
    /// Whether a revision that hit a lock of another connection is rolled back and retried.
    pub tries_again: bool,
    /// Whether a schema change is rolled back with its transaction. If not, each revision records its steps in a
    /// journal.
    pub transactional_ddl: bool,
    /// Whether names are case-sensitive.
    pub letter_case: LetterCase,
    /// Whether a database has schemas, so that names can belong to one of several.
    pub schemas: bool,
}

impl Capabilities {
    /// Returns the capabilities of a database that commits each revision separately.
    #[must_use]
    pub const fn new() -> Capabilities {
        Capabilities {
            shared_commit: false,
            lasting_lock: false,
            failure_ends_transaction: false,
            tries_again: false,
            transactional_ddl: true,
            letter_case: LetterCase::Ignored,
            schemas: false,
        }
    }

    /// Declares that many revisions share one commit.
    #[must_use]
    pub const fn with_shared_commit(mut self) -> Capabilities {
        self.shared_commit = true;
        self
    }

    /// Declares that the lock is held until the run is dropped.
    #[must_use]
    pub const fn with_lasting_lock(mut self) -> Capabilities {
        self.lasting_lock = true;
        self
    }

    /// Declares that a failed statement aborts the transaction.
    #[must_use]
    pub const fn with_failure_ending_transaction(mut self) -> Capabilities {
        self.failure_ends_transaction = true;
        self
    }

    /// Declares that a revision that hit a lock of another connection is retried.
    #[must_use]
    pub const fn with_second_try(mut self) -> Capabilities {
        self.tries_again = true;
        self
    }

    /// Declares that names are case-sensitive, and that a table may have no columns.
    #[must_use]
    pub const fn with_letter_case(mut self) -> Capabilities {
        self.letter_case = LetterCase::Counts;
        self
    }

    /// Declares that a schema change is kept even if its transaction is rolled back.
    #[must_use]
    pub const fn without_transactional_ddl(mut self) -> Capabilities {
        self.transactional_ddl = false;
        self
    }

    /// Declares that a database has schemas.
    #[must_use]
    pub const fn with_schemas(mut self) -> Capabilities {
        self.schemas = true;
        self
    }
}

impl Default for Capabilities {
    fn default() -> Capabilities {
        Capabilities::new()
    }
}
