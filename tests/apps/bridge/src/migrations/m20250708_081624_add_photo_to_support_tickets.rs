//! Let support tickets hold a photo and a long message.

use migrate_runtime::v1::*;

revision! {
    revision: "f7g8h9i0j1k2",
    down_revision: "e5f6a7b8c9d0",
    created: "2025-07-08T08:16:24Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_column("support_tickets", "message", |c| c.set_type(Text))?;
    op.add_column(
        "support_tickets",
        Column::new("photo_file_id", Type::custom("VARCHAR")),
    )
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("support_tickets", "photo_file_id")?;
    op.alter_column("support_tickets", "message", |c| {
        c.set_type(Type::custom("VARCHAR"))
    })
}
