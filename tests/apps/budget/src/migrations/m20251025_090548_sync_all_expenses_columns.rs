//! Bring every column of expenses in line, and count expenses by month.

use crate::models::expense;
use migrate_runtime::v1::*;

revision! {
    revision: "sync_all_expenses_columns",
    down_revision: "add_transaction_type_carryover",
    created: "2025-10-25T09:05:48Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    let shared_budget = ForeignKey::to("shared_budgets", "id").on_delete(Cascade);
    op.add_column_if_not_exists(
        "expenses",
        Column::new("shared_budget_id", Integer).references(shared_budget),
    )?;
    op.add_column_if_not_exists("expenses", Column::new("description", Text))?;
    if !op.has_column("expenses", "currency")? {
        op.add_column("expenses", Column::new("currency", Varchar(3)))?;
        expense::fill_currency(op.connection())?;
    }
    if !op.has_column("expenses", "month")? {
        op.add_column("expenses", Column::new("month", Varchar(7)))?;
        expense::fill_month(op.connection())?;
        op.alter_column("expenses", "month", |c| c.not_null())?;
    }
    op.add_column_if_not_exists(
        "expenses",
        Column::new("transaction_type", Varchar(20)).default("expense"),
    )?;
    op.add_column_if_not_exists("expenses", Column::new("carryover_from_month", Varchar(7)))?;
    if !op.has_column("expenses", "created_at")? {
        op.add_column("expenses", Column::new("created_at", DateTime))?;
        expense::fill_created_at(op.connection())?;
    }
    Ok(())
}

/// Every column but `month` belongs to an earlier revision; a repaired one stays.
pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_column("expenses", "month")
}
