//! Revisions outside transactions that fail and are put right: no statement runs twice.

use std::time::Duration;

use migrate_engine::backend::{MigrationRun as _, UnitError, UnitScope};
use migrate_runtime::v1::*;

use crate::fixture::ServerFixture;
use migrate_tests::revisions::{Code, non_transactional_history};

fn nothing(_: &mut Op<'_, Postgres>) -> Result<()> {
    Ok(())
}

fn upgrade(fixture: &mut ServerFixture, up: Code<Postgres>) -> Result<(), String> {
    let done = non_transactional_history(&[(up, nothing)]).upgrade(&mut fixture.client);
    done.map(|_| ())
        .map_err(|error| format!("{error}\n{}", error.notes().join("\n")))
}

fn indexes(fixture: &ServerFixture) -> Vec<String> {
    fixture.database.strings(
        "SELECT indexrelid::regclass::text || ' ' || indisvalid FROM pg_index WHERE indrelid = 'log'::regclass ORDER BY 1",
    )
}

fn mixed(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.execute("CREATE TABLE log (step text); INSERT INTO log VALUES ('a')")?;
    op.execute("VACUUM log")?;
    op.execute("INSERT INTO log VALUES ('b')")?;
    op.execute("CREATE INDEX CONCURRENTLY ON log (step); VACUUM log")?;
    op.execute("CREATE INDEX CONCURRENTLY named ON log (step)")?;
    op.execute("INSERT INTO log VALUES ('c')")
}

#[test]
fn statements_around_those_that_no_transaction_holds_run_once() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    for _ in 0..2 {
        let error = upgrade(&mut fixture, |op| {
            mixed(op)?;
            op.execute("SELECT 1 / 0")
        });
        let error = error.unwrap_err();
        assert!(error.contains("8 of its steps are done"), "{error}");
    }
    upgrade(&mut fixture, mixed).unwrap();
    assert_eq!(
        fixture
            .database
            .strings("SELECT step FROM log ORDER BY step"),
        ["a", "b", "c"]
    );
    assert_eq!(indexes(&fixture), ["log_step_idx true", "named true"]);
}

#[test]
fn an_index_of_a_statement_that_failed_is_recreated() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .database
        .run("CREATE TABLE log (step text); INSERT INTO log VALUES ('a'), ('a')");
    let up: Code<Postgres> = |op| {
        op.execute("INSERT INTO log VALUES ('b')")?;
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY ON log (step)")?;
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY named ON log (step)")
    };
    let error = upgrade(&mut fixture, up).unwrap_err();
    assert!(error.contains("1 of its steps is done"), "{error}");
    assert_eq!(indexes(&fixture), ["log_step_idx false"]);
    upgrade(&mut fixture, up).unwrap_err();
    fixture.database.run("DELETE FROM log WHERE step = 'a'");
    upgrade(&mut fixture, up).unwrap();
    assert_eq!(indexes(&fixture), ["log_step_idx true", "named true"]);
    assert_eq!(fixture.database.strings("SELECT step FROM log"), ["b"]);
}

#[test]
fn a_block_runs_once_and_one_that_commits_is_not_run_again() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.database.run("CREATE TABLE log (step text)");
    let up: Code<Postgres> = |op| {
        op.execute("DO $$ BEGIN INSERT INTO log VALUES ('a'); END $$")?;
        op.execute("DO $$ BEGIN INSERT INTO log VALUES ('b'); COMMIT; INSERT INTO log VALUES ('c'); END $$")?;
        op.execute(
            "DO $$ BEGIN INSERT INTO log VALUES ('d'); PERFORM 1 / count(*) FROM put_right; END $$",
        )?;
        op.execute("DO $$ BEGIN INSERT INTO log VALUES ('e'); COMMIT; PERFORM 1 / 0; END $$")
    };
    upgrade(&mut fixture, up).unwrap_err();
    let words = |fixture: &ServerFixture| {
        fixture
            .database
            .strings("SELECT step FROM log ORDER BY step")
    };
    assert_eq!(
        words(&fixture),
        ["a", "b", "c"],
        "what failed is rolled back"
    );
    fixture
        .database
        .run("CREATE TABLE put_right AS SELECT 1 AS one");
    let error = upgrade(&mut fixture, up).unwrap_err();
    assert!(error.contains("are kept"), "{error}");
    let error = upgrade(&mut fixture, up).unwrap_err();
    assert!(error.contains("what that did is not known"), "{error}");
    assert_eq!(words(&fixture), ["a", "b", "c", "d", "e"]);
}

/// Returns the settings of which code outside of transactions has others than what a run records.
fn settings(op: &mut Op<'_, Postgres>) -> Result<Vec<Vec<Value>>> {
    op.query(
        "SELECT current_setting('default_transaction_read_only'), current_setting('client_min_messages')",
        &[],
    )
}

#[test]
fn the_settings_of_a_run_are_restored_where_another_one_works_outside_a_transaction() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let mut key = String::new();
    fixture
        .run_non_transactional(|op| {
            let held = "SELECT ((classid::bigint << 32) | objid::bigint)::text FROM pg_locks \
                        WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
            key = op.query(held, &[])?[0][0].as_str().unwrap().to_owned();
            Ok(())
        })
        .unwrap();
    let mut other = fixture.database.connect();
    let hold = format!("SELECT pg_advisory_lock({key})");
    other.batch_execute(&hold).unwrap();
    let soon = Duration::from_millis(1);
    let mut run = <Postgres>::begin_run(&mut fixture.client, soon, "migrate_revisions").unwrap();
    let before = run.unit(UnitScope::Transaction, settings);
    let refused = run.unit(UnitScope::Autocommit, |_| Ok::<(), Error>(()));
    let Err(UnitError::Database(error)) = refused else {
        panic!("another one works")
    };
    assert!(
        error.to_string().contains("another run is working"),
        "{error}"
    );
    let after = run.unit(UnitScope::Transaction, settings);
    let (Ok(before), Ok(after)) = (before, after) else {
        panic!("they can be asked")
    };
    assert_eq!(before, after);
}
