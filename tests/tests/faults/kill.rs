//! A process that is killed: the database is as before the run or as after a whole revision, never between.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use crate::subject_process::{ALL, RUNNER, SubjectProcess};

const SIGKILL: i32 = 9;

#[test]
fn a_process_that_aborts_in_a_revision_leaves_nothing_of_the_run() {
    let subject = SubjectProcess::new();
    let output = subject.run_with_fault("abort", &["upgrade"]);
    assert!(!output.status.success());
    assert_eq!(subject.applied(), [] as [&str; 0]);
    subject.recover();
}

#[test]
fn with_a_commit_for_each_revision_an_abort_leaves_those_before() {
    let subject = SubjectProcess::new();
    let output = subject.run_with_fault("abort", &["upgrade", "--transaction", "per-revision"]);
    assert!(!output.status.success());
    assert_eq!(subject.applied(), ALL[..2]);
    subject.recover();
}

/// Kills the runner at its n-th call of `call`; returns whether it called that often. If not, it must have done its
/// work.
pub(crate) fn killed_at(
    call: &str,
    n: usize,
    subject: &SubjectProcess,
    arguments: &[&str],
) -> bool {
    let status = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null"])
        .args(["-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:signal=KILL:when={n}")])
        .arg(RUNNER)
        .args(arguments)
        .arg("--database-url")
        .arg(subject.path())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    if status.success() {
        return false;
    }
    let killed = status.signal() == Some(SIGKILL) || status.code() == Some(128 + SIGKILL);
    assert!(killed, "{status:?}");
    true
}

/// Kills the upgrade at its n-th call of `call`, for every n there is; returns how often it was killed.
///
/// Without `options` the five revisions share one commit.
fn kill_at_every(call: &str, journal: &str, options: &[&str]) -> usize {
    for n in 1..2_000 {
        let subject = SubjectProcess::new();
        subject
            .connect()
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
        let arguments: Vec<&str> = ["upgrade", "-q"].iter().chain(options).copied().collect();
        if !killed_at(call, n, &subject, &arguments) {
            assert_eq!(subject.applied(), ALL);
            return n - 1;
        }
        let applied = subject.applied().len();
        assert!(
            !options.is_empty() || applied == 0 || applied == ALL.len(),
            "{applied} of one commit"
        );
        subject.recover();
    }
    panic!("the upgrade calls {call} more than 2,000 times");
}

#[test]
fn a_kill_at_any_write_or_sync_leaves_whole_revisions() {
    if !strace_works() {
        return;
    }
    let mut kills = 0;
    for journal in ["delete", "wal"] {
        for options in [&[][..], &["--transaction", "per-revision"]] {
            for call in ["pwrite64", "fdatasync", "unlink"] {
                kills += kill_at_every(call, journal, options);
            }
        }
    }
    assert!(kills > 50, "only {kills} kills happened");
}

/// Says why the sweep is skipped where it can't run; where nothing may be skipped, fails.
pub(crate) fn strace_works() -> bool {
    let works = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|s| s.success());
    if !works {
        let required = std::env::var_os("MIGRATE_TEST_REQUIRE_SERVERS").is_some();
        assert!(!required, "strace is needed here and does not work");
        eprintln!("skipped: strace is not installed or may not trace");
    }
    works
}
