//! An upgrade of a database in production, which comes back when it fails.
//!
//! ```text
//! plan ─► checks ─► yes? ─► stop ─► backup ─► upgrade ─► verify ─► start ─► health ─► deployed
//!   nothing was changed ─────┘        │          └──────────┴─────────┴────────┘
//!                                     └── put back, after another stop ◄── any failure ──► start again
//! ```
//!
//! What is said to a person and written to a log is a `log`; how an application is stopped and started is a `hook`.

#[cfg(feature = "cli")]
pub(crate) mod approval;
mod error;
#[cfg(feature = "cli")]
pub(crate) mod hook;
#[cfg(feature = "cli")]
pub(crate) mod log;
#[cfg(feature = "cli")]
mod plan;
#[cfg(feature = "cli")]
mod stages;

pub use error::{Aftermath, DeployError};
#[cfg(feature = "cli")]
pub(crate) use plan::{Planned, PlannedStep};
#[cfg(feature = "cli")]
pub(crate) use stages::{Deploy, Deployed, Odd, Options};
