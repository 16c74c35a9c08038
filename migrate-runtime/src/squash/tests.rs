//! Ranges that can be squashed, and ranges that can't.

#![cfg(feature = "sqlite")]

use migrate_graph::RevisionId;

use super::{Fold, Squashed, prove};
use crate::chain::{Code, chain, revision};
use crate::migrations::Migrations;
use crate::private::Revision;
use crate::v1::{Column, Integer, Op, Result, Sqlite, Text};

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

fn compose(migrations: &Migrations<Sqlite>, members: &[&str], fold: Fold) -> Squashed {
    let members: Vec<RevisionId> = members.iter().map(|name| id(name)).collect();
    super::compose(migrations, None, &members, fold).unwrap()
}

fn squashed(up: Code, down: Code) -> &'static Migrations<Sqlite> {
    let mut squash = revision("s1", &[], up, down);
    squash.header.replaces = &["a1", "b1"];
    let [a, b] = range();
    chain([a, b, squash])
}

#[test]
fn tables_that_the_range_makes_are_made_as_they_end() {
    let squashed = compose(chain(range()), &["a1", "b1"], Fold::Tables);
    assert_eq!(squashed.operations.len(), 1, "{:?}", squashed.operations);
    assert!(squashed.bodies().up.contains("\"name\""));
    assert_eq!((squashed.refused, squashed.irreversible), (vec![], None));
}

#[test]
fn for_several_databases_each_operation_stays_what_it_was() {
    let squashed = compose(chain(range()), &["a1", "b1"], Fold::Nothing);
    let titles: Vec<String> = squashed.operations.iter().map(|one| one.title()).collect();
    assert_eq!(titles, ["create table `users`", "add column `users.name`"]);
}

#[test]
fn where_rows_may_be_there_each_operation_stays_what_it_was() {
    let [a, b] = range();
    let renames: Code = |op| op.rename_column("users", "name", "full_name");
    let back: Code = |op| op.rename_column("users", "full_name", "name");
    let migrations = chain([a, b, revision("c1", &["b1"], renames, back)]);
    let squashed = compose(migrations, &["b1", "c1"], Fold::Tables);
    let titles: Vec<String> = squashed.operations.iter().map(|one| one.title()).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[1].contains("rename"), "{titles:?}");
}

#[test]
fn statements_and_code_are_refused_with_their_revision() {
    let [a, b] = range();
    let does: Code = |op| {
        op.execute("UPDATE users SET name = 'x'")?;
        op.connection();
        Ok(())
    };
    let migrations = chain([a, b, revision("c1", &["b1"], does, |_| Ok(()))]);
    let squashed = compose(migrations, &["a1", "b1", "c1"], Fold::Tables);
    let refused: Vec<_> = squashed
        .refused
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
fn a_range_that_can_not_be_taken_back_stays_so() {
    let [a, _] = range();
    let migrations = chain([
        a,
        revision("b1", &["a1"], named, |op| {
            op.irreversible("the names are gone")
        }),
    ]);
    let squashed = compose(migrations, &["a1", "b1"], Fold::Tables);
    assert_eq!(squashed.irreversible.as_deref(), Some("the names are gone"));
    let down = squashed.bodies().down;
    assert!(
        down.contains("op.irreversible(\"the names are gone\")"),
        "{down}"
    );
}

#[test]
fn a_squash_that_does_the_same_is_proved() {
    let both: Code = |op| users(op).and_then(|()| named(op));
    assert_eq!(
        prove(squashed(both, no_users), None, &id("s1")).unwrap(),
        [""; 0]
    );
}

#[test]
fn a_squash_that_forgets_something_is_told_in_each_direction() {
    let problems = prove(squashed(users, |_| Ok(())), None, &id("s1")).unwrap();
    assert!(
        problems.iter().any(|line| line.contains("users.name")),
        "{problems:?}"
    );
    let left = problems.iter().filter(|line| line.contains("downgraded"));
    assert_eq!(left.count(), 2, "{problems:?}");
}
