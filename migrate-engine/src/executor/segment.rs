//! Groups steps that share a commit.

use migrate_graph::{Direction, Step};

use crate::backend::{Backend, MigrationRun, UnitError, UnitScope};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, FailureState};
use crate::failpoint::{self, FailurePoint};
use crate::op::Op;
use crate::version_table::APPLIED;

use super::step::{StepError, failure, own};
use super::{Executor, Observer, State, StepReport, TransactionMode, Unfinished};

/// Steps that share a commit, or one step that runs outside a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment<'p> {
    /// These steps share a transaction.
    Transactional(&'p [Step]),
    /// This step runs outside a transaction.
    NonTransactional(&'p Step),
}

impl<B: Backend> Executor<'_, B> {
    /// Splits a plan at its commits.
    ///
    /// # Errors
    ///
    /// [`Error::NonTransactionalRevision`] or [`Error::CannotDryRun`] if one transaction is requested and a revision opts out.
    pub(super) fn segments<'p>(
        &self,
        steps: &'p [Step],
        unfinished: Option<&Unfinished>,
    ) -> Result<Vec<Segment<'p>>, Error> {
        let each = match self.options.transaction {
            TransactionMode::PerRevision => true,
            TransactionMode::Single => false,
            TransactionMode::Auto => !B::CAPABILITIES.batched_commits,
        };
        let mut segments = Vec::new();
        let mut begin = 0;
        for (at, step) in steps.iter().enumerate() {
            let known = self.migrations.known(step.revision.as_str())?;
            // A step that was started outside a transaction ends there, even if its header has changed since.
            let non_transactional = !known.header.transaction
                || !B::CAPABILITIES.transactional_ddl
                || unfinished
                    .is_some_and(|unfinished| unfinished.revision == step.revision.as_str());
            if non_transactional && self.options.dry_run {
                return Err(Error::CannotDryRun {
                    revision: step.revision.to_string(),
                });
            }
            if non_transactional && self.options.transaction == TransactionMode::Single {
                return Err(Error::NonTransactionalRevision {
                    revision: step.revision.to_string(),
                });
            }
            if non_transactional || each {
                segments.extend((begin < at).then(|| Segment::Transactional(&steps[begin..at])));
                begin = at;
            }
            if non_transactional {
                segments.push(Segment::NonTransactional(step));
                begin = at + 1;
            }
        }
        segments.extend((begin < steps.len()).then(|| Segment::Transactional(&steps[begin..])));
        Ok(segments)
    }

    /// Takes the lock and reads the rows again. Waits for another process that runs a revision outside a transaction,
    /// and deletes the row of one that was started and has no finished step.
    ///
    /// # Errors
    ///
    /// [`Error::UnfinishedRevision`] if the time is up, and the errors of [`MigrationRun::begin`].
    pub(super) fn begin(&self, run: &mut B::Run<'_>) -> Result<State, Error> {
        loop {
            run.begin()?;
            let state = run
                .unit(UnitScope::Transaction, |op| self.state(op))
                .map_err(own)?;
            let running = state.running().filter(|_| !B::CAPABILITIES.session_lock);
            if let Some(row) = running {
                run.rollback();
                if self.started_at.elapsed() >= self.options.wait {
                    return Err(Unfinished::of(row)
                        .error("another process may be running it, and its end is not recorded"));
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
                continue;
            }
            if state.untouched().next().is_none() {
                return Ok(state);
            }
            run.unit(UnitScope::Transaction, |op| {
                self.forget_untouched(op, &state)
            })
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
    pub(super) fn begin_next<'p>(
        &self,
        run: &mut B::Run<'_>,
        steps: &'p [Step],
    ) -> Result<(Option<State>, Vec<&'p Step>), Error> {
        if B::CAPABILITIES.session_lock {
            run.begin()?;
            if !run.lock_was_lost() {
                return Ok((None, steps.iter().collect()));
            }
            run.rollback();
        }
        let state = self.begin(run)?;
        let assessment = self.assess(&state, None)?;
        let graph = &*assessment.known.graph;
        let mut now: Vec<&Step> = Vec::new();
        for step in steps {
            // A recorded revision is done, also if by now all of a range is recorded and its replacement covers
            // it.
            let id = step.revision.as_str();
            let recorded = assessment.known.applied.contains(graph, id) || state.records(id);
            if recorded != (step.direction == Direction::Upgrade) {
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
                .any(|id| !assessment.known.applied.contains(graph, id.as_str()))
            {
                return Err(Error::ConcurrentChange);
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
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let Err(error) = self.commit(run, steps.last().copied()) else {
            return Ok(());
        };
        done.truncate(before);
        let refused = matches!(
            &error,
            Error::Commit { recorded: Some(false), source } if source.kind == DatabaseErrorKind::ConstraintViolation
        );
        match (refused, steps) {
            (false, _) => Err(error),
            (true, [step]) => Err(self.named(error, step, done)),
            (true, _) if self.options.transaction == TransactionMode::Single => Err(error),
            (true, _) => {
                for step in steps {
                    let state = self.begin(run)?;
                    if step.direction == Direction::Upgrade {
                        run.unit(UnitScope::Transaction, |op| {
                            self.table.ensure::<B>(&mut op.session)
                        })
                        .map_err(own)?;
                    }
                    self.step(run, step, state.next_sequence(), observer, done)?;
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
                    FailureState::RolledBack,
                    done,
                )
            }
            Err(error) => error,
        }
    }

    /// Commits. After an error the result is unknown, so the rows are read again.
    pub(super) fn commit(&self, run: &mut B::Run<'_>, step: Option<&Step>) -> Result<(), Error> {
        if self.options.dry_run {
            run.rollback();
            return Ok(());
        }
        let Err(source) = commit_of::<B>(run) else {
            return Ok(());
        };
        let state = run.begin().and_then(|()| {
            run.unit(UnitScope::Transaction, |op| self.state(op))
                .map_err(own)
        });
        run.rollback();
        let recorded = match (state, step) {
            (Ok(state), Some(step)) => {
                let is_recorded = state
                    .rows
                    .iter()
                    .any(|row| row.revision == step.revision.as_str());
                Some(is_recorded == (step.direction == Direction::Upgrade))
            }
            _ => None,
        };
        Err(Error::Commit { recorded, source })
    }
}

/// Commits the transaction of a run.
pub(super) fn commit_of<B: Backend>(run: &mut B::Run<'_>) -> Result<(), DatabaseError> {
    failpoint::hit(FailurePoint::Commit, |error| error, || run.commit())
}
