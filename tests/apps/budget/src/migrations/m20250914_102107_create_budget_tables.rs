//! Create the budget tables.

use migrate_runtime::v1::*;

revision! {
    revision: "1b77062a812f",
    down_revision: None,
    created: "2025-09-14T10:21:07Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    create_exchange_rates(op)?;
    create_users(op)?;
    create_categories(op)?;
    create_income(op)?;
    create_savings_goals(op)?;
    create_shared_budgets(op)?;
    create_category_rules(op)?;
    create_expenses(op)?;
    create_shared_budget_members(op)
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("shared_budget_members")?;
    op.drop_table("expenses")?;
    op.drop_table("category_rules")?;
    op.drop_table("shared_budgets")?;
    op.drop_table("savings_goals")?;
    op.drop_table("income")?;
    op.drop_table("categories")?;
    op.drop_table("users")?;
    op.drop_table("exchange_rates")
}

fn create_exchange_rates(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("exchange_rates", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("from_currency", Varchar(3)).not_null());
        t.column(Column::new("to_currency", Varchar(3)).not_null());
        t.column(Column::new("rate", Numeric(10, 6)).not_null());
        t.column(Column::new("date", Date).not_null());
        t.column(Column::new("created_at", DateTime));
        t.primary_key("id");
        t.unique(["from_currency", "to_currency", "date"]);
    })
}

fn create_users(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("email", Varchar(120)).not_null());
        t.column(Column::new("name", Varchar(100)).not_null());
        t.column(Column::new("password_hash", Varchar(255)).not_null());
        t.column(Column::new("telegram_id", BigInt));
        t.column(Column::new("telegram_username", Varchar(100)));
        t.column(Column::new("telegram_first_name", Varchar(100)));
        t.column(Column::new("telegram_last_name", Varchar(100)));
        t.column(Column::new("telegram_photo_url", Varchar(500)));
        t.column(Column::new("auth_type", Varchar(20)).not_null());
        t.column(Column::new("theme", Varchar(20)));
        t.column(Column::new("currency", Varchar(3)));
        t.column(Column::new("timezone", Varchar(50)));
        t.column(Column::new("locale", Varchar(10)));
        t.column(Column::new("default_currency", Varchar(3)));
        t.column(Column::new("avatar_path", Varchar(255)));
        t.column(Column::new("created_at", DateTime));
        t.primary_key("id");
        t.unique("email");
        t.unique("telegram_id");
    })
}

fn create_categories(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("categories", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("name", Varchar(100)).not_null());
        t.column(Column::new("limit_type", Varchar(20)).not_null());
        t.column(Column::new("value", Numeric(10, 2)).not_null());
        t.column(Column::new("is_multi_source", Boolean));
        t.column(Column::new("created_at", DateTime));
        t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
        t.unique(["user_id", "name"]);
    })
}

fn create_income(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("income", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("source_name", Varchar(100)).not_null());
        t.column(Column::new("amount", Numeric(10, 2)).not_null());
        t.column(Column::new("currency", Varchar(3)));
        t.column(Column::new("year", Integer).not_null());
        t.column(Column::new("month", Integer).not_null());
        t.column(Column::new("created_at", DateTime));
        t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
        t.unique(["user_id", "source_name", "year", "month"]);
    })
}

fn create_savings_goals(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("savings_goals", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("title", Varchar(200)).not_null());
        t.column(Column::new("description", Text));
        t.column(Column::new("target_amount", Numeric(10, 2)).not_null());
        t.column(Column::new("current_amount", Numeric(10, 2)));
        t.column(Column::new("currency", Varchar(3)));
        t.column(Column::new("target_date", Date));
        t.column(Column::new("completed", Boolean));
        t.column(Column::new("completed_at", DateTime));
        t.column(Column::new("created_at", DateTime));
        t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
    })
}

fn create_shared_budgets(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("shared_budgets", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("name", Varchar(200)).not_null());
        t.column(Column::new("description", Text));
        t.column(Column::new("owner_id", Integer).not_null());
        t.column(Column::new("invitation_code", Varchar(10)).not_null());
        t.column(Column::new("created_at", DateTime));
        t.foreign_key("owner_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
        t.unique("invitation_code");
    })
}

fn create_category_rules(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("category_rules", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("category_id", Integer).not_null());
        t.column(Column::new("source_name", Varchar(100)).not_null());
        t.column(Column::new("percentage", Numeric(5, 2)));
        t.column(Column::new("created_at", DateTime));
        t.foreign_key(
            "category_id",
            ForeignKey::to("categories", "id").on_delete(Cascade),
        );
        t.primary_key("id");
        t.unique(["category_id", "source_name"]);
    })
}

fn create_expenses(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("expenses", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("category_id", Integer).not_null());
        t.column(Column::new("amount", Numeric(10, 2)).not_null());
        t.column(Column::new("description", Text));
        t.column(Column::new("date", Date).not_null());
        t.column(Column::new("currency", Varchar(3)));
        t.column(Column::new("created_at", DateTime));
        t.foreign_key("category_id", ForeignKey::to("categories", "id"));
        t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
    })
}

fn create_shared_budget_members(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("shared_budget_members", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("budget_id", Integer).not_null());
        t.column(Column::new("user_id", Integer).not_null());
        t.column(Column::new("role", Varchar(20)));
        t.column(Column::new("joined_at", DateTime));
        t.foreign_key(
            "budget_id",
            ForeignKey::to("shared_budgets", "id").on_delete(Cascade),
        );
        t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade));
        t.primary_key("id");
        t.unique(["budget_id", "user_id"]);
    })
}
