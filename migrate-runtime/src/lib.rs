//! The library that an application links to migrate its database: schema, operations, backends, executor and runner.
//!
//! ```text
//! revision!  ──► Migrations ──► graph ──► plan ──► executor ──► Op ──► operation ──► ddl ──► backend
//! (headers,      (static)       (migrate-graph)   (lock, rows,        (value)       (SQL)    (driver)
//!  up, down)                                       savepoints)
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate self as migrate_runtime;

pub mod autogenerate;
pub mod backend;
pub mod backup;
pub mod baseline;
#[cfg(all(test, feature = "sqlite"))]
mod test_revisions;
#[cfg(feature = "cli")]
mod cli;
mod clock;
pub mod ddl;
pub mod deploy;
pub mod diff;
#[cfg(any(feature = "cli", feature = "mysql", feature = "postgres"))]
mod dotenv;
pub mod dump;
mod recorder;
pub mod error;
mod executor;
pub mod exit;
mod inspection_scope;
mod failpoint;
mod op;
mod hash;
mod journal;
pub mod lint;
mod migrations;
pub mod model;
#[cfg(any(feature = "cli", feature = "mysql", feature = "postgres"))]
mod database_url;
pub mod operation;
pub mod merge_check;
mod macro_support;
#[cfg(feature = "cli")]
pub mod render;
#[cfg(feature = "cli")]
pub mod error_report;
pub mod rows;
pub mod schema;

mod script;
pub mod scratch;
#[cfg(feature = "cli")]
pub mod squash;
pub mod status;
pub mod testing;
pub mod v1;
mod value;
pub mod verify;
mod version_table;
mod describe;

#[cfg(feature = "cli")]
pub use cli::main;
pub use error::Error;
pub use executor::{
    Resolution, Ending, ProgressListener, Progress, ProgressState, RunReport, Observer, RunOptions, StampReport,
    StepReport, TransactionMode, Warning,
};
pub use op::{TraceEvent, Tracer};
pub use migrate_macros::{migrations, revision};
pub use migrations::{Migrations, StampMode};
pub use model::{ColumnType, Model};
pub use status::Status;

#[doc(hidden)]
pub mod __private {
    pub use crate::macro_support::{
        Function, Header, Heads, Options, Revision, PackedRevision, differences, inspected,
    };

    #[cfg(feature = "postgres")]
    pub use crate::macro_support::postgres_catalogues;

    pub mod model {
        pub use inventory::submit;

        pub use crate::model::spec::*;
        pub use crate::schema::{ReferentialAction, Deferrable, Identity, Nulls, NullsDistinct};
    }
}
