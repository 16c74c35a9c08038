//! Writes operations as the Rust text of a revision's `up` and `down`, with the vocabulary of `v1`.
//!
//! [`revision_body`] takes operations that know their reverse, and returns two function bodies. Names and text are
//! written as string literals, so nothing in a database or a model can become code. Where only the author knows what to
//! write, the text does not compile until it is completed: the reason for a data loss, and the values of a new column
//! in existing rows.
//!
//! ```text
//! operations ─► groups (neighbours on one table) ─► statement ─► code ─► text
//! ```

pub mod code;
mod column;
mod statement;
mod table;

use crate::operation::{Operation, without_implied_index_drops};
use code::{Code, Statement};
use statement::Direction;

/// The bodies of a revision's two functions: whole lines, each indented by four.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bodies {
    /// The body of `up`.
    pub up: String,
    /// The body of `down`; only `op.irreversible(…)` if an operation can't be undone.
    pub down: String,
}

/// Returns the bodies of the revision that runs `operations`.
///
/// ```
/// use migrate_schema::operation::{Operation, RenameTable};
/// use migrate_schema::render::revision_body;
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

/// Returns the body of a `down` that returns an error with the reason.
pub fn refusal(reason: &str) -> String {
    let refusal = Statement::Last(statement::irreversible(reason));
    code::lines(&[refusal], 4)
}

fn body(operations: &[Operation], direction: Direction) -> String {
    let mut statements = statement::all(&without_implied_index_drops(operations), direction);
    statements.push(Statement::Last(Code::Atom("Ok(())".to_owned())));
    code::lines(&statements, 4)
}

/// Undoes the operations in reverse order.
fn down(operations: &[Operation]) -> String {
    let mut reverses = Vec::with_capacity(operations.len());
    for operation in operations.iter().rev() {
        match operation.clone().reverse() {
            Some(reverse) => reverses.push(reverse),
            // Validation can't be undone.
            None if matches!(operation, Operation::ValidateConstraint(_)) => {}
            None => {
                return refusal(&format!(
                    "this operation has no reverse: {}",
                    operation.title()
                ));
            }
        }
    }
    body(&reverses, Direction::Down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{CreateIndex, CreateTable, DropTable, Native};
    use crate::schema::{Column, Index, NativeObject, Object, Table, Type};

    #[test]
    fn an_index_of_a_table_that_goes_is_not_dropped_before_it() {
        let table = |name: &str| {
            let mut table = Table::new(name);
            table.column(Column::new("a", Type::Integer));
            Operation::CreateTable(CreateTable::new(table))
        };
        let index = |name: &str, table: &str| {
            Operation::CreateIndex(CreateIndex::new(Index::new(name, table, ["a"])))
        };
        let made = [table("new"), index("ix_new", "new"), index("ix_old", "old")];
        assert_eq!(
            revision_body(&made).down,
            "    op.drop_index(\"old\", \"ix_old\")?;\n    op.drop_table(\"new\")?;\n    Ok(())\n"
        );
    }
    #[test]
    fn a_partition_is_dropped_only_with_a_reason() {
        let partition = NativeObject::new(
            Object::of_table("partition", "log", "log_1"),
            "",
            "CREATE TABLE log_1 PARTITION OF log DEFAULT",
            "DROP TABLE log_1",
        );
        let drop = Operation::Native(Native::drop(&partition));
        let body = revision_body(std::slice::from_ref(&drop));
        assert_eq!(
            body.up,
            "    // This loses the rows of log_1.\n    \
             op.allow_data_loss(compile_error!(\"justify losing the rows of log_1\"))?;\n    \
             op.execute(\"DROP TABLE log_1\")?;\n    Ok(())\n"
        );
        let with_its_table = [drop, Operation::DropTable(DropTable::new("log"))];
        let up = revision_body(&with_its_table).up;
        assert_eq!(up.matches("This loses the rows of log.").count(), 1);
        assert!(!up.contains("log_1 may go"), "{up}");
    }
}
