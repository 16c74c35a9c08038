//! Groups steps that share a commit.

use migrate_graph::{Direction, Step};

use crate::backend::{Backend, Run, Scope, UnitError};
use crate::error::{DatabaseError, Error, Outcome, Trouble};
use crate::fault::{self, Place};
use crate::handle::Op;
use crate::version_table::APPLIED;

use super::step::{StepError, failure, own};
use super::{Begun, Ending, Executor, Reporter, State, StepReport, Transaction};

/// Steps that share a commit, or one step that runs outside a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment<'p> {
    /// These steps share a transaction.
    Together(&'p [Step]),
    /// This step runs outside a transaction.
    Bare(&'p Step),
}

impl<B: Backend> Executor<'_, B> {
    /// Splits a plan at its commits.
    ///
    /// # Errors
    ///
    /// [`Error::CannotBeSingle`] or [`Error::CannotRehearse`] if one transaction is requested and a revision opts out.
    pub(super) fn segments<'p>(
        &self,
        steps: &'p [Step],
        begun: Option<&Begun>,
    ) -> Result<Vec<Segment<'p>>, Error> {
        let each = match self.settings.transaction {
            Transaction::Each => true,
            Transaction::Single => false,
            Transaction::Shared => !B::CAPABILITIES.shared_commit,
        };
        let mut segments = Vec::new();
        let mut begin = 0;
        for (at, step) in steps.iter().enumerate() {
            let known = self.migrations.known(step.revision.as_str())?;
            // A step that was started outside a transaction ends there, even if its header has changed since.
            let bare = !known.header.transaction
                || !B::CAPABILITIES.transactional_ddl
                || begun.is_some_and(|begun| begun.revision == step.revision.as_str());
            if bare && self.settings.ending == Ending::RollBack {
                return Err(Error::CannotRehearse {
                    revision: step.revision.to_string(),
                });
            }
            if bare && self.settings.transaction == Transaction::Single {
                return Err(Error::CannotBeSingle {
                    revision: step.revision.to_string(),
                });
            }
            if bare || each {
                segments.extend((begin < at).then(|| Segment::Together(&steps[begin..at])));
                begin = at;
            }
            if bare {
                segments.push(Segment::Bare(step));
                begin = at + 1;
            }
        }
        segments.extend((begin < steps.len()).then(|| Segment::Together(&steps[begin..])));
        Ok(segments)
    }

    /// Takes the lock and reads the rows again. Waits for another process that runs a revision outside a transaction,
    /// and deletes the row of one that was started and has no finished step.
    ///
    /// # Errors
    ///
    /// [`Error::Unfinished`] if the time is up, and the errors of [`Run::begin`].
    pub(super) fn begin(&self, run: &mut B::Run<'_>) -> Result<State, Error> {
        loop {
            run.begin()?;
            let state = run.unit(Scope::Own, |op| self.state(op)).map_err(own)?;
            let running = state.running().filter(|_| !B::CAPABILITIES.lasting_lock);
            if let Some(row) = running {
                run.rollback();
                if self.begun.elapsed() >= self.settings.wait {
                    return Err(Begun::of(row).unfinished(
                        "another process may be running it, and its end is not recorded",
                    ));
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
                continue;
            }
            if state.untouched().next().is_none() {
                return Ok(state);
            }
            run.unit(Scope::Own, |op| self.forget_untouched(op, &state))
                .map_err(own)?;
            commit_of::<B>(run)
                .map_err(|error| Error::database("can't write the version table", error))?;
        }
    }

    fn forget_untouched(&self, op: &mut Op<'_, B>, state: &State) -> Result<(), Error> {
        self.table.check::<B>(&mut op.session)?;
        for (revision, direction) in state.untouched() {
            let session = &mut op.session;
            match direction {
                Direction::Upgrade => self.table.delete::<B>(session, revision)?,
                Direction::Downgrade => self.table.set_status::<B>(session, revision, APPLIED)?,
            }
        }
        Ok(())
    }

    /// Begins a later segment of a plan. If the lock was free between the commits, reads the rows again and skips what
    /// another process has done. If it was held, the rows are as this run left them.
    pub(super) fn begin_again<'p>(
        &self,
        run: &mut B::Run<'_>,
        steps: &'p [Step],
    ) -> Result<(Option<State>, Vec<&'p Step>), Error> {
        if B::CAPABILITIES.lasting_lock {
            run.begin()?;
            if !run.lock_was_lost() {
                return Ok((None, steps.iter().collect()));
            }
            run.rollback();
        }
        let state = self.begin(run)?;
        let standing = self.assess(&state, None)?;
        let graph = &*standing.known.graph;
        let mut now: Vec<&Step> = Vec::new();
        for step in steps {
            // A recorded revision is done, also if by now all of a range is recorded and its replacement covers
            // it.
            let id = step.revision.as_str();
            let there = standing.known.applied.contains(graph, id) || state.records(id);
            if there != (step.direction == Direction::Upgrade) {
                now.push(step);
            }
        }
        if let Some(step) = now
            .first()
            .filter(|step| step.direction == Direction::Upgrade)
        {
            let revision = graph.get(step.revision.as_str());
            let needs = revision
                .into_iter()
                .flat_map(|found| found.down_revisions.iter().chain(&found.depends_on));
            if needs
                .into_iter()
                .any(|id| !standing.known.applied.contains(graph, id.as_str()))
            {
                return Err(Error::Changed);
            }
        }
        Ok((Some(state), now))
    }

    /// Commits the steps of a segment. If the database rejects them together, because a deferred check finds a broken
    /// reference, each is run and committed alone. So the error names the offending revision, and the ones before it
    /// are kept.
    pub(super) fn commit_named(
        &self,
        run: &mut B::Run<'_>,
        steps: &[&Step],
        done: &mut Vec<StepReport>,
        before: usize,
        reporter: &mut dyn Reporter,
    ) -> Result<(), Error> {
        let Err(error) = self.commit(run, steps.last().copied()) else {
            return Ok(());
        };
        done.truncate(before);
        let refused = matches!(
            &error,
            Error::Commit { recorded: Some(false), source } if source.kind == Trouble::Constraint
        );
        match (refused, steps) {
            (false, _) => Err(error),
            (true, [step]) => Err(self.named(error, step, done)),
            (true, _) if self.settings.transaction == Transaction::Single => Err(error),
            (true, _) => {
                for step in steps {
                    let state = self.begin(run)?;
                    if step.direction == Direction::Upgrade {
                        run.unit(Scope::Own, |op| self.table.ensure::<B>(&mut op.session))
                            .map_err(own)?;
                    }
                    self.step(run, step, state.next_position(), reporter, done)?;
                    if let Err(error) = self.commit(run, Some(step)) {
                        done.pop();
                        return Err(self.named(error, step, done));
                    }
                }
                Ok(())
            }
        }
    }

    /// Returns the error of a commit as the error of its only revision.
    fn named(&self, error: Error, step: &Step, done: &[StepReport]) -> Error {
        let Error::Commit { source, .. } = error else {
            return error;
        };
        match self.migrations.known(step.revision.as_str()) {
            Ok(revision) => {
                let error = UnitError::Work(StepError::Session(source));
                failure::<B>(
                    &revision.header,
                    step.direction,
                    error,
                    Outcome::RolledBack,
                    done,
                )
            }
            Err(error) => error,
        }
    }

    /// Commits. After an error the result is unknown, so the rows are read again.
    pub(super) fn commit(&self, run: &mut B::Run<'_>, step: Option<&Step>) -> Result<(), Error> {
        if self.settings.ending == Ending::RollBack {
            run.rollback();
            return Ok(());
        }
        let Err(source) = commit_of::<B>(run) else {
            return Ok(());
        };
        let state = run
            .begin()
            .and_then(|()| run.unit(Scope::Own, |op| self.state(op)).map_err(own));
        run.rollback();
        let recorded = match (state, step) {
            (Ok(state), Some(step)) => {
                let there = state
                    .rows
                    .iter()
                    .any(|row| row.revision == step.revision.as_str());
                Some(there == (step.direction == Direction::Upgrade))
            }
            _ => None,
        };
        Err(Error::Commit { recorded, source })
    }
}

/// Commits the transaction of a run.
pub(super) fn commit_of<B: Backend>(run: &mut B::Run<'_>) -> Result<(), DatabaseError> {
    fault::at(Place::Commit, |error| error, || run.commit())
}
