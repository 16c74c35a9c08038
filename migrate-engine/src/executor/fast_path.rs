//! Finds out from the rows alone whether there is nothing to do.
//!
//! Most starts of an application, and most runs of `upgrade` in production, find everything applied. The rows are then
//! in the order of the revisions, one row for each, and neither the graph nor a plan is needed. If anything differs,
//! this module only reports that it does not know.

use migrate_graph::{Anchor, Target};

use crate::backend::Backend;
use crate::error::Error;
use crate::macro_support::{Heads, Revision};
use crate::version_table::APPLIED;

use super::{Executor, RunReport};

impl<B: Backend> Executor<'_, B> {
    /// Returns the report of an upgrade that has nothing to do, or `None` if the full check is needed.
    pub(super) fn up_to_date_report(
        &self,
        client: B::Reader<'_>,
        target: &Target,
    ) -> Result<Option<RunReport>, Error> {
        let all = matches!(target.anchor, Some(Anchor::Head | Anchor::Heads));
        if !all || target.branch.is_some() || target.offset.is_some() {
            return Ok(None);
        }
        let Some(head) = self.last_head() else {
            return Ok(None);
        };
        if !self.all_applied(client)? {
            return Ok(None);
        }
        let heads = vec![head.header.id.to_owned()];
        Ok(Some(RunReport {
            heads,
            at_heads: true,
            elapsed: self.started_at.elapsed(),
            ..RunReport::default()
        }))
    }

    /// Returns whether each revision has its row, in order, with its checksum; `false` if that is not known.
    pub(crate) fn all_applied(&self, client: B::Reader<'_>) -> Result<bool, Error> {
        let mut revisions = self.migrations.iter();
        let mut same = true;
        let read = B::read(client, self.options.wait, |op| {
            let look =
                self.table
                    .glance::<B>(&mut op.session, &mut |revision, checksum, status| {
                        let expected = revisions
                            .next()
                            .map(|found| (found.header.id, found.header.own_checksum()));
                        same &= expected == Some((revision, checksum)) && status == APPLIED;
                    });
            Ok(look.is_ok())
        })?;
        Ok(read && same && revisions.next().is_none())
    }

    /// Returns the last revision if it is the only head: no revision follows it, and `migrations!` allows one head
    /// only.
    fn last_head(&self) -> Option<&'static Revision<B>> {
        let last = self.migrations.iter().last()?;
        let one = self.migrations.options().heads == Heads::One;
        let follows = |revision: &Revision<B>| {
            let header = &revision.header;
            header
                .down_revisions
                .iter()
                .chain(header.depends_on)
                .any(|id| *id == last.header.id)
        };
        // If a revision replaces others, the order of the files is not enough.
        let is_replacement = |revision: &Revision<B>| !revision.header.replaces.is_empty();
        let plain = |revision: &Revision<B>| !follows(revision) && !is_replacement(revision);
        (one && self.migrations.iter().all(plain)).then_some(last)
    }
}
