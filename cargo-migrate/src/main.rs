//! The `cargo migrate` command: finds the project, edits revision files, builds and runs the runner, and prints
//! results.
//!
//! ```text
//! arguments ──► cli ──► command/<one> ──► Answer or Report ──► ui ──► terminal, or one JSON document
//!                          │
//!                          ├── project     finds the package with `cargo metadata`
//!                          ├── runner      builds the application's runner and runs it
//!                          └── write       writes files atomically
//! ```
//!
//! A command returns data; only [`ui`] prints. `migrate-graph` reads the revisions. This crate must not connect to a
//! database; the runner does.

mod ascii_graph;
mod atomic_file;
mod cli;
mod command;
mod database;
mod diagram;
mod environment;
mod exit;
mod generated;
mod global;
mod help;
mod import;
mod interrupt;
mod lint;
mod manifest;
mod mod_rs;
mod new_revision;
mod output;
mod project;
mod redact;
mod report;
mod revision_dir;
mod runner;
mod rustfmt;
mod slug;
mod style;
mod ui;

fn main() -> std::process::ExitCode {
    ui::report_panics();
    cli::run(std::env::args_os().collect()).into()
}
