//! Runs one revision outside a transaction, and records its steps, so that an interrupted run can be resumed.

use std::time::Instant;

use migrate_graph::{Direction, Step};

use crate::backend::{Backend, MigrationRun, UnitError, UnitScope};
use crate::clock;
use crate::error::{Error, FailureState, OpError};
use crate::failpoint::{self, FailurePoint};
use crate::journal::{Ending, Journal, ResumeError};
use crate::macro_support::{Header, Revision};
use crate::op::{Op, Record, Values};
use crate::version_table::{
    APPLIED, DOWNGRADE_FAILED, DOWNGRADING, Entry, UPGRADE_FAILED, UPGRADING,
};

use super::lock_watcher::{self, WatchedStep};
use super::segment::commit_of;
use super::step::{StepError, announce, execute, failure, millis, own};
use super::{Executor, Observer, StepReport};

/// A revision that runs, with the values that find and fill its row.
struct RunningRevision<'r, B: Backend> {
    revision: &'r Revision<B>,
    direction: Direction,
    sequence: i64,
    /// The beginning of its journal, which identifies this run.
    token: String,
    started_at: Instant,
}

/// The row of a revision whose code has returned.
enum Recorded {
    /// The row records that it is done.
    Done(Record),
    /// The row is unchanged: the code may have left its own transaction open.
    NotYet(Record),
}

