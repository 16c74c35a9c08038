//! Remember which notifications were sent.

use migrate_runtime::v1::*;

revision! {
    revision: "add_notification_fields",
    down_revision: "13355c746cc8",
    created: "2025-06-02T09:41:15Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("subscriptions", |t| {
        t.add_column(Column::new("notification_3_days_sent", Boolean).default(false));
        t.add_column(Column::new("notification_1_day_sent", Boolean).default(false));
    })
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("subscriptions", |t| {
        t.drop_column("notification_1_day_sent");
        t.drop_column("notification_3_days_sent");
    })
}
