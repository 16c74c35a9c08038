//! The applied and the pending revisions.

use crate::backend::Backend;
use crate::error::Error;
use crate::executor::differs;
use crate::executor::{Executor, KnownState, State};
use crate::version_table::APPLIED;

/// The applied and the pending revisions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Status {
    /// The recorded revisions, in the order they were applied.
    pub applied: Vec<AppliedRevision>,
    /// The revisions that are not applied, in the order they will be.
    pub pending: Vec<PendingRevision>,
    /// The heads of the applied revisions; revisions that this build does not know are last.
    pub current: Vec<String>,
    /// The heads of the revisions that this build knows.
    pub heads: Vec<String>,
}

/// A recorded revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppliedRevision {
    /// The revision.
    pub revision: String,
    /// Its description, in one line.
    pub message: String,
    /// When it was applied, in UTC.
    pub applied_at: String,
    /// The duration of the run.
    pub duration_ms: i64,
    /// The version of the tool that applied it.
    pub tool_version: String,
    /// The relation of its row to this build.
    pub state: RevisionState,
}

/// The relation of a row of the version table to this build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionState {
    /// This build has the same revision.
    Applied,
    /// This build's revision was edited since.
    Edited,
    /// This build has the revision that replaces it, and no longer its file.
    Replaced,
    /// This build does not know the revision.
    Unknown,
    /// The revision was started outside a transaction, and its end is not recorded.
    Unfinished,
}

impl RevisionState {
    /// Returns the name that `--json` prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RevisionState::Applied => "applied",
            RevisionState::Edited => "edited",
            RevisionState::Replaced => "replaced",
            RevisionState::Unknown => "unknown",
            RevisionState::Unfinished => "unfinished",
        }
    }
}

/// A revision that is not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingRevision {
    /// The revision.
    pub revision: String,
    /// Its description, in one line.
    pub message: String,
}

impl Status {
    /// Returns whether exactly the heads of this build are applied.
    #[must_use]
    pub fn is_at_heads(&self) -> bool {
        self.pending.is_empty()
            && self
                .applied
                .iter()
                .all(|row| row.state != RevisionState::Unknown)
    }
}

impl<'a, B: Backend> Executor<'a, B> {
    /// Returns the applied and the pending revisions. Without a client, the database does not exist yet.
    pub fn status(&self, client: B::Reader<'_>) -> Result<Status, Error> {
        let (state, details) = B::read(client, self.options.wait, |op| {
            Ok((self.state(op)?, self.table.details::<B>(&mut op.session)?))
        })?;
        let all = self.migrations.graph()?;
        let mut status = self.status_of(&state)?;
        for (row, details) in state.rows.iter().zip(details) {
            let revision_state = match self.migrations.revision(&row.revision) {
                _ if row.status != APPLIED => RevisionState::Unfinished,
                None if all.knows(&row.revision) => RevisionState::Replaced,
                None => RevisionState::Unknown,
                Some(revision) if differs(&row.checksum, revision.header.checksum) => {
                    RevisionState::Edited
                }
                Some(_) => RevisionState::Applied,
            };
            status.applied.push(AppliedRevision {
                revision: details.revision,
                message: details.message,
                applied_at: details.applied_at,
                duration_ms: details.duration_ms,
                tool_version: details.tool_version,
                state: revision_state,
            });
        }
        Ok(status)
    }

    /// Returns the pending revisions and the heads only.
    pub fn status_of(&self, state: &State) -> Result<Status, Error> {
        let all = self.migrations.graph()?;
        let known = self.known_of(state)?;
        let (graph, applied) = (&*known.graph, &known.applied);
        let pending = graph
            .iter()
            .filter(|revision| !applied.contains(graph, revision.id.as_str()));
        let unknown = state.rows.iter().filter(|row| !all.knows(&row.revision));
        Ok(Status {
            applied: Vec::new(),
            pending: pending
                .map(|revision| PendingRevision {
                    revision: revision.id.to_string(),
                    message: revision.message.clone(),
                })
                .collect(),
            current: applied
                .heads(graph)
                .iter()
                .map(ToString::to_string)
                .chain(unknown.map(|row| row.revision.clone()))
                .collect(),
            heads: graph
                .effective_heads()
                .map(|revision| revision.id.to_string())
                .collect(),
        })
    }

    /// Returns the applied revisions that this build knows.
    pub fn known_of(&self, state: &State) -> Result<KnownState<'a>, Error> {
        let all = self.migrations.graph()?;
        let rows = state.rows.iter();
        let known = rows.filter(|row| row.status == APPLIED && all.knows(&row.revision));
        self.known_state(state, known, None)
    }
}
