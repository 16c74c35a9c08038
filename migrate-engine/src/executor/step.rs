//! Runs one revision: its code and its row are committed together.

use std::time::Instant;

use migrate_graph::{Direction, Step};

use crate::backend::{Backend, MigrationRun, UnitError, UnitScope};
use crate::clock;
use crate::error::{
    DataLoss, DatabaseError, DatabaseErrorKind, Error, Failure, FailureState, OpError,
};
use crate::failpoint::{self, FailurePoint};
use crate::macro_support::{Header, Revision};
use crate::op::{Op, Record, Values};
use crate::v1;
use crate::version_table::{APPLIED, Entry};

use super::lock_watcher::{self, WatchedStep};
use super::non_transactional::unfinished_error;
use super::panic::{self, Panic};
use super::{Executor, Observer, StepReport};

/// The pause before a revision that met a lock is tried again.
const RETRY_DELAY: std::time::Duration = std::time::Duration::from_millis(100);

/// The reason why one revision failed.
pub(super) enum StepError {
    /// Its code returned an error.
    Code(v1::Error),
    /// Its code panicked.
    Panic(Panic),
    /// Its code left the session in a state in which its row can't be written.
    Session(DatabaseError),
    /// Its row could not be written.
    Row(Error),
}

impl<B: Backend> Executor<'_, B> {
    /// Runs one step inside the open transaction, in its own unit, and returns the values it dropped.
    pub(super) fn step(
        &self,
        run: &mut B::Run<'_>,
        step: &Step,
        sequence: i64,
        observer: &mut dyn Observer,
        done: &mut Vec<StepReport>,
    ) -> Result<Vec<DataLoss>, Error> {
        self.not_stopped(done)?;
        let revision = self.migrations.known(step.revision.as_str())?;
        let mut report = announce(&revision.header, step.direction, observer);
        let started = Instant::now();
        let listener = observer.progress_listener(&report);
        let tracer = observer.tracer(&report);
        let watched = self.watch_locks(run, &report, observer);
        let done_now = run.unit(UnitScope::Savepoint, |op| {
            op.record.listener = listener;
            op.record.tracer = tracer;
            let record = failpoint::hit(FailurePoint::Step, StepError::Session, || {
                execute(revision, step.direction, op, Values::Count)
            })?;
            let entry = Entry {
                header: &revision.header,
                status: APPLIED,
                compatibility: record.compatibility().as_str(),
                sequence,
                applied_at: &clock::now(),
                duration_ms: millis(started),
            };
            let row = match step.direction {
                Direction::Upgrade => self.table.insert::<B>(&mut op.session, &entry),
                Direction::Downgrade => self
                    .insert_replacement_row(op, &revision.header)
                    .and_then(|()| self.table.delete::<B>(&mut op.session, revision.header.id)),
            };
            row.map_err(StepError::Row)?;
            Ok((record.losses, record.skipped))
        });
        let waits = watched.map(WatchedStep::end);
        let (losses, drift) = done_now.map_err(|error| {
            let error = failure::<B>(
                &revision.header,
                step.direction,
                error,
                FailureState::RolledBack,
                done,
            );
            lock_watcher::explain(error, waits)
        })?;
        report.elapsed = started.elapsed();
        report.skipped = drift;
        observer.step_finished(&report);
        done.push(report);
        Ok(losses)
    }

    /// Checks whether the run should end before the next revision.
    pub(super) fn not_stopped(&self, done: &[StepReport]) -> Result<(), Error> {
        if !self.options.stopped() {
            return Ok(());
        }
        let done = done.iter().map(|step| step.revision.clone()).collect();
        Err(Error::Interrupted { done })
    }

    /// Runs the first step of a transaction. While a lock of another connection stops it and the time is not up, rolls
    /// it back and tries again.
    pub(super) fn first_step(
        &self,
        run: &mut B::Run<'_>,
        step: &Step,
        sequence: i64,
        observer: &mut dyn Observer,
        done: &mut Vec<StepReport>,
    ) -> Result<Vec<DataLoss>, Error> {
        loop {
            let mut error = match self.step(run, step, sequence, observer, done) {
                Ok(losses) => return Ok(losses),
                Err(error) => error,
            };
            let Error::MigrationFailed(failure) = &mut error else {
                return Err(error);
            };
            if !B::CAPABILITIES.retries_on_lock || failure.kind != Some(DatabaseErrorKind::Busy) {
                return Err(error);
            }
            run.rollback();
            if self.started_at.elapsed() >= self.options.wait {
                if let Some(others) = run.blocking_connections() {
                    failure.cause = format!("{}; {others}", failure.cause);
                }
                return Err(error);
            }
            std::thread::sleep(RETRY_DELAY);
            self.begin(run)?;
            if step.direction == Direction::Upgrade {
                run.unit(UnitScope::Transaction, |op| {
                    self.table.ensure::<B>(&mut op.session)
                })
                .map_err(own)?;
            }
        }
    }
}

