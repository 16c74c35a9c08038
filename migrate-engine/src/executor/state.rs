//! The recorded revisions of a database, and their relation to the revisions that this build knows.

use std::borrow::Cow;

use migrate_graph::{Applied, Direction, RevisionGraph, Step, Target};

use crate::backend::Backend;
use crate::error::{Error, printable};
use crate::journal::{Journal, is_gone};
use crate::op::Op;
use crate::version_table::{APPLIED, DOWNGRADE_FAILED, DOWNGRADING, Row, UPGRADING};

use super::{Executor, Warning, row_validation};

/// The recorded rows.
#[derive(Debug, Default)]
pub struct State {
    /// The rows of the version table.
    pub rows: Vec<Row>,
}

/// The part of the rows that this build knows.
pub struct KnownState<'m> {
    /// The graph that applies to them.
    pub graph: Cow<'m, RevisionGraph>,
    /// The applied revisions.
    pub applied: Applied,
}

/// The relation of the rows to the revisions that this build knows.
pub struct Assessment<'m> {
    /// The part that it knows.
    pub known: KnownState<'m>,
    /// Applied revisions of a newer build, all of them additive.
    pub ahead: Vec<String>,
    /// A revision that was started outside a transaction, and its end is not recorded.
    pub unfinished: Option<Unfinished>,
}

/// A revision that was started outside a transaction, and its end is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub(crate) revision: String,
    pub(crate) direction: Direction,
    pub(crate) sequence: i64,
}

impl Unfinished {
    pub(super) fn of(row: &Row) -> Unfinished {
        Unfinished {
            revision: row.revision.clone(),
            direction: row.direction(),
            sequence: row.sequence,
        }
    }

    /// Moves its step to the front of a plan.
    ///
    /// # Errors
    ///
    /// [`Error::UnfinishedRevision`] if the plan does not contain it in this direction.
    pub(super) fn move_to_front(
        &self,
        steps: &mut [Step],
        direction: Direction,
    ) -> Result<(), Error> {
        let at = steps
            .iter()
            .position(|step| step.revision.as_str() == self.revision);
        match at {
            Some(at) if direction == self.direction => {
                steps[..=at].rotate_right(1);
                Ok(())
            }
            _ => Err(self.error(match self.direction {
                Direction::Upgrade => "run `upgrade` to resume it; this command cannot skip it",
                Direction::Downgrade => "run `downgrade` to resume it; this command cannot skip it",
            })),
        }
    }

    /// Returns the error of a command that can't resume it.
    pub fn error(&self, reason: &str) -> Error {
        Error::UnfinishedRevision {
            revision: printable(&self.revision),
            direction: self.direction.as_str(),
            reasons: vec![reason.to_owned()],
        }
    }
}

impl Row {
    fn direction(&self) -> Direction {
        match self.status.as_str() {
            DOWNGRADING | DOWNGRADE_FAILED => Direction::Downgrade,
            _ => Direction::Upgrade,
        }
    }

    /// Returns whether a process may be running it now.
    fn may_run(&self) -> bool {
        let running = self.status == UPGRADING || self.status == DOWNGRADING;
        running && !Journal::owner(&self.journal).is_some_and(is_gone)
    }
}

impl State {
    /// Returns the next free number in the order of application.
    pub(crate) fn next_sequence(&self) -> i64 {
        let numbered = self
            .rows
            .iter()
            .filter(|row| row_validation::is_sequence(row));
        numbered.map(|row| row.sequence).max().unwrap_or(0) + 1
    }

    /// Returns the row of a revision that was started outside a transaction, and whose end is not recorded.
    pub fn unfinished(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.status != APPLIED)
    }

    /// Returns the row of a revision that another process may be running outside a transaction.
    pub(crate) fn running(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.may_run())
    }

    /// Returns whether a revision has a row that says it is applied.
    pub(crate) fn records(&self, revision: &str) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| row.revision == revision && row.status == APPLIED)
    }

    /// Returns the rows of revisions that were started and have no finished step.
    pub(crate) fn untouched(&self) -> impl Iterator<Item = (&str, Direction)> {
        let unfinished = self.rows.iter().filter(|row| row.status != APPLIED);
        unfinished
            .filter(|row| !Journal::holds_steps(&row.journal))
            .map(|row| (row.revision.as_str(), row.direction()))
    }
}

impl<'a, B: Backend> Executor<'a, B> {
    /// Reads the rows without a lock and without writing anything.
    pub fn look(&self, client: B::Reader<'_>) -> Result<State, Error> {
        B::read(client, self.options.wait, |op| self.state(op))
    }

    /// Reads the rows inside a session.
    pub(crate) fn state(&self, op: &mut Op<'_, B>) -> Result<State, Error> {
        let state = self.unchecked_state(op)?;
        row_validation::validate_rows(self.table.name(), &state.rows)?;
        Ok(state)
    }

    /// Reads the rows, also if they were not written by a run: for a caller that replaces all of them.
    pub(super) fn unchecked_state(&self, op: &mut Op<'_, B>) -> Result<State, Error> {
        Ok(State {
            rows: self.table.rows::<B>(&mut op.session)?.unwrap_or_default(),
        })
    }

