//! Create subscriptions.

use migrate_runtime::v1::*;

revision! {
    revision: "2e8fff6060d9",
    down_revision: "80eb616c732e",
    created: "2025-03-09T18:40:05Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_subscriptions(op)
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_table("subscriptions")
}

fn create_subscriptions(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("subscriptions", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("server_id", Integer).not_null());
        t.column(Column::new("tariff_id", Integer).not_null());
        t.column(varchar("hiddify_id"));
        t.column(varchar("status"));
        t.column(Column::new("expire_date", Timestamp));
        t.column(Column::new("traffic_used", Float));
        t.column(Column::new("traffic_limit", Float));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
        t.foreign_key("server_id", ForeignKey::to("servers", "id"));
        t.foreign_key("user_id", ForeignKey::to("users", "id"));
        t.foreign_key("tariff_id", ForeignKey::to("tariffs", "id"));
    })?;
    op.create_index(Index::new("ix_subscriptions_id", "subscriptions", "id"))?;
    op.create_index(Index::new(
        "ix_subscriptions_user_server",
        "subscriptions",
        ["user_id", "server_id"],
    ))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
