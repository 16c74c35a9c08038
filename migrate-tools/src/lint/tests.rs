//! Findings, and operations without findings, on SQLite.

#![cfg(feature = "sqlite")]

use super::{Lint, lint_revisions};
use crate::recorder::{RecordedAction, RecordedEvent, TableRewrite};
use migrate_engine::test_revisions::{Code, migrations_of, revision};
use migrate_engine::v1::*;
use migrate_schema::operation::Operation;

fn create(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Varchar(20)));
    })
}

fn drop(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("users")
}

fn nothing(_: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

fn found(up: Code, down: Code) -> Vec<(Lint, String)> {
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        revision("bbbb", &["aaaa"], up, down),
    ]);
    let findings = lint_revisions(migrations, None, &|_| false).unwrap();
    assert!(
        findings.iter().all(|one| one.revision == "bbbb"),
        "{findings:?}"
    );
    findings
        .into_iter()
        .map(|one| (one.lint, one.message))
        .collect()
}

fn add(op: &mut Op<Sqlite>) -> Result<()> {
    op.add_column("users", Column::new("age", Integer))
}

#[test]
fn an_additive_revision_has_no_findings() {
    assert_eq!(found(add, |op| op.drop_column("users", "age")), []);
}

#[test]
fn operations_that_drop_values_are_reported() {
    let lints = found(
        |op| op.drop_column("users", "name"),
        |op| op.add_column("users", Column::new("name", Varchar(20))),
    );
    assert!(
        lints.contains(&(Lint::DataLoss, "drop column `users.name`".to_owned())),
        "{lints:?}"
    );
    let lints = found(|op| op.execute("DROP TABLE users"), create);
    assert_eq!(lints, [(Lint::DataLoss, "`DROP TABLE users`".to_owned())]);
}

fn heard(did: RecordedAction) -> RecordedEvent {
    RecordedEvent {
        revision: "bbbb".to_owned(),
        location: None,
        action: did,
    }
}

#[test]
fn a_wider_type_loses_nothing_and_a_narrower_one_may() {
    let narrowed = |to: fn(&mut AlterColumn)| {
        let mut change = AlterColumn::new("users", "name");
        change.from(Column::new("name", Varchar(20)));
        to(&mut change);
        super::rules::look::<Sqlite>(
            &[heard(RecordedAction::Operations(
                vec![Operation::AlterColumn(change)],
                TableRewrite::No,
            ))],
            &super::rules::Down::Did(vec![heard(RecordedAction::ApplicationCode)]),
        )
        .len()
    };
    assert_eq!(narrowed(|c| c.set_type(Varchar(30))), 0);
    assert_eq!(narrowed(|c| c.set_type(Text)), 0);
    assert_eq!(narrowed(|c| c.set_type(Varchar(10))), 1);
    assert_eq!(narrowed(|c| c.set_type(Integer)), 1);
    assert_eq!(narrowed(|c| c.not_null()), 0);
}

#[test]
fn a_type_that_holds_every_value_and_a_computed_column_lose_nothing() {
    let look = |operation: Operation| {
        super::rules::look::<Sqlite>(
            &[heard(RecordedAction::Operations(
                vec![operation],
                TableRewrite::No,
            ))],
            &super::rules::Down::Did(vec![heard(RecordedAction::ApplicationCode)]),
        )
        .iter()
        .filter(|found| found.lint == Lint::DataLoss)
        .count()
    };
    let altered = |from: &'static str, to: &'static str| {
        let mut change = AlterColumn::new("users", "name");
        change.from(Column::new("name", Type::custom(from)));
        change.set_type(Type::custom(to));
        look(Operation::AlterColumn(change))
    };
    assert_eq!(altered("tinytext", "mediumtext"), 0);
    assert_eq!(altered("mediumtext", "tinytext"), 1);
    assert_eq!(altered("enum('a','b')", "enum('a','b','c')"), 0);
    assert_eq!(altered("enum('a','b')", "enum('a','c')"), 1);
    let mut dropped = migrate_schema::operation::DropColumn::new("users", "name");
    let column = migrate_schema::schema::Column::new("name", Text);
    dropped.column = Some(column.clone());
    assert_eq!(look(Operation::DropColumn(dropped.clone())), 1);
    dropped.column = Some(column.generated_virtual("lower(id)"));
    assert_eq!(look(Operation::DropColumn(dropped)), 0);
}

#[test]
fn a_table_rewrite_is_reported() {
    let lints = found(
        |op| op.alter_column("users", "name", |c| c.set_type(Text)),
        |op| op.alter_column("users", "name", |c| c.set_type(Varchar(20))),
    );
    assert!(
        lints.iter().any(|(lint, _)| *lint == Lint::TableRebuild),
        "{lints:?}"
    );
}

#[test]
fn statements_that_change_every_row_are_reported() {
    let lints = found(
        |op| op.execute("update users SET name = 'x'"),
        |op| op.execute("SELECT 1"),
    );
    assert_eq!(
        lints,
        [(
            Lint::EveryRow,
            "`update users SET name = 'x'` changes every row".to_owned()
        )]
    );
    assert_eq!(
        found(
            |op| op.execute("DELETE FROM users WHERE id = 1"),
            |op| op.execute("SELECT 1")
        ),
        []
    );
}

