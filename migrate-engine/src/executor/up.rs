//! Upgrades.

use migrate_graph::{Applied, Direction, Target, plan};

use crate::backend::{Backend, MigrationRun, UnitScope};
use crate::error::Error;

use super::missing_history;
use super::segment::Segment;
use super::step::own;
use super::{
    Assessment, Executor, Observer, RunReport, State, StepReport, TransactionMode, Warning,
};

impl<B: Backend> Executor<'_, B> {
    /// Upgrades a database to `target`, after the other histories that `migrations!` lists.
    ///
    /// # Errors
    ///
    /// Every [`Error`] but those of a downgrade. Revisions before a failed one are kept, unless a single transaction
    /// was requested; other histories that were upgraded before are always kept.
    pub fn upgrade(
        &self,
        client: &mut B::Client,
        target: &Target,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, Error> {
        if !self.migrations.has_histories() {
            return self.upgrade_own(client, target, observer);
        }
        let histories = self
            .migrations
            .upgrade_histories(client, self.options, observer)?;
        match self.upgrade_own(client, target, observer) {
            Ok(report) => Ok(RunReport {
                histories,
                ..report
            }),
            Err(error) => Err(self
                .migrations
                .failed_after(&histories, self.options, error)),
        }
    }

    /// Upgrades only the revisions of this history.
    pub(crate) fn upgrade_own(
        &self,
        client: &mut B::Client,
        target: &Target,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, Error> {
        if let Some(report) = self.up_to_date_report(B::reader(client), target)? {
            return Ok(report);
        }
        // If there is nothing to do, a check without the lock is enough.
        let state = self.look(B::reader(client))?;
        if state.unfinished().is_none() {
            let assessment = self.assess(&state, Some(target))?;
            let plan = plan::upgrade(&assessment.known.graph, &assessment.known.applied, target)?;
            if plan.steps.is_empty() {
                let warnings = self.warnings(&state, &assessment);
                warnings
                    .iter()
                    .for_each(|warning| observer.warning(warning));
                return Ok(self.report(
                    &assessment,
                    &assessment.known.applied,
                    Vec::new(),
                    warnings,
                ));
            }
        }
        self.migrations.prepare(client)?;
        let mut run = B::begin_run(client, self.options.wait, self.table.name())?;
        let state = self.begin(&mut run)?;
        let assessment = self.assess(&state, Some(target))?;
        let mut plan = plan::upgrade(&assessment.known.graph, &assessment.known.applied, target)?;
        let unfinished = assessment.unfinished.as_ref();
        if let Some(unfinished) = unfinished {
            unfinished.move_to_front(&mut plan.steps, Direction::Upgrade)?;
        }
        let warnings = self.warnings(&state, &assessment);
        warnings
            .iter()
            .for_each(|warning| observer.warning(warning));
        if plan.steps.is_empty() {
            run.rollback();
            return Ok(self.report(&assessment, &assessment.known.applied, Vec::new(), warnings));
        }
        let segments = self.segments(&plan.steps, unfinished)?;
        run.unit(UnitScope::Transaction, |op| {
            self.table.ensure::<B>(&mut op.session)
        })
        .map_err(own)?;
        let done = self
            .go_up(&mut run, &segments, &state, observer)
            .map_err(|error| missing_history::add_help(&state, self.table.name(), error))?;
        Ok(self.report(&assessment, &plan.applied_after, done, warnings))
    }

    fn go_up(
        &self,
        run: &mut B::Run<'_>,
        segments: &[Segment<'_>],
        state: &State,
        observer: &mut dyn Observer,
    ) -> Result<Vec<StepReport>, Error> {
        let mut sequence = state.next_sequence();
        let mut done = Vec::new();
        for (at, segment) in segments.iter().enumerate() {
            let before = done.len();
            let all = match segment {
                Segment::Transactional(steps) => steps,
                Segment::NonTransactional(step) => std::slice::from_ref(*step),
            };
            let steps = if at == 0 {
                all.iter().collect()
            } else {
                let (state, steps) = self.begin_next(run, all)?;
                sequence = state.map_or(sequence, |state| state.next_sequence());
                steps
            };
            if let (Segment::NonTransactional(_), [step]) = (segment, &steps[..]) {
                self.run_non_transactional(run, step, sequence, observer, &mut done)?;
                sequence += 1;
                continue;
            }
            for (number, step) in steps.iter().enumerate() {
                let ran = if number == 0 {
                    self.first_step(run, step, sequence, observer, &mut done)
                } else {
                    self.step(run, step, sequence, observer, &mut done)
                };
                if let Err(mut error) = ran {
                    if let Some(failure) = missing_history::detect(state, &mut error) {
                        failure.done.truncate(before);
                        run.rollback();
                        return Err(error);
                    }
                    return Err(self.after_failure(
                        run,
                        error,
                        number.checked_sub(1).map(|last| steps[last]),
                    ));
                }
                sequence += 1;
            }
            self.commit_named(run, &steps, &mut done, before, observer)?;
        }
        Ok(done)
    }

    /// Keeps the revisions before a failed one, unless a single transaction was requested.
    pub(super) fn after_failure(
        &self,
        run: &mut B::Run<'_>,
        mut error: Error,
        last: Option<&migrate_graph::Step>,
    ) -> Error {
        let all_or_nothing = self.options.transaction == TransactionMode::Single;
        // Some errors, such as a full disk, end the whole transaction.
        let all_lost = all_or_nothing || !run.is_open();
        if last.is_none() || all_lost {
            run.rollback();
            match &mut error {
                Error::MigrationFailed(failure) if all_lost => failure.done.clear(),
                Error::Interrupted { done } if all_lost => done.clear(),
                _ => {}
            }
            return error;
        }
        match self.commit(run, last) {
            Ok(()) => error,
            Err(commit) => {
                if let Error::MigrationFailed(failure) = &mut error {
                    failure.done.clear();
                    failure.cause = format!("{}; and then: {commit}", failure.cause);
                }
                error
            }
        }
    }

    pub(super) fn report(
        &self,
        assessment: &Assessment<'_>,
        applied: &Applied,
        steps: Vec<StepReport>,
        warnings: Vec<Warning>,
    ) -> RunReport {
        let graph = &*assessment.known.graph;
        let heads = applied.heads(graph);
        RunReport {
            steps,
            at_heads: graph.effective_heads().all(|head| heads.contains(&head.id)),
            heads: heads.iter().map(ToString::to_string).collect(),
            warnings,
            elapsed: self.started_at.elapsed(),
            histories: Vec::new(),
        }
    }
}
