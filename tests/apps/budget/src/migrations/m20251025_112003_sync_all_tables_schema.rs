//! Bring the columns of the other tables in line.

use crate::models::{category, user};
use migrate_runtime::v1::*;

revision! {
    revision: "sync_all_tables_schema",
    down_revision: "sync_all_expenses_columns",
    created: "2025-10-25T11:20:03Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    sync_categories(op)?;
    sync_users(op)?;
    op.add_column_if_not_exists("income", Column::new("date", Date))?;
    op.add_column_if_not_exists("income", Column::new("created_at", DateTime))?;
    op.add_column_if_not_exists("income_sources", Column::new("is_default", Boolean))?;
    op.add_column_if_not_exists("income_sources", Column::new("created_at", DateTime))
}

/// Every column belongs to an earlier revision; a repaired one stays.
pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

fn sync_categories(op: &mut Op<Sqlite>) -> Result<()> {
    let shared_budget = ForeignKey::to("shared_budgets", "id").on_delete(Cascade);
    op.add_column_if_not_exists(
        "categories",
        Column::new("shared_budget_id", Integer).references(shared_budget),
    )?;
    op.add_column_if_not_exists("categories", Column::new("created_at", DateTime))?;
    if !op.has_column("categories", "is_multi_source")? {
        op.add_column("categories", Column::new("is_multi_source", Boolean))?;
        category::fill_is_multi_source(op.connection())?;
    }
    Ok(())
}

fn sync_users(op: &mut Op<Sqlite>) -> Result<()> {
    for column in [
        Column::new("theme", Varchar(20)),
        Column::new("currency", Varchar(3)),
        Column::new("timezone", Varchar(50)),
        Column::new("locale", Varchar(10)),
        Column::new("telegram_id", BigInt),
        Column::new("telegram_username", Varchar(100)),
        Column::new("telegram_first_name", Varchar(100)),
        Column::new("telegram_last_name", Varchar(100)),
        Column::new("telegram_photo_url", Varchar(500)),
    ] {
        op.add_column_if_not_exists("users", column)?;
    }
    if !op.has_column("users", "default_currency")? {
        op.add_column("users", Column::new("default_currency", Varchar(3)))?;
        user::fill_default_currency(op.connection())?;
    }
    if !op.has_column("users", "auth_type")? {
        op.add_column("users", Column::new("auth_type", Varchar(20)))?;
        user::fill_auth_type(op.connection())?;
        op.alter_column("users", "auth_type", |c| c.not_null())?;
    }
    let shared_budget = ForeignKey::to("shared_budgets", "id").on_delete(SetNull);
    op.add_column_if_not_exists(
        "users",
        Column::new("shared_budget_id", Integer).references(shared_budget),
    )
}
