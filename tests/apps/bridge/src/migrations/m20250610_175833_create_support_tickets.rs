//! Create support tickets.

use migrate_runtime::v1::*;

revision! {
    revision: "8cc9f0fbf4fb",
    down_revision: "add_notification_fields",
    created: "2025-06-10T17:58:33Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_support_tickets(op)
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_table("support_tickets")
}

fn create_support_tickets(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("support_tickets", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(varchar("message").not_null());
        t.column(varchar("status"));
        t.column(varchar("admin_response"));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
        t.column(Column::new("answered_at", Timestamp));
        t.foreign_key("user_id", ForeignKey::to("users", "id"));
    })?;
    op.create_index(Index::new("ix_support_tickets_id", "support_tickets", "id"))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
