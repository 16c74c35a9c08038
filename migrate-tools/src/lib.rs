//! What the tool does with the revisions and the models of an application, and the command line of its runner.
//!
//! Applications use this crate through `migrate-runtime`, with its feature `tools`.

pub mod autogenerate;
pub mod backup;
pub mod baseline;
#[cfg(feature = "cli")]
mod cli;
pub mod deploy;
pub mod describe;
pub mod dump;
#[cfg(feature = "cli")]
pub mod error_report;
pub mod lint;
pub mod merge_check;
#[cfg(feature = "cli")]
pub mod model_source;
#[cfg(test)]
mod on_connect_tests;
mod recorder;
pub mod scratch;
pub mod script;
#[cfg(feature = "cli")]
pub mod squash;
pub mod test_database;
pub mod testing;
pub mod verify;

#[cfg(feature = "cli")]
pub use cli::main;
