//! What a revision asks for.

use crate::backend::Stands;
use crate::error::printable;
use crate::hash::fnv;
use crate::op::Operation;
use crate::value::Value;

use super::Touched;

/// Something that a revision asks for.
#[derive(Debug)]
pub(crate) struct Step {
    /// What it is, in a few words.
    pub(super) title: String,
    /// The hash of what it does, without its values.
    pub(super) text: u64,
    /// The same with its values: what tells one step from another.
    pub(super) call: u64,
    pub(super) stands: Stands,
    /// What it changes, as far as the schema shows it.
    pub(super) touched: Touched,
    pub(super) kind: StepKind,
    /// How many statements it is, where each is noted by itself.
    pub(super) statements: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    /// An operation, or several that are done together.
    Operation,
    /// A piece of code that runs once.
    Code,
    /// A statement; a revision may run the same one for each of many rows.
    Statement,
}

impl Step {
    /// Returns the step that is this statement.
    pub(crate) fn statement(sql: &str, params: &[Value], stands: Stands) -> Step {
        let values = params.iter().map(|value| format!("{value:?}"));
        Step {
            title: printable(&sql.split_whitespace().collect::<Vec<_>>().join(" ")),
            text: fnv(["statement", sql]),
            call: fnv(["statement".to_owned(), sql.to_owned()]
                .into_iter()
                .chain(values)),
            stands,
            touched: Touched::Said(sql.to_owned()),
            kind: StepKind::Statement,
            statements: 1,
        }
    }

    /// Returns the step that is these operations, done together.
    pub(crate) fn operations(operations: &[Operation], stands: Stands) -> Step {
        let titles: Vec<String> = operations.iter().map(Operation::title).collect();
        let text = fnv(operations.iter().map(|operation| format!("{operation:?}")));
        Step {
            title: printable(&titles.join(", ")),
            text,
            call: text,
            stands,
            touched: Touched::by(operations),
            kind: StepKind::Operation,
            statements: 1,
        }
    }

    /// Says of how many statements it is.
    pub(crate) fn of(self, statements: usize) -> Step {
        Step { statements, ..self }
    }

    /// Returns the step that is code of the application under a name.
    pub(crate) fn code(title: &str) -> Step {
        let text = fnv(["once", title]);
        Step {
            title: printable(title),
            text,
            call: text,
            stands: Stands::Inside,
            touched: Touched::Everything,
            kind: StepKind::Code,
            statements: 1,
        }
    }
}
