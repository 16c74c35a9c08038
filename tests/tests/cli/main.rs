//! What people and scripts see of every command: standard output, standard error and exit code. A file for each command.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod autogenerate;
mod backup;
mod backups;
mod baseline;
mod branches;
mod check;
mod completions;
mod deploy;
mod dump;
mod edit;
mod error_codes;
mod freeze;
mod graph;
mod heads;
mod help;
mod history;
mod init;
mod lint;
mod merge;
mod output;
mod package;
mod plan;
mod preview;
mod project;
mod rebase;
mod render;
mod restore;
mod revision;
mod runner;
mod show;
mod squash;
mod terminal;
mod verify;

/// A new command comes with its tests.
#[test]
fn every_command_has_a_file_of_tests() {
    let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    // What goes through the runner is built and run in one file for all of it.
    let through_runner = [
        "upgrade",
        "downgrade",
        "current",
        "status",
        "stamp",
        "writing",
    ];
    // `diff` is one half of `check`.
    let of_check = ["diff"];
    for entry in std::fs::read_dir(package.join("../cargo-migrate/src/command")).unwrap() {
        let path = entry.unwrap().path();
        let command = path.file_stem().unwrap().to_str().unwrap();
        let tests = if through_runner.contains(&command) {
            "runner"
        } else if of_check.contains(&command) {
            "check"
        } else {
            command
        };
        let tests = package.join(format!("tests/cli/{tests}.rs"));
        assert!(
            tests.is_file(),
            "no tests of `{command}` in {}",
            tests.display()
        );
    }
}
