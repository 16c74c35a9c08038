//! Merge the users' address and private locations.

use migrate_runtime::v1::*;

revision! {
    revision: "m4n5o6p7q8r9",
    down_revision: ["l3m4n5o6p7q8", "add_private_locations"],
    created: "2025-08-30T15:01:07Z",
}

pub fn up(_op: &mut Op<impl Backend>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<impl Backend>) -> Result<()> {
    Ok(())
}