#[test]
fn every_statement_of_a_script_is_parsed() {
    let lints = found(
        |op| {
            op.execute(
                "CREATE TABLE users_new (id INTEGER PRIMARY KEY, name TEXT); -- as it is to be
                 INSERT INTO users_new SELECT * FROM users;
                 UPDATE users_new SET name = 'x';
                 DROP TABLE users; ALTER TABLE users_new RENAME TO users; DELETE FROM users",
            )
        },
        |op| op.execute("SELECT 1"),
    );
    let rebuilt =
        "`users` is rebuilt manually, and its indexes and triggers are dropped with the old table";
    assert_eq!(
        lints,
        [
            (Lint::DataLoss, "`DROP TABLE users`".to_owned()),
            (
                Lint::EveryRow,
                "`DELETE FROM users` changes every row".to_owned()
            ),
            (Lint::TableRebuild, rebuilt.to_owned()),
        ]
    );
}

#[test]
fn an_empty_or_irreversible_down_is_reported() {
    assert_eq!(
        found(add, nothing),
        [(Lint::NoDowngrade, "`down` does nothing".to_owned())]
    );
    assert_eq!(
        found(add, |op| op.irreversible("gone")),
        [(Lint::NoDowngrade, "irreversible: gone".to_owned())]
    );
    assert_eq!(found(nothing, nothing), []);
}

#[test]
fn a_table_that_the_revision_creates_is_not_reported() {
    let lints = found(
        |op| {
            op.create_table("t", |t| t.column(Column::new("id", Integer)))?;
            op.alter_column("t", "id", |c| c.set_type(Text))
        },
        |op| op.drop_table("t"),
    );
    assert_eq!(lints, []);
}

#[cfg(feature = "postgres")]
#[test]
fn an_index_of_a_view_that_the_revision_creates_or_drops_blocks_no_queries() {
    use migrate_schema::operation::{
        CreateIndex, CreateTable, CreateView, DropIndex, DropTable, DropView,
    };
    use migrate_schema::schema::{Table, View};

    let look = |operations: &[Operation]| -> Vec<String> {
        let heard = [heard(RecordedAction::Operations(
            operations.to_vec(),
            TableRewrite::No,
        ))];
        let down = super::rules::Down::Did(vec![self::heard(RecordedAction::ApplicationCode)]);
        let found = super::rules::look::<Postgres>(&heard, &down);
        let locks = found.into_iter().filter(|one| one.lint == Lint::TableLock);
        locks.map(|one| one.message).collect()
    };
    let view = View::new("totals", "SELECT 1 AS a").materialized();
    let create = Operation::CreateView(CreateView::new(view));
    let index = Operation::CreateIndex(CreateIndex::new(Index::new("ix", "totals", ["a"])));
    let drop_index = Operation::DropIndex(DropIndex::new("totals", "ix"));
    let drop = Operation::DropView(DropView::new("totals"));
    assert_eq!(look(&[create.clone(), index.clone()]), [""; 0]);
    assert_eq!(look(&[drop_index.clone(), drop.clone()]), [""; 0]);
    // A view that changes is dropped and created again.
    let changed = [drop_index.clone(), drop, create, index.clone()];
    assert_eq!(look(&changed), [""; 0]);
    assert_eq!(look(std::slice::from_ref(&index)).len(), 1);
    assert_eq!(look(std::slice::from_ref(&drop_index)).len(), 1);
    let table = Operation::DropTable(DropTable::new("totals"));
    assert_eq!(look(&[drop_index.clone(), table]), [""; 0]);
    // Another object of that name in another schema.
    let elsewhere = Operation::CreateTable(CreateTable::new(Table::new("totals")));
    assert_eq!(look(&[elsewhere.done_in(Some("other")), index]).len(), 1);
}

#[test]
fn a_table_that_a_statement_creates_is_not_reported() {
    let lints = found(
        |op| {
            op.execute("CREATE TABLE kept (id INTEGER)")?;
            op.alter_column("kept", "id", |c| c.set_type(Text))?;
            op.execute("DROP TABLE kept")
        },
        |op| op.execute("SELECT 1"),
    );
    assert_eq!(lints, []);
}

#[cfg(feature = "postgres")]
#[test]
fn a_type_is_compared_in_its_normalized_form() {
    let look = |from: Type, to: Type| {
        let mut change = AlterColumn::new("users", "name");
        change.from(Column::new("name", from));
        change.set_type(to);
        let heard = [heard(RecordedAction::Operations(
            vec![Operation::AlterColumn(change)],
            TableRewrite::No,
        ))];
        let down = super::rules::Down::Did(vec![self::heard(RecordedAction::ApplicationCode)]);
        let found = super::rules::look::<Postgres>(&heard, &down);
        found.iter().any(|one| one.lint == Lint::DataLoss)
    };
    let precise = || Type::custom("timestamp(3) without time zone");
    // Without a number, `timestamp` has all digits here.
    assert!(!look(precise(), Type::custom("TIMESTAMP")));
    assert!(!look(precise(), Timestamp));
    assert!(look(Timestamp, Type::custom("timestamp(3)")));
    assert!(!look(Varchar(5), Type::custom("varchar")));
    assert!(look(Type::custom("numeric"), Numeric(10, 2)));
    assert!(look(Varchar(5), Char(9)));
}
