//! A disk that is full or broken during an upgrade: rolled back or committed, reported, and the next run resumes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::kill::strace_works;
use crate::subject_process::{ALL, RUNNER, SubjectProcess, text};

/// Lets calls of the system fail during an upgrade: the n-th alone, or that one and all after it. Returns how often it
/// failed.
fn fails_everywhere(call: &str, error: &str, rest: &str, journal: &str) -> usize {
    let mut failures = 0;
    for n in 1..200 {
        let subject = SubjectProcess::new();
        subject
            .connect()
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
        // Programs are read by the same call: only the database's file is broken.
        let only = (call == "pread64").then(|| subject.path());
        let output = Command::new("strace")
            .args([
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                &format!("trace={call}"),
            ])
            .args(["-e", &format!("inject={call}:error={error}:when={n}{rest}")])
            .args(
                only.iter()
                    .flat_map(|path| [Path::new("-P"), path.as_path()]),
            )
            .arg(RUNNER)
            .args(["upgrade", "--database-url"])
            .arg(subject.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let applied = subject.applied().len();
        let fault = format!("{journal} {call} {error} {n}{rest}: {}", text(&output));
        match output.status.code() {
            Some(0) => assert_eq!(applied, ALL.len(), "{fault}"),
            Some(1) => {
                failures += 1;
                let output_text = text(&output);
                assert!(
                    ["disk", "I/O", "full"]
                        .iter()
                        .any(|word| output_text.contains(word)),
                    "{fault}"
                );
                // An error at the commit may have happened after it: then it is what is reported.
                let read = output_text.contains("read again, the database has the revisions");
                assert!(applied == 0 || read, "{fault}");
            }
            _ => panic!("{fault}"),
        }
        subject.recover();
        if output.status.success() && n > 3 {
            return failures;
        }
    }
    failures
}

#[test]
fn a_full_or_broken_disk_is_reported_and_keeps_all_or_nothing_of_the_run() {
    if !strace_works() {
        return;
    }
    let mut failures = 0;
    for journal in ["delete", "wal"] {
        for (call, error) in [
            ("pwrite64", "ENOSPC"),
            ("pwrite64", "EIO"),
            ("fdatasync", "EIO"),
            ("pread64", "EIO"),
        ] {
            for rest in ["", "+"] {
                failures += fails_everywhere(call, error, rest, journal);
            }
        }
    }
    println!("{failures} failures");
    assert!(failures > 20, "only {failures} failures happened");
}

#[test]
fn a_disk_that_is_really_full_leaves_the_database_as_it_was() {
    let subject = SubjectProcess::new();
    assert!(subject.run(&["upgrade", "f2", "-q"]).status.success());
    let small = subject.folder.path().join("small");
    fs::create_dir(&small).unwrap();
    // As much as the database has, and a little for what the upgrade starts.
    let size = fs::metadata(subject.path()).unwrap().len() / 1024 + 12;
    let script = format!(
        "mount -t tmpfs -o size={size}k tmpfs {0} && cp {1} {0}/patient.db && {RUNNER} upgrade --database-url {0}/patient.db; \
         echo \"exit $?\"; rm -f {0}/*-journal; cp {0}/patient.db {1}",
        small.display(),
        subject.path().display()
    );
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let output_text = text(&output);
    if output_text.contains("unshare") || output_text.contains("mount:") {
        println!("skipped: no file system of its own: {output_text}");
        return;
    }
    assert!(
        output_text.contains("exit 1\n") && output_text.contains("full"),
        "{output_text}"
    );
    assert_eq!(subject.applied(), ALL[..2]);
    subject.recover();
}
