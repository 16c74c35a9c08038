//! Steps that share a commit.

use migrate_graph::{Direction, Step};

use crate::backend::{Backend, Run, Scope};
use crate::error::Error;

use super::step::own;
use super::{Executor, State, Transaction};

/// As many steps as share a commit, or one that runs outside any.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment<'p> {
    /// These share a transaction.
    Together(&'p [Step]),
    /// This one runs outside any.
    Bare(&'p Step),
}

impl<B: Backend> Executor<'_, B> {
    /// Cuts a plan where commits come.
    ///
    /// # Errors
    ///
    /// [`Error::CannotBeSingle`] if one transaction is asked for and a revision opts out.
    pub(super) fn segments<'p>(&self, steps: &'p [Step]) -> Result<Vec<Segment<'p>>, Error> {
        let each = match self.settings.transaction {
            Transaction::Each => true,
            Transaction::Single => false,
            Transaction::Shared => !B::CAPABILITIES.shared_commit,
        };
        let mut segments = Vec::new();
        let mut begin = 0;
        for (at, step) in steps.iter().enumerate() {
            let bare = !self
                .migrations
                .known(step.revision.as_str())?
                .header
                .transaction;
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

    /// Takes the lock and reads the rows again. Waits for another process that runs a revision outside a transaction.
    pub(super) fn begin(&self, run: &mut B::Run<'_>) -> Result<State, Error> {
        loop {
            run.begin()?;
            let state = run.unit(Scope::Own, |op| self.state(op)).map_err(own);
            match &state {
                Ok(state)
                    if !B::CAPABILITIES.lasting_lock
                        && state.unfinished().is_some()
                        && self.begun.elapsed() < self.settings.wait =>
                {
                    run.rollback();
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                _ => return state,
            }
        }
    }

    /// Takes the lock for a later segment of a plan, and leaves out what another process has done meanwhile.
    pub(super) fn begin_again<'p>(
        &self,
        run: &mut B::Run<'_>,
        steps: &'p [Step],
    ) -> Result<(State, Vec<&'p Step>), Error> {
        let state = self.begin(run)?;
        let standing = self.assess(&state)?;
        let graph = self.migrations.graph()?;
        let mut now: Vec<&Step> = Vec::new();
        for step in steps {
            let there = standing.applied.contains(graph, step.revision.as_str());
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
                .any(|id| !standing.applied.contains(graph, id.as_str()))
            {
                return Err(Error::Changed);
            }
        }
        Ok((state, now))
    }

    /// Commits. After an error nobody knows whether it happened: the rows are read again.
    pub(super) fn commit(&self, run: &mut B::Run<'_>, step: Option<&Step>) -> Result<(), Error> {
        let Err(source) = run.commit() else {
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
