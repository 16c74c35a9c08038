//! What revisions did on a scratch database, kept for who asks afterwards.

use std::cell::RefCell;
use std::panic::Location;
use std::rc::Rc;

use crate::executor::{Reporter, StepReport};
use crate::handle::{Done, Tracer};
use crate::op::Operation;

/// One thing that a revision did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    /// The revision.
    pub(crate) revision: String,
    /// Where it asked for it, as far as that is known.
    pub(crate) place: Option<&'static Location<'static>>,
    /// What it did.
    pub(crate) did: Did,
}

/// What a revision did, kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Did {
    /// Operations on one table, and whether the table is copied for them.
    Operations(Vec<Operation>, Copied),
    /// A statement of the revision's own.
    Statement(String),
    /// Code of the application.
    Code,
}

/// Whether a table is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// It is altered in place.
    No,
    /// It is, unless this version of the database knows better.
    Perhaps,
}

impl From<&Done<'_>> for Did {
    fn from(done: &Done<'_>) -> Did {
        match done {
            Done::Operations(operations, Some(_)) => {
                Did::Operations(operations.to_vec(), Copied::No)
            }
            Done::Operations(operations, None) => {
                Did::Operations(operations.to_vec(), Copied::Perhaps)
            }
            Done::Statement(sql, ..) => Did::Statement((*sql).to_owned()),
            Done::Code => Did::Code,
        }
    }
}

/// Hears what revisions do.
#[derive(Default)]
pub(crate) struct Ears {
    heard: Rc<RefCell<Vec<Heard>>>,
}

impl Ears {
    /// Returns what was heard since it was asked last.
    pub(crate) fn take(&self) -> Vec<Heard> {
        self.heard.take()
    }
}

impl Reporter for Ears {
    fn traces(&mut self, step: &StepReport) -> Option<Tracer> {
        let heard = Rc::clone(&self.heard);
        let revision = step.revision.clone();
        // A step that is tried again is heard again.
        heard.borrow_mut().retain(|one| one.revision != revision);
        Some(Box::new(move |done, place| {
            heard.borrow_mut().push(Heard {
                revision: revision.clone(),
                place,
                did: Did::from(done),
            });
        }))
    }
}
