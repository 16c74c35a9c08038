//! Links, and the queries of the application.

use serde::Serialize;
use sqlx::{FromRow, SqliteConnection, SqlitePool};

/// A short name for a URL.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize)]
pub struct Link {
    /// The key.
    pub id: i64,
    /// The short name.
    pub slug: String,
    /// The URL.
    pub target: String,
    /// The host of the URL in lower case; empty if it has none.
    pub host: String,
}

/// Returns the link with this short name.
///
/// # Errors
///
/// The database's error.
pub async fn by_slug(pool: &SqlitePool, slug: &str) -> sqlx::Result<Option<Link>> {
    sqlx::query_as("SELECT id, slug, target, host FROM links WHERE slug = ?")
        .bind(slug)
        .fetch_optional(pool)
        .await
}

/// Returns the links to a host.
///
/// # Errors
///
/// The database's error.
pub async fn of_host(pool: &SqlitePool, host: &str) -> sqlx::Result<Vec<Link>> {
    sqlx::query_as("SELECT id, slug, target, host FROM links WHERE host = ? ORDER BY slug")
        .bind(host.to_ascii_lowercase())
        .fetch_all(pool)
        .await
}

/// Counts a visit of today.
///
/// # Errors
///
/// The database's error.
pub async fn count_visit(pool: &SqlitePool, link: i64) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO visits (link_id, day, count) VALUES (?, date(), 1) \
         ON CONFLICT (link_id, day) DO UPDATE SET count = count + 1",
    )
    .bind(link)
    .execute(pool)
    .await?;
    Ok(())
}

/// Sets the host of every link from its URL, in one transaction, and returns how many links there are.
///
/// # Errors
///
/// The database's error; then no link has changed.
pub async fn fill_hosts(db: &mut SqliteConnection) -> sqlx::Result<usize> {
    use sqlx::Connection as _;

    let mut transaction = db.begin().await?;
    let links: Vec<(i64, String)> = sqlx::query_as("SELECT id, target FROM links")
        .fetch_all(&mut *transaction)
        .await?;
    for (id, target) in &links {
        sqlx::query("UPDATE links SET host = ? WHERE id = ?")
            .bind(host(target))
            .bind(id)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(links.len())
}

/// Returns the host of a URL in lower case, or an empty string.
#[must_use]
pub fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    host.to_ascii_lowercase()
}
