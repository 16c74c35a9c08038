//! What an application links to migrate its database: schema, ops, backends, the executor and the runner.
//!
//! ```text
//! revision!  ──► Migrations ──► graph ──► plan ──► executor ──► Op ──► operation ──► ddl ──► backend
//! (headers,      (static)       (migrate-graph)   (lock, rows,        (value)       (SQL)    (driver)
//!  up, down)                                       savepoints)
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
pub mod ddl;
pub mod error;
pub mod exit;
mod handle;
mod migrations;
pub mod op;
mod private;
pub mod schema;
pub mod v1;
mod value;

pub use error::Error;
pub use migrations::Migrations;

#[doc(hidden)]
pub mod __private {
    pub use crate::private::{Header, Heads, Options, Revision};
}
