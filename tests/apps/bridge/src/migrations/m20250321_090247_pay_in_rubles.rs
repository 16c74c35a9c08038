//! Pay in rubles, through the payment provider.

use crate::models::payment;
use migrate_runtime::v1::*;

revision! {
    revision: "3a1b2c3d4e5f",
    down_revision: "2e8fff6060d9",
    created: "2025-03-21T09:02:47Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("payments", |t| {
        t.alter_column("currency", |c| {
            c.null();
            c.default("RUB");
        });
        t.add_column(Column::new("server_id", Integer));
        t.add_foreign_key(
            "server_id",
            ForeignKey::to("servers", "id").named("fk_payments_server_id"),
        );
        t.add_column(Column::new("yookassa_payment_id", Type::custom("VARCHAR")));
        t.add_column(Column::new("paid_at", Timestamp));
    })?;
    op.create_index(
        Index::new(
            "ix_payments_yookassa_payment_id",
            "payments",
            "yookassa_payment_id",
        )
        .unique(),
    )?;
    payment::use_rubles(op)?;
    Ok(())
}

// verify: allow(values): which payments were in dollars, or said nothing, is not known any more
/// Payments stay in rubles.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("payments", "ix_payments_yookassa_payment_id")?;
    op.alter_table("payments", |t| {
        t.drop_column("paid_at");
        t.drop_column("yookassa_payment_id");
        t.drop_constraint("fk_payments_server_id");
        t.drop_column("server_id");
        t.alter_column("currency", |c| c.drop_default());
    })
}
