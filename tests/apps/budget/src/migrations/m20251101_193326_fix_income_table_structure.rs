//! Repair the structure of income.

use crate::models::income;
use migrate_runtime::v1::*;

revision! {
    revision: "fix_income_table_structure",
    down_revision: "sync_all_tables_schema",
    created: "2025-11-01T19:33:26Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    if !op.has_table("income")? {
        return create_income(op, "income");
    }
    if !op.has_column("income", "id")? {
        return rebuild_with_id(op);
    }
    add_missing_columns(op, "income")
}

/// The table belongs to the first revision; a repaired one stays.
pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

fn create_income(op: &mut Op<Sqlite>, name: &str) -> Result<()> {
    op.create_table(name, |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("source_name", Varchar(100)).not_null());
        t.column(Column::new("amount", Numeric(10, 2)).not_null());
        t.column(Column::new("currency", Varchar(3)));
        t.column(Column::new("year", Integer).not_null());
        t.column(Column::new("month", Integer).not_null());
        t.column(Column::new("created_at", DateTime));
        t.column(Column::new("date", Date));
        t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
        t.unique(["user_id", "source_name", "year", "month"]);
    })
}

/// No table refers to `income`, so its rows can move to a new one without touching others.
fn rebuild_with_id(op: &mut Op<Sqlite>) -> Result<()> {
    add_missing_columns(op, "income")?;
    create_income(op, "income_with_id")?;
    op.execute(
        "INSERT INTO income_with_id (user_id, source_name, amount, currency, year, month, created_at, date)
         SELECT user_id, source_name, amount, currency, year, month, created_at, date FROM income ORDER BY rowid",
    )?;
    op.drop_table("income")?;
    op.rename_table("income_with_id", "income")
}

fn add_missing_columns(op: &mut Op<Sqlite>, table: &str) -> Result<()> {
    op.add_column_if_not_exists(table, Column::new("created_at", DateTime))?;
    op.add_column_if_not_exists(table, Column::new("date", Date))?;
    if !op.has_column(table, "currency")? {
        op.add_column(table, Column::new("currency", Varchar(3)))?;
        income::fill_currency(op.connection())?;
    }
    Ok(())
}
