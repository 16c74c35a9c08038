//! What the tests share: temporary projects, the command run in them, and its output made the same on every machine.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

pub mod bench;
pub mod revisions;
mod command;
pub mod faulty;
pub mod ledger;
pub mod mix;
mod normal;
mod project;
#[cfg(test)]
mod prose;
pub mod servers;
pub mod site;
pub mod steps;

pub use command::{Run, command};
pub use normal::normal;
pub use project::Project;
