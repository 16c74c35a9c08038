//! A step, run for the first time or gone on with.

use crate::backend::{Backend, Stands};
use crate::error::OpError;
use crate::handle::Op;
use crate::v1::Result;

use super::footprint::{Verdict, differences};
use super::note::is_busy;
use super::{Begun, EntryKind, Mode, Next, Refusal, Step, Touched, describe};

impl<'t, B: Backend> Op<'t, B> {
    pub(super) fn expected(&mut self, step: &Step) -> Result<Next> {
        let Some(journal) = &mut self.journal else {
            return Ok(Next::Run);
        };
        if let Some(why) = journal.stopped() {
            return Err(OpError::Unresumable { why }.into());
        }
        let next = journal.expect(step);
        next.map_err(|refused| self.refuse(refused.why))
    }

    /// Lets no step come after one that failed so that its part is lost.
    pub(super) fn spoil(&mut self, why: String) {
        if let Some(journal) = &mut self.journal {
            journal.spoiled = Some(why);
        }
    }

    /// Stops for good: code that goes on after the error gets it again.
    pub(super) fn refuse(&mut self, why: Vec<String>) -> crate::v1::Error {
        if let Some(journal) = &mut self.journal {
            journal.refused = Some(Refusal { why: why.clone() });
        }
        OpError::Unresumable { why }.into()
    }

    pub(super) fn run_step(
        &mut self,
        step: &Step,
        due: usize,
        work: impl FnOnce(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        if step.stands == Stands::Alone {
            return self.run_alone_step(step, due, work);
        }
        if !B::CAPABILITIES.transactional_ddl {
            return self.run_in_group(step, work);
        }
        self.begin()?;
        let rows = match work(self) {
            Ok(rows) => rows,
            Err(error) => {
                self.take_back();
                return Err(error);
            }
        };
        if let Some(journal) = &mut self.journal {
            journal.note(step, rows);
        }
        let saved = self.save();
        self.end_step(step, saved)?;
        Ok(rows)
    }

    /// Runs a step in the transaction that the next change of the schema ends.
    pub(super) fn run_in_group(
        &mut self,
        step: &Step,
        work: impl FnOnce(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        let open = self
            .journal
            .as_ref()
            .is_some_and(|journal| journal.mode == Mode::Open);
        if !open {
            self.begin()?;
            self.mode(Mode::Open);
        }
        let result = work(self);
        match &result {
            Ok(rows) => {
                if let Some(journal) = &mut self.journal {
                    journal.note(step, *rows);
                }
            }
            // The database may have taken the whole transaction back, and a revision that goes on would lose its front.
            Err(error) if is_busy(error) => {
                self.spoil(
                    "a lock of another connection ended the transaction of the steps before it"
                        .to_owned(),
                );
            }
            Err(_) => {}
        }
        result
    }

    /// Runs a step that no transaction can hold: noted as begun before, and as done after.
    pub(super) fn run_alone_step(
        &mut self,
        step: &Step,
        due: usize,
        work: impl FnOnce(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        self.flush()?;
        let before = self.describe(&step.touched)?;
        let begun = Begun {
            text: step.text,
            statement: due,
            touched: step.touched.clone(),
            before: before.clone(),
        };
        self.push(step, EntryKind::Begun(begun));
        self.save()?;
        self.set_due(Some(due));
        let result = work(self);
        self.set_due(None);
        match result {
            Ok(rows) => {
                self.set_last(EntryKind::Done { text: step.text });
                self.save()?;
                Ok(rows)
            }
            Err(error) => {
                // What changed nothing was not begun.
                if self.describe(&step.touched).is_ok_and(|now| now == before) && due == 0 {
                    self.forget_last();
                    let _ = self.save();
                }
                Err(error)
            }
        }
    }

    /// Forgets a step that was begun and changed nothing, because the revision asks for another in its place.
    pub(super) fn replace(&mut self, begun: &Begun) -> Result<()> {
        let live = self.describe(&begun.touched)?;
        match begun.touched.verdict(&begun.before, &live) {
            Verdict::Before => {
                self.forget_last();
                Ok(())
            }
            Verdict::After | Verdict::Neither(_) => {
                let mut why = differences(&begun.before, &live);
                why.insert(
                    0,
                    "the revision asks for another step than the one that was cut short".to_owned(),
                );
                Err(self.refuse(why))
            }
        }
    }

    pub(super) fn resume(
        &mut self,
        step: &Step,
        begun: Begun,
        work: impl FnOnce(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        let live = self.describe(&begun.touched)?;
        let verdict = step.touched.verdict(&begun.before, &live);
        match verdict {
            Verdict::Before => {
                self.forget_last();
                self.run_step(step, begun.statement, work)
            }
            Verdict::After => {
                self.set_last(EntryKind::Done { text: step.text });
                if let Some(journal) = &mut self.journal {
                    journal.at = journal.entries.len();
                }
                self.save()?;
                Ok(0)
            }
            Verdict::Neither(mut differences) => {
                differences.insert(0, format!("it was cut short in a step: {}", step.title));
                Err(self.refuse(differences))
            }
        }
    }

    /// Ends the open transaction of steps, so that they stay.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        if journal.mode != Mode::Open {
            return Ok(());
        }
        journal.close();
        self.save()?;
        self.commit()?;
        self.mode(Mode::Each);
        Ok(())
    }

    pub(super) fn describe(&mut self, touched: &Touched) -> Result<Vec<String>> {
        let session = &mut self.session;
        let schema = match touched {
            Touched::Everything => B::inspect(session, None),
            Touched::Named(named) => B::inspect_named(session, &named.names),
        }
        .map_err(OpError::Inspection)?;
        let invalid = B::invalid_indexes(&mut self.session).map_err(OpError::Inspection)?;
        Ok(match touched {
            Touched::Everything => describe::everything(&schema, &invalid),
            Touched::Named(named) => describe::named(&schema, &named.names, &invalid),
        })
    }
}
