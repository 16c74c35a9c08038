//! Share expenses and categories.

use migrate_runtime::v1::*;

revision! {
    revision: "515954c99c28",
    down_revision: "add_date_to_income",
    created: "2025-10-05T20:40:11Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    // The view reads both tables as they were; nothing has used it since.
    op.execute("DROP VIEW IF EXISTS category_limits_view")?;
    op.add_column_if_not_exists("expenses", shared_budget_id())?;
    op.add_column_if_not_exists("categories", shared_budget_id())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_column("categories", "shared_budget_id")?;
    op.drop_column("expenses", "shared_budget_id")
}

fn shared_budget_id() -> Column {
    Column::new("shared_budget_id", Integer)
        .references(ForeignKey::to("shared_budgets", "id").on_delete(Cascade))
}
