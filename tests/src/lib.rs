//! What the tests share: temporary projects, the command run in them, and its output made the same on every machine.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod command;
pub mod compiler;
pub mod faulty;
pub mod journal_revisions;
pub mod ledger;
pub mod mix;
mod normalize;
pub mod own_connection;
mod project;
#[cfg(test)]
mod prose;
#[cfg(test)]
mod public_surface;
pub mod revisions;
pub mod runner_fixture;
pub mod server_fixture;
pub mod servers;

pub use command::{Run, command, forget_own_package, target_directory};
pub use normalize::normalize;
pub use project::Project;
