//! Records what revisions do on a scratch database.

use std::cell::RefCell;
use std::panic::Location;
use std::rc::Rc;

use migrate_engine::executor::{Observer, StepReport};
use migrate_engine::op::{TraceEvent, Tracer};
use migrate_schema::operation::Operation;

/// One thing that a revision did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecordedEvent {
    /// The revision.
    pub(crate) revision: String,
    /// The location in the revision, if it is known.
    pub(crate) location: Option<&'static Location<'static>>,
    /// What the revision did.
    pub(crate) action: RecordedAction,
}

/// An owned record of what a revision did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RecordedAction {
    /// Operations on one table, and whether the table is copied.
    Operations(Vec<Operation>, TableRewrite),
    /// A statement of the revision.
    Statement(String),
    /// Code of the application.
    ApplicationCode,
}

/// Whether a table is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableRewrite {
    /// It is altered in place.
    No,
    /// It is copied, unless this version of the database can avoid it.
    Possible,
}

impl From<&TraceEvent<'_>> for RecordedAction {
    fn from(done: &TraceEvent<'_>) -> RecordedAction {
        match done {
            TraceEvent::Operations(operations, Some(_)) => {
                RecordedAction::Operations(operations.to_vec(), TableRewrite::No)
            }
            TraceEvent::Operations(operations, None) => {
                RecordedAction::Operations(operations.to_vec(), TableRewrite::Possible)
            }
            TraceEvent::Statement(sql, ..) => RecordedAction::Statement((*sql).to_owned()),
            TraceEvent::ApplicationCode => RecordedAction::ApplicationCode,
        }
    }
}

/// Records what revisions do.
#[derive(Default)]
pub(crate) struct Recorder {
    events: Rc<RefCell<Vec<RecordedEvent>>>,
}

impl Recorder {
    /// Returns the records since the last call.
    pub(crate) fn take(&self) -> Vec<RecordedEvent> {
        self.events.take()
    }
}

impl Observer for Recorder {
    fn tracer(&mut self, step: &StepReport) -> Option<Tracer> {
        let events = Rc::clone(&self.events);
        let revision = step.revision.clone();
        // A repeated step replaces its earlier record.
        events.borrow_mut().retain(|one| one.revision != revision);
        Some(Box::new(move |done, location| {
            events.borrow_mut().push(RecordedEvent {
                revision: revision.clone(),
                location,
                action: RecordedAction::from(done),
            });
        }))
    }
}
