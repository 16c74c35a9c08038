//! The application's rows as plain structs, and what it does with them. The structs are the models: the revisions build
//! the tables that they ask for.

pub mod category;
pub mod exchange_rate;
pub mod expense;
pub mod income;
pub mod savings_goal;
pub mod shared_budget;
pub mod user;

pub use category::Category;
pub use expense::Expense;
pub use income::Income;
pub use shared_budget::SharedBudget;
pub use user::User;

/// The currency of rows that never said theirs.
pub const DEFAULT_CURRENCY: &str = "RUB";
