//! Remember which warnings of a deletion were sent.

use migrate_runtime::v1::*;

revision! {
    revision: "add_deletion_notification_fields",
    down_revision: "8cc9f0fbf4fb",
    created: "2025-06-15T12:20:08Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("subscriptions", |t| {
        t.add_column(Column::new("notification_deletion_warning_1_sent", Boolean).default(false));
        t.add_column(Column::new("notification_deletion_warning_2_sent", Boolean).default(false));
    })
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("subscriptions", |t| {
        t.drop_column("notification_deletion_warning_2_sent");
        t.drop_column("notification_deletion_warning_1_sent");
    })
}
