//! Workarounds for operations that lock a table while the server processes its rows
//! (<https://www.postgresql.org/docs/current/sql-altertable.html>).

use migrate_schema::operation::{Constraint, Operation};
use migrate_schema::schema::{DefaultValue, Validity};

/// Returns a workaround if `operation` blocks other connections.
pub(super) fn workaround(operation: &Operation) -> Option<&'static str> {
    Some(match operation {
        Operation::CreateIndex(_) => {
            "`create_index_concurrently`, in a revision with `transaction: false`"
        }
        Operation::DropIndex(_) => {
            "`drop_index_concurrently`, in a revision with `transaction: false`"
        }
        Operation::AlterColumn(op) if op.data_type.is_some() => {
            "add a column of the new type, fill it in batches, and replace the old column in a later revision"
        }
        Operation::AlterColumn(op) if op.not_null == Some(true) => {
            "add a check `column IS NOT NULL` as `not_valid()`, validate it, and then set NOT NULL"
        }
        Operation::AddColumn(op)
            if op.fill.is_some()
                || matches!(op.column.default, Some(DefaultValue::Expression(_)))
                || op.column.generated.is_some() =>
        {
            "add the column without a value, fill it in batches, and set its default afterwards"
        }
        Operation::AddConstraint(op) => match (&op.constraint, op.constraint.validity()) {
            (Constraint::ForeignKey(_) | Constraint::Check(_), Validity::Checked) => {
                "add it as `not_valid()`, and call `validate_constraint` in a later revision"
            }
            (Constraint::ForeignKey(_) | Constraint::Check(_), _) => return None,
            _ => "create a unique index concurrently first",
        },
        _ => return None,
    })
}
