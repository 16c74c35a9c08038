//! The application's rows as plain structs, and what it does with them.

pub mod category;
pub mod expense;
pub mod income;
pub mod user;

pub use category::Category;
pub use expense::Expense;
pub use income::Income;
pub use user::User;

/// The currency of rows that never said theirs.
pub const DEFAULT_CURRENCY: &str = "RUB";
