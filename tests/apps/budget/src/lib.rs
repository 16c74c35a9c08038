//! A household budget on SQLite: the example application of `cargo migrate`.
//!
//! Its ten revisions are the real history of such an application; [`migrations`] holds them, and the models' own
//! functions do the data steps.

pub mod migrations;
pub mod models;

use std::error::Error;
use std::path::Path;

use rusqlite::Connection;

/// Opens the application's database and brings it to the newest revision.
///
/// # Errors
///
/// The database's error if the file can't be opened, or the runtime's if a revision fails; then nothing of it stays.
pub fn open(path: &Path) -> Result<Connection, Box<dyn Error + Send + Sync>> {
    let mut connection = Connection::open(path)?;
    migrations::migrations().upgrade(&mut connection)?;
    Ok(connection)
}
