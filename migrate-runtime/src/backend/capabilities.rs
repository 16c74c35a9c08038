//! What a database can do.

use crate::op::LetterCase;

/// What a database can do, with a reason where it can't.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether many revisions in one transaction are better than one each: they are where a commit costs more than the
    /// lock it holds.
    pub shared_commit: bool,
    /// Whether the lock is held from the first `begin` until the run is dropped, also outside transactions.
    pub lasting_lock: bool,
    /// Whether a statement that fails ends the transaction, so that nothing can be asked after it.
    pub failure_ends_transaction: bool,
    /// Whether a revision that met another connection's lock is rolled back and tried again.
    pub tries_again: bool,
    /// Whether a change of the schema is taken back with the transaction around it. Where it is not, each revision keeps
    /// a journal of its steps.
    pub transactional_ddl: bool,
    /// Whether the case of its letters tells a name from another.
    pub letter_case: LetterCase,
    /// Whether a database has schemas, so that names can belong to one or another.
    pub schemas: bool,
}

impl Capabilities {
    /// Returns the capabilities of a database that commits each revision by itself.
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

    /// Says that many revisions share one commit.
    #[must_use]
    pub const fn with_shared_commit(mut self) -> Capabilities {
        self.shared_commit = true;
        self
    }

    /// Says that the lock is held until the run is dropped.
    #[must_use]
    pub const fn with_lasting_lock(mut self) -> Capabilities {
        self.lasting_lock = true;
        self
    }

    /// Says that a statement that fails ends the transaction.
    #[must_use]
    pub const fn with_failure_ending_transaction(mut self) -> Capabilities {
        self.failure_ends_transaction = true;
        self
    }

    /// Says that a revision that met another connection's lock is tried again.
    #[must_use]
    pub const fn with_second_try(mut self) -> Capabilities {
        self.tries_again = true;
        self
    }

    /// Says that names which differ in the case of their letters are two, and that a table may have no columns.
    #[must_use]
    pub const fn with_letter_case(mut self) -> Capabilities {
        self.letter_case = LetterCase::Counts;
        self
    }

    /// Says that a change of the schema stays whatever becomes of the transaction around it.
    #[must_use]
    pub const fn without_transactional_ddl(mut self) -> Capabilities {
        self.transactional_ddl = false;
        self
    }

    /// Says that a database has schemas.
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
