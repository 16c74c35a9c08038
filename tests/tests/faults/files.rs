//! Files that can't be worked on: a clear error, the documented exit code, and the file as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

pub(crate) use migrate_tests::site::refused;

use crate::patient::{ALL, Patient, RUNNER, runner, text};

const NOBODY: u32 = 65_534;

#[test]
fn a_file_locked_for_ever_is_told_after_the_wait() {
    let patient = Patient::new();
    let connection = patient.connect();
    connection
        .execute_batch("CREATE TABLE x (a); BEGIN IMMEDIATE")
        .unwrap();
    refused(
        &patient.run(&["upgrade", "--lock-timeout", "1"]),
        5,
        "locked",
    );
    let output = patient.run(&["upgrade", "--lock-timeout", "1", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["code"], "locked");
    connection.execute_batch("ROLLBACK").unwrap();
    patient.recover();
}

#[test]
fn a_file_locked_for_a_while_is_waited_for() {
    let patient = Patient::new();
    let connection = patient.connect();
    connection
        .execute_batch("CREATE TABLE x (a); BEGIN IMMEDIATE")
        .unwrap();
    let child = patient
        .runner(&["upgrade", "--lock-timeout", "20"])
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(700));
    connection.execute_batch("COMMIT").unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(patient.applied(), ALL);
}

#[test]
fn a_file_that_is_no_database_stays_as_it_is() {
    let patient = Patient::new();
    let content = "Dear diary, this is no database. ".repeat(200);
    fs::write(patient.path(), &content).unwrap();
    for command in ["upgrade", "current", "status"] {
        refused(&patient.run(&[command]), 1, "not a database");
        assert_eq!(fs::read_to_string(patient.path()).unwrap(), content);
    }
}

