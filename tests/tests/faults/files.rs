//! Files that can't be worked on: a clear error, the documented exit code, and the file as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

pub(crate) use migrate_tests::runner_fixture::refused;

use crate::subject_process::{ALL, RUNNER, SubjectProcess, runner, text};

const NOBODY: u32 = 65_534;

#[test]
fn a_file_locked_permanently_is_reported_after_the_lock_timeout() {
    let subject = SubjectProcess::new();
    let connection = subject.connect();
    connection
        .execute_batch("CREATE TABLE x (a); BEGIN IMMEDIATE")
        .unwrap();
    refused(
        &subject.run(&["upgrade", "--lock-timeout", "1"]),
        5,
        "locked",
    );
    let output = subject.run(&["upgrade", "--lock-timeout", "1", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["code"], "locked");
    connection.execute_batch("ROLLBACK").unwrap();
    subject.recover();
}

#[test]
fn a_file_locked_for_a_while_is_waited_for() {
    let subject = SubjectProcess::new();
    let connection = subject.connect();
    connection
        .execute_batch("CREATE TABLE x (a); BEGIN IMMEDIATE")
        .unwrap();
    let child = subject
        .runner(&["upgrade", "--lock-timeout", "20"])
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(700));
    connection.execute_batch("COMMIT").unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(subject.applied(), ALL);
}

#[test]
fn a_file_that_is_not_a_database_is_unchanged() {
    let subject = SubjectProcess::new();
    let content = "Dear diary, this is no database. ".repeat(200);
    fs::write(subject.path(), &content).unwrap();
    for command in ["upgrade", "current", "status"] {
        refused(&subject.run(&[command]), 1, "not a database");
        assert_eq!(fs::read_to_string(subject.path()).unwrap(), content);
    }
}

#[test]
fn a_folder_is_not_a_database() {
    let subject = SubjectProcess::new();
    fs::create_dir(subject.path()).unwrap();
    for command in ["upgrade", "current", "status"] {
        let output = subject.run(&[command]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    }
    assert_eq!(fs::read_dir(subject.path()).unwrap().count(), 0);
}

/// Runs as a user whom permissions bind: root becomes `nobody`.
pub(crate) fn as_somebody(command: &mut Command) -> Output {
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.uid(NOBODY).gid(NOBODY);
    }
    // An executable that was just written is busy as long as a process that another test starts holds its file.
    loop {
        match command.output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            other => return other.unwrap(),
        }
    }
}