    /// Returns the error about revisions that this build does not know, with the details of their rows.
    pub fn unknown(&self, state: &State, revisions: Vec<String>) -> Error {
        let rows = state
            .rows
            .iter()
            .filter(|row| revisions.contains(&row.revision));
        let origins = rows.take(10).map(|row| {
            format!(
                "`{}` was applied at {} by version {} of the tool",
                printable(&row.revision),
                printable(&row.applied_at),
                printable(&row.tool_version)
            )
        });
        Error::UnknownRevisions {
            table: self.table.name().to_owned(),
            origins: origins.collect(),
            revisions,
        }
    }

    /// Returns the graph that applies to these rows, and what of it is applied. A target may be a revision of a
    /// replaced range.
    pub(crate) fn known_state<'s>(
        &self,
        state: &State,
        rows: impl Iterator<Item = &'s Row>,
        target: Option<&Target>,
    ) -> Result<KnownState<'a>, Error> {
        let rows: Vec<&str> = rows.map(|row| row.revision.as_str()).collect();
        let unfinished = state.unfinished().map(|row| row.revision.as_str());
        let effective = self
            .migrations
            .graph()?
            .effective_graph(&rows, unfinished, target)?;
        Ok(KnownState {
            applied: Applied::in_order(&effective.graph, &effective.revisions)?,
            graph: effective.graph,
        })
    }

    /// Compares the rows with the revisions that this build knows, on the way to a target if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownRevisions`], [`Error::DatabaseNewer`], or an error of the graph about the applied set.
    pub fn assess(&self, state: &State, target: Option<&Target>) -> Result<Assessment<'a>, Error> {
        let all = self.migrations.graph()?;
        let unfinished = state
            .unfinished()
            .filter(|row| all.knows(&row.revision))
            .map(Unfinished::of);
        // A revision that is being downgraded is applied until its row is deleted.
        let applied = state.rows.iter().filter(|row| {
            row.status == APPLIED
                || row.direction() == Direction::Downgrade
                || !all.knows(&row.revision)
        });
        let (known, unknown): (Vec<&Row>, Vec<&Row>) =
            applied.partition(|row| all.knows(&row.revision));
        let known = self.known_state(state, known.into_iter(), target)?;
        let ahead: Vec<String> = unknown.iter().map(|row| row.revision.clone()).collect();
        if !ahead.is_empty() {
            if known.applied.ids(&known.graph).len() < known.graph.len() {
                return Err(self.unknown(state, ahead));
            }
            let breaking: Vec<String> = unknown
                .iter()
                .filter(|row| row.compatibility != "additive")
                .map(|row| row.revision.clone())
                .collect();
            if !breaking.is_empty() {
                return Err(Error::DatabaseNewer {
                    revisions: breaking,
                });
            }
        }
        known.applied.check_closed(&known.graph)?;
        Ok(Assessment {
            known,
            ahead,
            unfinished,
        })
    }

    /// Returns the problems with the rows that do not stop a run.
    pub fn warnings(&self, state: &State, assessment: &Assessment<'_>) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for row in &state.rows {
            let Some(revision) = self.migrations.revision(&row.revision) else {
                continue;
            };
            if differs(&row.checksum, revision.header.checksum) {
                let (revision, file) = (row.revision.clone(), revision.header.file.into());
                warnings.push(Warning::ChecksumMismatch { revision, file });
            }
        }
        if !assessment.ahead.is_empty() {
            warnings.push(Warning::DatabaseAhead {
                revisions: assessment.ahead.clone(),
            });
        }
        warnings
    }
}

/// Returns whether a checksum differs from all that a revision has or had, separated by spaces. Checksums of other
/// versions can't be compared.
pub fn differs(recorded: &str, known: &str) -> bool {
    let version = |checksum: &str| {
        checksum
            .split_once(':')
            .map(|(version, _)| version.to_owned())
    };
    // A checksum without a version is invalid, unless nothing was recorded.
    !recorded.is_empty()
        && (version(recorded).is_none()
            || known
                .split(' ')
                .any(|known| version(known) == version(recorded)))
        && known.split(' ').all(|known| known != recorded)
}

#[cfg(test)]
mod tests {
    use super::differs;

    #[test]
    fn a_checksum_from_before_an_accepted_edit_is_not_a_mismatch() {
        assert!(differs("v1:aa", "v1:bb"));
        assert!(!differs("v1:aa", "v1:aa"));
        assert!(!differs("v1:aa", "v1:bb v1:cc v1:aa"));
        assert!(differs("v1:aa", "v1:bb v1:cc"));
        assert!(!differs("v0:aa", "v1:bb"), "another way of hashing");
        assert!(
            !differs("v1:bb", "v2:aa v1:bb"),
            "recorded by the rules of version 1"
        );
        assert!(differs("v1:cc", "v2:aa v1:bb"));
        assert!(!differs("", "v1:bb"), "stamped without one");
        assert!(differs("'; DROP TABLE x", "v1:bb"), "no checksum at all");
    }
}
