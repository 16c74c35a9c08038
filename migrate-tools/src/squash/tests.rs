//! Ranges that can be squashed, and ranges that can't.

#![cfg(feature = "sqlite")]

use migrate_graph::RevisionId;

use super::{FoldMode, SquashPlan, check_equivalence};
use migrate_engine::macro_support::Revision;
use migrate_engine::migrations::Migrations;
use migrate_engine::test_revisions::{Code, migrations_of, revision};
use migrate_engine::v1::{Column, Integer, Op, Result, Sqlite, Text};

fn id(name: &str) -> RevisionId {
    RevisionId::new(name).unwrap_or_else(|error| panic!("{error}"))
}

fn users(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key())
    })
}

fn no_users(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.drop_table("users")
}

fn named(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.add_column("users", Column::new("name", Text))
}

fn unnamed(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.drop_column("users", "name")
}

fn range() -> [Revision<Sqlite>; 2] {
    [
        revision("a1", &[], users, no_users),
        revision("b1", &["a1"], named, unnamed),
    ]
}

fn plan(migrations: &Migrations<Sqlite>, members: &[&str], fold: FoldMode) -> SquashPlan {
    let members: Vec<RevisionId> = members.iter().map(|name| id(name)).collect();
    super::plan(migrations, None, &members, fold).unwrap()
}

fn squashed(up: Code, down: Code) -> &'static Migrations<Sqlite> {
    let mut squash = revision("s1", &[], up, down);
    squash.header.replaces = &["a1", "b1"];
    let [a, b] = range();
    migrations_of([a, b, squash])
}

#[test]
fn tables_that_the_range_creates_are_created_in_their_final_form() {
    let squashed = plan(migrations_of(range()), &["a1", "b1"], FoldMode::Tables);
    assert_eq!(squashed.operations.len(), 1, "{:?}", squashed.operations);
    assert!(squashed.bodies().up.contains("\"name\""));
    assert_eq!(
        (squashed.unsupported, squashed.irreversible),
        (vec![], None)
    );
}

#[test]
fn for_several_databases_each_operation_is_kept() {
    let squashed = plan(migrations_of(range()), &["a1", "b1"], FoldMode::Nothing);
    let titles: Vec<String> = squashed.operations.iter().map(|one| one.title()).collect();
    assert_eq!(titles, ["create table `users`", "add column `users.name`"]);
}

#[test]
fn if_rows_may_exist_each_operation_is_kept() {
    let [a, b] = range();
    let renames: Code = |op| op.rename_column("users", "name", "full_name");
    let back: Code = |op| op.rename_column("users", "full_name", "name");
    let migrations = migrations_of([a, b, revision("c1", &["b1"], renames, back)]);
    let squashed = plan(migrations, &["b1", "c1"], FoldMode::Tables);
    let titles: Vec<String> = squashed.operations.iter().map(|one| one.title()).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[1].contains("rename"), "{titles:?}");
}

#[test]
fn statements_and_code_are_rejected_with_their_revision() {
    let [a, b] = range();
    let does: Code = |op| {
        op.execute("UPDATE users SET name = 'x'")?;
        op.connection();
        Ok(())
    };
    let migrations = migrations_of([a, b, revision("c1", &["b1"], does, |_| Ok(()))]);
    let squashed = plan(migrations, &["a1", "b1", "c1"], FoldMode::Tables);
    let refused: Vec<_> = squashed
        .unsupported
        .iter()
        .map(|one| (&*one.revision, &*one.what))
        .collect();
    assert_eq!(
        refused,
        [
            ("c1", "the statement `UPDATE users SET name = 'x'`"),
            ("c1", "code of the application")
        ]
    );
}

#[test]
fn an_irreversible_range_is_kept_irreversible() {
    let [a, _] = range();
    let migrations = migrations_of([
        a,
        revision("b1", &["a1"], named, |op| {
            op.irreversible("the names are gone")
        }),
    ]);
    let squashed = plan(migrations, &["a1", "b1"], FoldMode::Tables);
    assert_eq!(squashed.irreversible.as_deref(), Some("the names are gone"));
    let down = squashed.bodies().down;
    assert!(
        down.contains("op.irreversible(\"the names are gone\")"),
        "{down}"
    );
}

#[test]
fn a_squash_that_does_the_same_is_equivalent() {
    let both: Code = |op| users(op).and_then(|()| named(op));
    assert_eq!(
        check_equivalence(squashed(both, no_users), None, &id("s1")).unwrap(),
        [""; 0]
    );
}

#[test]
fn a_squash_that_omits_something_is_reported_in_each_direction() {
    let problems = check_equivalence(squashed(users, |_| Ok(())), None, &id("s1")).unwrap();
    assert!(
        problems.iter().any(|line| line.contains("users.name")),
        "{problems:?}"
    );
    let left = problems.iter().filter(|line| line.contains("downgraded"));
    assert_eq!(left.count(), 2, "{problems:?}");
}
