//! The steps of a handle, run and noted.

use crate::backend::{Backend, Stands};
use crate::error::OpError;
use crate::handle::Op;
use crate::v1::Result;

use super::{Begun, EntryKind, Mode, Next, Refusal, Step};

/// What the end of a revision still has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A transaction is open that the revision's row belongs into.
    Open,
    /// A transaction has to be begun for the row.
    None,
    /// Nothing was noted: what stands open may be the application's.
    Unknown,
}

impl<'t, B: Backend> Op<'t, B> {
    /// Runs code of the application that is not run a second time.
    ///
    /// Inside a transaction it simply runs. In a revision outside of one, and on a database where a change of the schema
    /// commits what is open, a run that was cut short goes on after the steps that are done; it can know that only of
    /// operations, statements, and code that was given to it in here. `work` has a transaction of its own, and changes
    /// nothing of the schema. `title` says what it does, and stays the same.
    ///
    /// ```
    /// use migrate_runtime::v1::*;
    ///
    /// fn up(op: &mut Op<Sqlite>) -> Result<()> {
    ///     op.add_column("users", Column::new("locale", Varchar(10)))?;
    ///     op.once("guess each user's locale", |op| {
    ///         op.connection().execute("UPDATE users SET locale = 'en'", [])?;
    ///         Ok(())
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// What `work` returns; [`OpError::Unresumable`] if an earlier run was cut short and did not come past here the same way.
    #[track_caller]
    pub fn once(
        &mut self,
        title: &str,
        work: impl FnOnce(&mut Op<'t, B>) -> Result<()>,
    ) -> Result<()> {
        let Some(Mode::Each | Mode::Open) = self.journal.as_ref().map(|journal| journal.mode)
        else {
            return work(self);
        };
        let step = Step::code(title);
        match self.expected(&step)? {
            Next::Skip(_) => return Ok(()),
            Next::Run => {}
            Next::Resume(begun) | Next::Replace(begun) => self.replace(&begun)?,
        }
        self.flush()?;
        self.begin()?;
        self.push(&step, EntryKind::Code { ended: false });
        let result = self.save().and_then(|()| {
            self.mode(Mode::Within);
            work(self)
        });
        self.mode(Mode::Each);
        if let Some(journal) = &mut self.journal {
            journal.entries.pop();
        }
        match result {
            Ok(()) => {
                self.push(&step, EntryKind::Done { text: step.text });
                let saved = self.save();
                self.end_step(&step, saved)
            }
            Err(error) => {
                self.take_back();
                Err(error)
            }
        }
    }

    /// Runs a step, unless an earlier run did.
    pub(crate) fn stepped(
        &mut self,
        step: impl FnOnce() -> Step,
        work: impl FnOnce(&mut Self) -> Result<u64>,
    ) -> Result<u64> {
        let mode = match &self.journal {
            None => return work(self),
            Some(journal) => journal.mode,
        };
        let step = step();
        match (mode, step.stands) {
            (Mode::Off, _) | (_, Stands::Session) => return work(self),
            (Mode::Within, Stands::Alone | Stands::Leaves) => {
                return Err(OpError::Invalid {
                    operation: step.title,
                    reason: "it would end the transaction of the code that is run once".to_owned(),
                    help: "write it before or after that code".to_owned(),
                }
                .into());
            }
            (Mode::Within, _) => return work(self),
            (_, Stands::Leaves) => {
                self.lend(&step.title)?;
                return work(self);
            }
            _ => {}
        }
        match self.expected(&step)? {
            Next::Skip(rows) => Ok(rows),
            Next::Run => self.run_step(&step, 0, work),
            Next::Resume(begun) => self.resume(&step, begun, work),
            Next::Replace(begun) => {
                self.replace(&begun)?;
                self.run_step(&step, 0, work)
            }
        }
    }

    /// Notes that application code gets the connection, as `title` says; what it does can't be noted.
    pub(crate) fn lend(&mut self, title: &str) -> Result<()> {
        let Some(mode @ (Mode::Each | Mode::Open)) =
            self.journal.as_ref().map(|journal| journal.mode)
        else {
            return Ok(());
        };
        let left = self
            .journal
            .as_ref()
            .is_some_and(|journal| !journal.followed());
        if left {
            return Err(self.refuse(vec![format!(
                "the revision comes to {title}, which the run that was cut short did not"
            )]));
        }
        let code = Step {
            title: title.to_owned(),
            ..Step::code(title)
        };
        if B::CAPABILITIES.transactional_ddl {
            self.push(&code, EntryKind::Code { ended: false });
            self.save()?;
            self.mode(Mode::Off);
            return Ok(());
        }
        if mode == Mode::Each {
            self.begin()?;
            self.mode(Mode::Open);
        }
        let last = self
            .journal
            .as_ref()
            .and_then(|journal| journal.entries.last());
        if !last.is_some_and(|last| last.kind == EntryKind::Code { ended: false }) {
            // It is seen after a crash only if that code committed.
            self.push(&code, EntryKind::Code { ended: false });
            self.save()?;
        }
        Ok(())
    }

    /// Runs one statement of an operation, unless an earlier run did.
    pub(crate) fn due(
        &mut self,
        number: usize,
        sql: &str,
        step: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        // Inside a transaction of its own an operation is done or not.
        let Some(due) = self.journal.as_ref().and_then(|journal| journal.due) else {
            return step(self);
        };
        let begun = self
            .journal
            .as_ref()
            .and_then(|journal| match &journal.entries.last()?.kind {
                EntryKind::Begun(begun) => Some(begun.clone()),
                _ => None,
            });
        let Some(begun) = begun else {
            return step(self);
        };
        if number < due {
            return Ok(());
        }
        if number > begun.statement {
            let before = self.describe(&begun.touched)?;
            self.set_last(EntryKind::Begun(Begun {
                statement: number,
                before,
                ..begun.clone()
            }));
            self.save()?;
        }
        let inside = B::statements(sql)
            .iter()
            .all(|(_, stands)| *stands == Stands::Inside);
        if !inside {
            return step(self);
        }
        self.begin()?;
        self.set_last(EntryKind::Begun(Begun {
            statement: number + 1,
            ..begun
        }));
        let done = step(self).and_then(|()| self.save());
        self.end(done)
    }

    /// Returns whether the running step was cut short by an earlier run after a part of its statements.
    pub(crate) fn goes_on(&self) -> bool {
        let due = self.journal.as_ref().and_then(|journal| journal.due);
        due.is_some_and(|due| due > 0)
    }

    /// Ends the steps of a revision whose code returned.
    pub(crate) fn end_steps(&mut self) -> Result<Ending> {
        let Some(journal) = &mut self.journal else {
            return Ok(Ending::Unknown);
        };
        if let Some(why) = journal.stopped() {
            return Err(OpError::Unresumable { why }.into());
        }
        match journal.mode {
            Mode::Off | Mode::Within => Ok(Ending::Unknown),
            Mode::Open => Ok(Ending::Open),
            Mode::Each if journal.followed() => Ok(Ending::None),
            Mode::Each => {
                let title = journal
                    .entries
                    .get(journal.at)
                    .map(|entry| entry.title.clone());
                Err(OpError::Unresumable {
                    why: vec![format!(
                        "an earlier run did this as step {}, and now the revision does not ask for it: {}",
                        journal.at + 1,
                        title.unwrap_or_default()
                    )],
                }
                .into())
            }
        }
    }

    /// Takes back what is open after the code of a revision failed.
    pub(crate) fn drop_steps(&mut self) {
        if self
            .journal
            .as_ref()
            .is_some_and(|journal| journal.mode == Mode::Open)
        {
            self.take_back();
            self.mode(Mode::Each);
        }
    }

    /// Takes back what is open after the code of a revision panicked, maybe in the middle of a step: left open it would be
    /// taken for a transaction of the revision's own.
    pub(crate) fn drop_running_step(&mut self) {
        if let Some(Mode::Each | Mode::Open | Mode::Within) =
            self.journal.as_ref().map(|journal| journal.mode)
        {
            self.take_back();
            self.mode(Mode::Each);
        }
    }

    /// Returns the refusal that the code of a revision met, if it met one.
    pub(crate) fn refused_step(&self) -> Result<Ending> {
        match self
            .journal
            .as_ref()
            .and_then(|journal| journal.refused.as_ref())
        {
            Some(Refusal { why }) => Err(OpError::Unresumable { why: why.clone() }.into()),
            None => Ok(Ending::Unknown),
        }
    }

    /// Begins a transaction for the revision's row.
    pub(crate) fn begin_own(&mut self) -> Result<()> {
        self.begin()
    }

    /// Commits the transaction with the revision's row.
    pub(crate) fn commit_own(&mut self) -> Result<()> {
        Ok(self.commit()?)
    }
}
