//! The rebuild on real databases.

mod cases;
mod edits;
mod faults;
mod household;
mod properties;
