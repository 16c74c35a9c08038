//! The capabilities of a database.

use migrate_schema::operation::LetterCase;

/// The capabilities of a database.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether to run many revisions in one transaction instead of one each. Set it if a commit costs more than holding
    /// the lock.
    pub batched_commits: bool,
    /// Whether the lock is held from the first `begin` until the run is dropped, even outside transactions.
    pub session_lock: bool,
    /// Whether a failed statement aborts the transaction, so that later statements fail too.
    pub error_aborts_transaction: bool,
    /// Whether a revision that hit a lock of another connection is rolled back and retried.
    pub retries_on_lock: bool,
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
            batched_commits: false,
            session_lock: false,
            error_aborts_transaction: false,
            retries_on_lock: false,
            transactional_ddl: true,
            letter_case: LetterCase::Ignored,
            schemas: false,
        }
    }

    /// Declares that many revisions share one commit.
    #[must_use]
    pub const fn with_batched_commits(mut self) -> Capabilities {
        self.batched_commits = true;
        self
    }

    /// Declares that the lock is held until the run is dropped.
    #[must_use]
    pub const fn with_session_lock(mut self) -> Capabilities {
        self.session_lock = true;
        self
    }

    /// Declares that a failed statement aborts the transaction.
    #[must_use]
    pub const fn with_error_aborting_transaction(mut self) -> Capabilities {
        self.error_aborts_transaction = true;
        self
    }

    /// Declares that a revision that hit a lock of another connection is retried.
    #[must_use]
    pub const fn with_lock_retry(mut self) -> Capabilities {
        self.retries_on_lock = true;
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
