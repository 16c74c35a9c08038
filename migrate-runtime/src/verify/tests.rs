//! What a trial finds, on SQLite.

#![cfg(feature = "sqlite")]

use crate::chain::{Code, chain, revision};
use crate::private::Revision;
use crate::v1::*;
use crate::verify::{Outcome, Trial, Verified};

fn create(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Text).not_null());
        t.column(Column::new("age", Integer));
        t.column(Column::new("kind", Varchar(5)).not_null());
        t.check("kind IN ('plain', 'admin')");
    })?;
    op.create_table("posts", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(
            Column::new("user_id", Integer)
                .not_null()
                .references(ForeignKey::to("users", "id")),
        );
    })
}

fn drop(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("posts")?;
    op.drop_table("users")
}

fn nothing(_: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

fn second(up: Code, down: Code) -> Verified {
    let migrations = chain([
        revision("aaaa", &[], create, drop),
        revision("bbbb", &["aaaa"], up, down),
    ]);
    let mut all = migrations.verify(&Trial::new()).unwrap();
    assert_eq!(all.remove(0).outcome, Outcome::Restores);
    all.remove(0)
}

fn findings(up: Code, down: Code) -> String {
    match second(up, down).outcome {
        Outcome::Fails { findings } => findings.join("\n"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_revision_that_takes_back_what_it_did_restores() {
    let verified = second(
        |op| op.add_column("users", Column::new("email", Text)),
        |op| op.drop_column("users", "email"),
    );
    assert_eq!(verified.outcome, Outcome::Restores);
    assert_eq!(verified.notes, [] as [&str; 0]);
}

#[test]
fn a_down_that_forgets_something_is_found() {
    let found = findings(
        |op| op.add_column("users", Column::new("email", Text)),
        nothing,
    );
    assert!(found.contains("does not bring back the schema"), "{found}");
    assert!(found.contains("the second `up` fails"), "{found}");
}

#[test]
fn a_column_that_refuses_null_meets_rows_that_hold_null() {
    let found = findings(
        |op| op.alter_column("users", "age", |c| c.not_null()),
        |op| op.alter_column("users", "age", |c| c.null()),
    );
    assert!(found.starts_with("`up` fails"), "{found}");
}

#[test]
fn values_that_come_back_as_others_are_found() {
    let found = findings(
        |op| op.execute("UPDATE users SET name = 'x'"),
        |op| op.execute("UPDATE users SET name = 'y'"),
    );
    assert_eq!(
        found,
        "values of column `users.name` are others after `up` and `down`"
    );
}

#[test]
fn rows_that_do_not_come_back_are_found() {
    let found = findings(|op| op.execute("DELETE FROM posts"), nothing);
    assert_eq!(
        found,
        "`down` does not bring back the rows of table `posts`: 3 became 0"
    );
}

#[test]
fn what_a_dropped_column_takes_along_is_a_note() {
    let verified = second(
        |op| op.drop_column("users", "age"),
        |op| op.alter_table("users", |t| t.add_column(Column::new("age", Integer))),
    );
    // The column comes back at the end, not where it stood.
    assert!(matches!(verified.outcome, Outcome::Fails { .. }));
    assert_eq!(
        verified.notes,
        ["the values of column `users.age` go with it"]
    );
}

#[test]
fn an_irreversible_revision_is_listed_and_the_next_is_tried() {
    let middle: Revision<Sqlite> =
        revision("bbbb", &["aaaa"], nothing, |op| op.irreversible("gone"));
    let migrations = chain([
        revision("aaaa", &[], create, drop),
        middle,
        revision("cccc", &["bbbb"], nothing, nothing),
    ]);
    let outcomes: Vec<_> = migrations
        .verify(&Trial::new())
        .unwrap()
        .into_iter()
        .map(|one| one.outcome)
        .collect();
    let irreversible = Outcome::Irreversible {
        reason: "gone".into(),
    };
    assert_eq!(
        outcomes,
        [Outcome::Restores, irreversible, Outcome::Restores]
    );
}

#[test]
fn a_trial_goes_on_behind_a_revision_that_fails_on_rows() {
    let migrations = chain([
        revision("aaaa", &[], create, drop),
        revision(
            "bbbb",
            &["aaaa"],
            |op| op.execute("INSERT INTO users (id, name, kind) SELECT id, name, kind FROM users"),
            nothing,
        ),
        revision("cccc", &["bbbb"], nothing, nothing),
    ]);
    let all = migrations.verify(&Trial::new()).unwrap();
    assert_eq!(all.len(), 3);
    assert!(matches!(all[1].outcome, Outcome::Fails { .. }));
    assert_eq!(all[1].notes, ["without made-up rows its `up` runs"]);
    assert_eq!(all[2].outcome, Outcome::Restores);
}

#[test]
fn nothing_is_tried_behind_a_revision_that_never_runs() {
    let migrations = chain([
        revision("aaaa", &[], |op| op.execute("NOT SQL"), nothing),
        revision("bbbb", &["aaaa"], nothing, nothing),
    ]);
    let all = migrations.verify(&Trial::new()).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].notes, ["nothing after it was tried"]);
}

#[test]
fn a_range_is_tried_and_what_is_before_it_only_runs() {
    let migrations = chain([
        revision("aaaa", &[], create, nothing),
        revision("bbbb", &["aaaa"], nothing, nothing),
        revision("cccc", &["bbbb"], nothing, nothing),
    ]);
    let id = |text: &str| Some(migrate_graph::RevisionId::new(text).unwrap());
    let trial = Trial::new().from(id("bbbb")).to(id("bbbb"));
    let all = migrations.verify(&trial).unwrap();
    let ids: Vec<_> = all.iter().map(|one| one.revision.as_str()).collect();
    assert_eq!(ids, ["bbbb"]);
}
