//! PostgreSQL: operations, values, runs of revisions, and what must not happen when something fails.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backup;
mod catalogs;
mod changes;
mod database_admin;
mod database_copy;
mod dump;
mod expressions;
mod fixture;
mod full_schema;
mod multiple_schemas;
mod non_transactional;
mod operations;
mod owners;
mod pooler;
mod processes;
mod real_schemas;
mod rows;
mod runs;
mod schemas;
mod tenants;
mod url;
mod values;
mod verify;
mod vocabulary;
mod widening;
