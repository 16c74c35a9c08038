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
    Observer, Progress, ProgressListener, ProgressState, Resolution, RunOptions, RunReport,
    StampReport, StepReport, TransactionMode, Warning,
};
pub use migrate_macros::{migrations, revision};
pub use migrations::{Migrations, StampMode};
pub use model::{ColumnType, Model};
pub use op::{TraceEvent, Tracer};
pub use status::Status;

/// The MariaDB and MySQL driver of this crate, with the connection type that revisions receive.
///
/// If an application depends on another version of `mysql`, its connections have a different type.
#[cfg(feature = "mysql")]
#[doc(no_inline)]
pub use mysql;
/// The PostgreSQL driver of this crate, with the transaction type that revisions receive.
///
/// If an application depends on another version of `postgres`, its transactions have a different type.
#[cfg(feature = "postgres")]
#[doc(no_inline)]
pub use postgres;
/// The SQLite driver of this crate, with the connection type that revisions receive.
///
/// This crate accepts many versions of `rusqlite`, because a program can link SQLite only once. Cargo selects the
/// version that fits the other libraries of the application. An application that uses this name, instead of a
/// dependency of its own, always has the right version:
///
/// ```
/// use migrate_runtime::rusqlite::Connection;
///
/// let connection = Connection::open_in_memory().expect("a database");
/// assert!(connection.is_autocommit());
/// ```
#[cfg(feature = "sqlite")]
#[doc(no_inline)]
pub use rusqlite;

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
