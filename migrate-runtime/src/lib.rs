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
#[cfg(feature = "cli")]
mod cli;
mod clock;
#[cfg(any(feature = "cli", feature = "mysql", feature = "postgres"))]
mod database_url;
pub mod ddl;
pub mod deploy;
pub mod diff;
#[cfg(any(feature = "cli", feature = "mysql", feature = "postgres"))]
mod dotenv;
pub mod dump;
pub mod error;
#[cfg(feature = "cli")]
pub mod error_report;
mod executor;
pub mod exit;
mod failpoint;
mod hash;
mod inspection_scope;
mod journal;
pub mod lint;
mod macro_support;
pub mod merge_check;
mod migrations;
pub mod model;
mod op;
pub mod operation;
mod recorder;
#[cfg(feature = "cli")]
pub mod render;
pub mod rows;
mod run;
pub mod schema;
#[cfg(all(test, feature = "sqlite"))]
mod test_revisions;

mod describe;
pub mod scratch;
mod script;
#[cfg(feature = "cli")]
pub mod squash;
pub mod status;
pub mod testing;
pub mod v1;
mod value;
pub mod verify;
mod version_table;

#[cfg(feature = "cli")]
pub use cli::main;
pub use error::Error;
pub use executor::{
    LockWait, LockWaitListener, Observer, Progress, ProgressListener, ProgressState, Resolution,
    RunOptions, RunReport, StampReport, StepReport, TransactionMode, Warning,
};
pub use migrate_macros::{migrations, revision};
pub use migrations::{Migrations, StampMode};
pub use model::{ColumnType, Model};
pub use op::{TraceEvent, Tracer};
pub use run::{BackgroundCall, ReadyRequest, RunRequest};
pub use status::Status;

#[doc(hidden)]
pub mod __private {
    pub use crate::macro_support::{
        Function, Header, Heads, Options, PackedRevision, Revision, differences, inspected,
    };

    #[cfg(feature = "postgres")]
    pub use crate::macro_support::postgres_catalogues;

    pub mod model {
        pub use inventory::submit;

        pub use crate::model::spec::*;
        pub use crate::schema::{Deferrable, Identity, Nulls, NullsDistinct, ReferentialAction};
    }
}
