//! Databases before, inside and after a range that another revision replaces.

#![cfg(feature = "sqlite")]

use rusqlite::Connection;

use crate::error::Error;
use crate::executor::RunOptions;
use crate::macro_support::Revision;
use crate::migrations::{Migrations, StampMode};
use crate::test_revisions::{Code, migrations_of, revision};
use crate::v1::{Column, Integer, Op, Result, Sqlite};

fn create(op: &mut Op<'_, Sqlite>, name: &str) -> Result<()> {
    op.create_table(name, |t| t.column(Column::new("id", Integer)))
}

fn of(
    id: &'static str,
    follows: &'static [&'static str],
    up: Code,
    down: Code,
) -> Revision<Sqlite> {
    revision(id, follows, up, down)
}

fn a() -> Revision<Sqlite> {
    of("a1", &[], |op| create(op, "a"), |op| op.drop_table("a"))
}

fn b() -> Revision<Sqlite> {
    of("b1", &["a1"], |op| create(op, "b"), |op| op.drop_table("b"))
}

fn c(follows: &'static [&'static str]) -> Revision<Sqlite> {
    of("c1", follows, |op| create(op, "c"), |op| op.drop_table("c"))
}

fn squash() -> Revision<Sqlite> {
    let mut squash = of(
        "s1",
        &[],
        |op| create(op, "a").and_then(|()| create(op, "b")),
        |op| op.drop_table("b").and_then(|()| op.drop_table("a")),
    );
    squash.header.replaces = &["a1", "b1"];
    squash
}

/// A build from before the squash, one with both, and one without the replaced files.
fn programs() -> [&'static Migrations<Sqlite>; 3] {
    [
        migrations_of([a(), b(), c(&["b1"])]),
        migrations_of([a(), b(), c(&["b1"]), squash()]),
        migrations_of([c(&["b1"]), squash()]),
    ]
}

/// The revision of each row, and what it follows.
fn rows(connection: &Connection) -> Vec<String> {
    let sql = "SELECT revision || ' <- ' || down_revision FROM migrate_revisions ORDER BY sequence";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(std::result::Result::unwrap).collect()
}

fn tables(connection: &Connection) -> String {
    let sql = "SELECT coalesce(group_concat(name, ' ' ORDER BY name), '') FROM sqlite_schema
               WHERE type = 'table' AND name <> 'migrate_revisions'";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_new_database_applies_the_squash_and_records_it() {
    let [_, both, without] = programs();
    for program in [both, without] {
        let mut connection = Connection::open_in_memory().unwrap();
        program.upgrade(&mut connection).unwrap();
        assert_eq!(rows(&connection), ["s1 <- ", "c1 <- s1"]);
        assert_eq!(tables(&connection), "a b c");
        assert!(program.is_current(&connection).unwrap());
        program.downgrade(&mut connection, "base").unwrap();
        assert_eq!((rows(&connection).len(), &*tables(&connection)), (0, ""));
    }
}

#[test]
fn a_database_with_all_replaced_revisions_has_the_squash_and_older_builds_continue() {
    let [before, both, without] = programs();
    for program in [both, without] {
        let mut connection = Connection::open_in_memory().unwrap();
        before.upgrade_to(&mut connection, "b1").unwrap();
        assert_eq!(program.status(&connection).unwrap().current, ["s1"]);
        program.upgrade(&mut connection).unwrap();
        assert_eq!(rows(&connection), ["a1 <- ", "b1 <- a1", "c1 <- b1"]);
        assert!(program.is_current(&connection).unwrap());
        assert!(before.is_current(&connection).unwrap());
    }
}

#[test]
fn a_downgrade_of_the_squash_deletes_the_replaced_rows() {
    let [before, both, without] = programs();
    for program in [both, without] {
        let mut connection = Connection::open_in_memory().unwrap();
        before.upgrade(&mut connection).unwrap();
        let report = program.downgrade(&mut connection, "-2").unwrap();
        let steps: Vec<&str> = report.steps.iter().map(|step| &*step.revision).collect();
        assert_eq!(steps, ["c1", "s1"]);
        assert_eq!((rows(&connection).len(), &*tables(&connection)), (0, ""));
        program.upgrade(&mut connection).unwrap();
        assert_eq!(rows(&connection), ["s1 <- ", "c1 <- s1"]);
    }
}

