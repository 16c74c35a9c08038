//! Change to another panel.

use migrate_runtime::v1::*;

revision! {
    revision: "d4e5f6a7b8c9",
    down_revision: "c3d4e5f6a7b8",
    created: "2025-05-11T19:36:27Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.rename_column("users", "hiddify_id", "x3ui_id")?;
    op.alter_table("servers", |t| {
        t.drop_column("proxy_path");
        t.rename_column("api_key", "api_username");
        t.add_column(varchar("api_password").not_null().default(""));
        t.add_column(Column::new("inbound_id", Integer).not_null().default(1));
        t.add_column(varchar("subscription_url"));
    })?;
    op.alter_table("subscriptions", |t| {
        t.rename_column("hiddify_id", "x3ui_client_id");
        t.add_column(varchar("x3ui_client_email"));
    })
}

/// The proxy paths are lost: the column comes back empty.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("subscriptions", |t| {
        t.drop_column("x3ui_client_email");
        t.rename_column("x3ui_client_id", "hiddify_id");
    })?;
    op.alter_table("servers", |t| {
        t.drop_column("subscription_url");
        t.drop_column("inbound_id");
        t.drop_column("api_password");
        t.rename_column("api_username", "api_key");
        t.add_column(varchar("proxy_path"));
    })?;
    op.rename_column("users", "x3ui_id", "hiddify_id")
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
