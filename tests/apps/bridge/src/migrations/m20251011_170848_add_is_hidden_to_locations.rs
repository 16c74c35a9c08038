//! Let a location be hidden.

use crate::models::location;
use migrate_runtime::v1::*;

revision! {
    revision: "add_is_hidden_to_locations",
    down_revision: "remove_private_location_fields",
    created: "2025-10-11T17:08:48Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column(
        "locations",
        Column::new("is_hidden", Boolean).default(false),
    )?;
    op.create_index(Index::new(
        "ix_locations_is_hidden",
        "locations",
        "is_hidden",
    ))?;
    location::fill_is_hidden(op)?;
    Ok(())
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("locations", "ix_locations_is_hidden")?;
    op.drop_column("locations", "is_hidden")
}
