//! Reports what a revision does to a tracer.

use std::panic::Location;

use super::Op;
use crate::backend::Backend;
use migrate_schema::operation::Operation;
use migrate_schema::value::Value;

/// One thing that a revision did.
#[derive(Debug)]
pub enum TraceEvent<'a> {
    /// Operations on one table, or a single one, with their statements; `None` if the database needs more than
    /// statements: a table is rebuilt.
    Operations(&'a [Operation], Option<&'a [String]>),
    /// A statement of the revision, its parameters, and the number of changed rows, if it is known.
    Statement(&'a str, &'a [Value], Option<u64>),
    /// Code of the application had the connection, and its effect is not known.
    ApplicationCode,
}

/// Receives what a revision does, and the location in the revision, if it is known.
pub type Tracer = Box<dyn FnMut(&TraceEvent<'_>, Option<&'static Location<'static>>)>;

impl<B: Backend> Op<'_, B> {
    /// Reports what was done, if there is a tracer.
    pub(crate) fn tell(&mut self, event: &TraceEvent<'_>) {
        if let Some(tracer) = &mut self.record.tracer {
            tracer(event, self.record.location);
        }
    }

    /// Reports operations that ran together.
    pub(super) fn tell_together(&mut self, operations: &[Operation]) {
        if self.record.tracer.is_none() {
            return;
        }
        let statements = B::preview_sql(&mut self.session, operations);
        self.tell(&TraceEvent::Operations(operations, statements.as_deref()));
    }
}
