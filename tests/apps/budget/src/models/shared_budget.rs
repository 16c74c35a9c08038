//! Budgets that several people keep.

use migrate_runtime::Model;

use super::User;

/// A budget that several people keep.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "shared_budgets")]
pub struct SharedBudget {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// The name to show.
    #[model(length = 200)]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who made it.
    #[model(references(User, on_delete = cascade))]
    pub owner_id: i64,
    /// What others type to join.
    #[model(unique, length = 10)]
    pub invitation_code: String,
    /// When it was made.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}

/// Who keeps a shared budget.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "shared_budget_members", unique(budget_id, user_id))]
pub struct SharedBudgetMember {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// The budget.
    #[model(references(SharedBudget, on_delete = cascade))]
    pub budget_id: i64,
    /// The user.
    #[model(references(User, on_delete = cascade))]
    pub user_id: i64,
    /// What the user may do.
    #[model(length = 20)]
    pub role: Option<String>,
    /// When the user joined.
    #[model(type = "DATETIME")]
    pub joined_at: Option<String>,
}
