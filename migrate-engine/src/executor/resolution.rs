//! Settles a revision that was interrupted outside a transaction, as the user directs.

use crate::backend::{Backend, MigrationRun, UnitScope};
use crate::clock;
use crate::error::{Error, printable};
use crate::op::Op;
use crate::version_table::{APPLIED, Entry, Row};
use migrate_schema::operation::Compatibility;

use super::segment::commit_of;
use super::step::own;
use super::{Executor, StampReport, State};

/// The state of an interrupted revision, according to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// All its changes are in the database.
    Applied,
    /// None of its changes are in the database.
    RolledBack,
}

impl<B: Backend> Executor<'_, B> {
    /// Records an interrupted revision as applied or as not applied, without running anything.
    ///
    /// # Errors
    ///
    /// [`Error::NotUnfinished`] if it was not interrupted and is not already in the state `end`; every [`Error`] about the
    /// version table.
    pub fn resolve_unfinished(
        &self,
        client: &mut B::Client,
        revision: &str,
        end: Resolution,
    ) -> Result<StampReport, Error> {
        self.migrations.prepare(client)?;
        let mut run = B::begin_run(client, self.options.wait, self.table.name())?;
        run.begin()?;
        let stamped = run.unit(UnitScope::Transaction, |op| {
            let state = self.state(op)?;
            self.table.check::<B>(&mut op.session)?;
            let mut stamped = StampReport::default();
            match unfinished_row(&state, revision) {
                Some(row) => self.write_end(op, row, end, &mut stamped)?,
                None => already(&state, revision, end)?,
            }
            let now = self.known_of(&self.state(op)?)?;
            let heads = now.applied.heads(&now.graph);
            stamped.heads = heads.iter().map(ToString::to_string).collect();
            Ok(stamped)
        });
        let stamped = stamped.map_err(own)?;
        commit_of::<B>(&mut run).map_err(|source| Error::Commit {
            recorded: None,
            source,
        })?;
        Ok(stamped)
    }

    fn write_end(
        &self,
        op: &mut Op<'_, B>,
        row: &Row,
        end: Resolution,
        stamped: &mut StampReport,
    ) -> Result<(), Error> {
        let id = row.revision.as_str();
        if end == Resolution::RolledBack {
            stamped.removed.push(id.to_owned());
            return self.table.delete::<B>(&mut op.session, id);
        }
        stamped.added.push(id.to_owned());
        let Some(revision) = self.migrations.revision(id) else {
            // A row of another build: what it recorded is kept.
            self.table.set_journal::<B>(&mut op.session, id, "")?;
            return self.table.set_status::<B>(&mut op.session, id, APPLIED);
        };
        self.table.delete::<B>(&mut op.session, id)?;
        let entry = Entry {
            header: &revision.header,
            status: APPLIED,
            // Its compatibility was not observed completely, so the strictest value is recorded.
            compatibility: Compatibility::Breaking.as_str(),
            sequence: row.sequence,
            applied_at: &clock::now(),
            duration_ms: 0,
        };
        self.table.insert::<B>(&mut op.session, &entry)
    }
}

/// Returns the row of an interrupted revision, by its id or a prefix of it.
fn unfinished_row<'s>(state: &'s State, revision: &str) -> Option<&'s Row> {
    let mut cut = state.rows.iter().filter(|row| row.status != APPLIED);
    let enough = revision.len() >= 4;
    cut.find(|row| row.revision == revision || (enough && row.revision.starts_with(revision)))
}

fn already(state: &State, revision: &str, end: Resolution) -> Result<(), Error> {
    let applied = state.rows.iter().any(|row| row.revision == revision);
    if applied == (end == Resolution::Applied) {
        return Ok(());
    }
    Err(Error::NotUnfinished {
        revision: printable(revision),
        applied,
    })
}
