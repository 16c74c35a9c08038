//! Create promo codes.

use migrate_runtime::v1::*;

revision! {
    revision: "a1b2c3d4e5f6",
    down_revision: "7102cbf958bc",
    created: "2025-04-19T11:30:20Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_promo_codes(op)?;
    create_promo_code_usages(op)
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_table("promo_code_usages")?;
    op.drop_table("promo_codes")
}

fn create_promo_codes(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("promo_codes", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("code").not_null());
        t.column(Column::new("discount_percent", Float).not_null());
        t.column(Column::new("max_uses", Integer));
        t.column(Column::new("current_uses", Integer));
        t.column(Column::new("is_active", Boolean));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
    })?;
    op.create_index(Index::new("ix_promo_codes_id", "promo_codes", "id"))?;
    op.create_index(Index::new("ix_promo_codes_code", "promo_codes", "code").unique())
}

fn create_promo_code_usages(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("promo_code_usages", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("promo_code_id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("payment_id", Integer));
        t.column(Column::new("used_at", Timestamp));
        t.foreign_key("user_id", ForeignKey::to("users", "id"));
        t.foreign_key("promo_code_id", ForeignKey::to("promo_codes", "id"));
        t.foreign_key("payment_id", ForeignKey::to("payments", "id"));
    })?;
    op.create_index(Index::new(
        "ix_promo_code_usages_id",
        "promo_code_usages",
        "id",
    ))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
