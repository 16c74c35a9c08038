//! A restored backup: the database is as it was or as the backup is, and the previous contents are kept.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use migrate_runtime::backup::{BackupSettings, Integrity};
use migrate_tests::faulty::migrations;
use rusqlite::Connection;

use crate::backup::{backups, beside_writers, busy, upgraded};
use crate::files::refused;
use crate::kill::{killed_at, strace_works};
use crate::subject_process::{ALL, RUNNER, SubjectProcess, strings, text};

/// A database at `f5` with a backup of it at `f2`.
fn with_backup(journal: &str) -> (SubjectProcess, PathBuf) {
    let subject = SubjectProcess::new();
    assert!(subject.run(&["upgrade", "f2", "-q"]).status.success());
    assert!(subject.run(&["backup", "create", "-q"]).status.success());
    let file = backups(&subject).remove(0);
    assert!(subject.run(&["upgrade", "-q"]).status.success());
    subject
        .connect()
        .pragma_update(None, "journal_mode", journal)
        .unwrap();
    (subject, file)
}

fn restore(subject: &SubjectProcess, file: &Path, options: &[&str]) -> std::process::Output {
    let mut arguments = vec!["backup", "restore", file.to_str().unwrap()];
    arguments.extend(options);
    subject.run(&arguments)
}

#[test]
fn an_invalid_backup_is_refused_and_nothing_is_changed() {
    let (subject, backup) = with_backup("delete");
    let folder = subject.folder.path();
    let bytes = fs::read(&backup).unwrap();
    let make = |name: &str, content: &[u8]| {
        fs::write(folder.join(name), content).unwrap();
        folder.join(name)
    };
    let mut damaged = bytes.clone();
    damaged[4096 * 2..4096 * 3].fill(0x5a);
    let fifo = folder.join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let cut = make("cut.db", &bytes[..bytes.len() - 4096]);
    let with_log = make("with-log.db", &bytes);
    make("with-log.db-wal", b"changes");
    let with_journal = make("with-journal.db", &bytes);
    make("with-journal.db-journal", b"old pages");
    let before = fs::read(subject.path()).unwrap();
    for (file, message) in [
        (folder.join("nowhere.db"), "No such file"),
        (make("empty.db", b""), "it is empty"),
        (
            make("text.db", &b"Dear diary. ".repeat(500)),
            "it is not a SQLite database",
        ),
        (folder.to_owned(), "it is a directory"),
        (fifo, "it is not a regular file"),
        (make("damaged.db", &damaged), "it is damaged"),
        (cut, "it is damaged"),
        (with_log.clone(), "`with-log.db-wal` is next to it"),
        (with_journal, "`with-journal.db-journal` is next to it"),
    ] {
        refused(&restore(&subject, &file, &["--yes"]), 1, message);
        assert_eq!(fs::read(subject.path()).unwrap(), before, "{file:?}");
    }
    assert_eq!(
        fs::read(folder.join("with-log.db-wal")).unwrap(),
        b"changes"
    );
    assert_eq!(
        backups(&subject).len(),
        1,
        "nothing was kept, as nothing was replaced"
    );
}

#[test]
fn without_a_confirmation_nothing_runs() {
    let (subject, backup) = with_backup("delete");
    let before = fs::read(subject.path()).unwrap();
    for options in [&[][..], &["--json"], &["--no-keep"]] {
        refused(
            &restore(&subject, &backup, options),
            1,
            "the restore was not confirmed",
        );
        assert_eq!(fs::read(subject.path()).unwrap(), before);
    }
    let output = restore(&subject, &backup, &[]);
    assert!(text(&output).contains(" at f5\n"), "{}", text(&output));
    assert!(text(&output).contains(" at f2, made "), "{}", text(&output));
}

#[test]
fn logs_of_another_file_block_a_restore() {
    let (subject, backup) = with_backup("delete");
    for end in ["-wal", "-journal"] {
        fs::remove_file(subject.path()).ok();
        let stale = subject.folder.path().join(format!("patient.db{end}"));
        fs::write(&stale, "of a database that is gone").unwrap();
        refused(&restore(&subject, &backup, &["--yes"]), 1, "is next to it");
        assert_eq!(fs::read(&stale).unwrap(), b"of a database that is gone");
        assert!(!subject.path().exists());
        fs::remove_file(stale).unwrap();
    }
    fs::write(subject.path(), "Dear diary. ".repeat(500)).unwrap();
    let output = restore(&subject, &backup, &["--yes"]);
    refused(&output, 1, "not a database");
    refused(&output, 1, "move the file away");
    assert!(fs::read(subject.path()).unwrap().starts_with(b"Dear diary"));
}

