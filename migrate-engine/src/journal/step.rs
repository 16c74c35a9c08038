//! The steps of a revision.

use crate::backend::StatementKind;
use crate::error::printable;
use crate::hash::fnv;
use migrate_schema::operation::Operation;
use migrate_schema::value::Value;

use super::AffectedObjects;

/// A step of a revision.
#[derive(Debug)]
pub(crate) struct Step {
    /// A short description.
    pub(super) title: String,
    /// The hash of what it does, without its values.
    pub(super) text: u64,
    /// The same hash with its values, which identifies the step.
    pub(super) call: u64,
    pub(super) statement_kind: StatementKind,
    /// The objects that it changes, as far as the schema shows them.
    pub(super) affected: AffectedObjects,
    pub(super) kind: StepKind,
    /// The number of its statements, if each is recorded separately.
    pub(super) statements: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    /// One operation, or several that are done together.
    Operation,
    /// A piece of code that runs once.
    Code,
    /// A statement; a revision may run the same one for each of many rows.
    Statement,
}

impl Step {
    /// Creates the step of this statement.
    pub(crate) fn statement(sql: &str, params: &[Value], statement_kind: StatementKind) -> Step {
        let values = params.iter().map(|value| format!("{value:?}"));
        Step {
            title: printable(&sql.split_whitespace().collect::<Vec<_>>().join(" ")),
            text: fnv(["statement", sql]),
            call: fnv(["statement".to_owned(), sql.to_owned()]
                .into_iter()
                .chain(values)),
            statement_kind,
            affected: AffectedObjects::Text(sql.to_owned()),
            kind: StepKind::Statement,
            statements: 1,
        }
    }

    /// Creates the step of these operations, which are done together.
    pub(crate) fn operations(operations: &[Operation], statement_kind: StatementKind) -> Step {
        let titles: Vec<String> = operations.iter().map(Operation::title).collect();
        let text = fnv(operations.iter().map(|operation| format!("{operation:?}")));
        Step {
            title: printable(&titles.join(", ")),
            text,
            call: text,
            statement_kind,
            affected: AffectedObjects::by(operations),
            kind: StepKind::Operation,
            statements: 1,
        }
    }

    /// Sets the number of its statements.
    pub(crate) fn of(self, statements: usize) -> Step {
        Step { statements, ..self }
    }

    /// Creates the step of application code with a name.
    pub(crate) fn code(title: &str) -> Step {
        let text = fnv(["once", title]);
        Step {
            title: printable(title),
            text,
            call: text,
            statement_kind: StatementKind::Transactional,
            affected: AffectedObjects::Everything,
            kind: StepKind::Code,
            statements: 1,
        }
    }
}
