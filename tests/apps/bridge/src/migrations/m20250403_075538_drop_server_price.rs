//! Drop the price of a server: its location has one.

use crate::columns::move_to_end;
use crate::models::server;
use migrate_runtime::v1::*;

revision! {
    revision: "c9cf92bee278",
    down_revision: "4b5c6d7e8f9a",
    created: "2025-04-03T07:55:38Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "price")
}

/// Each server's own price is lost; it gets that of its location, the lowest of its servers when the location was made.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("servers", Column::new("price", Float))?;
    server::take_prices_of_locations(op)?;
    op.alter_table("servers", |t| {
        t.alter_column("price", |c| c.not_null());
        t.drop_constraint("fk_servers_location_id");
    })?;
    move_to_end(
        op,
        "servers",
        [
            Column::new("description", Type::custom("VARCHAR")),
            Column::new("is_active", Boolean),
            Column::new("max_users", Integer),
            Column::new("current_users", Integer),
            Column::new("created_at", Timestamp),
            Column::new("updated_at", Timestamp),
            Column::new("location_id", Integer),
        ],
    )?;
    op.alter_table("servers", |t| {
        t.alter_column("location_id", |c| c.not_null());
        t.add_foreign_key(
            "location_id",
            ForeignKey::to("locations", "id").named("fk_servers_location_id"),
        );
    })
}
