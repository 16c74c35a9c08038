//! Ensure that expenses have a description.

use crate::models::expense;
use migrate_runtime::v1::*;

revision! {
    revision: "ensure_expenses_description",
    down_revision: "add_shared_budget_to_users",
    created: "2025-10-11T13:30:00Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.add_column_if_not_exists("expenses", Column::new("description", Text))?;
    if op.has_column("expenses", "note")? {
        expense::describe_by_note(op.connection())?;
    }
    Ok(())
}

/// The column belongs to the first revision; where it was missing, it was missing by accident.
pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