#[test]
fn a_restore_keeps_what_it_replaces() {
    for journal in ["delete", "wal"] {
        let (subject, backup) = with_backup(journal);
        let output = restore(&subject, &backup, &["--yes", "--json"]);
        assert!(output.status.success(), "{}", text(&output));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["restored"]["current"][0], "f2");
        assert_eq!(subject.applied(), ALL[..2]);
        let mode: String = subject
            .connect()
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, journal, "the database goes on as it was set");
        let kept = PathBuf::from(document["kept"].as_str().unwrap());
        assert_eq!(fs::metadata(&kept).unwrap().mode() & 0o777, 0o600);
        // There and back again.
        let output = restore(&subject, &kept, &["--yes", "--no-keep"]);
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(subject.applied(), ALL);
        assert_eq!(backups(&subject).len(), 2);
    }
}

#[test]
fn a_deleted_or_empty_database_is_recreated() {
    let (subject, backup) = with_backup("delete");
    for empty in [false, true] {
        fs::remove_file(subject.path()).unwrap();
        if empty {
            fs::write(subject.path(), "").unwrap();
        }
        let output = restore(&subject, &backup, &["--yes"]);
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(subject.applied(), ALL[..2]);
        assert!(empty || fs::metadata(subject.path()).unwrap().mode() & 0o777 == 0o600);
    }
    assert_eq!(backups(&subject).len(), 1, "there was nothing to keep");
}

