//! What is recorded in a database, and how it stands to the revisions that this program knows.

use migrate_graph::Applied;

use crate::backend::Backend;
use crate::error::{Error, printable};
use crate::handle::Op;
use crate::version_table::{APPLIED, Row};

use super::{Executor, Warning};

/// The recorded rows.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) rows: Vec<Row>,
}

/// How the rows stand to the revisions that this program knows.
pub(crate) struct Standing {
    /// The applied revisions that it knows.
    pub(crate) applied: Applied,
    /// Applied revisions of a newer program, all of them additive.
    pub(crate) ahead: Vec<String>,
}

impl State {
    /// Returns the next free number in the order of application.
    pub(crate) fn next_position(&self) -> i64 {
        self.rows.iter().map(|row| row.position).max().unwrap_or(0) + 1
    }

    /// Returns the row of a revision that was begun outside a transaction and not ended.
    pub(crate) fn unfinished(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.status != APPLIED)
    }
}

impl<B: Backend> Executor<'_, B> {
    /// Reads the rows without a lock and without writing anything.
    pub(crate) fn look(&self, client: B::Reader<'_>) -> Result<State, Error> {
        B::read(client, self.settings.wait, |op| self.state(op))
    }

    /// Reads the rows inside a session.
    pub(crate) fn state(&self, op: &mut Op<'_, B>) -> Result<State, Error> {
        Ok(State {
            rows: self.table.rows::<B>(&mut op.session)?.unwrap_or_default(),
        })
    }

    /// Compares the rows with the revisions that this program knows.
    ///
    /// # Errors
    ///
    /// [`Error::Unfinished`], [`Error::UnknownRevisions`], [`Error::Newer`], or what the graph says about the applied set.
    pub(crate) fn assess(&self, state: &State) -> Result<Standing, Error> {
        if let Some(row) = state.unfinished() {
            return Err(Error::Unfinished {
                revision: printable(&row.revision),
            });
        }
        let graph = self.migrations.graph()?;
        let (known, unknown): (Vec<&Row>, Vec<&Row>) = state
            .rows
            .iter()
            .partition(|row| graph.position(&row.revision).is_some());
        let applied = Applied::in_order(graph, known.iter().map(|row| &row.revision))?;
        let ahead: Vec<String> = unknown.iter().map(|row| row.revision.clone()).collect();
        if !ahead.is_empty() {
            if known.len() < graph.len() {
                return Err(Error::UnknownRevisions {
                    table: self.table.name().to_owned(),
                    revisions: ahead,
                });
            }
            let breaking: Vec<String> = unknown
                .iter()
                .filter(|row| row.effect != "additive")
                .map(|row| row.revision.clone())
                .collect();
            if !breaking.is_empty() {
                return Err(Error::Newer {
                    revisions: breaking,
                });
            }
        }
        applied.check_closed(graph)?;
        Ok(Standing { applied, ahead })
    }

    /// Returns what is odd about the rows.
    pub(crate) fn warnings(&self, state: &State, standing: &Standing) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for row in &state.rows {
            let Some(revision) = self.migrations.revision(&row.revision) else {
                continue;
            };
            if differs(&row.checksum, revision.header.checksum) {
                let (revision, file) = (row.revision.clone(), revision.header.file.into());
                warnings.push(Warning::ChecksumChanged { revision, file });
            }
        }
        if !standing.ahead.is_empty() {
            warnings.push(Warning::Ahead {
                revisions: standing.ahead.clone(),
            });
        }
        warnings
    }
}

/// Returns whether two checksums of the same version differ. Those of other versions can't be compared.
pub(crate) fn differs(recorded: &str, now: &str) -> bool {
    let version = |checksum: &str| {
        checksum
            .split_once(':')
            .map(|(version, _)| version.to_owned())
    };
    version(recorded).is_some() && version(recorded) == version(now) && recorded != now
}