#[test]
fn a_purge_records_the_squash_before_its_successors() {
    let [before, both, without] = programs();
    for program in [both, without] {
        let mut connection = Connection::open_in_memory().unwrap();
        before.upgrade(&mut connection).unwrap();
        let options = RunOptions::default();
        let stamped = program.stamp_with(&mut connection, &["head"], &options, StampMode::Purge);
        assert_eq!(stamped.unwrap().added, ["s1"]);
        assert_eq!(rows(&connection), ["s1 <- ", "c1 <- s1"]);
        program.downgrade(&mut connection, "-1").unwrap();
        assert_eq!(tables(&connection), "a b");
    }
}

#[test]
fn a_database_with_some_replaced_revisions_continues_along_them() {
    let [before, both, without] = programs();
    let mut connection = Connection::open_in_memory().unwrap();
    before.upgrade_to(&mut connection, "a1").unwrap();
    let error = without.upgrade(&mut connection).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database has applied only a part of the revisions that `s1` replaces: it has `a1`, but not `b1`"
    );
    assert!(matches!(error, Error::Graph(_)) && error.code() == "partly_replaced");
    assert!(!both.is_current(&connection).unwrap());
    let status = both.status(&connection).unwrap();
    let pending: Vec<&str> = status.pending.iter().map(|row| &*row.revision).collect();
    assert_eq!(
        (&*status.current, pending),
        (&["a1".to_owned()][..], vec!["b1", "c1"])
    );
    both.upgrade(&mut connection).unwrap();
    assert_eq!(rows(&connection), ["a1 <- ", "b1 <- a1", "c1 <- b1"]);
    assert!(without.is_current(&connection).unwrap());
}

#[test]
fn a_stamp_uses_one_route_and_leaves_the_other_alone() {
    let [before, both, without] = programs();
    let mut connection = Connection::open_in_memory().unwrap();
    before.stamp(&mut connection, &["b1"]).unwrap();
    for program in [both, without] {
        let stamped = program.stamp(&mut connection, &["s1"]).unwrap();
        assert_eq!((stamped.added.len(), stamped.removed.len()), (0, 0));
        assert_eq!(stamped.heads, ["s1"]);
    }
    let stamped = both.stamp(&mut connection, &["a1"]).unwrap();
    assert_eq!(stamped.removed, ["b1"]);
    let stamped = both.stamp(&mut connection, &["base"]).unwrap();
    assert_eq!(stamped.removed, ["a1"]);
    without.stamp(&mut connection, &["c1"]).unwrap();
    assert_eq!(rows(&connection), ["s1 <- ", "c1 <- s1"]);
}

#[test]
fn a_revision_after_the_squash_is_recorded_after_the_existing_row() {
    let d = |follows| of("d1", follows, |_| Ok(()), |_| Ok(()));
    let [before, ..] = programs();
    let after = migrations_of([a(), b(), c(&["b1"]), squash(), d(&["c1"])]);
    let mut connection = Connection::open_in_memory().unwrap();
    before.upgrade(&mut connection).unwrap();
    after.upgrade(&mut connection).unwrap();
    assert_eq!(rows(&connection)[3], "d1 <- c1");
    let other = migrations_of([a(), b(), squash(), c(&["s1"])]);
    let mut connection = Connection::open_in_memory().unwrap();
    before.upgrade_to(&mut connection, "b1").unwrap();
    other.upgrade(&mut connection).unwrap();
    assert_eq!(rows(&connection), ["a1 <- ", "b1 <- a1", "c1 <- b1"]);
}

#[test]
fn a_database_that_applied_the_range_can_downgrade_into_it() {
    let [before, both, without] = programs();
    let mut connection = Connection::open_in_memory().unwrap();
    before.upgrade(&mut connection).unwrap();
    let error = without.downgrade(&mut connection, "a1").unwrap_err();
    assert_eq!(error.to_string(), "revision `a1` is replaced by `s1`");
    both.downgrade(&mut connection, "a1").unwrap();
    assert_eq!(
        (rows(&connection), &*tables(&connection)),
        (vec!["a1 <- ".to_owned()], "a")
    );
    let mut connection = Connection::open_in_memory().unwrap();
    both.upgrade(&mut connection).unwrap();
    assert!(both.downgrade(&mut connection, "a1").is_err());
}
