//! Upgrades.

use migrate_graph::{Applied, Direction, Target, plan};

use crate::backend::{Backend, MigrationRun, UnitScope};
use crate::error::Error;

use super::no_history;
use super::segment::Segment;
use super::step::own;
use super::{Executor, RunReport, Observer, Standing, State, StepReport, TransactionMode, Warning};

impl<B: Backend> Executor<'_, B> {
    /// Upgrades a database to `target`.
    ///
    /// # Errors
    ///
    /// Every [`Error`] but those of a downgrade. Revisions before a failed one are kept, unless a single transaction
    /// was requested.
    pub(crate) fn upgrade(
        &self,
        client: &mut B::Client,
        target: &Target,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, Error> {
        if let Some(report) = self.settled(B::reader(client), target)? {
            return Ok(report);
        }
        // If there is nothing to do, a check without the lock is enough.
        let state = self.look(B::reader(client))?;
        if state.unfinished().is_none() {
            let standing = self.assess(&state, Some(target))?;
            let plan = plan::upgrade(&standing.known.graph, &standing.known.applied, target)?;
            if plan.steps.is_empty() {
                let warnings = self.warnings(&state, &standing);
                warnings.iter().for_each(|warning| observer.warning(warning));
                return Ok(self.report(&standing, &standing.known.applied, Vec::new(), warnings));
            }
        }
        self.migrations.prepare(client)?;
        let mut run = B::begin_run(client, self.options.wait, self.table.name())?;
        let state = self.begin(&mut run)?;
        let standing = self.assess(&state, Some(target))?;
        let mut plan = plan::upgrade(&standing.known.graph, &standing.known.applied, target)?;
        let begun = standing.begun.as_ref();
        if let Some(begun) = begun {
            begun.goes_first(&mut plan.steps, Direction::Upgrade)?;
        }
        let warnings = self.warnings(&state, &standing);
        warnings.iter().for_each(|warning| observer.warning(warning));
        if plan.steps.is_empty() {
            run.rollback();
            return Ok(self.report(&standing, &standing.known.applied, Vec::new(), warnings));
        }
        let segments = self.segments(&plan.steps, begun)?;
        run.unit(UnitScope::Transaction, |op| self.table.ensure::<B>(&mut op.session))
            .map_err(own)?;
        let done = self
            .go_up(&mut run, &segments, &state, observer)
            .map_err(|error| no_history::told(&state, self.table.name(), error))?;
        Ok(self.report(&standing, &plan.applied_after, done, warnings))
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
                Segment::Together(steps) => steps,
                Segment::Bare(step) => std::slice::from_ref(*step),
            };
            let steps = if at == 0 {
                all.iter().collect()
            } else {
                let (state, steps) = self.begin_again(run, all)?;
                sequence = state.map_or(sequence, |state| state.next_sequence());
                steps
            };
            if let (Segment::Bare(_), [step]) = (segment, &steps[..]) {
                self.bare_step(run, step, sequence, observer, &mut done)?;
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
                    if let Some(failure) = no_history::met(state, &mut error) {
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
        let gone = all_or_nothing || !run.is_open();
        if last.is_none() || gone {
            run.rollback();
            match &mut error {
                Error::MigrationFailed(failure) if gone => failure.done.clear(),
                Error::Interrupted { done } if gone => done.clear(),
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
        standing: &Standing<'_>,
        applied: &Applied,
        steps: Vec<StepReport>,
        warnings: Vec<Warning>,
    ) -> RunReport {
        let graph = &*standing.known.graph;
        let heads = applied.heads(graph);
        RunReport {
            steps,
            at_heads: graph.effective_heads().all(|head| heads.contains(&head.id)),
            heads: heads.iter().map(ToString::to_string).collect(),
            warnings,
            elapsed: self.begun.elapsed(),
        }
    }
}
