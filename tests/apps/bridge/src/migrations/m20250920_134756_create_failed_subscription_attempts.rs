//! Create failed subscription attempts.
//!
//! The original also named `f7g8h9i0j1k2` as a parent, which `n5o6p7q8r9s0` comes after anyway.

use migrate_runtime::v1::*;

revision! {
    revision: "9dd0e1f2a3b4",
    down_revision: "n5o6p7q8r9s0",
    created: "2025-09-20T13:47:56Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_table(op)?;
    create_indexes(op)
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_table("failed_subscription_attempts")
}

fn create_table(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("failed_subscription_attempts", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("payment_id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("server_id", Integer).not_null());
        t.column(Column::new("subscription_id", Integer));
        t.column(Column::new("is_renewal", Boolean));
        t.column(Column::new("error_message", Text).not_null());
        t.column(varchar("error_type"));
        t.column(Column::new("attempt_count", Integer));
        t.column(Column::new("max_attempts", Integer));
        t.column(Column::new("next_attempt_at", Timestamp));
        t.column(varchar("status"));
        t.column(Column::new("refund_attempted", Boolean));
        t.column(varchar("refund_id"));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
        t.column(Column::new("completed_at", Timestamp));
        t.foreign_key("payment_id", ForeignKey::to("payments", "id"));
        t.foreign_key("server_id", ForeignKey::to("servers", "id"));
        t.foreign_key("user_id", ForeignKey::to("users", "id"));
        t.foreign_key("subscription_id", ForeignKey::to("subscriptions", "id"));
    })
}

fn create_indexes(op: &mut Op<impl Backend>) -> Result<()> {
    for column in [
        "id",
        "payment_id",
        "user_id",
        "server_id",
        "subscription_id",
        "is_renewal",
        "next_attempt_at",
        "status",
        "created_at",
    ] {
        let name = format!("ix_failed_subscription_attempts_{column}");
        op.create_index(Index::new(name, "failed_subscription_attempts", column))?;
    }
    op.create_index(Index::new(
        "idx_failed_attempt_status_next",
        "failed_subscription_attempts",
        ["status", "next_attempt_at"],
    ))?;
    op.create_index(Index::new(
        "idx_failed_attempt_payment",
        "failed_subscription_attempts",
        ["payment_id", "status"],
    ))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
