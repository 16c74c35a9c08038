//! PostgreSQL: operations, values, runs of revisions, and what must not happen when something fails.

mod bench;
mod chain;
mod operations;
mod processes;
mod runs;
mod url;
mod values;
