//! Date income by the day.

use crate::models::income;
use migrate_runtime::v1::*;

revision! {
    revision: "add_date_to_income",
    down_revision: "d06c52a8b6a7",
    created: "2025-10-02T08:15:30Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.add_column("income", Column::new("date", Date))?;
    income::date_by_month(op.connection())?;
    Ok(())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_column("income", "date")
}
