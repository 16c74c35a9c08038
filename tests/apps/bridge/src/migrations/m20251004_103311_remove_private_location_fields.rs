//! Remove what made a location private.

use migrate_runtime::v1::*;

revision! {
    revision: "remove_private_location_fields",
    down_revision: "9dd0e1f2a3b4",
    created: "2025-10-04T10:33:11Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("locations", "ix_locations_is_private")?;
    op.alter_table("locations", |t| {
        t.drop_column("password");
        t.drop_column("is_private");
    })
}

/// Which locations were private, and their passwords, are lost: each comes back as one for everybody.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("locations", |t| {
        t.add_column(Column::new("is_private", Boolean).default(false));
        t.add_column(Column::new("password", Type::custom("VARCHAR")));
    })?;
    op.create_index(Index::new(
        "ix_locations_is_private",
        "locations",
        "is_private",
    ))
}
