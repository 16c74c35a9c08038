//! A help desk. Its first four revisions were migrations of sqlx.

pub mod customers;
pub mod migrations;

use sqlx::PgPool;

/// Brings the database to the newest revision, and opens a pool.
///
/// # Errors
///
/// The runtime's error if a revision fails, and then nothing of it stays; the database's error if it can't be opened.
pub async fn start(url: &str) -> Result<PgPool, Box<dyn std::error::Error + Send + Sync>> {
    migrations::migrations().run(url).await?;
    Ok(PgPool::connect(url).await?)
}