#[test]
fn a_folder_is_no_database() {
    let patient = Patient::new();
    fs::create_dir(patient.path()).unwrap();
    for command in ["upgrade", "current", "status"] {
        let output = patient.run(&[command]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    }
    assert_eq!(fs::read_dir(patient.path()).unwrap().count(), 0);
}

/// Runs as a user whom permissions bind: root is asked to become nobody.
pub(crate) fn as_somebody(command: &mut Command) -> Output {
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.uid(NOBODY).gid(NOBODY);
    }
    // A program that was just written is busy as long as a process that another test begins holds its file.
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
fn a_read_only_file_is_told_before_anything_runs() {
    let patient = Patient::new();
    assert!(patient.run(&["upgrade", "f2"]).status.success());
    let program = patient.folder.path().join("runner");
    fs::copy(RUNNER, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(patient.path(), fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(patient.folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let before = fs::read(patient.path()).unwrap();
    let upgrade = as_somebody(&mut runner(&program, &patient.path(), &["upgrade"]));
    let status = as_somebody(&mut runner(&program, &patient.path(), &["status"]));
    fs::set_permissions(patient.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(patient.path(), fs::Permissions::from_mode(0o644)).unwrap();
    refused(&upgrade, 1, "is read-only");
    assert!(status.status.success(), "{}", text(&status));
    assert_eq!(fs::read(patient.path()).unwrap(), before);
    patient.recover();
}

/// Makes all that stands in the patient's folder another user's, runs commands as one who can only read, and gives it back.
fn read_only(patient: &Patient, commands: &[&[&str]]) -> Vec<Output> {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("runner");
    fs::copy(RUNNER, &program).unwrap();
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set(&program, 0o755);
    set(folder.path(), 0o777);
    let there = leftovers(patient.folder.path());
    for name in &there {
        set(&patient.folder.path().join(name), 0o444);
    }
    set(patient.folder.path(), 0o555);
    let run = |arguments: &&[&str]| {
        let mut command = runner(&program, &patient.path(), arguments);
        as_somebody(command.current_dir(folder.path()))
    };
    let outputs = commands.iter().map(run).collect();
    set(patient.folder.path(), 0o755);
    for name in &there {
        set(&patient.folder.path().join(name), 0o644);
    }
    assert_eq!(leftovers(patient.folder.path()), there);
    outputs
}

#[test]
fn a_file_with_a_log_is_read_from_a_folder_that_can_not_be_written() {
    let patient = Patient::new();
    assert!(patient.run(&["upgrade", "f2"]).status.success());
    patient
        .connect()
        .execute_batch("PRAGMA journal_mode = WAL")
        .unwrap();
    let before = fs::read(patient.path()).unwrap();
    let commands = [
        &["status"][..],
        &["current"],
        &["check"],
        &["dump"],
        &["backup", "create", "--backup-dir", "copies"],
    ];
    for (output, command) in read_only(&patient, &commands).iter().zip(commands) {
        // `check` finds that a revision is pending.
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{command:?}: {}",
            text(output)
        );
    }
    refused(&read_only(&patient, &[&["upgrade"]])[0], 1, "is read-only");
    assert_eq!(fs::read(patient.path()).unwrap(), before);
}

#[test]
fn a_log_that_holds_what_was_written_last_is_read_or_told() {
    let patient = Patient::new();
    assert!(patient.run(&["upgrade", "f2"]).status.success());
    // What a killed program leaves: the file as it was, and a log beside it.
    let keeper = patient.connect();
    keeper
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE late (a)",
        )
        .unwrap();
    let beside = |end: &str| patient.folder.path().join(format!("patient.db{end}"));
    let kept = ["", "-wal", "-shm"].map(|end| (beside(end), fs::read(beside(end)).unwrap()));
    drop(keeper);
    for (path, content) in &kept {
        fs::write(path, content).unwrap();
    }
    let dump = &read_only(&patient, &[&["dump"]])[0];
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
    for output in read_only(&patient, &commands) {
        refused(&output, 1, "`patient.db-wal` contains the latest changes");
        refused(&output, 1, "copy `patient.db` and `patient.db-wal`");
    }
    let url = format!("sqlite:{}?immutable=1", patient.path().display());
    let mut command = runner(Path::new(RUNNER), Path::new(&url), &["status"]);
    let output = command.output().unwrap();
    refused(&output, 1, "`immutable=1` would ignore it");
}

#[test]
fn what_a_url_says_of_its_file_is_done() {
    let patient = Patient::new();
    let run = |query: &str, arguments: &[&str]| {
        let url = format!("sqlite://{}?{query}", patient.path().display());
        let mut command = runner(Path::new(RUNNER), Path::new(&url), arguments);
        command.output().unwrap()
    };
    for (query, words) in [
        ("mode=rw", "`mode=rw` does not create it"),
        ("mode=ro", "`mode=ro` opens the file read-only"),
        ("vfs=none-such", "no such vfs"),
        ("wal=on", "no parameter `wal`"),
    ] {
        refused(&run(query, &["upgrade"]), 1, words);
    }
    assert!(leftovers(patient.folder.path()).is_empty());
    let output = run("mode=rwc&cache=private", &["upgrade", "-q"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(leftovers(patient.folder.path()), ["patient.db"]);
    assert_eq!(patient.applied(), ALL);
    for query in [
        "mode=ro",
        "mode=rw",
        "immutable=1",
        "cache=shared&mode=ro",
        "vfs=unix-excl",
    ] {
        let output = run(query, &["current"]);
        let told = text(&output);
        assert!(
            output.status.success() && told.contains(ALL[ALL.len() - 1]),
            "{query}: {told}"
        );
    }
    for command in [
        &["downgrade", "-1", "--allow-data-loss"][..],
        &["stamp", "base"],
        &["backup", "restore", "latest", "--yes"],
    ] {
        assert!(!run("mode=ro", command).status.success(), "{command:?}");
        assert_eq!(patient.applied(), ALL, "{command:?}");
    }
}

#[test]
fn commands_that_read_write_nothing() {
    let patient = Patient::new();
    for command in [&["current"][..], &["status"], &["history", "-i"]] {
        let output = patient.run(command);
        assert!(output.status.success(), "{}", text(&output));
        assert!(!patient.path().exists(), "{command:?} made a file");
    }
    patient
        .connect()
        .execute_batch("CREATE TABLE x (a)")
        .unwrap();
    let before = fs::read(patient.path()).unwrap();
    for command in [&["current"][..], &["status"], &["history", "-i"]] {
        assert!(patient.run(command).status.success());
        assert_eq!(
            fs::read(patient.path()).unwrap(),
            before,
            "{command:?} wrote"
        );
    }
    assert_eq!(leftovers(patient.folder.path()), ["patient.db"]);
}

#[test]
fn a_name_with_characters_of_urls_is_a_name() {
    let patient = Patient::new();
    for name in [
        "we?ird.db",
        "ha#sh.db",
        "per%20cent.db",
        "quo'te.db",
        "spa ce.db",
        "-dash.db",
    ] {
        let path = patient.folder.path().join(name);
        let output = runner(Path::new(RUNNER), &path, &["upgrade", "-q"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", text(&output));
        assert!(
            path.exists(),
            "{name}: {:?}",
            leftovers(patient.folder.path())
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
