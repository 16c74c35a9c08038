//! What a database can do.

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

    /// Says that a change of the schema stays whatever becomes of the transaction around it.
    #[must_use]
    pub const fn without_transactional_ddl(mut self) -> Capabilities {
        self.transactional_ddl = false;
        self
    }
}

impl Default for Capabilities {
    fn default() -> Capabilities {
        Capabilities::new()
    }
}
