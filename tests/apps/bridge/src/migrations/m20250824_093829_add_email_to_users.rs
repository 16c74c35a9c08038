//! Add the address of a user.

use migrate_runtime::v1::*;

revision! {
    revision: "l3m4n5o6p7q8",
    down_revision: "k2l3m4n5o6p7",
    created: "2025-08-24T09:38:29Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("users", Column::new("email", Type::custom("VARCHAR")))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("users", "email")
}
