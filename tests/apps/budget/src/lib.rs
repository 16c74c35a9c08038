//! A household budget on SQLite: the example application of `cargo migrate`.
//!
//! Its ten revisions are the real history of such an application; [`migrations`] holds them, and the models' own
//! functions do the data steps.

pub mod migrations;
pub mod models;

use std::path::Path;

use rusqlite::Connection;

/// Opens the application's database and brings it to the newest revision.
///
/// # Errors
///
/// The runtime's error if the file can't be opened or a revision fails; then nothing of that revision stays.
pub fn open(path: &Path) -> Result<Connection, migrate_runtime::Error> {
    let mut connection = migrations::migrations().connect(path)?;
    migrations::migrations().upgrade(&mut connection)?;
    Ok(connection)
}
