//! A closed pipe, and an output that is full: the work is done and recorded all the same.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::subject_process::{ALL, SubjectProcess, text};

const COMMANDS: [&[&str]; 5] = [
    &["upgrade", "-v"],
    &["upgrade", "--json"],
    &["history", "-v"],
    &["status", "--json"],
    &["upgrade", "--sql"],
];

/// Returns the exit code of a command whose outputs are not read.
fn unread(command: &mut Command) -> Option<i32> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    child.wait().unwrap().code()
}

#[test]
fn a_closed_pipe_stops_nothing() {
    for arguments in COMMANDS {
        let subject = SubjectProcess::new();
        assert_eq!(
            unread(&mut subject.runner(arguments)),
            Some(0),
            "{arguments:?}"
        );
        if arguments[0] == "upgrade" && !arguments.contains(&"--sql") {
            assert_eq!(subject.applied(), ALL);
        }
    }
    let subject = SubjectProcess::new();
    assert_eq!(
        unread(&mut subject.runner(&["upgrade", "nowhere"])),
        Some(1)
    );
}

#[test]
fn an_output_that_is_full_stops_nothing() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in COMMANDS {
        let subject = SubjectProcess::new();
        let output = subject
            .runner(arguments)
            .stdout(full())
            .stderr(full())
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            text(&output)
        );
        if arguments[0] == "upgrade" && !arguments.contains(&"--sql") {
            assert_eq!(subject.applied(), ALL);
        }
    }
}
