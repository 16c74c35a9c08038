//! Operations to the Rust text of a revision's `up` and `down`, in the words of [`v1`](crate::v1).
//!
//! Comes in: operations, each knowing its reverse. Goes out: two bodies. Names and texts go in as literals, so what stands
//! in a database or a model can't become code. What only the author knows is left as a place that does not compile until
//! it is filled in: why values may go, and what rows that are there get in a new column.
//!
//! ```text
//! operations ─► groups (neighbours on one table) ─► statement ─► code ─► text
//! ```

mod code;
mod column;
mod statement;
mod table;

use crate::op::Operation;
use code::{Code, Statement};
use statement::Direction;

/// The bodies of a revision's two functions: whole lines, each indented by four.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bodies {
    /// What `up` does.
    pub up: String,
    /// What `down` does; `op.irreversible(…)` alone where something can't be undone.
    pub down: String,
}

/// Returns the bodies of the revision that does `operations`.
///
/// ```
/// use migrate_runtime::op::{Operation, RenameTable};
/// use migrate_runtime::render::revision_body;
///
/// let bodies = revision_body(&[Operation::RenameTable(RenameTable::new("user", "users"))]);
/// assert_eq!(bodies.up, "    op.rename_table(\"user\", \"users\")?;\n    Ok(())\n");
/// assert_eq!(bodies.down, "    op.rename_table(\"users\", \"user\")?;\n    Ok(())\n");
/// ```
#[must_use]
pub fn revision_body(operations: &[Operation]) -> Bodies {
    Bodies {
        up: body(operations, Direction::Up),
        down: down(operations),
    }
}

fn body(operations: &[Operation], direction: Direction) -> String {
    let mut statements = statement::all(operations, direction);
    statements.push(Statement::Last(Code::Atom("Ok(())".to_owned())));
    code::lines(&statements, 4)
}

/// Undoes the operations, the last first.
fn down(operations: &[Operation]) -> String {
    let mut reverses = Vec::with_capacity(operations.len());
    for operation in operations.iter().rev() {
        match operation.clone().reverse() {
            Some(reverse) => reverses.push(reverse),
            // What was looked at stays so.
            None if matches!(operation, Operation::ValidateConstraint(_)) => {}
            None => {
                let reason = format!("nothing undoes: {}", operation.title());
                let refusal = Statement::Last(statement::irreversible(&reason));
                return code::lines(&[refusal], 4);
            }
        }
    }
    body(&reverses, Direction::Down)
}
