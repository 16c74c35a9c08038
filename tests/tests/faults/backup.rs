//! Backups of a SQLite file: complete or absent, whatever happens at the same time.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use migrate_runtime::backup::{BackupSettings, Integrity};
use migrate_tests::faulty::migrations;
use rusqlite::Connection;

use crate::files::{as_somebody, leftovers, refused};
use crate::kill::{killed_at, strace_works};
use crate::subject_process::{ALL, RUNNER, SubjectProcess, runner, strings, text};

/// The backups that have their names, in order.
pub(crate) fn backups(subject: &SubjectProcess) -> Vec<PathBuf> {
    let folder = subject.folder.path().join("backups");
    if !folder.exists() {
        return Vec::new();
    }
    let names = leftovers(&folder).into_iter();
    names
        .filter(|name| name.starts_with("patient-") && name.ends_with(".db"))
        .map(|name| folder.join(name))
        .collect()
}

/// What a file contains if it is alone in another folder.
fn check_alone(file: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    fs::copy(file, &copy).unwrap();
    let connection = Connection::open(&copy).unwrap();
    assert_eq!(strings(&connection, "PRAGMA integrity_check"), ["ok"]);
    strings(
        &connection,
        "SELECT revision FROM migrate_revisions ORDER BY 1",
    )
}

pub(crate) fn upgraded() -> SubjectProcess {
    let subject = SubjectProcess::new();
    assert!(subject.run(&["upgrade", "-q"]).status.success());
    subject
}

#[test]
fn an_existing_file_is_never_overwritten_or_followed() {
    let subject = upgraded();
    let folder = subject.folder.path();
    fs::write(folder.join("there.db"), "mine").unwrap();
    fs::write(folder.join("secret"), "mine too").unwrap();
    symlink(folder.join("secret"), folder.join("link.db")).unwrap();
    symlink(folder.join("nowhere"), folder.join("dangling.db")).unwrap();
    let before = fs::read(subject.path()).unwrap();
    for name in ["there.db", "link.db", "dangling.db", "patient.db"] {
        let file = folder.join(name);
        let output = subject.run(&["backup", "create", file.to_str().unwrap()]);
        refused(&output, 1, "already exists, and nothing is overwritten");
    }
    assert_eq!(fs::read(folder.join("there.db")).unwrap(), b"mine");
    assert_eq!(fs::read(folder.join("secret")).unwrap(), b"mine too");
    assert_eq!(fs::read(subject.path()).unwrap(), before);
    assert!(!folder.join("nowhere").exists());
    assert_eq!(
        leftovers(folder),
        ["dangling.db", "link.db", "patient.db", "secret", "there.db"]
    );
}

#[test]
fn a_file_that_is_not_a_database_is_not_backed_up() {
    let subject = SubjectProcess::new();
    refused(&subject.run(&["backup", "create"]), 1, "does not exist");
    fs::write(subject.path(), "").unwrap();
    refused(&subject.run(&["backup", "create"]), 1, "does not exist");
    fs::write(subject.path(), "Dear diary. ".repeat(500)).unwrap();
    refused(&subject.run(&["backup", "create"]), 1, "not a database");
    fs::remove_file(subject.path()).unwrap();
    fs::create_dir(subject.path()).unwrap();
    refused(&subject.run(&["backup", "create"]), 1, "it is a directory");
    assert_eq!(backups(&subject), [] as [PathBuf; 0]);
    let output = runner(
        Path::new(RUNNER),
        Path::new(":memory:"),
        &["backup", "create"],
    )
    .output();
    refused(&output.unwrap(), 1, "can't back up `:memory:`");
}

#[test]
fn a_damaged_database_is_reported_and_gets_no_backup() {
    let subject = upgraded();
    subject
        .connect()
        .execute_batch(
            "CREATE TABLE big (a TEXT); CREATE INDEX big_a ON big (a);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO big SELECT hex(randomblob(40)) FROM n",
        )
        .unwrap();
    let mut bytes = fs::read(subject.path()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    fs::write(subject.path(), &bytes).unwrap();
    refused(
        &subject.run(&["backup", "create"]),
        1,
        "the copy of the database is not valid",
    );
    assert_eq!(
        leftovers(&subject.folder.path().join("backups")),
        [] as [&str; 0]
    );
    assert_eq!(fs::read(subject.path()).unwrap(), bytes);
}

#[test]
fn a_backup_is_for_its_user_only_and_is_one_plain_file() {
    for (journal, header) in [("delete", [1, 1]), ("wal", [2, 2])] {
        let subject = upgraded();
        let connection = subject.connect();
        connection
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
        connection
            .execute_batch("INSERT INTO runs VALUES ('x')")
            .unwrap();
        let output = subject.run(&["backup", "create"]);
        assert!(output.status.success(), "{}", text(&output));
        let created = backups(&subject);
        let [file] = &created[..] else {
            panic!("{created:?}")
        };
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().trim_end(),
            file.to_str().unwrap()
        );
        assert_eq!(fs::metadata(file).unwrap().mode() & 0o777, 0o600);
        let folder = file.parent().unwrap();
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(leftovers(folder).len(), 1, "{:?}", leftovers(folder));
        assert!(file.to_str().unwrap().ends_with("Z-f5.db"), "{file:?}");
        assert_eq!(check_alone(file), ALL);
        // Restored at a new path, the database has the journal that it had.
        assert_eq!(fs::read(file).unwrap()[18..20], header, "{journal}");
        drop(connection);
    }
}