#[test]
fn a_damaged_database_is_kept_and_replaced() {
    let (subject, backup) = with_backup("delete");
    let mut bytes = fs::read(subject.path()).unwrap();
    bytes[4096..4096 * 3].fill(0x5a);
    fs::write(subject.path(), &bytes).unwrap();
    let output = restore(&subject, &backup, &["--yes"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(subject.applied(), ALL[..2]);
    let kept = backups(&subject).pop().unwrap();
    assert!(
        kept.to_str().unwrap().ends_with("-corrupt.replaced.db"),
        "{kept:?}"
    );
    assert_eq!(
        fs::read(&kept).unwrap()[4096..4096 * 3],
        bytes[4096..4096 * 3]
    );
    let found = migrations()
        .backups(subject.path(), &BackupSettings::new())
        .unwrap();
    assert!(
        matches!(found[1].integrity, Integrity::Corrupt(_)),
        "{found:?}"
    );
}

#[test]
fn pages_of_another_size_are_restored_too() {
    for journal in ["delete", "wal"] {
        let (subject, backup) = with_backup(journal);
        let connection = Connection::open(&backup).unwrap();
        connection
            .execute_batch("PRAGMA page_size = 1024; VACUUM")
            .unwrap();
        drop(connection);
        let reader = subject.connect();
        if journal == "wal" {
            strings(&reader, "SELECT revision FROM runs");
            let output = restore(&subject, &backup, &["--yes", "--lock-timeout", "1"]);
            refused(&output, 5, "locked");
            drop(reader);
        }
        let output = restore(&subject, &backup, &["--yes", "--lock-timeout", "5"]);
        assert!(output.status.success(), "{journal}: {}", text(&output));
        assert_eq!(subject.applied(), ALL[..2]);
    }
}

#[test]
fn open_readers_and_writers_see_the_backup() {
    for journal in ["wal", "delete"] {
        let subject = busy(journal);
        let settings = BackupSettings::new().wait(Duration::from_secs(30));
        let first = migrations().backup(subject.path(), &settings).unwrap();
        subject
            .connect()
            .execute_batch("INSERT INTO runs VALUES ('after the backup')")
            .unwrap();
        let reader = subject.connect();
        let seen = |sql: &str| strings(&reader, sql);
        let after = "SELECT revision FROM runs WHERE revision = 'after the backup'";
        assert_eq!(seen(after).len(), 1);
        let restored = beside_writers(&subject, || {
            migrations()
                .restore(subject.path(), &first.backup.file, &settings)
                .unwrap()
        });
        assert_eq!(
            seen(after),
            [] as [&str; 0],
            "{journal}: a connection from before"
        );
        assert_eq!(seen("PRAGMA integrity_check"), ["ok"]);
        subject.applied();
        let kept = Connection::open(restored.kept.unwrap()).unwrap();
        assert_eq!(strings(&kept, after).len(), 1);
        assert_eq!(strings(&kept, "PRAGMA integrity_check"), ["ok"]);
    }
}

/// A write that was committed is in the kept copy or on top of the backup, never in neither.
#[test]
fn no_write_is_lost_between_keeping_and_replacing() {
    for journal in ["wal", "delete"] {
        let subject = upgraded();
        let connection = subject.connect();
        connection
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
        connection
            .execute_batch("CREATE TABLE ticks (n INTEGER PRIMARY KEY)")
            .unwrap();
        let settings = BackupSettings::new().wait(Duration::from_secs(30));
        let first = migrations().backup(subject.path(), &settings).unwrap();
        let ticks = |connection: &Connection| -> Vec<String> {
            strings(connection, "SELECT CAST(n AS TEXT) FROM ticks")
        };
        for _ in 0..3 {
            let over = std::sync::atomic::AtomicBool::new(false);
            let (written, kept) = std::thread::scope(|scope| {
                let writer = scope.spawn(|| {
                    let connection = subject.connect();
                    connection.busy_timeout(Duration::from_secs(20)).unwrap();
                    let mut written = Vec::new();
                    for n in 1.. {
                        connection
                            .execute("INSERT INTO ticks VALUES (?1)", [n])
                            .unwrap();
                        written.push(n.to_string());
                        // SQLite keeps no queue: without a pause, the restore may find no moment on a slow disk.
                        std::thread::sleep(Duration::from_millis(1));
                        if over.load(std::sync::atomic::Ordering::Relaxed) {
                            return written;
                        }
                    }
                    written
                });
                std::thread::sleep(Duration::from_millis(30));
                let restored = migrations()
                    .restore(subject.path(), &first.backup.file, &settings)
                    .unwrap();
                over.store(true, std::sync::atomic::Ordering::Relaxed);
                (writer.join().unwrap(), restored.kept.unwrap())
            });
            let mut found = ticks(&Connection::open(kept).unwrap());
            found.extend(ticks(&connection));
            assert_eq!(found, written, "{journal}");
            migrations()
                .restore(subject.path(), &first.backup.file, &settings)
                .unwrap();
        }
    }
}

#[test]
fn a_reader_is_waited_for_until_the_lock_timeout() {
    let (subject, backup) = with_backup("delete");
    let reader = subject.connect();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(strings(&reader, "SELECT revision FROM runs").len(), 5);
    let started = Instant::now();
    let output = restore(&subject, &backup, &["--yes", "--lock-timeout", "1"]);
    refused(&output, 5, "locked");
    assert!(started.elapsed() < Duration::from_secs(10));
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(subject.applied(), ALL);
    // With a log, readers block no other connection, and keep what they see.
    let (subject, backup) = with_backup("wal");
    let reader = subject.connect();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(strings(&reader, "SELECT revision FROM runs").len(), 5);
    let output = restore(&subject, &backup, &["--yes", "--lock-timeout", "1"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(strings(&reader, "SELECT revision FROM runs").len(), 5);
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(strings(&reader, "SELECT revision FROM runs").len(), 2);
}

#[test]
fn a_full_disk_leaves_the_database_as_it_was() {
    if !strace_works() {
        return;
    }
    for journal in ["delete", "wal"] {
        let (subject, backup) = with_backup(journal);
        for when in 1..40 {
            let output = Command::new("strace")
                .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64"])
                .args(["-e", &format!("inject=pwrite64:error=ENOSPC:when={when}+")])
                .arg(RUNNER)
                .args([
                    "backup",
                    "restore",
                    "--yes",
                    backup.to_str().unwrap(),
                    "--database-url",
                ])
                .arg(subject.path())
                .output()
                .unwrap();
            if output.status.success() {
                assert_eq!(subject.applied(), ALL[..2], "{}", text(&output));
                break;
            }
            assert_eq!(output.status.code(), Some(1), "{}", text(&output));
            assert_eq!(
                subject.applied(),
                ALL,
                "{journal} {when}: {}",
                text(&output)
            );
        }
    }
}

#[test]
fn a_restore_killed_at_any_call_leaves_the_old_or_the_new() {
    if !strace_works() {
        return;
    }
    let mut kills = [0, 0];
    for journal in ["delete", "wal"] {
        for call in ["pwrite64", "fsync", "fdatasync", "unlink", "ftruncate"] {
            for n in 1..400 {
                let (subject, backup) = with_backup(journal);
                let arguments = ["backup", "restore", "-q", "--yes", backup.to_str().unwrap()];
                let killed = killed_at(call, n, &subject, &arguments);
                let applied = subject.applied();
                assert!(
                    applied == ALL || applied == ALL[..2],
                    "{journal} {call} {n}: {applied:?}"
                );
                if applied == ALL[..2] {
                    assert_eq!(backups(&subject).len(), 2, "what was replaced is kept");
                }
                if !killed {
                    assert_eq!(applied, ALL[..2]);
                    break;
                }
                kills[usize::from(applied == ALL)] += 1;
                let output = restore(&subject, &backup, &["--yes"]);
                assert!(output.status.success(), "{}", text(&output));
                assert_eq!(subject.applied(), ALL[..2]);
            }
        }
    }
    assert!(
        kills.iter().sum::<u32>() > 40,
        "only {kills:?} kills happened"
    );
}
