//! A subscription service on PostgreSQL: the example application of `cargo migrate` with branches.
//!
//! Its 34 revisions are the real history of such an application; [`migrations`] holds them, and the models' own
//! functions do the data steps.

pub mod columns;
pub mod migrations;
pub mod models;
pub mod tables;

use migrate_runtime::Error;
use migrate_runtime::v1::{Postgres, PostgresClient};
use postgres::Client;

/// Connects to the application's database and brings it to the newest revision.
///
/// # Errors
///
/// The runtime's error, if there is no way in or a revision fails; then nothing of that revision stays.
pub fn open(url: &str) -> Result<Client, Error> {
    let mut database = PostgresClient::connect(url)?;
    migrations::migrations::<Postgres>().upgrade(&mut database)?;
    Ok(database.into_client())
}
