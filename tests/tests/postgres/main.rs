//! PostgreSQL: operations, values, runs of revisions, and what must not happen when something fails.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backup;
mod bench;
mod catalogues;
mod changes;
mod dump;
mod expressions;
mod foreign;
mod operations;
mod outside;
mod pooler;
mod processes;
mod rows;
mod runs;
mod sample;
mod schemas;
mod several;
mod tenants;
mod url;
mod values;
mod verify;
mod vocabulary;
mod whole;
mod widening;
