//! A revision that replaces others, if a database has their rows instead of its own.

use crate::backend::Backend;
use crate::error::Error;
use crate::macro_support::Header;
use crate::op::Op;
use crate::version_table::{APPLIED, Entry, Row};
use migrate_schema::operation::Compatibility;

use super::Executor;

impl<B: Backend> Executor<'_, B> {
    /// Replaces the rows of the replaced revisions by the row of the new one, before it is downgraded like any other.
    ///
    /// Nothing else does this, so older builds continue to find the rows that they know.
    ///
    /// # Errors
    ///
    /// Every [`Error`] about the version table.
    pub(super) fn insert_replacement_row(
        &self,
        op: &mut Op<'_, B>,
        header: &Header,
    ) -> Result<(), Error> {
        if header.replaces.is_empty() {
            return Ok(());
        }
        let rows = self.table.rows::<B>(&mut op.session)?.unwrap_or_default();
        let has_own = rows.iter().any(|row| row.revision == header.id);
        let is_theirs = |row: &&Row| header.replaces.iter().any(|id| *id == row.revision);
        let theirs: Vec<&Row> = rows.iter().filter(is_theirs).collect();
        let last = theirs.iter().max_by_key(|row| row.sequence);
        if let (false, Some(last)) = (has_own, last) {
            let entry = Entry {
                header,
                status: APPLIED,
                // Its compatibility was not observed here, so the strictest value is recorded.
                compatibility: Compatibility::Breaking.as_str(),
                sequence: last.sequence,
                applied_at: &last.applied_at,
                duration_ms: 0,
            };
            self.table.insert::<B>(&mut op.session, &entry)?;
        }
        for row in theirs {
            self.table.delete::<B>(&mut op.session, &row.revision)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
