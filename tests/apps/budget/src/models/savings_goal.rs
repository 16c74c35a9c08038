//! What people save for. Nothing of the application uses it yet: it is seen all the same.

use migrate_runtime::Model;

use super::User;

/// Something to save for.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "savings_goals")]
pub struct SavingsGoal {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// Who saves.
    #[model(references(User, on_delete = cascade))]
    pub user_id: i64,
    /// The name to show.
    #[model(length = 200)]
    pub title: String,
    /// What people wrote beside it.
    pub description: Option<String>,
    /// How much it takes.
    #[model(type = "NUMERIC(10, 2)")]
    pub target_amount: f64,
    /// How much is there.
    #[model(type = "NUMERIC(10, 2)")]
    pub current_amount: Option<f64>,
    /// The currency's ISO code.
    #[model(length = 3)]
    pub currency: Option<String>,
    /// The day by which it should be there.
    #[model(type = "DATE")]
    pub target_date: Option<String>,
    /// Whether it is there.
    pub completed: Option<bool>,
    /// When it was there.
    #[model(type = "DATETIME")]
    pub completed_at: Option<String>,
    /// When the goal was set.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}
