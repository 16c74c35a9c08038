//! Runs a step that no transaction can hold. It is recorded as started and then as finished. If a run ended in between,
//! the schema shows whether the step ran.

use crate::backend::{Backend, Shown, StatementKind};
use crate::error::OpError;
use crate::handle::Op;
use crate::v1::Result;

use super::footprint::{Verdict, differences};
use super::{Begun, EntryKind, Step, Touched, describe};

impl<'t, B: Backend> Op<'t, B> {
    pub(super) fn run_outside(
        &mut self,
        step: &Step,
        due: usize,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        self.flush()?;
        let before = self.describe(&step.touched)?;
        let begun = Begun {
            call: step.call,
            statement: due,
            touched: step.touched.clone(),
            before: before.clone(),
        };
        self.put(step, EntryKind::Begun(begun));
        self.save()?;
        self.set_due(Some(due));
        let result = work(self);
        self.set_due(None);
        match result {
            Ok(rows) => {
                self.note(step, [rows, 0]);
                self.noted(step)?;
                Ok(rows)
            }
            Err(error) => {
                // A step that changed nothing does not count as started.
                if self.describe(&step.touched).is_ok_and(|now| now == before) && due == 0 {
                    self.forget();
                    let _ = self.save();
                }
                Err(error)
            }
        }
    }

    /// Saves that a step outside a transaction is done. If that fails, no more steps run.
    pub(super) fn noted(&mut self, step: &Step) -> Result<()> {
        let saved = self.save();
        if saved.is_err() {
            self.spoil(format!(
                "a step before it could not be recorded: {}",
                step.title
            ));
        }
        saved
    }

    /// Deletes the entry of a started step that changed nothing, because the revision runs another one in its place.
    pub(super) fn replace(&mut self, begun: &Begun) -> Result<()> {
        let live = self.without_left_overs(&begun.touched, &begun.before)?;
        match begun.touched.verdict(&begun.before, &live) {
            Verdict::Before => {
                self.forget();
                Ok(())
            }
            Verdict::After | Verdict::Neither(_) => {
                let mut why = differences(&begun.before, &live);
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
        begun: &Begun,
        work: &mut dyn FnMut(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        let live = self.without_left_overs(&step.touched, &begun.before)?;
        match step.touched.verdict(&begun.before, &live) {
            Verdict::Before => {
                self.forget();
                self.run_step(step, begun.statement, work)
            }
            // One of its statements is done, and there are more.
            Verdict::After if begun.statement + 1 < step.statements => {
                self.forget();
                self.run_step(step, begun.statement + 1, work)
            }
            Verdict::After => {
                self.note(step, [0, 0]);
                self.noted(step)?;
                Ok(0)
            }
            Verdict::Neither(mut differences) => {
                differences.insert(0, format!("it was interrupted in a step: {}", step.title));
                Err(self.refuse(differences))
            }
        }
    }

    /// Runs one statement of an operation, unless an earlier run did.
    pub(crate) fn due(
        &mut self,
        number: usize,
        sql: &str,
        step: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        // In its own transaction, an operation is done completely or not at all.
        let due = self.journal.as_ref().and_then(|journal| {
            let begun = journal.begun()?.clone();
            Some((journal.due?, begun))
        });
        let Some((due, begun)) = due else {
            return step(self);
        };
        if number < due {
            return Ok(());
        }
        if number > begun.statement {
            let before = self.describe(&begun.touched)?;
            self.set_begun(Begun {
                statement: number,
                before,
                ..begun.clone()
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
        self.set_begun(Begun {
            statement: number + 1,
            ..begun
        });
        let done = step(self).and_then(|()| self.save());
        self.end(done)
    }

    /// Returns whether an earlier run was interrupted in the running step after some of its statements.
    pub(crate) fn goes_on(&self) -> bool {
        let due = self.journal.as_ref().and_then(|journal| journal.due);
        due.is_some_and(|due| due > 0)
    }

    fn set_begun(&mut self, now: Begun) {
        if let Some(journal) = &mut self.journal
            && let Some(entry) = journal.entries.get_mut(journal.at)
        {
            entry.kind = EntryKind::Begun(now);
        }
    }

    fn set_due(&mut self, due: Option<usize>) {
        if let Some(journal) = &mut self.journal {
            journal.due = due;
        }
    }

    pub(super) fn forget(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.forget();
        }
    }

    /// Describes what a step touches, after the invalid remains of the interrupted step are dropped.
    fn without_left_overs(&mut self, touched: &Touched, before: &[String]) -> Result<Vec<String>> {
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

    fn describe(&mut self, touched: &Touched) -> Result<Vec<String>> {
        let shown = self.shown(touched)?;
        self.described(touched, &shown)
    }

    /// Reads the database's own description of what a statement names.
    fn shown(&mut self, touched: &Touched) -> Result<Vec<Shown>> {
        let shown = match touched {
            Touched::Said(sql) => B::shown(&mut self.session, sql),
            Touched::Named(_) | Touched::Everything => Ok(Vec::new()),
        };
        Ok(shown.map_err(OpError::Inspection)?)
    }

    fn described(&mut self, touched: &Touched, shown: &[Shown]) -> Result<Vec<String>> {
        let session = &mut self.session;
        let schema = match touched {
            Touched::Named(named) => B::inspect_named(session, &named.names),
            Touched::Everything | Touched::Said(_) => B::inspect(session, None),
        }
        .map_err(OpError::Inspection)?;
        let invalid = B::invalid_indexes(session).map_err(OpError::Inspection)?;
        Ok(match touched {
            Touched::Named(named) => describe::named(&schema, &named.names, &invalid),
            Touched::Everything | Touched::Said(_) => {
                describe::everything(&schema, &invalid, shown)
            }
        })
    }
}
