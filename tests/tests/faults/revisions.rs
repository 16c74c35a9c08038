//! A revision that fails: nothing of it stays, those before it do, and the next run goes on from there.

use crate::patient::{ALL, Patient, text};

/// Runs an upgrade whose third revision fails, and returns what was printed.
fn fail(fault: &str, patient: &Patient) -> String {
    let output = patient.run_with_fault(fault, &["upgrade"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(patient.applied(), ALL[..2], "{fault}");
    text(&output)
}

#[test]
fn an_error_is_rolled_back_and_told_with_its_revision() {
    let patient = Patient::new();
    let printed = fail("error", &patient);
    assert!(
        printed.contains("f3") && printed.contains("the bank is closed"),
        "{printed}"
    );
    assert!(printed.contains("rolled back"), "{printed}");
    patient.recover();
}

#[test]
fn a_failing_statement_is_told_with_the_databases_words() {
    let patient = Patient::new();
    let printed = fail("sql", &patient);
    assert!(printed.contains("no such table: nowhere"), "{printed}");
    patient.recover();
}

#[test]
fn a_panic_is_caught_and_told_with_its_message() {
    let patient = Patient::new();
    let printed = fail("panic", &patient);
    assert!(
        printed.contains("a balance of -1 is impossible"),
        "{printed}"
    );
    patient.recover();
}

#[test]
fn a_revision_that_ends_the_transaction_itself_is_refused() {
    for fault in ["commit", "rollback"] {
        let patient = Patient::new();
        let printed = fail(fault, &patient);
        assert!(printed.contains("f3"), "{printed}");
        patient.recover();
    }
}

#[test]
fn with_json_a_failure_is_one_document_with_its_code() {
    let patient = Patient::new();
    let output = patient.run_with_fault("error", &["upgrade", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["code"], "migration_failed");
    assert_eq!(document["error"]["revision"], "f3");
}

#[test]
fn a_downgrade_and_an_upgrade_again_keep_the_money() {
    let patient = Patient::new();
    patient.recover();
    for _ in 0..3 {
        let output = patient.run(&["downgrade", "-1", "--allow-data-loss"]);
        assert!(output.status.success(), "{}", text(&output));
    }
    let connection = patient.connect();
    let sum: i64 = connection
        .query_row("SELECT sum(balance) FROM accounts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sum, 5_000);
    drop(connection);
    // The runs table remembers the first time, so the state is compared by the applied revisions only.
    assert!(patient.run(&["upgrade"]).status.success());
}
