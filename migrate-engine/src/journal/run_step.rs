//! Runs a step that a transaction can hold.

use crate::backend::{Backend, StatementKind};
use crate::error::{DatabaseErrorKind, OpError};
use crate::op::Op;
use crate::v1::{Error, Result};

use super::transactions::is_busy;
use super::{EntryKind, JournalMode, Next, Numbers, ResumeError, Step};

impl<'t, B: Backend> Op<'t, B> {
    pub(super) fn expected(&mut self, step: &Step) -> Result<Next> {
        let Some(journal) = &mut self.journal else {
            return Ok(Next::Run);
        };
        journal.not_stopped()?;
        let next = journal.expect(step);
        let next = next.and_then(|next| match next {
            Next::Run | Next::Resume(_) | Next::Replace(_) if !journal.query_log.is_in_step() => {
                Err(ResumeError::because(
                    "queries of the revision return other results than in the interrupted run, so its steps may differ",
                ))
            }
            next => Ok(next),
        });
        next.map_err(|refused| self.refuse(refused.notes))
    }

    /// Stops all further steps after a failure that lost a part of a step.
    pub(super) fn poison(&mut self, why: String) {
        if let Some(journal) = &mut self.journal {
            journal.poisoned = Some(why);
        }
    }

    /// Stops permanently: code that continues after the error gets it again.
    pub(super) fn refuse(&mut self, why: Vec<String>) -> Error {
        if let Some(journal) = &mut self.journal {
            journal.refused = Some(ResumeError { notes: why.clone() });
        }
        OpError::CannotResume { notes: why }.into()
    }

    /// Runs a step that no earlier run did, and records how it ended.
    pub(super) fn run_step(
        &mut self,
        step: &Step,
        current: usize,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        let done = match step.statement_kind {
            StatementKind::NonTransactional => self.run_non_transactional(step, current, work),
            StatementKind::MayCommit => self.run_unknown(step, work),
            _ if B::CAPABILITIES.transactional_ddl => self.run_inside(step, work),
            _ => self.run_in_group(step, work),
        };
        if let (Err(error), Some(journal)) = (&done, &mut self.journal)
            && journal.not_stopped().is_ok()
        {
            journal.note_failure(step, error);
        }
        done
    }

    /// Runs a step in its own transaction, together with its entry. If the database does not allow it in a transaction,
    /// runs it outside one.
    fn run_inside(
        &mut self,
        step: &Step,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        self.begin()?;
        let rows = match work(self) {
            Ok(rows) => rows,
            Err(error) => {
                self.take_back();
                return match needs_no_transaction(&error) {
                    true => self.run_non_transactional(step, 0, work),
                    false => Err(error),
                };
            }
        };
        self.note(step, [rows, 0]);
        let saved = self.save();
        self.end_step(step, saved)?;
        Ok(rows)
    }

    /// Runs a step in the transaction that the next change of the schema ends.
    fn run_in_group(
        &mut self,
        step: &Step,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        let open = self
            .journal
            .as_ref()
            .is_some_and(|journal| journal.mode == JournalMode::Group);
        if !open {
            self.begin()?;
            self.mode(JournalMode::Group);
        }
        let result = work(self);
        match &result {
            Ok(rows) => self.note(step, [*rows, 0]),
            // The database may have rolled back the whole transaction, and a revision that continues would lose its
            // earlier steps.
            Err(error) if is_busy(error) => {
                self.poison(
                    "a lock of another connection ended the transaction of the steps before it"
                        .to_owned(),
                );
            }
            Err(_) => {}
        }
        result
    }

    /// Runs code on the database in a transaction, together with its entry. If the code commits, it also commits the
    /// entry that it was started, which stops the next run. Without that entry, nothing of the code was committed.
    fn run_unknown(
        &mut self,
        step: &Step,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        self.flush()?;
        self.begin()?;
        self.put(step, EntryKind::Code { ended: false });
        let done = self.save().and_then(|()| work(self));
        match done {
            Ok(rows) => {
                self.note(step, [rows, 0]);
                let saved = self.save();
                self.end_step(step, saved)?;
                Ok(rows)
            }
            Err(error) if needs_no_transaction(&error) => {
                self.take_back();
                // It counts as started until it has ended.
                self.save()?;
                let rows = work(self)?;
                self.note(step, [rows, 0]);
                self.save_step(step)?;
                Ok(rows)
            }
            Err(error) => {
                self.take_back();
                match B::CAPABILITIES.transactional_ddl {
                    true => self.forget(),
                    // What it committed is kept, and it is not known whether it did.
                    false => self.poison(format!("it failed partway: {}", step.title)),
                }
                Err(error)
            }
        }
    }

    /// Commits the open transaction of steps.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        if journal.mode != JournalMode::Group {
            return Ok(());
        }
        journal.close();
        self.save()?;
        self.commit()?;
        self.mode(JournalMode::PerStep);
        Ok(())
    }

    pub(super) fn note(&mut self, step: &Step, numbers: Numbers) {
        if let Some(journal) = &mut self.journal {
            journal.note(step, numbers);
        }
    }

    pub(super) fn put(&mut self, step: &Step, kind: EntryKind) {
        if let Some(journal) = &mut self.journal {
            journal.put(step, kind);
        }
    }
}

fn needs_no_transaction(error: &Error) -> bool {
    let error = error.inner().downcast_ref::<OpError>();
    matches!(error, Some(OpError::Statement { source, .. }) if source.kind == DatabaseErrorKind::NeedsNoTransaction)
}