pub(super) fn execute<B: Backend>(
    revision: &Revision<B>,
    direction: Direction,
    op: &mut Op<'_, B>,
    values: Values,
) -> Result<Record, StepError> {
    let code = match direction {
        Direction::Upgrade => revision.up,
        Direction::Downgrade => {
            op.record.values = values;
            revision.down
        }
    };
    op.record.revision = revision.header.id.to_owned();
    let done = panic::catch(|| code(op)).map_err(StepError::Panic)?;
    done.map_err(|error| {
        // Most errors are created in this crate but belong to the line that called the operation.
        let made_in_here =
            error.inner().is::<OpError>() && revision.header.line_of(error.location()).is_none();
        StepError::Code(error.at(op.record.location.filter(|_| made_in_here)))
    })?;
    B::reset_session(&mut op.session).map_err(StepError::Session)?;
    Ok(std::mem::take(&mut op.record))
}

pub(super) fn announce(
    header: &Header,
    direction: Direction,
    observer: &mut dyn Observer,
) -> StepReport {
    let report = StepReport {
        revision: header.id.to_owned(),
        direction: direction.as_str(),
        down_revisions: header
            .down_revisions
            .iter()
            .map(|id| (*id).to_owned())
            .collect(),
        message: header.message.to_owned(),
        elapsed: std::time::Duration::ZERO,
        skipped: Vec::new(),
    };
    observer.step_started(&report);
    report
}

pub(super) fn millis(started: Instant) -> i64 {
    i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// Returns the error of a unit that runs this crate's own statements.
pub(super) fn own(error: UnitError<Error>) -> Error {
    match error {
        UnitError::Work(error) => error,
        UnitError::Database(error) => Error::database("can't write", error),
        UnitError::TransactionEscaped { what, .. } => {
            Error::Bug(format!("the executor itself ran {what}"))
        }
    }
}

pub(super) fn failure<B: Backend>(
    header: &Header,
    direction: Direction,
    error: UnitError<StepError>,
    state: FailureState,
    done: &[StepReport],
) -> Error {
    let mut failure = Failure {
        revision: header.id.to_owned(),
        file: header.file.into(),
        direction: direction.as_str(),
        cause: String::new(),
        kind: None,
        statement: None,
        line: None,
        location: None,
        help: None,
        is_repeated: false,
        state,
        done: done.iter().map(|step| step.revision.clone()).collect(),
    };
    match error {
        UnitError::Database(error) => return broken(failure, &error),
        UnitError::Work(StepError::Row(error)) => return error,
        UnitError::Work(StepError::Session(error)) => return broken(failure, &error),
        UnitError::TransactionEscaped { what, .. } => {
            failure.cause = format!("it ran {what}, which would end the revision's transaction");
            failure.help = Some(match failure.state {
                FailureState::RolledBack => {
                    "remove it; for a revision that must run outside a transaction, write `transaction: false` \
                     in its header"
                        .to_owned()
                }
                FailureState::PartiallyApplied | FailureState::Resumable { .. } | FailureState::TakenOver => "end the transaction that the revision begins".to_owned(),
            });
        }
        UnitError::Work(StepError::Panic(panic)) => {
            failure.cause = format!("it panicked: {}", panic.message);
            failure.location = panic.place;
        }
        UnitError::Work(StepError::Code(error)) => {
            failure.line = header.line_of(error.location());
            match error.inner().downcast_ref::<OpError>() {
                Some(OpError::Irreversible { reason }) => {
                    return Error::Irreversible {
                        revision: failure.revision,
                        file: failure.file,
                        reason: reason.clone(),
                        done: failure.done,
                    };
                }
                Some(OpError::CannotResume { notes: why }) => {
                    return unfinished_error(header, direction, why.clone());
                }
                Some(OpError::TakenOver) => {
                    return Error::TakenOver {
                        revision: failure.revision,
                        direction: failure.direction,
                        done: failure.done,
                    };
                }
                Some(OpError::DataLoss(loss)) => {
                    return Error::DataLoss {
                        losses: vec![loss.clone()],
                        done: failure.done,
                    };
                }
                Some(OpError::Statement {
                    number,
                    sql,
                    source,
                }) => {
                    failure.cause.clone_from(&source.message);
                    failure.statement = Some((*number, sql.clone()));
                    failure.kind = Some(source.kind);
                    failure.help = source.help();
                }
                Some(OpError::Unsupported { help, .. } | OpError::Invalid { help, .. }) => {
                    failure.cause = error.to_string();
                    failure.help = Some(help.clone());
                }
                _ => match B::code_error(error.inner()) {
                    Some(source) => failure.database(&source),
                    None => failure.cause = with_causes(&error),
                },
            }
        }
    }
    Error::MigrationFailed(Box::new(failure))
}

/// Returns the error of a unit that the database could not begin or end: after a full disk, even the savepoint is lost.
fn broken(mut failure: Failure, error: &DatabaseError) -> Error {
    failure.database(error);
    Error::MigrationFailed(Box::new(failure))
}

pub(super) fn with_causes(error: &v1::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.inner().source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        // Many errors repeat their cause in their own message.
        if !text.contains(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text
}
