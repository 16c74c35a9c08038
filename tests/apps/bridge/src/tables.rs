//! The tables as models: the revisions build what they ask for.
//!
//! The rows that the application reads, in [`models`](crate::models), have the columns that it needs of them; here is
//! what the database has. Nothing uses these modules, and they are seen all the same.

pub mod help;
pub mod machines;
pub mod people;
pub mod sales;
