//! What people and scripts see of every command: standard output, standard error and exit code. A file for each
//! command.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod autogenerate;
mod backup;
mod backup_list;
mod backup_restore;
mod baseline;
mod branches;
mod build_directory;
mod check;
mod completions;
mod database;
mod deploy;
mod dump;
mod edit;
mod error_codes;
mod freeze;
mod graph;
mod heads;
mod help;
mod history;
mod import;
mod init;
mod init_crate;
mod lint;
mod merge;
mod output;
mod owners;
mod package;
mod plan;
mod preview;
mod project;
mod rebase;
mod render;
mod resolve;
mod revision;
mod runner;
mod show;
mod squash;
mod terminal;
mod verify;

/// A new command has tests of its own.
#[test]
fn every_command_has_a_file_of_tests() {
    let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for command in help::commands() {
        let tests = match command.as_str() {
            // What runs in the runner is built and run in one file for all of it.
            "upgrade" | "downgrade" | "current" | "status" | "stamp" => "runner".to_owned(),
            // It is one half of `check`.
            "diff" => "check".to_owned(),
            "backup create" => "backup".to_owned(),
            "database create" | "database drop" => "database".to_owned(),
            // With the other uses of scratch databases, in a program of their own.
            "with-scratch" => "../scratch/with_scratch".to_owned(),
            other => other.replace(' ', "_"),
        };
        let tests = package.join(format!("tests/cli/{tests}.rs"));
        assert!(
            tests.is_file(),
            "no tests of `{command}` in {}",
            tests.display()
        );
    }
}
