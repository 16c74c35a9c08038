//! Reads and checks revision files, and plans upgrades and downgrades on their [`RevisionGraph`].
//!
//! This crate must not depend on a database.
//!
//! ```text
//! files ──► tokens ──► header ──► check ──► graph ──► plan
//! (disk)    (text)     (links)    (errors)   (order)   (steps)
//! ```
//!
//! Each stage is a function from plain data to plain data. Only [`files`] accesses the disk, and no module reads a
//! clock or uses random numbers. The macros and the command line share every stage, so the command rejects exactly the
//! revisions that do not compile.
//!
//! ```
//! use migrate_graph::{Applied, Target, plan, testing::graph};
//!
//! let graph = graph("a; b <- a; c <- b");
//! let applied = Applied::closure_of(&graph, ["a"])?;
//! let plan = plan::upgrade(&graph, &applied, &Target::parse("head")?)?;
//! assert_eq!(plan.to_string(), "upgrade b, upgrade c");
//! # Ok::<(), migrate_graph::Error>(())
//! ```

pub mod allow;
pub mod check;
pub mod checksum;
pub mod files;
pub mod frozen;
pub mod functions;
pub mod header;
pub mod history;
pub mod manifest;
pub mod modules;
pub mod plan;
pub mod settings;
pub mod testing;
pub mod tokens;

mod applied;
mod created;
mod error;
mod graph;
mod links;
mod replacement;
mod resolve;
mod revision;
mod target;

pub use applied::Applied;
pub use check::{Diagnostic, DiagnosticKind, HeaderField, HeadsAllowed};
pub use checksum::{Checksum, FileChecksum};
pub use created::Created;
pub use error::{Error, Ids};
pub use graph::{Links, RevisionGraph};
pub use plan::{Direction, Plan, Step};
pub use replacement::EffectiveGraph;
pub use resolve::{Resolved, range};
pub use revision::{
    BranchLabel, MAX_NAME_LENGTH, RESERVED_WORDS, Revision, RevisionId, refuse_name,
};
pub use target::{Anchor, Range, Target};
