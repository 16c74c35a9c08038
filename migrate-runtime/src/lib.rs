//! The library that an application links to migrate its database.
//!
//! [`v1`] is the vocabulary of revision files. [`Migrations`] has everything that an application does with its
//! revisions. The other modules are for tools and for implementers of backends.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod migrations;
#[cfg(feature = "tools")]
mod tools;

/// The documentation page about models, included so that its example is tested.
#[cfg(doctest)]
#[doc = include_str!("../../docs/models.md")]
mod chapter {}

pub use migrate_engine::{backend, error, exit, model, rows, status, v1};
pub use migrate_macros::{migrations, revision};
pub use migrate_schema::{ddl, diff, operation, params, render, schema};
#[cfg(feature = "tools")]
pub use migrate_tools::{
    autogenerate, backup, baseline, deploy, dump, lint, merge_check, scratch, testing, verify,
};
#[cfg(feature = "cli")]
pub use migrate_tools::{error_report, main, model_source, squash};

pub use error::Error;
pub use migrate_engine::executor::{
    Observer, Progress, ProgressListener, ProgressState, Resolution, RunOptions, RunReport,
    StampReport, StepReport, TransactionMode, Warning,
};
pub use migrate_engine::migrations::StampMode;
pub use migrate_engine::op::{TraceEvent, Tracer};
pub use migrations::Migrations;
pub use model::{ColumnType, Model};
pub use status::Status;

#[doc(hidden)]
pub mod __private {
    pub use migrate_engine::__private::*;
    #[cfg(feature = "tools")]
    pub use migrate_tools::describe::{differences, inspected};

    #[cfg(feature = "postgres")]
    pub use migrate_engine::backend::postgres_catalogues;
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
