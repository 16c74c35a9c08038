//! Revisions that fail after some of their steps and are put right: no statement runs twice.

use migrate_runtime::v1::*;

use crate::fixture::ServerFixture;
use migrate_tests::revisions::{Code, linear_history};

fn nothing(_: &mut Op<'_, Mysql>) -> Result<()> {
    Ok(())
}

fn upgrade(fixture: &mut ServerFixture, up: Code<Mysql>) -> Result<(), String> {
    let done = linear_history(&[(up, nothing)]).upgrade(&mut fixture.client);
    done.map(|_| ())
        .map_err(|error| format!("{error}\n{}", error.notes().join("\n")))
}

fn words(fixture: &ServerFixture) -> Vec<String> {
    fixture
        .database
        .strings("SELECT step FROM log ORDER BY step")
}

fn is_mariadb(op: &mut Op<'_, Mysql>) -> Result<bool> {
    let version = op.query("SELECT VERSION()", &[])?;
    Ok(format!("{version:?}").contains("MariaDB"))
}

fn mixed(op: &mut Op<'_, Mysql>) -> Result<()> {
    op.execute("CREATE TABLE log (step varchar(20)); INSERT INTO log VALUES ('a')")?;
    op.execute("CREATE TABLE x (id int)")?;
    op.execute("INSERT INTO log VALUES ('b'); CREATE TABLE IF NOT EXISTS y (id int)")?;
    op.execute("ALTER TABLE x ENGINE = InnoDB, COMMENT = 'mine'; INSERT INTO log VALUES ('c')")?;
    op.execute("CREATE PROCEDURE p() INSERT INTO log VALUES ('d'); CALL p()")?;
    let bounded = match is_mariadb(op)? {
        true => "SET STATEMENT max_statement_time = 60 FOR INSERT INTO log VALUES ('e')",
        false => "INSERT INTO log VALUES ('e')",
    };
    op.execute(bounded)?;
    op.execute("TRUNCATE TABLE y; INSERT INTO log VALUES ('f'); ANALYZE TABLE log")
}

#[test]
fn rows_between_changes_of_the_schema_are_written_once() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    for _ in 0..2 {
        let error = upgrade(&mut fixture, |op| {
            mixed(op)?;
            op.execute("INSERT INTO log VALUES ('lost')")?;
            op.execute("INSERT INTO missing VALUES (1)")
        });
        let error = error.unwrap_err();
        assert!(error.contains("13 of its steps are done"), "{error}");
    }
    upgrade(&mut fixture, mixed).unwrap();
    assert_eq!(words(&fixture), ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn a_procedure_that_commits_and_then_fails_is_not_run_again() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.database.run("CREATE TABLE log (step varchar(20))");
    fixture.database.run(
        "CREATE PROCEDURE p() BEGIN INSERT INTO log VALUES ('p'); INSERT INTO missing VALUES (1); END",
    );
    fixture.database.run(
        "CREATE PROCEDURE q() BEGIN INSERT INTO log VALUES ('q'); CREATE TABLE made (id int); INSERT INTO missing2 VALUES (1); END",
    );
    let up: Code<Mysql> = |op| {
        op.execute("INSERT INTO log VALUES ('a')")?;
        op.execute("CALL p()")?;
        op.execute("CALL q()")
    };
    upgrade(&mut fixture, up).unwrap_err();
    assert_eq!(words(&fixture), ["a"], "what failed is rolled back");
    fixture.database.run("CREATE TABLE missing (id int)");
    let error = upgrade(&mut fixture, up).unwrap_err();
    assert!(error.contains("are kept"), "{error}");
    let error = upgrade(&mut fixture, up).unwrap_err();
    assert!(error.contains("what that did is not known"), "{error}");
    assert_eq!(words(&fixture), ["a", "p", "q"]);
}

/// After a query of `INNODB_TRX`, MySQL returns the same rows for 0.1 seconds.
#[test]
fn an_ended_transaction_is_not_mistaken_for_an_open_one() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let up: Code<Mysql> = |op| {
        op.execute("CREATE TABLE log (step varchar(20))")?;
        op.execute("INSERT INTO log VALUES ('a')")?;
        op.query(
            "SELECT trx_id FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = CONNECTION_ID()",
            &[],
        )?;
        Ok(())
    };
    upgrade(&mut fixture, up).unwrap();
    assert_eq!(words(&fixture), ["a"]);
}
