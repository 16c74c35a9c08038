//! Add the kind of a transaction and carry-overs.

use crate::models::expense;
use migrate_runtime::v1::*;

revision! {
    revision: "add_transaction_type_carryover",
    down_revision: "ensure_expenses_description",
    created: "2025-10-18T16:45:20Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.alter_table("expenses", |t| {
        t.add_column_if_not_exists(Column::new("transaction_type", Varchar(20)).default("expense"));
        t.add_column_if_not_exists(Column::new("carryover_from_month", Varchar(7)));
    })?;
    expense::fill_transaction_type(op.connection())?;
    Ok(())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.alter_table("expenses", |t| {
        t.drop_column("carryover_from_month");
        t.drop_column("transaction_type");
    })
}
