//! What an application needs to migrate its database.
//!
//! - [`v1`] is the vocabulary of revision files.
//! - [`Migrations`] has everything that an application does with its revisions.
//! - [`model`] and [`rows`] connect the application's own types with its tables.
//!
//! A backend of your own implements the traits of the crate `migrate-engine`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod migrations;
#[cfg(feature = "tools")]
mod tools;

/// The documentation page about models, included so that its example is tested.
#[cfg(doctest)]
#[doc = include_str!("../../docs/models.md")]
mod chapter {}

pub use migrate_engine::executor::{
    HistoryReport, LockWait, LockWaitListener, Observer, Progress, ProgressListener, ProgressState,
    Resolution, RunOptions, RunReport, StampReport, StepReport, TransactionMode, Warning,
};
pub use migrate_engine::migrations::StampMode;
pub use migrate_engine::model::{ColumnType, Model};
pub use migrate_engine::op::{TraceEvent, Tracer};
pub use migrate_engine::run::{BackgroundCall, ReadyRequest, RunRequest};
pub use migrate_engine::status::Status;
pub use migrate_engine::{Error, rows, status, v1};
pub use migrate_macros::{migrations, revision};
#[cfg(feature = "cli")]
pub use migrate_tools::main;
#[cfg(feature = "tools")]
pub use migrate_tools::test_database::TestDatabase;
#[cfg(feature = "tools")]
pub use migrate_tools::testing;
pub use migrations::Migrations;

/// The MariaDB and MySQL driver of this crate, with the connection type that revisions receive.
///
/// If an application depends on another version of `mysql`, its connections have a different type.
#[cfg(feature = "mysql")]
#[doc(no_inline)]
pub use migrate_engine::mysql;
/// The PostgreSQL driver of this crate, with the transaction type that revisions receive.
///
/// If an application depends on another version of `postgres`, its transactions have a different type.
#[cfg(feature = "postgres")]
#[doc(no_inline)]
pub use migrate_engine::postgres;
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
pub use migrate_engine::rusqlite;

/// The settings of [`Migrations::backup`] and [`Migrations::restore`], and their results.
#[cfg(feature = "tools")]
pub mod backup {
    pub use migrate_tools::backup::{
        Backup, BackupReason, BackupSettings, CreatedBackup, Integrity, OnReplace, RestoreReport,
        Verification,
    };
}

/// The reasons why a run fails.
pub mod error {
    pub use migrate_engine::error::{
        BackupError, BaselineError, DataLoss, DatabaseError, DatabaseErrorKind, DeployError, Error,
        Failure, FailureState, OpError, Recovery,
    };
}

/// Models: structs of the application, and the tables that they describe.
pub mod model {
    #[cfg(feature = "serde_json")]
    pub use migrate_engine::model::Json;
    pub use migrate_engine::model::{
        ColumnType, DesiredSchema, Model, ModelTable, Shape, desired_schema, registered,
    };
}

/// The options of [`Migrations::verify`], and its results.
#[cfg(feature = "tools")]
pub mod verify {
    pub use migrate_tools::verify::{RevisionResult, RoundTrip, StartState, VerifyOptions};
}

#[doc(hidden)]
pub mod __private {
    pub use migrate_engine::__private::*;
}

/// The tests that `migrations!` generates. Without the feature `tools` there is nothing that could run them.
#[cfg(feature = "tools")]
#[doc(hidden)]
#[macro_export]
macro_rules! __generated_tests {
    ($($tests:item)*) => { $($tests)* };
}

/// The tests that `migrations!` generates, which need the feature `tools`.
#[cfg(not(feature = "tools"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __generated_tests {
    ($($tests:item)*) => {};
}
