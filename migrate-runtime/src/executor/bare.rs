//! One revision outside any transaction: its steps are noted, so that a run that is cut short can go on.

use std::time::Instant;

use migrate_graph::{Direction, Step};

use crate::backend::{Backend, Run, Scope};
use crate::clock;
use crate::error::{Error, Outcome};
use crate::fault::{self, Place};
use crate::handle::{Op, Record, Values};
use crate::journal::{Ending, Journal, Refusal};
use crate::private::{Header, Revision};
use crate::version_table::{APPLIED, DOWNGRADING, Entry, HALF_DOWN, HALF_UP, UPGRADING};

use super::segment::commit_of;
use super::step::{StepError, announce, execute, failure, millis, own};
use super::{Executor, Reporter, StepReport};

/// What a revision's row says when its code has returned.
enum Recorded {
    /// That it is done.
    Done(Record),
    /// What it said before: the code may have a transaction of its own open.
    NotYet(Record),
}

impl<B: Backend> Executor<'_, B> {
    /// Runs one step outside any transaction, or goes on with one that was cut short. Its row says that it was begun
    /// before it runs, which of its steps are done while it does, and that it is done after.
    pub(super) fn bare_step(
        &self,
        run: &mut B::Run<'_>,
        step: &Step,
        position: i64,
        reporter: &mut dyn Reporter,
        done: &mut Vec<StepReport>,
    ) -> Result<(), Error> {
        self.not_stopped(done)?;
        let revision = self.migrations.known(step.revision.as_str())?;
        let (header, direction) = (&revision.header, step.direction);
        let mut report = announce(header, direction, reporter);
        // The caller holds the lock, and has looked that the step is still to be done.
        let journal = run
            .unit(Scope::Own, |op| {
                self.mark_begun(op, header, direction, position)
            })
            .map_err(own)?;
        commit_of::<B>(run)
            .map_err(|error| Error::database("can't record that the revision begins", error))?;
        let begun = Instant::now();
        let listener = reporter.listens(&report);
        let tracer = reporter.traces(&report);
        let result = run.unit(Scope::Bare, |op| {
            op.record.listener = listener;
            op.record.tracer = tracer;
            op.journal = Some(journal);
            self.run_steps(op, revision, direction, position, begun)
        });
        match result {
            Ok(Recorded::Done(record)) => report.drift = record.drift,
            Ok(Recorded::NotYet(record)) => {
                run.begin()?;
                run.unit(Scope::Own, |op| {
                    self.mark_done(op, header, direction, position, &record, begun)
                })
                .map_err(own)?;
                commit_of::<B>(run).map_err(|error| {
                    Error::database("can't record how the revision ended", error)
                })?;
                report.drift = record.drift;
            }
            Err(error) => {
                let stays = self.mark_failed(run, header, direction);
                let outcome = stays.as_ref().map_or(Outcome::Kept, |outcome| *outcome);
                let mut told = failure::<B>(header, direction, error, outcome, done);
                if let (Error::MigrationFailed(failure), Err(then)) = (&mut told, stays) {
                    failure.cause = format!("{}; and then: {then}", failure.cause);
                }
                return Err(told);
            }
        }
        report.elapsed = begun.elapsed();
        reporter.ends(&report);
        done.push(report);
        Ok(())
    }

    fn run_steps(
        &self,
        op: &mut Op<'_, B>,
        revision: &Revision<B>,
        direction: Direction,
        position: i64,
        begun: Instant,
    ) -> Result<Recorded, StepError> {
        let values = if self.settings.allow_data_loss {
            Values::Drop
        } else {
            Values::Keep
        };
        let ran = fault::at(Place::Step, StepError::Session, || {
            execute(revision, direction, op, values)
        });
        let ended = match &ran {
            Ok(_) => op.end_steps().map_err(StepError::Code),
            Err(_) => op.refused_step().map_err(StepError::Code),
        };
        let (record, ending) = match (ran, ended) {
            (Ok(record), Ok(ending)) => (record, ending),
            // A refusal says more than what the code made of it.
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
        let marked = self
            .mark_done(op, &revision.header, direction, position, &record, begun)
            .map_err(StepError::Row);
        let marked = marked.and_then(|()| op.commit_own().map_err(StepError::Code));
        if marked.is_err() {
            op.take_back();
        }
        marked.map(|()| Recorded::Done(record))
    }

    /// Records that a revision begins, or that another run goes on with it, and returns the notes about its steps.
    fn mark_begun(
        &self,
        op: &mut Op<'_, B>,
        header: &Header,
        direction: Direction,
        position: i64,
    ) -> Result<Journal, Error> {
        if direction == Direction::Downgrade {
            self.take_place(op, header)?;
        }
        let session = &mut op.session;
        let status = match direction {
            Direction::Upgrade => UPGRADING,
            Direction::Downgrade => DOWNGRADING,
        };
        let (save, deadline) = (
            self.table.note().to_owned(),
            Instant::now() + self.settings.wait,
        );
        let journal = |noted: &str| {
            Journal::new(save, header.id, noted, deadline)
                .map_err(|Refusal { why }| unfinished(header, direction, why))
        };
        if self.table.journal::<B>(session, header.id)?.is_none() {
            let journal = journal("")?;
            let entry = Entry {
                header,
                status,
                effect: crate::op::Effect::Breaking.as_str(),
                position,
                applied_at: &clock::now(),
                duration_ms: 0,
            };
            self.table.begin::<B>(session, &entry, &journal.text())?;
            return Ok(journal);
        }
        // This waits for a step of a process that is gone and whose connection the server has not ended yet.
        self.table.set_status::<B>(session, header.id, status)?;
        let noted = self.table.journal::<B>(session, header.id)?;
        let journal = journal(&noted.unwrap_or_default())?;
        self.table
            .set_journal::<B>(session, header.id, &journal.text())?;
        Ok(journal)
    }

    fn mark_done(
        &self,
        op: &mut Op<'_, B>,
        header: &Header,
        direction: Direction,
        position: i64,
        record: &Record,
        begun: Instant,
    ) -> Result<(), Error> {
        if direction == Direction::Downgrade {
            return self.table.delete::<B>(&mut op.session, header.id);
        }
        let entry = Entry {
            header,
            status: APPLIED,
            effect: record.effect().as_str(),
            position,
            applied_at: &clock::now(),
            duration_ms: millis(begun),
        };
        self.table.end::<B>(&mut op.session, &entry)
    }

    /// Records that a revision failed: with what is noted as done, or, where nothing is, as if it had not been begun.
    fn mark_failed(
        &self,
        run: &mut B::Run<'_>,
        header: &Header,
        direction: Direction,
    ) -> Result<Outcome, Error> {
        run.begin()?;
        let marked = run.unit(Scope::Own, |op| {
            let session = &mut op.session;
            let noted = self.table.journal::<B>(session, header.id)?;
            let noted = noted.unwrap_or_default();
            if Journal::holds_steps(&noted) {
                let half = match direction {
                    Direction::Upgrade => HALF_UP,
                    Direction::Downgrade => HALF_DOWN,
                };
                self.table.set_status::<B>(session, header.id, half)?;
            } else if direction == Direction::Upgrade {
                self.table.delete::<B>(session, header.id)?;
            } else {
                self.table.set_status::<B>(session, header.id, APPLIED)?;
            }
            Ok(Journal::outcome(&noted))
        });
        let outcome = marked.map_err(own)?;
        commit_of::<B>(run)
            .map_err(|error| Error::database("can't record how the revision ended", error))?;
        Ok(outcome)
    }
}

/// Returns the error of a revision that was cut short and can't go on.
pub(super) fn unfinished(header: &Header, direction: Direction, reasons: Vec<String>) -> Error {
    Error::Unfinished {
        revision: header.id.to_owned(),
        direction: direction.as_str(),
        reasons,
    }
}
