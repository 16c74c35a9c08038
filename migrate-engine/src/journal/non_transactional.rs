//! Runs a step that no transaction can hold. It is recorded as started and then as finished. If a run ended in between,
//! the schema shows whether the step ran.

use crate::backend::{Backend, Shown, StatementKind};
use crate::error::OpError;
use crate::op::Op;
use crate::v1::Result;

use super::affected_objects::{StepState, differences};
use super::{AffectedObjects, EntryKind, Step, StepInProgress, describe};

impl<'t, B: Backend> Op<'t, B> {
    pub(super) fn run_non_transactional(
        &mut self,
        step: &Step,
        current: usize,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        self.flush()?;
        let before = self.describe(&step.affected)?;
        let started = StepInProgress {
            call: step.call,
            statement: current,
            affected: step.affected.clone(),
            before: before.clone(),
        };
        self.put(step, EntryKind::Started(started));
        self.save()?;
        self.set_current_statement(Some(current));
        let result = work(self);
        self.set_current_statement(None);
        match result {
            Ok(rows) => {
                self.note(step, [rows, 0]);
                self.save_step(step)?;
                Ok(rows)
            }
            Err(error) => {
                // A step that changed nothing does not count as started.
                if self.describe(&step.affected).is_ok_and(|now| now == before) && current == 0 {
                    self.forget();
                    let _ = self.save();
                }
                Err(error)
            }
        }
    }

    /// Saves that a step outside a transaction is done. If that fails, no more steps run.
    pub(super) fn save_step(&mut self, step: &Step) -> Result<()> {
        let saved = self.save();
        if saved.is_err() {
            self.poison(format!(
                "a step before it could not be recorded: {}",
                step.title
            ));
        }
        saved
    }

    /// Deletes the entry of a started step that changed nothing, because the revision runs another one in its place.
    pub(super) fn replace(&mut self, started: &StepInProgress) -> Result<()> {
        let live = self.without_left_overs(&started.affected, &started.before)?;
        match started.affected.step_state(&started.before, &live) {
            StepState::Before => {
                self.forget();
                Ok(())
            }
            StepState::After | StepState::Neither(_) => {
                let mut why = differences(&started.before, &live);
                why.insert(
                    0,
                    "the revision runs a different step than the interrupted one".to_owned(),
                );
                Err(self.refuse(why))
            }
        }
    }

    /// Resumes a step that an earlier run started.
    pub(super) fn resume(
        &mut self,
        step: &Step,
        started: &StepInProgress,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        let live = self.without_left_overs(&step.affected, &started.before)?;
        match step.affected.step_state(&started.before, &live) {
            StepState::Before => {
                self.forget();
                self.run_step(step, started.statement, work)
            }
            // One of its statements is done, and there are more.
            StepState::After if started.statement + 1 < step.statements => {
                self.forget();
                self.run_step(step, started.statement + 1, work)
            }
            StepState::After => {
                self.note(step, [0, 0]);
                self.save_step(step)?;
                Ok(0)
            }
            StepState::Neither(mut differences) => {
                differences.insert(0, format!("it was interrupted in a step: {}", step.title));
                Err(self.refuse(differences))
            }
        }
    }

    /// Runs one statement of an operation, unless an earlier run did.
    pub(crate) fn run_statement(
        &mut self,
        number: usize,
        sql: &str,
        step: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        // In its own transaction, an operation is done completely or not at all.
        let current = self.journal.as_ref().and_then(|journal| {
            let started = journal.step_in_progress()?.clone();
            Some((journal.current_statement?, started))
        });
        let Some((current, started)) = current else {
            return step(self);
        };
        if number < current {
            return Ok(());
        }
        if number > started.statement {
            let before = self.describe(&started.affected)?;
            self.set_step_in_progress(StepInProgress {
                statement: number,
                before,
                ..started.clone()
            });
            self.save()?;
        }
        let inside = B::statements(sql)
            .iter()
            .all(|(_, stands)| *stands == StatementKind::Transactional);
        if !inside {
            return step(self);
        }
        self.begin()?;
        self.set_step_in_progress(StepInProgress {
            statement: number + 1,
            ..started
        });
        let done = step(self).and_then(|()| self.save());
        self.end(done)
    }

    /// Returns whether an earlier run was interrupted in the running step after some of its statements.
    pub(crate) fn is_resuming(&self) -> bool {
        let current = self
            .journal
            .as_ref()
            .and_then(|journal| journal.current_statement);
        current.is_some_and(|current| current > 0)
    }

    fn set_step_in_progress(&mut self, now: StepInProgress) {
        if let Some(journal) = &mut self.journal
            && let Some(entry) = journal.entries.get_mut(journal.at)
        {
            entry.kind = EntryKind::Started(now);
        }
    }

    fn set_current_statement(&mut self, current: Option<usize>) {
        if let Some(journal) = &mut self.journal {
            journal.current_statement = current;
        }
    }

    pub(super) fn forget(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.forget();
        }
    }

    /// Describes what a step touches, after the invalid remains of the interrupted step are dropped.
    fn without_left_overs(
        &mut self,
        touched: &AffectedObjects,
        before: &[String],
    ) -> Result<Vec<String>> {
        let shown = self.shown(touched)?;
        let left_over = describe::left_over(before, &shown);
        if left_over.is_empty() {
            return self.described(touched, &shown);
        }
        for undo in left_over {
            self.own(undo)?;
        }
        self.describe(touched)
    }

    fn describe(&mut self, touched: &AffectedObjects) -> Result<Vec<String>> {
        let shown = self.shown(touched)?;
        self.described(touched, &shown)
    }

    /// Reads the database's own description of what a statement names.
    fn shown(&mut self, touched: &AffectedObjects) -> Result<Vec<Shown>> {
        let shown = match touched {
            AffectedObjects::Text(sql) => B::shown(&mut self.session, sql),
            AffectedObjects::Objects(_) | AffectedObjects::Everything => Ok(Vec::new()),
        };
        Ok(shown.map_err(OpError::Inspection)?)
    }

    fn described(&mut self, touched: &AffectedObjects, shown: &[Shown]) -> Result<Vec<String>> {
        let session = &mut self.session;
        let schema = match touched {
            AffectedObjects::Objects(named) => B::inspect_named(session, &named.names),
            AffectedObjects::Everything | AffectedObjects::Text(_) => B::inspect(session, None),
        }
        .map_err(OpError::Inspection)?;
        let invalid = B::invalid_indexes(session).map_err(OpError::Inspection)?;
        Ok(match touched {
            AffectedObjects::Objects(named) => describe::named(&schema, &named.names, &invalid),
            AffectedObjects::Everything | AffectedObjects::Text(_) => {
                describe::everything(&schema, &invalid, shown)
            }
        })
    }
}
