//! Downgrades.
//!
//! Irreversible revisions and lost values must be known before anything is downgraded. Only running the `down`s shows
//! them. If one transaction holds all of them, it is rolled back. If there are commits in between, the steps before the
//! first one outside a transaction are rehearsed and rolled back first.

use migrate_graph::{Direction, RevisionId, Step, Target, plan};

use crate::backend::{Backend, MigrationRun, UnitScope};
use crate::error::{DataLoss, Error};

use super::segment::Segment;
use super::step::own;
use super::{Executor, Observer, RunReport, StepReport};

impl<B: Backend> Executor<'_, B> {
    /// Downgrades a database to `target`.
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`] and [`Error::DataLoss`], in which case nothing is changed; otherwise as an upgrade.
    pub fn downgrade(
        &self,
        client: &mut B::Client,
        target: &Target,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, Error> {
        let state = self.look(B::reader(client))?;
        if state.unfinished().is_none() {
            let assessment = self.assess_alone(&state, target)?;
            let plan = plan::downgrade(&assessment.known.graph, &assessment.known.applied, target)?;
            if plan.steps.is_empty() {
                return Ok(self.report(
                    &assessment,
                    &assessment.known.applied,
                    Vec::new(),
                    Vec::new(),
                ));
            }
        }
        self.migrations.prepare(client)?;
        let mut run = B::begin_run(client, self.options.wait, self.table.name())?;
        let state = self.begin(&mut run)?;
        run.unit(UnitScope::Transaction, |op| {
            self.table.check::<B>(&mut op.session)
        })
        .map_err(own)?;
        let assessment = self.assess_alone(&state, target)?;
        let mut plan = plan::downgrade(&assessment.known.graph, &assessment.known.applied, target)?;
        let unfinished = assessment.unfinished.as_ref();
        if let Some(unfinished) = unfinished {
            unfinished.move_to_front(&mut plan.steps, Direction::Downgrade)?;
        }
        if plan.steps.is_empty() {
            run.rollback();
            return Ok(self.report(
                &assessment,
                &assessment.known.applied,
                Vec::new(),
                Vec::new(),
            ));
        }
        let segments = self.segments(&plan.steps, unfinished)?;
        if segments.len() > 1 {
            let inside = plan
                .steps
                .iter()
                .position(|step| self.is_non_transactional(step))
                .unwrap_or(plan.steps.len());
            self.rehearse(&mut run, &plan.steps[..inside])?;
        }
        let done = self.go_down(&mut run, &segments, observer)?;
        Ok(self.report(&assessment, &plan.applied_after, done, Vec::new()))
    }

    /// Downgrades exactly one revision, the last of its branch; for scratch databases.
    pub fn take_back(
        &self,
        client: &mut B::Client,
        id: &RevisionId,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let steps = [Step {
            revision: id.clone(),
            direction: Direction::Downgrade,
        }];
        let segments = self.segments(&steps, None)?;
        self.migrations.prepare(client)?;
        let mut run = B::begin_run(client, self.options.wait, self.table.name())?;
        self.begin(&mut run)?;
        self.go_down(&mut run, &segments, observer).map(|_| ())
    }

    /// Compares the rows with the known revisions. Revisions of a newer build prevent a downgrade.
    fn assess_alone(
        &self,
        state: &super::State,
        target: &Target,
    ) -> Result<super::Assessment<'_>, Error> {
        let assessment = self.assess(state, Some(target))?;
        if assessment.ahead.is_empty() {
            return Ok(assessment);
        }
        Err(self.unknown(state, assessment.ahead))
    }

    fn is_non_transactional(&self, step: &Step) -> bool {
        !B::CAPABILITIES.transactional_ddl
            || self
                .migrations
                .revision(step.revision.as_str())
                .is_some_and(|revision| !revision.header.transaction)
    }

    /// Runs the steps and rolls all of them back, to find out whether one is refused.
    fn rehearse(&self, run: &mut B::Run<'_>, steps: &[Step]) -> Result<(), Error> {
        let mut losses = Vec::new();
        let mut refused = None;
        for step in steps {
            match self.step(run, step, 0, &mut (), &mut Vec::new()) {
                Ok(lost) => losses.extend(lost),
                Err(error @ (Error::Irreversible { .. } | Error::DataLoss { .. })) => {
                    refused = Some(error);
                    break;
                }
                // It will fail again in the real run, and be reported there.
                Err(_) => break,
            }
        }
        run.rollback();
        refused.map_or_else(|| self.allow(losses, &[]), Err)
    }

    fn allow(&self, losses: Vec<DataLoss>, done: &[StepReport]) -> Result<(), Error> {
        if losses.is_empty() || self.options.allow_data_loss {
            return Ok(());
        }
        Err(Error::DataLoss {
            losses,
            done: done.iter().map(|step| step.revision.clone()).collect(),
        })
    }

    fn go_down(
        &self,
        run: &mut B::Run<'_>,
        segments: &[Segment<'_>],
        observer: &mut dyn Observer,
    ) -> Result<Vec<StepReport>, Error> {
        let mut done: Vec<StepReport> = Vec::new();
        for segment in segments {
            let all = match segment {
                Segment::Transactional(steps) => steps,
                Segment::NonTransactional(step) => std::slice::from_ref(*step),
            };
            // Between two commits, and after the rehearsal, the lock is free for a moment.
            let steps = if segments.len() == 1 {
                all.iter().collect()
            } else {
                self.begin_next(run, all)?.1
            };
            if let (Segment::NonTransactional(_), [step]) = (segment, &steps[..]) {
                self.run_non_transactional(run, step, 0, observer, &mut done)?;
                continue;
            }
            let before = done.len();
            let mut losses = Vec::new();
            for (number, step) in steps.iter().enumerate() {
                let ran = if number == 0 {
                    self.first_step(run, step, 0, observer, &mut done)
                } else {
                    self.step(run, step, 0, observer, &mut done)
                };
                match ran {
                    Ok(lost) => losses.extend(lost),
                    Err(error) => {
                        return Err(
                            self.after_step_down(run, error, &done, before, &steps, number, losses)
                        );
                    }
                }
            }
            if let Err(error) = self.allow(losses, &done[..before]) {
                run.rollback();
                return Err(error);
            }
            self.commit_named(run, &steps, &mut done, before, observer)?;
        }
        Ok(done)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all of it is the state of one loop"
    )]
    fn after_step_down(
        &self,
        run: &mut B::Run<'_>,
        mut error: Error,
        done: &[StepReport],
        before: usize,
        steps: &[&Step],
        number: usize,
        losses: Vec<DataLoss>,
    ) -> Error {
        // A refusal comes before anything is downgraded, so the whole segment is rolled back.
        if let Error::Irreversible { done: kept, .. } | Error::DataLoss { done: kept, .. } =
            &mut error
        {
            kept.truncate(before);
            run.rollback();
            return error;
        }
        if let Err(refused) = self.allow(losses, &done[..before]) {
            run.rollback();
            return refused;
        }
        self.after_failure(run, error, number.checked_sub(1).map(|last| steps[last]))
    }
}