impl<B: Backend> Executor<'_, B> {
    /// Runs one step outside a transaction, or resumes an interrupted one. Its row records the start before it runs,
    /// the finished steps while it runs, and the end.
    pub(super) fn run_non_transactional(
        &self,
        run: &mut B::Run<'_>,
        step: &Step,
        sequence: i64,
        observer: &mut dyn Observer,
        done: &mut Vec<StepReport>,
    ) -> Result<(), Error> {
        self.not_stopped(done)?;
        let revision = self.migrations.known(step.revision.as_str())?;
        let (header, direction) = (&revision.header, step.direction);
        let mut report = announce(header, direction, observer);
        // The caller holds the lock, and has checked that the step is still pending.
        let journal = run
            .unit(UnitScope::Transaction, |op| {
                self.mark_started(op, header, direction, sequence)
            })
            .map_err(own)?;
        commit_of::<B>(run)
            .map_err(|error| Error::database("can't record that the revision begins", error))?;
        let running = RunningRevision {
            revision,
            direction,
            sequence,
            token: journal.token().to_owned(),
            started_at: Instant::now(),
        };
        let listener = observer.progress_listener(&report);
        let tracer = observer.tracer(&report);
        let watched = self.watch_locks(run, &report, observer);
        let result = run.unit(UnitScope::Autocommit, |op| {
            op.record.listener = listener;
            op.record.tracer = tracer;
            op.journal = Some(journal);
            self.run_steps(op, &running)
        });
        let waits = watched.map(WatchedStep::end);
        match result {
            Ok(Recorded::Done(record)) => report.skipped = record.skipped,
            Ok(Recorded::NotYet(record)) => {
                run.begin()?;
                run.unit(UnitScope::Transaction, |op| {
                    self.mark_done(op, &running, &record)
                })
                .map_err(own)
                .map_err(|error| with_done(error, done))?;
                commit_of::<B>(run).map_err(|error| {
                    Error::database("can't record how the revision ended", error)
                })?;
                report.skipped = record.skipped;
            }
            Err(error) => {
                let marked = match is_taken_over(&error) {
                    true => Ok(FailureState::TakenOver),
                    false => self.mark_failed(run, &running, &failure_message(&error)),
                };
                let outcome = marked
                    .as_ref()
                    .map_or(FailureState::PartiallyApplied, |outcome| *outcome);
                let error = failure::<B>(header, direction, error, outcome, done);
                let error = lock_watcher::explain(error, waits);
                let mut error = with_done(error, done);
                if let (Error::MigrationFailed(failure), Err(then)) = (&mut error, marked) {
                    failure.cause = format!("{}; and then: {then}", failure.cause);
                }
                return Err(error);
            }
        }
        report.elapsed = running.started_at.elapsed();
        observer.step_finished(&report);
        done.push(report);
        Ok(())
    }

    fn run_steps(
        &self,
        op: &mut Op<'_, B>,
        running: &RunningRevision<'_, B>,
    ) -> Result<Recorded, StepError> {
        let values = if self.options.allow_data_loss {
            Values::Drop
        } else {
            Values::Keep
        };
        let ran = failpoint::hit(FailurePoint::Step, StepError::Session, || {
            execute(running.revision, running.direction, op, values)
        });
        let ended = match &ran {
            Ok(_) => op.end_steps().map_err(StepError::Code),
            Err(_) => op.refused_step().map_err(StepError::Code),
        };
        let (record, ending) = match (ran, ended) {
            (Ok(record), Ok(ending)) => (record, ending),
            // A refusal has more details than the error that the code made of it.
            (_, Err(error)) | (Err(error), _) => {
                match &error {
                    StepError::Panic(_) => op.drop_running_step(),
                    _ => op.drop_steps(),
                }
                return Err(error);
            }
        };
        if ending == Ending::Unknown {
            return Ok(Recorded::NotYet(record));
        }
        if ending == Ending::None {
            op.begin_own().map_err(StepError::Code)?;
        }
        let marked = self.mark_done(op, running, &record).map_err(StepError::Row);
        let marked = marked.and_then(|()| op.commit_own().map_err(StepError::Code));
        if marked.is_err() {
            op.take_back();
        }
        marked.map(|()| Recorded::Done(record))
    }

    /// Records that a revision begins, or that another run resumes it, and returns the recorded steps.
    fn mark_started(
        &self,
        op: &mut Op<'_, B>,
        header: &Header,
        direction: Direction,
        sequence: i64,
    ) -> Result<Journal, Error> {
        if direction == Direction::Downgrade {
            self.insert_replacement_row(op, header)?;
        }
        let session = &mut op.session;
        let status = match direction {
            Direction::Upgrade => UPGRADING,
            Direction::Downgrade => DOWNGRADING,
        };
        let deadline = Instant::now() + self.options.wait;
        let journal = |noted: &str| {
            let save = |front: &str| self.table.note::<B>(front);
            Journal::new(save, header.id, noted, deadline)
                .map_err(|ResumeError { notes: why }| unfinished_error(header, direction, why))
        };
        let row = self.table.journal::<B>(session, header.id)?;
        if let (Direction::Upgrade, Some((status, _))) = (direction, &row)
            && status == APPLIED
        {
            // The lock was lost since it was last checked.
            return Err(Error::ConcurrentChange);
        }
        if row.is_none() {
            let mut journal = journal("")?;
            let entry = Entry {
                header,
                status,
                compatibility: migrate_schema::operation::Compatibility::Breaking.as_str(),
                sequence,
                applied_at: &clock::now(),
                duration_ms: 0,
            };
            self.table.begin::<B>(session, &entry, &journal.text())?;
            return Ok(journal);
        }
        // This waits for a step of a dead process whose connection the server has not closed yet.
        self.table.set_status::<B>(session, header.id, status)?;
        let noted = self.table.journal::<B>(session, header.id)?;
        let (_, noted) = noted.unwrap_or_default();
        let mut journal = journal(&noted)?;
        self.table
            .set_journal::<B>(session, header.id, &journal.text())?;
        Ok(journal)
    }

    fn mark_done(
        &self,
        op: &mut Op<'_, B>,
        running: &RunningRevision<'_, B>,
        record: &Record,
    ) -> Result<(), Error> {
        let (session, token) = (&mut op.session, running.token.as_str());
        let (header, direction) = (&running.revision.header, running.direction);
        let check_ownership = |is_owner: bool| match is_owner {
            true => Ok(()),
            false => Err(Error::TakenOver {
                revision: header.id.to_owned(),
                direction: direction.as_str(),
                done: Vec::new(),
            }),
        };
        if direction == Direction::Downgrade {
            return check_ownership(self.table.end_down::<B>(session, header.id, token)?);
        }
        let entry = Entry {
            header,
            status: APPLIED,
            compatibility: record.compatibility().as_str(),
            sequence: running.sequence,
            applied_at: &clock::now(),
            duration_ms: millis(running.started_at),
        };
        check_ownership(self.table.end::<B>(session, &entry, token)?)
    }

    /// Records that a revision failed: with its finished steps, or, if there are none, as if it had not begun. If
    /// another run has taken over, its row is not changed.
    fn mark_failed(
        &self,
        run: &mut B::Run<'_>,
        running: &RunningRevision<'_, B>,
        message: &str,
    ) -> Result<FailureState, Error> {
        let (header, direction) = (&running.revision.header, running.direction);
        run.begin()?;
        let marked = run.unit(UnitScope::Transaction, |op| {
            let session = &mut op.session;
            let noted = self.table.journal::<B>(session, header.id)?;
            let (_, noted) = noted.unwrap_or_default();
            if !noted.starts_with(&running.token) {
                return Ok(FailureState::TakenOver);
            }
            if let Some(journal) = Journal::after_failure(&noted, message) {
                self.table.set_journal::<B>(session, header.id, &journal)?;
            }
            if Journal::holds_steps(&noted) {
                let failed_status = match direction {
                    Direction::Upgrade => UPGRADE_FAILED,
                    Direction::Downgrade => DOWNGRADE_FAILED,
                };
                self.table
                    .set_status::<B>(session, header.id, failed_status)?;
            } else if direction == Direction::Upgrade {
                self.table.delete::<B>(session, header.id)?;
            } else {
                self.table.set_status::<B>(session, header.id, APPLIED)?;
            }
            Ok(Journal::failure_state(&noted))
        });
        let outcome = marked.map_err(own)?;
        commit_of::<B>(run)
            .map_err(|error| Error::database("can't record how the revision ended", error))?;
        Ok(outcome)
    }
}

/// Returns the failure that the code of a revision reported.
fn failure_message(error: &UnitError<StepError>) -> String {
    match error {
        UnitError::Work(StepError::Code(error)) => super::step::with_causes(error),
        _ => String::new(),
    }
}

/// Returns whether another run has taken over the revision.
fn is_taken_over(error: &UnitError<StepError>) -> bool {
    match error {
        UnitError::Work(StepError::Code(error)) => matches!(
            error.inner().downcast_ref::<OpError>(),
            Some(OpError::TakenOver)
        ),
        UnitError::Work(StepError::Row(error)) => matches!(error, Error::TakenOver { .. }),
        _ => false,
    }
}

/// Adds the revisions that were finished before another run took over.
fn with_done(mut error: Error, steps: &[StepReport]) -> Error {
    if let Error::TakenOver { done, .. } = &mut error {
        *done = steps.iter().map(|step| step.revision.clone()).collect();
    }
    error
}

/// Returns the error of an interrupted revision that can't be resumed.
pub(super) fn unfinished_error(
    header: &Header,
    direction: Direction,
    reasons: Vec<String>,
) -> Error {
    Error::UnfinishedRevision {
        revision: header.id.to_owned(),
        direction: direction.as_str(),
        reasons,
    }
}
