//! Stamps: writes rows without running anything.

use migrate_graph::{Target, plan};

use crate::backend::{Backend, MigrationRun, UnitScope};
use crate::clock;
use crate::error::Error;
use crate::version_table::{APPLIED, Entry, Row};
use migrate_schema::operation::Compatibility;

use super::segment::commit_of;
use super::step::own;
use super::{Executor, KnownState, State, row_validation};

/// The result of a stamp.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StampReport {
    /// The newly recorded revisions.
    pub added: Vec<String>,
    /// The revisions that are no longer recorded.
    pub removed: Vec<String>,
    /// The heads of the recorded revisions now.
    pub heads: Vec<String>,
}

/// The rows that a stamp will write.
struct Planned {
    stamped: StampReport,
    /// The rows to write, in order: new ones, and ones that move behind them.
    written: Vec<String>,
}

impl<B: Backend> Executor<'_, B> {
    /// Records `targets` and all they need as applied, without running anything. With `purge`, all rows are deleted
    /// first, including those of revisions that this build does not know.
    ///
    /// # Errors
    ///
    /// Every [`Error`] about targets and about the version table.
    pub fn stamp(
        &self,
        client: &mut B::Client,
        targets: &[Target],
        purge: bool,
    ) -> Result<StampReport, Error> {
        self.migrations.prepare(client)?;
        let mut run = B::begin_run(client, self.options.wait, self.table.name())?;
        run.begin()?;
        let stamped = run.unit(UnitScope::Transaction, |op| {
            let mut state = if purge {
                self.unchecked_state(op)?
            } else {
                self.state(op)?
            };
            let Planned { stamped, written } = self.planned(&mut state, targets, purge)?;
            if stamped.added.is_empty() && stamped.removed.is_empty() {
                return Ok(stamped);
            }
            self.table.ensure::<B>(&mut op.session)?;
            let moved = written.iter().filter(|id| !stamped.added.contains(id));
            for revision in stamped.removed.iter().chain(moved) {
                self.table.delete::<B>(&mut op.session, revision)?;
            }
            let applied_at = clock::now();
            for (sequence, revision) in (state.next_sequence()..).zip(&written) {
                let entry = Entry {
                    header: &self.migrations.known(revision)?.header,
                    status: APPLIED,
                    // Its compatibility was not observed here, so the strictest value is recorded.
                    compatibility: Compatibility::Breaking.as_str(),
                    sequence,
                    applied_at: &applied_at,
                    duration_ms: 0,
                };
                self.table.insert::<B>(&mut op.session, &entry)?;
            }
            Ok(stamped)
        });
        let stamped = stamped.map_err(own)?;
        commit_of::<B>(&mut run).map_err(|source| Error::Commit {
            recorded: None,
            source,
        })?;
        Ok(stamped)
    }

    fn planned(
        &self,
        state: &mut State,
        targets: &[Target],
        purge: bool,
    ) -> Result<Planned, Error> {
        // A row of an unfinished revision, or one that can't be read, is neither applied nor unapplied: the stamp
        // decides.
        let is_applied =
            |row: &Row| row.status == APPLIED && row_validation::problem(row).is_none();
        let (ended, unfinished): (Vec<_>, Vec<_>) =
            state.rows.iter().cloned().partition(is_applied);
        let ended = State { rows: ended };
        let KnownState { graph, applied } = if purge {
            self.known_state(&State::default(), std::iter::empty(), targets.first())?
        } else {
            let assessment = self.assess(&ended, targets.first())?;
            if !assessment.ahead.is_empty() {
                return Err(self.unknown(&ended, assessment.ahead));
            }
            assessment.known
        };
        let graph = &*graph;
        let after = plan::stamp(graph, &applied, targets)?;
        let unfinished = unfinished.iter().map(|row| row.revision.as_str());
        let unfinished: Vec<&str> = unfinished.collect();
        let is_recorded = |id: &str| {
            state
                .rows
                .iter()
                .any(|row| row.revision == id && is_applied(row))
        };
        let ids: Vec<String> = after.ids(graph).iter().map(ToString::to_string).collect();
        let is_new = |id: &&String| !is_recorded(id) && !applied.contains(graph, id);
        let added: Vec<String> = ids.iter().filter(is_new).cloned().collect();
        let written = match purge {
            // A revision must be recorded after those it needs, because `downgrade -1` uses that order.
            true => ids.iter().skip_while(|id| !is_new(id)).cloned().collect(),
            false => added.clone(),
        };
        let stamped = StampReport {
            added,
            removed: state
                .rows
                .iter()
                .map(|row| &row.revision)
                .filter(|id| {
                    let is_kept = after.contains(graph, id) && (!purge || graph.get(id).is_some());
                    unfinished.contains(&id.as_str()) || !is_kept
                })
                .cloned()
                .collect(),
            heads: after.heads(graph).iter().map(ToString::to_string).collect(),
        };
        Ok(Planned { stamped, written })
    }
}