#[test]
fn any_name_of_a_database_is_a_name() {
    let subject = upgraded();
    let long = "x".repeat(200);
    let unusual_names = [
        &b"we?ird#%41 'q' -.db"[..],
        b"-dash.db",
        b"no extension",
        b"not\xff\xfeutf8.db",
        b".hidden",
        long.as_bytes(),
    ];
    for name in unusual_names {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OsStr::from_bytes(name));
        fs::copy(subject.path(), &path).unwrap();
        for _ in 0..2 {
            let output = runner(Path::new(RUNNER), &path, &["backup", "create"])
                .output()
                .unwrap();
            assert!(output.status.success(), "{path:?}: {}", text(&output));
        }
        let settings = BackupSettings::new();
        let found = migrations().backups(&path, &settings).unwrap();
        assert_eq!(found.len(), 2, "{path:?}");
        assert!(
            found
                .iter()
                .all(|backup| backup.integrity == Integrity::Valid)
        );
        let output = runner(
            Path::new(RUNNER),
            &path,
            &["backup", "restore", "latest", "--yes"],
        )
        .output();
        let output = output.unwrap();
        assert!(output.status.success(), "{path:?}: {}", text(&output));
        assert_eq!(migrations().backups(&path, &settings).unwrap().len(), 3);
    }
}

#[test]
fn a_name_that_is_too_long_is_reported() {
    let subject = upgraded();
    let path = subject.folder.path().join("x".repeat(250));
    fs::copy(subject.path(), &path).unwrap();
    let output = runner(Path::new(RUNNER), &path, &["backup", "create"])
        .output()
        .unwrap();
    refused(&output, 1, "choose a name yourself");
    let file = subject.folder.path().join("short.db");
    let arguments = ["backup", "create", file.to_str().unwrap()];
    let output = runner(Path::new(RUNNER), &path, &arguments)
        .output()
        .unwrap();
    assert!(
        !output.status.success() || file.exists(),
        "{}",
        text(&output)
    );
}

