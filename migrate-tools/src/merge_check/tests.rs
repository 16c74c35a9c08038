//! Conflicts and other differences, on SQLite.

#![cfg(feature = "sqlite")]

use migrate_graph::RevisionId;

use super::{Conflict, MergeCheck, check_both_orders};
use migrate_engine::macro_support::Revision;
use migrate_engine::test_revisions::{self, Code, migrations_of};
use migrate_engine::v1::*;

fn revision(
    id: &'static str,
    follows: &'static [&'static str],
    up: Code,
    down: Code,
) -> Revision<Sqlite> {
    let mut revision = test_revisions::revision(id, follows, up, down);
    revision.header.file = "src/orders/tests.rs";
    revision
}

fn base(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Text));
    })
}

fn nothing(_: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

fn checked(one: Code, other: Code) -> MergeCheck {
    let migrations = migrations_of([
        revision("root", &[], base, nothing),
        revision("aaaa", &["root"], one, nothing),
        revision("bbbb", &["root"], other, nothing),
        revision("mmmm", &["aaaa", "bbbb"], nothing, nothing),
    ]);
    let heads = ["aaaa", "bbbb"].map(|id| RevisionId::new(id).expect("a sound chain"));
    check_both_orders(migrations, None, &heads).expect("a sound chain")
}

fn conflict(one: Code, other: Code) -> Conflict {
    let mut check = checked(one, other);
    assert_eq!(check.conflicts.len(), 1, "{check:?}");
    check.conflicts.remove(0)
}

fn operations(conflict: &Conflict) -> Vec<(&str, &str)> {
    let sides = conflict.sides.iter();
    sides
        .map(|side| (&*side.revision, &*side.operation))
        .collect()
}

#[test]
fn independent_branches_do_not_conflict() {
    let check = checked(
        |op| op.add_column("users", Column::new("email", Text)),
        |op| {
            op.create_table("posts", |t| t.column(Column::new("id", Integer)))?;
            op.execute("INSERT INTO posts VALUES (1)")
        },
    );
    assert_eq!(check.conflicts, []);
    assert_eq!(check.notes, [] as [String; 0]);
    let both = [["aaaa", "bbbb"], ["bbbb", "aaaa"]];
    assert_eq!(
        check.checked_orders,
        both.map(|order| order.map(str::to_owned))
    );
}

#[test]
fn a_different_column_order_is_reported_and_is_not_a_conflict() {
    let check = checked(
        |op| op.add_column("users", Column::new("email", Text)),
        |op| op.add_column("users", Column::new("phone", Text)),
    );
    assert_eq!(check.conflicts, []);
    assert_eq!(
        check.notes,
        [
            "the columns of `users` are in the order id, name, email, phone with `aaaa` first, \
          id, name, phone, email with `bbbb` first"
        ]
    );
}

#[test]
fn a_table_that_both_create_is_a_conflict() {
    let create: Code = |op| op.create_table("posts", |t| t.column(Column::new("id", Integer)));
    let conflict = conflict(create, create);
    assert_eq!(
        operations(&conflict),
        [
            ("aaaa", "create table `posts`"),
            ("bbbb", "create table `posts`")
        ]
    );
    assert_eq!(conflict.problems.len(), 2, "{conflict:?}");
    assert!(conflict.problems[0].starts_with("`aaaa` then `bbbb` fails: "));
    assert!(conflict.problems[1].starts_with("`bbbb` then `aaaa` fails: "));
}

#[test]
fn what_one_drops_and_the_other_alters_is_a_conflict() {
    let conflict = conflict(
        |op| {
            op.create_index(Index::new("ix_id", "users", "id"))?;
            op.drop_column("users", "name")
        },
        |op| op.alter_column("users", "name", |c| c.default("x")),
    );
    assert_eq!(
        operations(&conflict),
        [
            ("aaaa", "drop column `users.name`"),
            ("bbbb", "alter column `users.name`")
        ]
    );
    assert!(
        conflict.problems[0].starts_with("`aaaa` then `bbbb` fails: "),
        "{conflict:?}"
    );
    assert_eq!(conflict.problems.len(), 1);
}

#[test]
fn a_column_that_both_add_is_a_conflict() {
    let add: Code = |op| op.add_column("users", Column::new("email", Text));
    assert_eq!(
        operations(&conflict(add, add)),
        [
            ("aaaa", "add column `users.email`"),
            ("bbbb", "add column `users.email`")
        ]
    );
}

#[test]
fn a_default_that_each_sets_differently_is_a_conflict_though_both_orders_run() {
    let conflict = conflict(
        |op| op.alter_column("users", "name", |c| c.default("x")),
        |op| op.alter_column("users", "name", |c| c.default("y")),
    );
    assert_eq!(
        operations(&conflict),
        [
            ("aaaa", "alter column `users.name`"),
            ("bbbb", "alter column `users.name`")
        ]
    );
    assert_eq!(
        conflict.problems,
        ["column `users.name`: default 'y' in `aaaa` then `bbbb`, 'x' in `bbbb` then `aaaa`"]
    );
}

#[test]
fn statements_and_code_that_conflict_are_named_as_such() {
    let create: Code = |op| op.execute("CREATE TABLE posts (id INTEGER)");
    assert_eq!(
        operations(&conflict(create, create)),
        [
            ("aaaa", "`CREATE TABLE posts (id INTEGER)`"),
            ("bbbb", "`CREATE TABLE posts (id INTEGER)`")
        ]
    );
    let conflict = conflict(
        |op| {
            op.connection().execute("DROP TABLE users", [])?;
            Ok(())
        },
        |op| op.add_column("users", Column::new("email", Text)),
    );
    assert!(
        operations(&conflict).contains(&("bbbb", "add column `users.email`")),
        "{conflict:?}"
    );
}

#[test]
fn a_conditional_operation_conflicts_if_it_finds_another_definition() {
    let conflict = conflict(
        |op| op.create_table_if_not_exists("posts", |t| t.column(Column::new("id", Integer))),
        |op| op.create_table_if_not_exists("posts", |t| t.column(Column::new("id", Text))),
    );
    assert_eq!(
        operations(&conflict),
        [
            ("aaaa", "create table `posts`"),
            ("bbbb", "create table `posts`")
        ]
    );
}

#[test]
fn each_pair_of_branches_is_checked_separately() {
    let x: Code = |op| op.alter_column("users", "name", |c| c.default("x"));
    let y: Code = |op| op.alter_column("users", "name", |c| c.default("y"));
    let migrations = migrations_of([
        revision("root", &[], base, nothing),
        revision("aaaa", &["root"], x, nothing),
        revision("bbbb", &["root"], y, nothing),
        revision("cccc", &["root"], x, nothing),
        revision("mmmm", &["aaaa", "bbbb", "cccc"], nothing, nothing),
    ]);
    let heads = ["aaaa", "bbbb", "cccc"].map(|id| RevisionId::new(id).unwrap());
    let check = check_both_orders(migrations, None, &heads).unwrap();
    let pairs: Vec<_> = check
        .conflicts
        .iter()
        .map(|conflict| conflict.heads.join(" "))
        .collect();
    // In one row, from the first to the last and back, the outer two would hide the conflict.
    assert_eq!(pairs, ["aaaa bbbb", "bbbb cccc"]);
    assert_eq!(check.checked_orders.len(), 6);
}

#[test]
fn a_branch_that_fails_by_itself_is_not_a_conflict() {
    let migrations = migrations_of([
        revision("root", &[], base, nothing),
        revision("aaaa", &["root"], |op| op.drop_table("missing"), nothing),
        revision("bbbb", &["root"], nothing, nothing),
        revision("mmmm", &["aaaa", "bbbb"], nothing, nothing),
    ]);
    let heads = ["aaaa", "bbbb"].map(|id| RevisionId::new(id).unwrap());
    let error = check_both_orders(migrations, None, &heads).unwrap_err();
    assert_eq!(error.revision(), Some("aaaa"));
}
