//! The options and documents that `cargo migrate` and an application's runner have in common. Each is declared once, here.
//!
//! The runner parses these structs. `cargo migrate` parses [`Forwarded`] versions of them before it builds the runner,
//! so an invalid command line fails before the build, and then passes the same arguments on.
//!
//! This crate must not run anything. The doc comment of a field is its help text.

mod backup;
mod database;
mod deploy;
mod forwarded;
mod global;
mod nested;
mod revision_document;
mod run;
mod schema;
mod stamp;
mod verify;
mod with_scratch;

pub use backup::{BackupDirectory, CreateBackup, ListBackups, RestoreBackup};
pub use database::{CreateDatabase, DropDatabase};
pub use deploy::{Deploy, Hooks};
pub use forwarded::Forwarded;
pub use global::{Color, LockTimeout, Output};
pub use nested::nested_command;
pub use revision_document::revision_document;
pub use run::{Downgrade, PREVIEWS, Preview, Transaction, TransactionScope, Upgrade};
pub use schema::{Adopt, Diff, Dump};
pub use stamp::{Current, Resolution, Resolve, Stamp, Status};
pub use verify::Verify;
pub use with_scratch::WithScratch;

use std::time::Duration;

/// Reads a number of seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number)
        .map_err(|_| "expected a number of seconds that is 0 or more".to_owned())
}
