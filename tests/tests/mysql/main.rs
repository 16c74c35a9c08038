//! MariaDB and MySQL: operations, values, runs of revisions, and what must not happen when something fails.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backup;
mod bench;
mod dry_run;
mod dump;
mod foreign_keys;
mod operations;
mod outside;
mod processes;
mod rows;
mod runs;
mod sample;
mod unseen;
mod url;
mod values;
mod verify;
mod widening;
