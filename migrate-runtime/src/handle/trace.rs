//! What a revision does, told to whoever asked for it.

use std::panic::Location;

use super::Op;
use crate::backend::Backend;
use crate::op::Operation;
use crate::value::Value;

/// One thing that a revision did.
#[derive(Debug)]
#[non_exhaustive]
pub enum Done<'a> {
    /// Operations on one table, or one alone, with the statements that do them; `None` where the database does them by more
    /// than statements: a table that is rebuilt.
    Operations(&'a [Operation], Option<&'a [String]>),
    /// A statement of the revision's own, its parameters, and how many rows it changed, where that is known.
    Statement(&'a str, &'a [Value], Option<u64>),
    /// Code of the application had the connection: what it did nobody saw.
    Code,
}

/// Hears what a revision does, and where it asked for it, as far as that is known.
pub type Tracer = Box<dyn FnMut(&Done<'_>, Option<&'static Location<'static>>)>;

impl<B: Backend> Op<'_, B> {
    /// Tells what was done, if anybody listens.
    pub(crate) fn tell(&mut self, done: &Done<'_>) {
        if let Some(tracer) = &mut self.record.tracer {
            tracer(done, self.record.place);
        }
    }

    /// Tells of operations that were done together.
    pub(super) fn tell_together(&mut self, operations: &[Operation]) {
        if self.record.tracer.is_none() {
            return;
        }
        let statements = B::spell(&mut self.session, operations);
        self.tell(&Done::Operations(operations, statements.as_deref()));
    }
}
