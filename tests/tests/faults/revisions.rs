//! A revision that fails: nothing of it is kept, those before it are, and the next run continues from there.

use crate::subject_process::{ALL, SubjectProcess, text};

/// Runs an upgrade whose third revision fails, and returns what was printed.
fn fail(fault: &str, subject: &SubjectProcess) -> String {
    let output = subject.run_with_fault(fault, &["upgrade"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(subject.applied(), ALL[..2], "{fault}");
    text(&output)
}

#[test]
fn an_error_is_rolled_back_and_reported_with_its_revision() {
    let subject = SubjectProcess::new();
    let printed = fail("error", &subject);
    assert!(
        printed.contains("f3") && printed.contains("the bank is closed"),
        "{printed}"
    );
    assert!(printed.contains("rolled back"), "{printed}");
    subject.recover();
}

#[test]
fn a_failing_statement_is_reported_with_the_databases_message() {
    let subject = SubjectProcess::new();
    let printed = fail("sql", &subject);
    assert!(printed.contains("no such table: nowhere"), "{printed}");
    subject.recover();
}

#[test]
fn a_panic_is_caught_and_reported_with_its_message() {
    let subject = SubjectProcess::new();
    let printed = fail("panic", &subject);
    assert!(
        printed.contains("a balance of -1 is impossible"),
        "{printed}"
    );
    subject.recover();
}

#[test]
fn a_revision_that_ends_the_transaction_itself_is_refused() {
    for fault in ["commit", "rollback"] {
        let subject = SubjectProcess::new();
        let printed = fail(fault, &subject);
        assert!(printed.contains("f3"), "{printed}");
        subject.recover();
    }
}

#[test]
fn with_json_a_failure_is_one_document_with_its_code() {
    let subject = SubjectProcess::new();
    let output = subject.run_with_fault("error", &["upgrade", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["code"], "migration_failed");
    assert_eq!(document["error"]["revision"], "f3");
}

#[test]
fn a_downgrade_and_an_upgrade_again_keep_the_money() {
    let subject = SubjectProcess::new();
    subject.recover();
    for _ in 0..3 {
        let output = subject.run(&["downgrade", "-1", "--allow-data-loss"]);
        assert!(output.status.success(), "{}", text(&output));
    }
    let connection = subject.connect();
    let sum: i64 = connection
        .query_row("SELECT sum(balance) FROM accounts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sum, 5_000);
    drop(connection);
    // The runs table remembers the first time, so the state is compared by the applied revisions only.
    assert!(subject.run(&["upgrade"]).status.success());
}
