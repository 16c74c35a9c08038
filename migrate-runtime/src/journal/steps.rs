//! The steps of a handle, run and noted.

use crate::backend::{Backend, Stands};
use crate::error::OpError;
use crate::handle::Op;
use crate::v1::{Error, Result};
use crate::value::Value;

use super::answers::{self, Found};
use super::{EntryKind, Mode, Next, Numbers, Refusal, Step};

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
    /// nothing of the schema. `title` says what it does, and stays the same. Where an earlier run did it, `work` is not called:
    /// what it leaves in variables is not there then.
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
        self.once_with(title, |op| work(op).map(|()| [0, 0]))
            .map(|_| ())
    }

    /// As [`once`](Op::once), for code that tells two numbers, also where an earlier run did it.
    pub(crate) fn once_with(
        &mut self,
        title: &str,
        work: impl FnOnce(&mut Op<'t, B>) -> Result<Numbers>,
    ) -> Result<Numbers> {
        let Some(Mode::Each | Mode::Open) = self.journal.as_ref().map(|journal| journal.mode)
        else {
            return work(self);
        };
        let step = Step::code(title);
        match self.expected(&step)? {
            Next::Skip(numbers) => return Ok(numbers),
            Next::Fail(error) => return Err(Error::boxed(Box::new(error))),
            Next::Run => {}
            Next::Resume(begun) | Next::Replace(begun) => self.replace(&begun)?,
        }
        self.flush()?;
        self.begin()?;
        self.put(&step, EntryKind::Code { ended: false });
        let result = self.save().and_then(|()| {
            self.mode(Mode::Within);
            work(self)
        });
        self.mode(Mode::Each);
        match result {
            Ok(numbers) => {
                self.note(&step, numbers);
                let saved = self.save();
                self.end_step(&step, saved)?;
                Ok(numbers)
            }
            Err(error) => {
                self.take_back();
                self.forget();
                if let Some(journal) = &mut self.journal
                    && journal.not_stopped().is_ok()
                {
                    journal.note_failure(&step, &error);
                }
                Err(error)
            }
        }
    }

    /// Runs a step, unless an earlier run did.
    pub(crate) fn stepped(
        &mut self,
        step: impl FnOnce() -> Step,
        mut work: impl FnMut(&mut Self) -> Result<u64>,
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
            Next::Skip([rows, _]) => Ok(rows),
            Next::Fail(error) => Err(self.failed(&step.title, error).into()),
            Next::Run => self.run_step(&step, 0, &mut work),
            Next::Resume(begun) => self.resume(&step, &begun, &mut work),
            Next::Replace(begun) => {
                self.replace(&begun)?;
                self.run_step(&step, 0, &mut work)
            }
        }
    }

    /// Asks the database, or returns what the run that was cut short found when it asked the same in the same place.
    pub(crate) fn asked(
        &mut self,
        question: impl FnOnce() -> (String, Vec<Value>),
        ask: impl FnOnce(&mut Self) -> Result<Vec<Vec<Value>>>,
    ) -> Result<Vec<Vec<Value>>> {
        if !self.keeps_answers() {
            return ask(self);
        }
        let Some(journal) = &mut self.journal else {
            return ask(self);
        };
        let (sql, params) = question();
        let question = answers::question(&sql, &params);
        let number = journal.number;
        let hash = match journal.answers.recall(number, question) {
            Some(Found::Rows(rows)) => {
                let rows = answers::rows(rows);
                return rows.ok_or_else(|| {
                    self.refuse(vec![
                        "the recorded results of its queries can't be read".to_owned(),
                    ])
                });
            }
            Some(Found::Hash(hash)) => Some(*hash),
            None => None,
        };
        let rows = ask(self)?;
        let Some(journal) = &mut self.journal else {
            return Ok(rows);
        };
        match hash {
            None => journal.answers.keep(number, question, &rows),
            Some(hash) if hash == answers::hash(&rows) => {}
            // Whatever it was that these rows asked for, nothing is left of it to be done.
            Some(_) if rows.is_empty() => journal.freed.emptied = true,
            Some(_) => {
                return Err(self.refuse(vec![format!(
                    "a query returned too many rows to record, and returns other rows now, so the remaining steps are \
                     not known: {}",
                    crate::error::printable(&sql)
                )]));
            }
        }
        Ok(rows)
    }

    /// Returns whether what the revision asks now is kept for a run that goes on after this one.
    pub(crate) fn keeps_answers(&self) -> bool {
        let mode = self.journal.as_ref().map(|journal| journal.mode);
        matches!(mode, Some(Mode::Each | Mode::Open))
    }

    /// Notes that the revision looked at the schema in a way that is not kept: what it finds there it need not ask for.
    pub(crate) fn looked(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.freed.looked = true;
        }
    }

    /// Notes that application code gets the connection, as `title` says; what it does can't be noted.
    pub(crate) fn lend(&mut self, title: &str) -> Result<()> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let mode = journal.mode;
        if !matches!(mode, Mode::Each | Mode::Open) {
            return Ok(());
        }
        journal.not_stopped()?;
        if !journal.followed() || !journal.answers.followed() {
            return Err(self.refuse(vec![format!(
                "the revision runs {title}, which the interrupted run did not"
            )]));
        }
        journal.at = journal.entries.len();
        let code = Step {
            title: title.to_owned(),
            ..Step::code(title)
        };
        if B::CAPABILITIES.transactional_ddl {
            self.put(&code, EntryKind::Code { ended: false });
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
            self.put(&code, EntryKind::Code { ended: false });
            self.save()?;
        }
        if let Some(journal) = &mut self.journal {
            journal.at = journal.entries.len();
        }
        Ok(())
    }

    /// Ends the steps of a revision whose code returned.
    pub(crate) fn end_steps(&mut self) -> Result<Ending> {
        let Some(journal) = &mut self.journal else {
            return Ok(Ending::Unknown);
        };
        journal.not_stopped()?;
        match journal.mode {
            Mode::Off | Mode::Within => return Ok(Ending::Unknown),
            Mode::Open => return Ok(Ending::Open),
            Mode::Each => {}
        }
        let Some(left) = journal.unfollowed() else {
            return Ok(Ending::None);
        };
        Err(OpError::Unresumable {
            why: vec![format!(
                "an earlier run did this as step {}, and now the revision does not do it: {}",
                journal.number + 1,
                left.title
            )],
        }
        .into())
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
        let journal = self.journal.as_ref();
        match journal.and_then(|journal| journal.refused.as_ref()) {
            _ if journal.is_some_and(|journal| journal.taken_over) => {
                Err(OpError::TakenOver.into())
            }
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
