//! Records the checksums of applied revisions that were edited, without running anything.

use crate::backend::{Backend, MigrationRun, UnitScope};
use crate::error::Error;
use crate::version_table::APPLIED;

use super::Executor;
use super::segment::commit_of;
use super::step::own;

impl<B: Backend> Executor<'_, B> {
    /// Records the current checksums of the applied revisions `only`, or of all applied revisions, and returns the
    /// revisions whose recorded checksum was another one.
    ///
    /// # Errors
    ///
    /// Every [`Error`] about the version table.
    pub fn record_edits(
        &self,
        client: &mut B::Client,
        only: Option<&[String]>,
    ) -> Result<Vec<String>, Error> {
        self.migrations.prepare(client)?;
        let mut run = B::begin_run(client, self.options.wait, self.table.name())?;
        run.begin()?;
        let recorded = run.unit(UnitScope::Transaction, |op| {
            let mut recorded = Vec::new();
            for row in self.state(op)?.rows {
                let is_named = only.is_none_or(|only| only.contains(&row.revision));
                let Some(revision) = self.migrations.revision(&row.revision) else {
                    continue;
                };
                let checksum = revision.header.own_checksum();
                // The row of an unfinished revision is written when the revision ends.
                if is_named && row.status == APPLIED && row.checksum != checksum {
                    let session = &mut op.session;
                    self.table
                        .set_checksum::<B>(session, &row.revision, checksum)?;
                    recorded.push(row.revision);
                }
            }
            Ok(recorded)
        });
        let recorded = recorded.map_err(own)?;
        commit_of::<B>(&mut run).map_err(|source| Error::Commit {
            recorded: None,
            source,
        })?;
        Ok(recorded)
    }
}
