//! Runs the revisions of an application: connections, transactions, locks, records and rows.
//!
//! This crate must not depend on a command line. Applications use it through `migrate-runtime`.
//!
//! ```text
//! revision!  ──► Migrations ──► graph ──► plan ──► executor ──► Op ──► operation ──► ddl ──► backend
//! (headers,      (static)       (migrate-graph)   (lock, rows,        (migrate-schema)      (driver)
//!  up, down)                                       savepoints)
//! ```

#[cfg(test)]
extern crate self as migrate_runtime;

pub mod backend;
pub mod backup_driver;
pub mod clock;
pub mod database_url;
pub mod dotenv;
pub mod error;
pub mod executor;
pub mod exit;
pub mod failpoint;
pub mod hash;
pub mod histories;
pub mod inspection_scope;
pub mod journal;
pub mod macro_support;
pub mod migrations;
pub mod model;
pub mod op;
pub mod rows;
pub mod run;
pub mod scratch_directory;
pub mod status;
#[cfg(feature = "sqlite")]
#[doc(hidden)]
pub mod test_revisions;
pub mod v1;
pub mod version_table;

/// The items that the macros name. `migrate-runtime` re-exports them under this path.
#[doc(hidden)]
pub mod __private {
    pub use crate::macro_support::{Function, Header, Heads, Options, PackedRevision, Revision};

    pub mod model {
        pub use inventory::submit;

        pub use crate::model::spec::*;
        pub use migrate_schema::schema::{
            Deferrable, Identity, Nulls, NullsDistinct, ReferentialAction,
        };
    }
}

pub use error::Error;
pub use migrations::Migrations;
#[cfg(feature = "mysql")]
#[doc(no_inline)]
pub use mysql;
#[cfg(feature = "postgres")]
#[doc(no_inline)]
pub use postgres;
#[cfg(feature = "sqlite")]
#[doc(no_inline)]
pub use rusqlite;
