//! Upgrades a database in production, and restores it after a failure.
//!
//! ```text
//! plan ─► checks ─► yes? ─► stop ─► backup ─► upgrade ─► verify ─► start ─► health ─► deployed
//!   nothing was changed ─────┘        │          └──────────┴─────────┴────────┘
//!                                     └── restore, after another stop ◄── any failure ──► start again
//! ```
//!
//! The output for a person and for a file is a `log`; the commands that stop and start the application are `hook`s.

#[cfg(feature = "cli")]
pub(crate) mod approval;
#[cfg(feature = "cli")]
pub(crate) mod hook;
#[cfg(feature = "cli")]
pub(crate) mod log;
#[cfg(feature = "cli")]
mod plan;
#[cfg(feature = "cli")]
mod stages;

pub use migrate_engine::error::{DeployError, Recovery};
#[cfg(feature = "cli")]
pub(crate) use plan::{Planned, PlannedStep};
#[cfg(feature = "cli")]
pub(crate) use stages::{Deploy, Deployed, OnMismatch, Options};
