//! The steps of a handle, run and noted.

use std::time::{Duration, Instant};

use crate::backend::{Backend, Stands};
use crate::error::{DatabaseError, OpError, Trouble};
use crate::fault::{self, Place};
use crate::handle::Op;
use crate::v1::Result;

use super::footprint::{Verdict, differences};
use super::{Begun, Entry, EntryKind, Mode, Next, Refusal, Step, Touched, describe};

/// How long to sleep before a transaction that met a lock is begun again.
const AGAIN: Duration = Duration::from_millis(20);

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

    fn expected(&mut self, step: &Step) -> Result<Next> {
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
    fn spoil(&mut self, why: String) {
        if let Some(journal) = &mut self.journal {
            journal.spoiled = Some(why);
        }
    }

    /// Stops for good: code that goes on after the error gets it again.
    fn refuse(&mut self, why: Vec<String>) -> crate::v1::Error {
        if let Some(journal) = &mut self.journal {
            journal.refused = Some(Refusal { why: why.clone() });
        }
        OpError::Unresumable { why }.into()
    }

    fn run_step(
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
    fn run_in_group(
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
    fn run_alone_step(
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
    fn replace(&mut self, begun: &Begun) -> Result<()> {
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

    fn resume(
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
    fn flush(&mut self) -> Result<()> {
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

    fn describe(&mut self, touched: &Touched) -> Result<Vec<String>> {
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

    fn begin(&mut self) -> Result<()> {
        let deadline = self
            .journal
            .as_ref()
            .map_or_else(Instant::now, |journal| journal.deadline);
        loop {
            match self.own(B::BEGIN) {
                Err(error) if busy(&error) && Instant::now() < deadline => {
                    std::thread::sleep(AGAIN)
                }
                done => return Ok(done?),
            }
        }
    }

    /// Commits a step that is noted, or takes it back and lets nothing come after it.
    fn end_step(&mut self, step: &Step, saved: Result<()>) -> Result<()> {
        let ended = self.end(saved);
        if ended.is_err() {
            self.spoil(format!(
                "a step before it could not be committed: {}",
                step.title
            ));
        }
        ended
    }

    fn end(&mut self, result: Result<()>) -> Result<()> {
        let ended = result.and_then(|()| Ok(self.commit()?));
        if ended.is_err() {
            self.take_back();
        }
        ended
    }

    /// Rolls back.
    pub(crate) fn take_back(&mut self) {
        // Where it fails, the transaction is gone already.
        let _ = self.own("ROLLBACK");
    }

    fn save(&mut self) -> Result<()> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let row = crate::params![journal.text(), journal.revision.as_str()];
        let sql = journal.save.clone();
        fault::at(
            Place::Note,
            |source| noting(&sql, source),
            || {
                let saved = B::record(&mut self.session, &sql, &row);
                saved.map(|_| ()).map_err(|source| noting(&sql, source))
            },
        )?;
        Ok(())
    }

    fn commit(&mut self) -> std::result::Result<(), OpError> {
        let told = |source| noting("COMMIT", source);
        fault::at(Place::Commit, told, || self.own("COMMIT"))
    }

    fn own(&mut self, sql: &str) -> std::result::Result<(), OpError> {
        let done = B::script(&mut self.session, sql);
        done.map(|_| ()).map_err(|error| noting(sql, error.source))
    }

    fn mode(&mut self, mode: Mode) {
        if let Some(journal) = &mut self.journal {
            journal.mode = mode;
        }
    }

    fn set_due(&mut self, due: Option<usize>) {
        if let Some(journal) = &mut self.journal {
            journal.due = due;
        }
    }

    fn push(&mut self, step: &Step, kind: EntryKind) {
        if let Some(journal) = &mut self.journal {
            journal.push(step, kind);
        }
    }

    fn set_last(&mut self, kind: EntryKind) {
        if let Some(Entry { kind: last, .. }) = self
            .journal
            .as_mut()
            .and_then(|journal| journal.entries.last_mut())
        {
            *last = kind;
        }
    }

    fn forget_last(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.entries.pop();
            journal.at = journal.entries.len();
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
    matches!(error, OpError::Statement { source, .. } if source.kind == Trouble::Busy)
}

fn is_busy(error: &crate::v1::Error) -> bool {
    error.inner().downcast_ref::<OpError>().is_some_and(busy)
}
