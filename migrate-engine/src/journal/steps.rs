//! Runs and records the steps of a handle.

use crate::backend::{Backend, StatementKind};
use crate::error::OpError;
use crate::op::Op;
use crate::v1::{Error, Result};
use migrate_schema::value::Value;

use super::query_log::{self, LoggedResult};
use super::{EntryKind, JournalMode, Next, Numbers, ResumeError, Step};

/// The work that is left at the end of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A transaction is open that must include the revision's row.
    Open,
    /// A transaction must be started for the row.
    None,
    /// Nothing was recorded: an open transaction may belong to the application.
    Unknown,
}

impl<'t, B: Backend> Op<'t, B> {
    /// Runs application code that must not run a second time.
    ///
    /// Inside a transaction it simply runs. If the revision runs outside a transaction, or a change of the schema
    /// commits on this database, an interrupted run resumes after its finished steps. Only operations, statements, and
    /// code that is passed to this method are recorded as steps. `work` has its own transaction, and must not change
    /// the schema. `title` describes the code and must not change. If an earlier run did it, `work` is not called:
    /// variables that it would set are not set.
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
    /// The error of `work`; [`OpError::CannotResume`] if an earlier run was interrupted and its steps differ.
    #[track_caller]
    pub fn once(
        &mut self,
        title: &str,
        work: impl FnOnce(&mut Op<'t, B>) -> Result<()>,
    ) -> Result<()> {
        self.once_with(title, |op| work(op).map(|()| [0, 0]))
            .map(|_| ())
    }

    /// As [`once`](Op::once), for code that returns two numbers, also if an earlier run did it.
    pub(crate) fn once_with(
        &mut self,
        title: &str,
        work: impl FnOnce(&mut Op<'t, B>) -> Result<Numbers>,
    ) -> Result<Numbers> {
        let Some(JournalMode::PerStep | JournalMode::Group) =
            self.journal.as_ref().map(|journal| journal.mode)
        else {
            return work(self);
        };
        let step = Step::code(title);
        match self.expected(&step)? {
            Next::Skip(numbers) => return Ok(numbers),
            Next::Fail(error) => return Err(Error::boxed(Box::new(error))),
            Next::Run => {}
            Next::Resume(started) | Next::Replace(started) => self.replace(&started)?,
        }
        self.flush()?;
        self.begin()?;
        self.put(&step, EntryKind::Code { ended: false });
        let result = self.save().and_then(|()| {
            self.mode(JournalMode::Callback);
            work(self)
        });
        self.mode(JournalMode::PerStep);
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
        match (mode, step.statement_kind) {
            (JournalMode::Disabled, _) | (_, StatementKind::SessionSetting) => return work(self),
            (
                JournalMode::Callback,
                StatementKind::NonTransactional | StatementKind::TransactionControl,
            ) => {
                return Err(OpError::Invalid {
                    operation: step.title,
                    reason: "it would end the transaction of the code that is run once".to_owned(),
                    help: "write it before or after that code".to_owned(),
                }
                .into());
            }
            (JournalMode::Callback, _) => return work(self),
            (_, StatementKind::TransactionControl) => {
                self.lend(&step.title)?;
                return work(self);
            }
            _ => {}
        }
        match self.expected(&step)? {
            Next::Skip([rows, _]) => Ok(rows),
            Next::Fail(error) => Err(self.failed(&step.title, error).into()),
            Next::Run => self.run_step(&step, 0, &mut work),
            Next::Resume(started) => self.resume(&step, &started, &mut work),
            Next::Replace(started) => {
                self.replace(&started)?;
                self.run_step(&step, 0, &mut work)
            }
        }
    }

    /// Queries the database, or returns what the interrupted run got from the same query in the same place.
    pub(crate) fn replay_query(
        &mut self,
        question: impl FnOnce() -> (String, Vec<Value>),
        ask: impl FnOnce(&mut Self) -> Result<Vec<Vec<Value>>>,
    ) -> Result<Vec<Vec<Value>>> {
        if !self.logs_queries() {
            return ask(self);
        }
        let Some(journal) = &mut self.journal else {
            return ask(self);
        };
        let (sql, params) = question();
        let question = query_log::query_hash(&sql, &params);
        let number = journal.number;
        let hash = match journal.query_log.replay(number, question) {
            Some(LoggedResult::Rows(rows)) => {
                let rows = query_log::rows(rows);
                return rows.ok_or_else(|| {
                    self.refuse(vec![
                        "the recorded results of its queries can't be read".to_owned(),
                    ])
                });
            }
            Some(LoggedResult::Hash(hash)) => Some(*hash),
            None => None,
        };
        let rows = ask(self)?;
        let Some(journal) = &mut self.journal else {
            return Ok(rows);
        };
        match hash {
            None => journal.query_log.keep(number, question, &rows),
            Some(hash) if hash == query_log::hash(&rows) => {}
            // The steps that depend on these rows are all done.
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

    /// Returns whether the results of the revision's queries are now recorded for a run that resumes this one.
    pub(crate) fn logs_queries(&self) -> bool {
        let mode = self.journal.as_ref().map(|journal| journal.mode);
        matches!(mode, Some(JournalMode::PerStep | JournalMode::Group))
    }

    /// Records that the revision inspected the schema in a way that is not recorded: it may skip what it finds there.
    pub(crate) fn looked(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.freed.looked = true;
        }
    }

    /// Records that application code gets the connection, with this `title`; its effect can't be recorded.
    pub(crate) fn lend(&mut self, title: &str) -> Result<()> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let mode = journal.mode;
        if !matches!(mode, JournalMode::PerStep | JournalMode::Group) {
            return Ok(());
        }
        journal.not_stopped()?;
        if !journal.has_repeated_all() || !journal.query_log.is_in_step() {
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
            self.mode(JournalMode::Disabled);
            return Ok(());
        }
        if mode == JournalMode::PerStep {
            self.begin()?;
            self.mode(JournalMode::Group);
        }
        let last = self
            .journal
            .as_ref()
            .and_then(|journal| journal.entries.last());
        if !last.is_some_and(|last| last.kind == EntryKind::Code { ended: false }) {
            // It is visible after a crash only if that code committed.
            self.put(&code, EntryKind::Code { ended: false });
            self.save()?;
        }
        if let Some(journal) = &mut self.journal {
            journal.at = journal.entries.len();
        }
        Ok(())
    }

    /// Finishes the steps of a revision whose code returned.
    pub(crate) fn end_steps(&mut self) -> Result<Ending> {
        let Some(journal) = &mut self.journal else {
            return Ok(Ending::Unknown);
        };
        journal.not_stopped()?;
        match journal.mode {
            JournalMode::Disabled | JournalMode::Callback => return Ok(Ending::Unknown),
            JournalMode::Group => return Ok(Ending::Open),
            JournalMode::PerStep => {}
        }
        let Some(left) = journal.unfollowed() else {
            return Ok(Ending::None);
        };
        Err(OpError::CannotResume {
            notes: vec![format!(
                "an earlier run did this as step {}, and now the revision does not do it: {}",
                journal.number + 1,
                left.title
            )],
        }
        .into())
    }

    /// Rolls back what is open after the code of a revision failed.
    pub(crate) fn drop_steps(&mut self) {
        if self
            .journal
            .as_ref()
            .is_some_and(|journal| journal.mode == JournalMode::Group)
        {
            self.take_back();
            self.mode(JournalMode::PerStep);
        }
    }

    /// Rolls back what is open after the code of a revision panicked, possibly in the middle of a step. Otherwise it
    /// would count as a transaction of the revision's own.
    pub(crate) fn drop_running_step(&mut self) {
        if let Some(JournalMode::PerStep | JournalMode::Group | JournalMode::Callback) =
            self.journal.as_ref().map(|journal| journal.mode)
        {
            self.take_back();
            self.mode(JournalMode::PerStep);
        }
    }

    /// Returns the refusal that the code of a revision got, if any.
    pub(crate) fn refused_step(&self) -> Result<Ending> {
        let journal = self.journal.as_ref();
        match journal.and_then(|journal| journal.refused.as_ref()) {
            _ if journal.is_some_and(|journal| journal.taken_over) => {
                Err(OpError::TakenOver.into())
            }
            Some(ResumeError { notes: why }) => {
                Err(OpError::CannotResume { notes: why.clone() }.into())
            }
            None => Ok(Ending::Unknown),
        }
    }

    /// Starts a transaction for the revision's row.
    pub(crate) fn begin_own(&mut self) -> Result<()> {
        self.begin()
    }

    /// Commits the transaction with the revision's row.
    pub(crate) fn commit_own(&mut self) -> Result<()> {
        Ok(self.commit()?)
    }
}