#[test]
fn a_read_only_file_is_reported_before_anything_runs() {
    let subject = SubjectProcess::new();
    assert!(subject.run(&["upgrade", "f2"]).status.success());
    let program = subject.folder.path().join("runner");
    fs::copy(RUNNER, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(subject.path(), fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(subject.folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let before = fs::read(subject.path()).unwrap();
    let upgrade = as_somebody(&mut runner(&program, &subject.path(), &["upgrade"]));
    let status = as_somebody(&mut runner(&program, &subject.path(), &["status"]));
    fs::set_permissions(subject.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(subject.path(), fs::Permissions::from_mode(0o644)).unwrap();
    refused(&upgrade, 1, "is read-only");
    assert!(status.status.success(), "{}", text(&status));
    assert_eq!(fs::read(subject.path()).unwrap(), before);
    subject.recover();
}

/// Gives all files in the subject's folder to another user, runs commands as one who can only read, and gives it back.
fn read_only(subject: &SubjectProcess, commands: &[&[&str]]) -> Vec<Output> {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("runner");
    fs::copy(RUNNER, &program).unwrap();
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set(&program, 0o755);
    set(folder.path(), 0o777);
    let there = leftovers(subject.folder.path());
    for name in &there {
        set(&subject.folder.path().join(name), 0o444);
    }
    set(subject.folder.path(), 0o555);
    let run = |arguments: &&[&str]| {
        let mut command = runner(&program, &subject.path(), arguments);
        as_somebody(command.current_dir(folder.path()))
    };
    let outputs = commands.iter().map(run).collect();
    set(subject.folder.path(), 0o755);
    for name in &there {
        set(&subject.folder.path().join(name), 0o644);
    }
    assert_eq!(leftovers(subject.folder.path()), there);
    outputs
}

#[test]
fn a_file_with_a_log_is_read_from_a_folder_that_can_not_be_written() {
    let subject = SubjectProcess::new();
    assert!(subject.run(&["upgrade", "f2"]).status.success());
    subject
        .connect()
        .execute_batch("PRAGMA journal_mode = WAL")
        .unwrap();
    let before = fs::read(subject.path()).unwrap();
    let commands = [
        &["status"][..],
        &["current"],
        &["check"],
        &["dump"],
        &["backup", "create", "--backup-dir", "copies"],
    ];
    for (output, command) in read_only(&subject, &commands).iter().zip(commands) {
        // `check` finds that a revision is pending.
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{command:?}: {}",
            text(output)
        );
    }
    refused(&read_only(&subject, &[&["upgrade"]])[0], 1, "is read-only");
    assert_eq!(fs::read(subject.path()).unwrap(), before);
}

#[test]
fn a_log_that_holds_the_last_writes_is_read_or_reported() {
    let subject = SubjectProcess::new();
    assert!(subject.run(&["upgrade", "f2"]).status.success());
    // What a killed process leaves: the file as it was, and a log beside it.
    let keeper = subject.connect();
    keeper
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE late (a)",
        )
        .unwrap();
    let beside = |end: &str| subject.folder.path().join(format!("patient.db{end}"));
    let kept = ["", "-wal", "-shm"].map(|end| (beside(end), fs::read(beside(end)).unwrap()));
    drop(keeper);
    for (path, content) in &kept {
        fs::write(path, content).unwrap();
    }
    let dump = &read_only(&subject, &[&["dump"]])[0];
    assert!(
        dump.status.success() && text(dump).contains("late"),
        "{}",
        text(dump)
    );
    fs::remove_file(beside("-shm")).unwrap();
    let commands = [
        &["status"][..],
        &["dump"],
        &["backup", "create", "--backup-dir", "copies"],
    ];
    for output in read_only(&subject, &commands) {
        refused(&output, 1, "`patient.db-wal` contains the latest changes");
        refused(&output, 1, "copy `patient.db` and `patient.db-wal`");
    }
    let url = format!("sqlite:{}?immutable=1", subject.path().display());
    let mut command = runner(Path::new(RUNNER), Path::new(&url), &["status"]);
    let output = command.output().unwrap();
    refused(&output, 1, "`immutable=1` would ignore it");
}

#[test]
fn options_of_a_url_are_applied_to_its_file() {
    let subject = SubjectProcess::new();
    let run = |query: &str, arguments: &[&str]| {
        let url = format!("sqlite://{}?{query}", subject.path().display());
        let mut command = runner(Path::new(RUNNER), Path::new(&url), arguments);
        command.output().unwrap()
    };
    for (query, message) in [
        ("mode=rw", "`mode=rw` does not create it"),
        ("mode=ro", "`mode=ro` opens the file read-only"),
        ("vfs=none-such", "no such vfs"),
        ("wal=on", "no parameter `wal`"),
    ] {
        refused(&run(query, &["upgrade"]), 1, message);
    }
    assert!(leftovers(subject.folder.path()).is_empty());
    let output = run("mode=rwc&cache=private", &["upgrade", "-q"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(leftovers(subject.folder.path()), ["patient.db"]);
    assert_eq!(subject.applied(), ALL);
    for query in [
        "mode=ro",
        "mode=rw",
        "immutable=1",
        "cache=shared&mode=ro",
        "vfs=unix-excl",
    ] {
        let output = run(query, &["current"]);
        let output_text = text(&output);
        assert!(
            output.status.success() && output_text.contains(ALL[ALL.len() - 1]),
            "{query}: {output_text}"
        );
    }
    for command in [
        &["downgrade", "-1", "--allow-data-loss"][..],
        &["stamp", "base"],
        &["backup", "restore", "latest", "--yes"],
    ] {
        assert!(!run("mode=ro", command).status.success(), "{command:?}");
        assert_eq!(subject.applied(), ALL, "{command:?}");
    }
}

#[test]
fn commands_that_read_write_nothing() {
    let subject = SubjectProcess::new();
    for command in [&["current"][..], &["status"], &["history", "-i"]] {
        let output = subject.run(command);
        assert!(output.status.success(), "{}", text(&output));
        assert!(!subject.path().exists(), "{command:?} made a file");
    }
    subject
        .connect()
        .execute_batch("CREATE TABLE x (a)")
        .unwrap();
    let before = fs::read(subject.path()).unwrap();
    for command in [&["current"][..], &["status"], &["history", "-i"]] {
        assert!(subject.run(command).status.success());
        assert_eq!(
            fs::read(subject.path()).unwrap(),
            before,
            "{command:?} wrote"
        );
    }
    assert_eq!(leftovers(subject.folder.path()), ["patient.db"]);
}

#[test]
fn a_name_with_characters_of_urls_is_a_name() {
    let subject = SubjectProcess::new();
    for name in [
        "we?ird.db",
        "ha#sh.db",
        "per%20cent.db",
        "quo'te.db",
        "spa ce.db",
        "-dash.db",
    ] {
        let path = subject.folder.path().join(name);
        let output = runner(Path::new(RUNNER), &path, &["upgrade", "-q"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", text(&output));
        assert!(
            path.exists(),
            "{name}: {:?}",
            leftovers(subject.folder.path())
        );
    }
}

pub(crate) fn leftovers(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
