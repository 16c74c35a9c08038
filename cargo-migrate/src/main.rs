//! The `cargo migrate` command: finds the project, edits revision files, builds and runs the runner, talks to people.
//!
//! ```text
//! arguments ──► cli ──► command/<one> ──► Answer or Report ──► ui ──► terminal, or one JSON document
//!                          │
//!                          ├── project     which package, from `cargo metadata`
//!                          ├── runner      builds the application's runner and becomes it
//!                          └── write       files appear whole or not at all
//! ```
//!
//! A command returns data; only [`ui`] prints. What the command knows about revisions it knows from `migrate-graph`;
//! databases are the runner's business.

mod answer;
mod cli;
mod command;
mod database;
mod drawing;
mod environment;
mod exit;
mod interrupt;
mod lint;
mod manifest;
mod mod_rs;
mod new_revision;
mod picture;
mod project;
mod redact;
mod report;
mod runner;
mod rustfmt;
mod slug;
mod source;
mod ui;
mod write;

fn main() -> std::process::ExitCode {
    ui::report_panics();
    cli::run(std::env::args_os().collect()).into()
}
