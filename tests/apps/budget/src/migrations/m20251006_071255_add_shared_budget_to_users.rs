//! Share users.

use migrate_runtime::v1::*;

revision! {
    revision: "add_shared_budget_to_users",
    down_revision: "515954c99c28",
    created: "2025-10-06T07:12:55Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    let target = ForeignKey::to("shared_budgets", "id").on_delete(SetNull);
    op.add_column_if_not_exists(
        "users",
        Column::new("shared_budget_id", Integer).references(target),
    )
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_column("users", "shared_budget_id")
}
