//! The application's rows as plain structs, and what it does with them.

pub mod location;
pub mod payment;
pub mod promo_code;
pub mod server;
pub mod user;

pub use location::Location;
pub use payment::Payment;
pub use server::Server;
