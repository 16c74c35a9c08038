//! Writes the journal, and handles the transactions of its steps.

use std::time::{Duration, Instant};

use crate::backend::Backend;
use crate::error::{DatabaseError, DatabaseErrorKind, OpError};
use crate::failpoint::{self, FailurePoint};
use crate::op::Op;
use crate::v1::Result;

use super::{JournalMode, Step};

/// The pause before a transaction that met a lock is started again.
const RETRY_DELAY: Duration = Duration::from_millis(20);

impl<'t, B: Backend> Op<'t, B> {
    pub(super) fn begin(&mut self) -> Result<()> {
        let deadline = self
            .journal
            .as_ref()
            .map_or_else(Instant::now, |journal| journal.deadline);
        loop {
            match self.own(B::BEGIN) {
                Err(error) if busy(&error) && Instant::now() < deadline => {
                    std::thread::sleep(RETRY_DELAY)
                }
                done => return Ok(done?),
            }
        }
    }

    /// Commits a recorded step. If that fails, rolls it back, and no more steps run.
    pub(super) fn end_step(&mut self, step: &Step, saved: Result<()>) -> Result<()> {
        let ended = self.end(saved);
        if ended.is_err() {
            self.poison(format!(
                "a step before it could not be committed: {}",
                step.title
            ));
        }
        ended
    }

    pub(super) fn end(&mut self, result: Result<()>) -> Result<()> {
        let ended = result.and_then(|()| Ok(self.commit()?));
        if ended.is_err() {
            self.take_back();
        }
        ended
    }

    /// Rolls back.
    pub(crate) fn take_back(&mut self) {
        // If it fails, the transaction has already ended.
        let _ = self.own("ROLLBACK");
    }

    /// Writes the journal, unless another run has taken over.
    pub(super) fn save(&mut self) -> Result<()> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let row =
            migrate_schema::params![journal.text(), journal.revision.as_str(), journal.token()];
        let sql = journal.save.clone();
        let written = failpoint::hit(
            FailurePoint::Note,
            |source| noting(&sql, source),
            || {
                B::execute_internal(&mut self.session, &sql, &row)
                    .map_err(|source| noting(&sql, source))
            },
        )?;
        match written {
            0 => Err(self.taken_over()),
            _ => Ok(()),
        }
    }

    /// Stops all further steps, because another run has taken over.
    fn taken_over(&mut self) -> crate::v1::Error {
        if let Some(journal) = &mut self.journal {
            journal.taken_over = true;
        }
        OpError::TakenOver.into()
    }

    pub(super) fn commit(&mut self) -> std::result::Result<(), OpError> {
        let told = |source| noting("COMMIT", source);
        failpoint::hit(FailurePoint::Commit, told, || self.own("COMMIT"))
    }

    pub(super) fn own(&mut self, sql: &str) -> std::result::Result<(), OpError> {
        let done = B::execute_batch(&mut self.session, sql);
        done.map(|_| ()).map_err(|error| noting(sql, error.source))
    }

    pub(super) fn mode(&mut self, mode: JournalMode) {
        if let Some(journal) = &mut self.journal {
            journal.mode = mode;
        }
    }
}

fn noting(sql: &str, source: DatabaseError) -> OpError {
    OpError::Statement {
        number: 0,
        sql: sql.to_owned(),
        source,
    }
}

fn busy(error: &OpError) -> bool {
    matches!(error, OpError::Statement { source, .. } if source.kind == DatabaseErrorKind::Busy)
}

pub(super) fn is_busy(error: &crate::v1::Error) -> bool {
    error.inner().downcast_ref::<OpError>().is_some_and(busy)
}
