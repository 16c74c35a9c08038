//! Remember what is paid for a server, and till when.

use migrate_runtime::v1::*;

revision! {
    revision: "payment_fields_servers_2025",
    down_revision: "add_is_hidden_to_locations",
    created: "2025-10-25T08:54:25Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("servers", |t| {
        t.add_column(Column::new("payment_expire_date", Timestamp));
        t.add_column(Column::new("payment_days", Integer));
    })?;
    op.create_index(Index::new(
        "ix_servers_payment_expire_date",
        "servers",
        "payment_expire_date",
    ))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("servers", "ix_servers_payment_expire_date")?;
    op.alter_table("servers", |t| {
        t.drop_column("payment_days");
        t.drop_column("payment_expire_date");
    })
}
