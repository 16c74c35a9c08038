//! Records what revisions do on a scratch database.

use std::cell::RefCell;
use std::panic::Location;
use std::rc::Rc;

use crate::executor::{Observer, StepReport};
use crate::handle::{TraceEvent, Tracer};
use crate::op::Operation;

/// One thing that a revision did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    /// The revision.
    pub(crate) revision: String,
    /// The location in the revision, if it is known.
    pub(crate) location: Option<&'static Location<'static>>,
    /// What the revision did.
    pub(crate) did: Did,
}

/// An owned record of what a revision did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Did {
    /// Operations on one table, and whether the table is copied.
    Operations(Vec<Operation>, Copied),
    /// A statement of the revision.
    Statement(String),
    /// Code of the application.
    Code,
}

/// Whether a table is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// It is altered in place.
    No,
    /// It is copied, unless this version of the database can avoid it.
    Perhaps,
}

impl From<&TraceEvent<'_>> for Did {
    fn from(done: &TraceEvent<'_>) -> Did {
        match done {
            TraceEvent::Operations(operations, Some(_)) => {
                Did::Operations(operations.to_vec(), Copied::No)
            }
            TraceEvent::Operations(operations, None) => {
                Did::Operations(operations.to_vec(), Copied::Perhaps)
            }
            TraceEvent::Statement(sql, ..) => Did::Statement((*sql).to_owned()),
            TraceEvent::ApplicationCode => Did::Code,
        }
    }
}

/// Records what revisions do.
#[derive(Default)]
pub(crate) struct Ears {
    heard: Rc<RefCell<Vec<Heard>>>,
}

impl Ears {
    /// Returns the records since the last call.
    pub(crate) fn take(&self) -> Vec<Heard> {
        self.heard.take()
    }
}

impl Observer for Ears {
    fn tracer(&mut self, step: &StepReport) -> Option<Tracer> {
        let heard = Rc::clone(&self.heard);
        let revision = step.revision.clone();
        // A repeated step replaces its earlier record.
        heard.borrow_mut().retain(|one| one.revision != revision);
        Some(Box::new(move |done, location| {
            heard.borrow_mut().push(Heard {
                revision: revision.clone(),
                location,
                did: Did::from(done),
            });
        }))
    }
}
