//! MariaDB and MySQL: operations, values, runs of revisions, and what must not happen when something fails.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backup;
mod database_admin;
mod database_copy;
mod dry_run;
mod dump;
mod fixture;
mod foreign_keys;
mod non_transactional;
mod operations;
mod processes;
mod residue;
mod rows;
mod runs;
mod url;
mod values;
mod verify;
mod widening;
