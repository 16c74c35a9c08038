//! Revisions run from async code, under several runtimes and on every database.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod applications;
mod engine;
mod errors;
mod killed;
mod own_connection;
mod postgres_client;
mod runs;
mod runtimes;
mod session_url;
mod sqlx_functions;