#[test]
fn only_the_newest_are_kept_and_nothing_else_is_deleted() {
    let subject = upgraded();
    let folder = subject.folder.path().join("backups");
    for _ in 0..4 {
        assert!(subject.run(&["backup", "create"]).status.success());
    }
    let all = backups(&subject);
    for other in [
        "notes.txt",
        "patient.db",
        "other-20200101T000000.000Z-a1b2.db",
    ] {
        fs::write(folder.join(other), "x").unwrap();
    }
    let link = folder.join("patient-20200101T000000.000Z-f5.db");
    symlink("notes.txt", &link).unwrap();
    let part = folder.join(".patient-20200101T000000.000Z.1.part");
    fs::write(&part, "left behind").unwrap();
    let output = subject.run(&["backup", "create", "--keep", "2", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        document["removed"].as_array().unwrap().len(),
        3,
        "{document}"
    );
    let left: Vec<_> = backups(&subject)
        .into_iter()
        .filter(|file| *file != link)
        .collect();
    assert_eq!(left.len(), 2);
    assert_eq!(left[0], all[3]);
    assert!(link.is_symlink() && folder.join("notes.txt").exists());
    assert!(part.exists(), "it may still be written");
    let old = std::time::SystemTime::now() - Duration::from_secs(90_000);
    fs::File::open(&part).unwrap().set_modified(old).unwrap();
    assert!(
        subject
            .run(&["backup", "create", "--keep", "2"])
            .status
            .success()
    );
    assert!(!part.exists() && link.is_symlink());
}

#[test]
fn a_folder_that_can_t_be_written_is_reported_before_anything_is_copied() {
    let subject = upgraded();
    let program = subject.folder.path().join("runner");
    fs::copy(RUNNER, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(subject.folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let output = as_somebody(&mut runner(
        &program,
        &subject.path(),
        &["backup", "create"],
    ));
    fs::set_permissions(subject.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    refused(&output, 1, "can't create the directory");
    refused(&output, 1, "--backup-dir");
}

/// Two connections that move money for as long as `work` lasts; the sum is always 5,000.
pub(crate) fn beside_writers<R>(subject: &SubjectProcess, work: impl FnOnce() -> R) -> R {
    let over = AtomicBool::new(false);
    let moved = std::sync::atomic::AtomicU32::new(0);
    thread::scope(|scope| {
        for first in [1, 2] {
            let (over, moved) = (&over, &moved);
            scope.spawn(move || {
                let connection = subject.connect();
                connection.busy_timeout(Duration::from_secs(20)).unwrap();
                let transfer = format!(
                    "BEGIN IMMEDIATE;
                     UPDATE accounts SET balance = balance - 7 WHERE id = {first};
                     UPDATE accounts SET balance = balance + 7 WHERE id = 3 - {first};
                     COMMIT"
                );
                while !over.load(Ordering::Relaxed) {
                    match connection.execute_batch(&transfer) {
                        Ok(()) => {
                            moved.fetch_add(1, Ordering::Relaxed);
                        }
                        // SQLite keeps no queue: on a slow disk others may be first for all of the timeout.
                        Err(error) if is_busy(&error) => {
                            if !connection.is_autocommit() {
                                connection.execute_batch("ROLLBACK").unwrap();
                            }
                        }
                        Err(error) => panic!("{error}"),
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            });
        }
        while moved.load(Ordering::Relaxed) < 10 {
            thread::sleep(Duration::from_millis(1));
        }
        let result = work();
        over.store(true, Ordering::Relaxed);
        result
    })
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

/// A database of a few megabytes whose balances can be moved, so that a copy takes a while.
pub(crate) fn busy(journal: &str) -> SubjectProcess {
    let subject = SubjectProcess::new();
    assert!(subject.run(&["upgrade", "-q"]).status.success());
    let connection = subject.connect();
    connection
        .pragma_update(None, "journal_mode", journal)
        .unwrap();
    connection
        .execute_batch(
            "CREATE TABLE weight (a BLOB);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             INSERT INTO weight SELECT randomblob(8000) FROM n",
        )
        .unwrap();
    subject
}

fn money(file: &Path) -> i64 {
    let connection = Connection::open(file).unwrap();
    let sum = "SELECT (SELECT sum(balance) FROM accounts) + (SELECT sum(amount) FROM ledger)";
    connection.query_row(sum, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_backup_beside_two_writers_is_of_one_moment() {
    for journal in ["wal", "delete"] {
        let subject = busy(journal);
        let accounts = strings(
            &subject.connect(),
            "SELECT CAST(id AS TEXT) FROM accounts LIMIT 2",
        );
        assert_eq!(accounts, ["1", "2"]);
        let created = beside_writers(&subject, || {
            let settings = BackupSettings::new().wait(Duration::from_secs(30));
            let created: Vec<_> = (0..4)
                .map(|_| migrations().backup(subject.path(), &settings).unwrap())
                .collect();
            created
        });
        for created in created {
            assert_eq!(created.backup.integrity, Integrity::Valid);
            assert_eq!(
                created.backup.heads.as_deref(),
                Some(&["f5".to_owned()][..])
            );
            assert_eq!(money(&created.backup.file), 5_000, "{journal}");
            assert_eq!(check_alone(&created.backup.file), ALL);
        }
    }
}

#[test]
fn a_permanently_locked_database_is_reported_after_the_lock_timeout() {
    let subject = upgraded();
    let connection = subject.connect();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    refused(
        &subject.run(&["backup", "create", "--lock-timeout", "1"]),
        5,
        "locked",
    );
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(
        leftovers(&subject.folder.path().join("backups")),
        [] as [&str; 0]
    );
}

#[test]
fn a_full_disk_leaves_no_backup() {
    if !strace_works() {
        return;
    }
    let subject = busy("delete");
    for when in ["1", "7", "100+"] {
        let output = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64"])
            .args(["-e", &format!("inject=pwrite64:error=ENOSPC:when={when}")])
            .arg(RUNNER)
            .args(["backup", "create", "--database-url"])
            .arg(subject.path())
            .output()
            .unwrap();
        refused(&output, 1, "free some space on the disk");
        assert!(!text(&output).contains("revision"), "{}", text(&output));
        assert_eq!(
            leftovers(&subject.folder.path().join("backups")),
            [] as [&str; 0]
        );
    }
    // A disk that is too small is reported before a byte is written.
    let small = subject.folder.path().join("small");
    fs::create_dir(&small).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=300k tmpfs {0} && {RUNNER} backup create --backup-dir {0} --database-url {1}; code=$?; ls -A {0}; exit $code",
        small.display(),
        subject.path().display()
    );
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .output()
        .unwrap();
    if text(&output).contains("unshare") || text(&output).contains("mount:") {
        eprintln!("skipped: no file system of its own: {}", text(&output));
        return;
    }
    refused(&output, 1, "there is not enough space for a backup");
    assert_eq!(output.stdout, b"", "{}", text(&output));
}

#[test]
fn a_backup_killed_at_any_call_is_complete_or_has_no_name() {
    if !strace_works() {
        return;
    }
    let mut kills = 0;
    for call in ["pwrite64", "fsync", "link,linkat", "unlink"] {
        for n in 1..200 {
            let subject = upgraded();
            let killed = killed_at(call, n, &subject, &["backup", "create", "-q"]);
            for file in backups(&subject) {
                assert_eq!(check_alone(&file), ALL, "{call} {n}");
            }
            assert_eq!(subject.applied(), ALL);
            if !killed {
                assert_eq!(backups(&subject).len(), 1);
                break;
            }
            kills += 1;
            let output = subject.run(&["backup", "create"]);
            assert!(output.status.success(), "{}", text(&output));
        }
    }
    assert!(kills > 20, "only {kills} kills happened");
}
