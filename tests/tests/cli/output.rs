//! What holds for the output of every command: colour, pipes, JSON, passwords.

use std::process::Stdio;

use insta::assert_snapshot;
use migrate_tests::{Project, Run};

#[test]
fn an_invalid_command_line_is_reported_in_the_format_of_all_errors() {
    let project = Project::new();
    assert_snapshot!(project.migrate("hist"), @r"
    exit 2
    --- stderr
    error: unrecognized subcommand 'hist'
     note: usage: cargo migrate [OPTIONS] <COMMAND>
     help: a similar subcommand exists: 'history'
    ");
    assert_snapshot!(project.migrate("heads --jso"), @r"
    exit 2
    --- stderr
    error: unexpected argument '--jso' found
     note: usage: cargo migrate heads --json
     help: a similar argument exists: '--json'
    ");
    assert_snapshot!(project.migrate("show"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided: <REV>
     note: usage: cargo migrate show <REV>
     help: pass `--help` to list the options
    ");
    assert_snapshot!(project.migrate("heads -q -v"), @r"
    exit 2
    --- stderr
    error: the argument '--quiet' cannot be used with '--verbose'
     note: usage: cargo migrate heads --quiet
     help: pass `--help` to list the options
    ");
    assert_snapshot!(project.migrate("heads --color sometimes"), @r"
    exit 2
    --- stderr
    error: invalid value 'sometimes' for '--color <WHEN>' [possible values: auto, always, never]
     help: pass `--help` to list the options
    ");
    assert_snapshot!(project.migrate("--json"), @r#"
    exit 2
    --- stdout
    {"error":{"code":"usage_error","message":"'cargo migrate' requires a subcommand but one was not provided [subcommands: init, revision, merge, rebase, squash, edit, freeze, history, heads, branches, show, plan, graph, upgrade, downgrade, current, status, stamp, resolve, verify, baseline, import, check, diff, dump, lint, backup, database, deploy, with-scratch, completions]","help":"pass `--help` to list the options","notes":["usage: cargo migrate [OPTIONS] <COMMAND>"]}}
    "#);
    assert_snapshot!(project.migrate("heads --json --nope"), @r#"
    exit 2
    --- stdout
    {"error":{"code":"usage_error","message":"unexpected argument '--nope' found","help":"pass `--help` to list the options","notes":["usage: cargo migrate heads --json"]}}
    "#);
}

#[test]
fn without_a_command_the_help_is_shown_and_the_exit_code_is_2() {
    let run = Project::new().migrate("");
    assert_eq!(run.status, 2);
    assert!(
        run.stderr
            .contains("Usage: cargo migrate [OPTIONS] <COMMAND>"),
        "{run}"
    );
}

#[test]
fn the_command_is_the_same_with_and_without_the_argument_that_cargo_adds() {
    let project = Project::of_revisions("a");
    let output = std::process::Command::new(migrate_tests::command())
        .args(["heads", "--dir"])
        .arg(project.path())
        .output()
        .unwrap();
    assert_eq!(
        Run::of(&output, project.path()).stdout,
        project.migrate("heads --dir .").stdout
    );
}

#[test]
fn color_is_for_terminals_unless_it_is_requested() {
    let project = Project::of_revisions("a");
    assert!(!project.migrate("heads --dir .").stdout.contains('\u{1b}'));
    assert!(
        project
            .migrate("heads --dir . --color always")
            .stdout
            .contains('\u{1b}')
    );
    assert!(
        project
            .migrate("show --dir . zzzz --color always")
            .stderr
            .contains('\u{1b}')
    );
    assert!(
        !project
            .migrate("heads --dir . --color always --json")
            .stdout
            .contains('\u{1b}')
    );
    let output = project
        .process()
        .args(["heads", "--dir", "."])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let ids: Vec<String> = (0..3000).map(|n| format!("r{n}")).collect();
    let text: String = ids
        .iter()
        .enumerate()
        .map(|(n, id)| {
            if n == 0 {
                id.clone()
            } else {
                format!("; {id} <- {}", ids[n - 1])
            }
        })
        .collect();
    let project = Project::of_revisions(&text);
    let mut child = project
        .process()
        .args(["history", "--dir", "."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap()
        ),
        (Some(0), String::new())
    );
}

#[test]
fn output_that_can_not_be_written_is_an_error() {
    let project = Project::of_revisions("a");
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = project
        .process()
        .args(["heads", "--dir", "."])
        .stdout(full)
        .output()
        .unwrap();
    assert_snapshot!(Run::of(&output, project.path()), @r"
    exit 1
    --- stderr
    error: can't write to standard output: No space left on device (os error 28)
    ");
}

#[test]
fn no_byte_of_a_password_is_printed() {
    let project = Project::of_package("aaaa");
    for arguments in [
        "show postgres://user:hunter2@host/db",
        "plan upgrade postgres://user:hunter2@host/db?password=hunter2",
        "upgrade postgres://user:hunter2@host/db",
        "heads --database-url postgres://user:hunter2@host/db",
        "heads postgres://user:hunter2@host/db",
        "history -r postgres://user:hunter2@host/db:",
        "nothing://user:hunter2@host",
    ] {
        for form in ["", " --json"] {
            let run = project.migrate(&format!("{arguments}{form}"));
            assert_eq!(run.status, 2, "{run}");
            assert!(
                !run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"),
                "{run}"
            );
        }
    }
}
