//! Add income sources.

use migrate_runtime::v1::*;

revision! {
    revision: "d06c52a8b6a7",
    down_revision: "1b77062a812f",
    created: "2025-09-21T18:02:44Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("income_sources", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("name", Varchar(100)).not_null());
        t.column(Column::new("is_default", Boolean));
        t.column(Column::new("created_at", DateTime));
        t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
        t.unique(["user_id", "name"]);
    })
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("income_sources")
}
