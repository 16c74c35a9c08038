//! Create the tables of the service.

use migrate_runtime::v1::*;

revision! {
    revision: "80eb616c732e",
    down_revision: None,
    created: "2025-03-02T10:14:31Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_tariffs(op)?;
    create_users(op)?;
    create_payments(op)?;
    create_servers(op)
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_table("servers")?;
    op.drop_table("payments")?;
    op.drop_table("users")?;
    op.drop_table("tariffs")
}

fn create_tariffs(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("tariffs", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("name").not_null());
        t.column(Column::new("price", Float).not_null());
        t.column(Column::new("duration_days", Integer).not_null());
        t.column(Column::new("traffic_limit", Float));
    })?;
    op.create_index(Index::new("ix_tariffs_id", "tariffs", "id"))
}

fn create_users(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("tg_id").not_null());
        t.column(varchar("username"));
        t.column(varchar("hiddify_id"));
        t.column(Column::new("plan_id", Integer));
        t.column(Column::new("expire_date", Timestamp));
        t.column(varchar("status"));
        t.column(Column::new("traffic_used", Float));
        t.column(Column::new("traffic_limit", Float));
        t.column(Column::new("is_admin", Boolean));
        t.column(Column::new("created_at", Timestamp));
        t.foreign_key("plan_id", ForeignKey::to("tariffs", "id"));
    })?;
    op.create_index(Index::new("ix_users_id", "users", "id"))?;
    op.create_index(Index::new("ix_users_tg_id", "users", "tg_id").unique())
}

fn create_payments(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("payments", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("tg_id").not_null());
        t.column(Column::new("amount", Float).not_null());
        t.column(varchar("currency"));
        t.column(Column::new("tariff_id", Integer));
        t.column(varchar("status"));
        t.column(Column::new("created_at", Timestamp));
        t.foreign_key("tg_id", ForeignKey::to("users", "tg_id"));
        t.foreign_key("tariff_id", ForeignKey::to("tariffs", "id"));
    })?;
    op.create_index(Index::new("ix_payments_id", "payments", "id"))
}

fn create_servers(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("servers", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("name").not_null());
        t.column(varchar("api_url").not_null());
        t.column(varchar("api_key").not_null());
        t.column(Column::new("price", Float).not_null());
        t.column(varchar("location"));
        t.column(varchar("description"));
        t.column(Column::new("is_active", Boolean));
        t.column(Column::new("max_users", Integer));
        t.column(Column::new("current_users", Integer));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
    })?;
    op.create_index(Index::new("ix_servers_id", "servers", "id"))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
