//! PostgreSQL: operations, values, runs of revisions, and what must not happen when something fails.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backup;
mod fixture;
mod catalogs;
mod changes;
mod dump;
mod expressions;
mod real_schemas;
mod operations;
mod non_transactional;
mod pooler;
mod processes;
mod rows;
mod runs;
mod database_copy;
mod schemas;
mod multiple_schemas;
mod tenants;
mod url;
mod values;
mod verify;
mod vocabulary;
mod full_schema;
