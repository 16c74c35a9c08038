//! The progress of row helpers, reported at most once a second.

use std::time::Instant;

use crate::backend::Backend;
use crate::executor::{Progress, ProgressState, REPORT_INTERVAL};
use crate::op::Op;
use crate::v1::Result;
use migrate_schema::value::Value;

use super::statement::{Select, cursor};
use super::{Row, ValueRef, qualified_table};

/// Reports the progress.
pub(super) struct Meter {
    progress: Progress,
    count: String,
    dialect: &'static dyn migrate_schema::ddl::Dialect,
    last: Instant,
    is_shown: bool,
}

impl Meter {
    pub(super) fn new<R: Row, B: Backend>(op: &Op<'_, B>, select: &Select<'_>) -> Meter {
        Meter {
            progress: Progress::new(&op.record.revision, &qualified_table::<R>()),
            count: select.count::<R>(),
            dialect: select.dialect,
            last: Instant::now(),
            is_shown: false,
        }
    }

    /// Reports that so many rows were read, and the key of the last one. The remaining rows are counted at the first
    /// report only, because work that takes less than a second needs no count.
    pub(super) fn tell<B: Backend>(
        &mut self,
        op: &mut Op<'_, B>,
        read: u64,
        filter: &[ValueRef<'_>],
        key: &[Value],
    ) -> Result<()> {
        self.progress.read = read;
        if op.record.listener.is_none() || self.last.elapsed() < REPORT_INTERVAL {
            return Ok(());
        }
        if !self.is_shown {
            let left = self.count(op, filter, key)?;
            self.progress.total = Some(read + left);
        }
        self.is_shown = true;
        self.say(op);
        self.last = Instant::now();
        Ok(())
    }

    /// Reports the end, if progress was reported before.
    pub(super) fn end<B: Backend>(&mut self, op: &mut Op<'_, B>) {
        if self.is_shown {
            self.progress.state = ProgressState::Ended;
            self.say(op);
        }
    }

    fn say<B: Backend>(&self, op: &mut Op<'_, B>) {
        if let Some(listener) = &mut op.record.listener {
            listener(&self.progress);
        }
    }

    fn count<B: Backend>(
        &self,
        op: &mut Op<'_, B>,
        filter: &[ValueRef<'_>],
        key: &[Value],
    ) -> Result<u64> {
        let key: Vec<ValueRef<'_>> = key.iter().map(ValueRef::from).collect();
        let mut params = filter.to_vec();
        params.extend(cursor(self.dialect, &key));
        let mut left = 0;
        let done = B::query_ref(&mut op.session, &self.count, &params, &mut |row| {
            left = row
                .first()
                .and_then(|value_ref| match value_ref {
                    ValueRef::Integer(count) => u64::try_from(*count).ok(),
                    _ => None,
                })
                .unwrap_or(0);
        });
        done.map_err(|source| op.failed(&self.count, source))?;
        Ok(left)
    }
}
