use super::*;
use crate::schema::{Column, ForeignKey, Index, Table, Type};

/// Builds a schema of tables.
fn schema(tables: &[Table]) -> Schema {
    Schema {
        tables: tables.to_vec(),
        ..Schema::default()
    }
}

/// Builds a table of columns written `name type`, with `id` as its key if it is there.
fn table(name: &str, columns: &[&str]) -> Table {
    let mut table = Table::new(name);
    for column in columns {
        let (name, kind) = column.split_once(' ').unwrap_or((column, "INTEGER"));
        table.column(Column::new(name, Type::parse(kind)));
    }
    if columns.contains(&"id") {
        table.primary_key("id");
    }
    table
}

fn leading(mut table: Table, column: &str, to: &str) -> Table {
    table.foreign_key(
        column,
        ForeignKey::to(to, "id").named(format!("fk_{column}")),
    );
    table
}

fn titles(difference: &Difference) -> Vec<String> {
    difference.operations.iter().map(Operation::title).collect()
}

fn plain(from: &Schema, to: &Schema) -> Difference {
    diff(from, to, &Hints::default(), &Options::default())
}

#[test]
fn tables_are_created_after_those_that_they_lead_to() {
    let to = schema(&[
        leading(table("a", &["id", "b_id"]), "b_id", "b"),
        leading(table("b", &["id", "c_id"]), "c_id", "c"),
        table("c", &["id"]),
    ]);
    assert_eq!(
        titles(&plain(&Schema::default(), &to)),
        ["create table `c`", "create table `b`", "create table `a`"]
    );
}

#[test]
fn a_circle_is_taken_apart_where_it_has_to_be() {
    let to = schema(&[
        leading(table("x", &["id", "a_id"]), "a_id", "a"),
        leading(table("a", &["id", "b_id"]), "b_id", "b"),
        leading(table("b", &["id", "a_id"]), "a_id", "a"),
    ]);
    assert_eq!(
        titles(&plain(&Schema::default(), &to)),
        [
            "create table `a`",
            "create table `x`",
            "create table `b`",
            "add foreign key `fk_b_id` to `a`"
        ]
    );
    let options = Options {
        rules: Rules::new().with_cycles_in_tables(),
        ..Options::default()
    };
    assert_eq!(create(&to, &options).len(), 3);
}

#[test]
fn a_table_is_dropped_only_by_name_and_after_those_that_lead_to_it() {
    let from = schema(&[
        table("a", &["id"]),
        leading(table("b", &["id", "a_id"]), "a_id", "a"),
        leading(table("kept", &["id", "b_id"]), "b_id", "b"),
    ]);
    let to = Schema::default();
    let nothing = plain(&from, &to);
    assert!(nothing.is_empty());
    assert_eq!(nothing.kept_tables, ["a", "b", "kept"]);
    let hints = Hints {
        drop_tables: vec!["a".into(), "b".into()],
        ..Hints::default()
    };
    let difference = diff(&from, &to, &hints, &Options::default());
    assert_eq!(
        titles(&difference),
        [
            "drop constraint `fk_b_id` of `kept`",
            "drop table `b`",
            "drop table `a`"
        ]
    );
    assert_eq!(difference.kept_tables, ["kept"]);
}

#[test]
fn columns_are_added_altered_and_dropped() {
    let from = schema(&[table("t", &["id", "a TEXT", "b INTEGER", "c REAL"])]);
    let to = schema(&[table("t", &["id", "b BIGINT", "c REAL", "d TEXT"])]);
    let difference = plain(&from, &to);
    assert_eq!(
        titles(&difference),
        [
            "add column `t.d`",
            "alter column `t.b`",
            "drop column `t.a`"
        ]
    );
    assert_eq!(
        difference.questions,
        [Question::RenameColumn {
            table: "t".into(),
            from: "a".into(),
            to: "d".into(),
            score: 20
        }]
    );
}

#[test]
fn a_hint_renames_and_is_left_alone_once_it_is_done() {
    let from = schema(&[table("users", &["id", "mail TEXT"])]);
    let to = schema(&[table("people", &["id", "email TEXT"])]);
    let hints = Hints {
        tables: vec![Renamed::new("users", "people")],
        columns: vec![("people".into(), Renamed::new("mail", "email"))],
        ..Hints::default()
    };
    let options = Options::default();
    assert_eq!(
        titles(&diff(&from, &to, &hints, &options)),
        [
            "rename table `users` to `people`",
            "rename column `people.mail` to `email`"
        ]
    );
    assert_eq!(diff(&to, &to, &hints, &options), Difference::default());
}

#[test]
fn indexes_follow_what_they_are_on() {
    let mut from = schema(&[table("t", &["id", "a TEXT"])]);
    from.indexes.push(Index::new("ix_a", "t", "a"));
    let mut to = schema(&[table("t", &["id", "b INTEGER"])]);
    to.indexes.push(Index::new("ix_b", "t", "b"));
    assert_eq!(
        titles(&plain(&from, &to)),
        [
            "drop index `ix_a`",
            "add column `t.b`",
            "drop column `t.a`",
            "create index `ix_b`"
        ]
    );
}
