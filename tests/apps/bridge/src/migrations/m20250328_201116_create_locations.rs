//! Make locations rows of their own.

use crate::columns::move_to_end;
use crate::models::location;
use migrate_runtime::v1::*;

revision! {
    revision: "4b5c6d7e8f9a",
    down_revision: "3a1b2c3d4e5f",
    created: "2025-03-28T20:11:16Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_locations(op)?;
    op.add_column("servers", Column::new("location_id", Integer))?;
    // Servers without a location get one as well, so that none is left over.
    location::create_from_servers(op)?;
    location::link_servers(op)?;
    op.alter_table("servers", |t| {
        t.alter_column("location_id", |c| c.not_null());
        t.add_foreign_key(
            "location_id",
            ForeignKey::to("locations", "id").named("fk_servers_location_id"),
        );
        t.drop_column("location");
    })
}

/// What was written about a location since is lost with it, and a server that said "No location" says nothing again.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("servers", varchar("location"))?;
    location::write_names_into_servers(op)?;
    op.alter_table("servers", |t| {
        t.drop_constraint("fk_servers_location_id");
        t.drop_column("location_id");
    })?;
    move_to_end(
        op,
        "servers",
        [
            varchar("description"),
            Column::new("is_active", Boolean),
            Column::new("max_users", Integer),
            Column::new("current_users", Integer),
            Column::new("created_at", Timestamp),
            Column::new("updated_at", Timestamp),
        ],
    )?;
    op.drop_table("locations")
}

fn create_locations(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("locations", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("name").not_null());
        t.column(varchar("description"));
        t.column(Column::new("price", Float).not_null());
        t.column(Column::new("is_active", Boolean));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
        t.unique("name");
    })?;
    op.create_index(Index::new("ix_locations_id", "locations", "id"))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
