//! A shortener of links. Its first four revisions were migrations of sqlx.

pub mod links;
pub mod migrations;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Json, Router};
use sqlx::SqlitePool;

use links::Link;

/// Brings the database to the newest revision, and returns the application.
///
/// # Errors
///
/// The runtime's error if a revision fails, and then nothing of it stays; the database's error if it can't be opened.
pub async fn start(url: &str) -> Result<Router, Box<dyn std::error::Error + Send + Sync>> {
    migrations::migrations().run(url).await?;
    let pool = SqlitePool::connect(url).await?;
    Ok(Router::new()
        .route("/{slug}", get(follow))
        .route("/hosts/{host}", get(of_host))
        .with_state(pool))
}

async fn follow(
    State(pool): State<SqlitePool>,
    Path(slug): Path<String>,
) -> Result<Redirect, StatusCode> {
    let link = links::by_slug(&pool, &slug).await.map_err(internal)?;
    let link = link.ok_or(StatusCode::NOT_FOUND)?;
    links::count_visit(&pool, link.id).await.map_err(internal)?;
    Ok(Redirect::temporary(&link.target))
}

async fn of_host(
    State(pool): State<SqlitePool>,
    Path(host): Path<String>,
) -> Result<Json<Vec<Link>>, StatusCode> {
    links::of_host(&pool, &host)
        .await
        .map(Json)
        .map_err(internal)
}

fn internal(_: sqlx::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
