//! The budget application's real history, up and down one revision at a time, beside the recorded one.
//!
//! `tests/apps/budget/history.json` defines what each revision does; its data steps are in prose, so what they add is
//! written out here.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::collections::BTreeMap;

use budget::migrations::migrations;
use budget::models::{Expense, Income};
use rusqlite::Connection;
use serde_json::Value;

/// A column as SQLite reports it.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    name: String,
    kind: String,
    not_null: bool,
    default: Option<String>,
    in_primary_key: bool,
}

/// A table as SQLite reports it; constraints sorted, since their order has no meaning.
#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    columns: Vec<Column>,
    uniques: Vec<Vec<String>>,
    foreign_keys: Vec<String>,
}

type Schema = BTreeMap<String, Table>;

fn inspect(connection: &Connection) -> Schema {
    let names = strings(
        connection,
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    );
    let own = names
        .into_iter()
        .filter(|name| name != "migrate_revisions" && !name.starts_with("sqlite_"));
    own.map(|name| (name.clone(), inspect_table(connection, &name)))
        .collect()
}

fn inspect_table(connection: &Connection, table: &str) -> Table {
    let mut statement = connection
        .prepare("SELECT * FROM pragma_table_xinfo(?1)")
        .unwrap();
    let columns = statement.query_map([table], |row| {
        Ok(Column {
            name: row.get("name")?,
            kind: row.get("type")?,
            not_null: row.get("notnull")?,
            default: row.get("dflt_value")?,
            in_primary_key: row.get::<_, i64>("pk")? > 0,
        })
    });
    let unique_indexes =
        format!("SELECT name FROM pragma_index_list('{table}') WHERE origin = 'u'");
    let mut uniques: Vec<Vec<String>> = strings(connection, &unique_indexes)
        .iter()
        .map(|index| {
            strings(
                connection,
                &format!("SELECT name FROM pragma_index_info('{index}') ORDER BY seqno"),
            )
        })
        .collect();
    uniques.sort();
    let foreign_keys = "SELECT \"from\" || ' -> ' || \"table\" || '.' || \"to\" || ' ' || on_delete || ' ' || on_update";
    Table {
        columns: columns.unwrap().map(Result::unwrap).collect(),
        uniques,
        foreign_keys: strings(
            connection,
            &format!("{foreign_keys} FROM pragma_foreign_key_list('{table}') ORDER BY 1"),
        ),
    }
}

fn strings(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// The recorded history: each revision's id and the schema after it.
fn recorded() -> Vec<(String, Schema)> {
    let history: Value = serde_json::from_str(include_str!("../apps/budget/history.json")).unwrap();
    let mut schema = Schema::new();
    let mut after = Vec::new();
    for revision in history["revisions"].as_array().unwrap() {
        let id = revision["revision"].as_str().unwrap();
        for op in revision["upgrade"].as_array().unwrap() {
            apply(&mut schema, op);
        }
        apply_data_steps(&mut schema, id);
        after.push((id.to_owned(), schema.clone()));
    }
    after
}

fn apply(schema: &mut Schema, op: &Value) {
    let table = op["table"].as_str().unwrap_or_default();
    match op["op"].as_str().unwrap() {
        "CreateTable" => {
            let columns = op["columns"]
                .as_array()
                .unwrap()
                .iter()
                .map(column)
                .collect();
            let mut created = Table {
                columns,
                ..Table::default()
            };
            for constraint in op["constraints"].as_array().unwrap() {
                apply_constraint(&mut created, constraint);
            }
            created.uniques.sort();
            created.foreign_keys.sort();
            schema.insert(table.to_owned(), created);
        }
        "AddColumn" => schema
            .get_mut(table)
            .unwrap()
            .columns
            .push(column(&op["column"])),
        "Data" => {}
        op => panic!("unknown op {op}"),
    }
}

fn column(value: &Value) -> Column {
    Column {
        name: value["name"].as_str().unwrap().to_owned(),
        kind: value["type"].as_str().unwrap().replace(", ", ","),
        not_null: value["nullable"] == Value::Bool(false),
        default: value["server_default"]
            .as_str()
            .map(|default| format!("'{default}'")),
        in_primary_key: value["primary_key"] == Value::Bool(true),
    }
}

fn apply_constraint(table: &mut Table, constraint: &Value) {
    let columns: Vec<String> = constraint["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    match constraint["kind"].as_str().unwrap() {
        "primary_key" => assert_eq!(columns, ["id"]),
        "unique" => table.uniques.push(columns),
        "foreign_key" => {
            let target = constraint["references"][0].as_str().unwrap();
            let on_delete = constraint["ondelete"].as_str().unwrap_or("NO ACTION");
            table
                .foreign_keys
                .push(format!("{} -> {target} {on_delete} NO ACTION", columns[0]));
        }
        kind => panic!("unknown constraint {kind}"),
    }
}

/// What the data steps in prose add on a database that has nothing missing.
fn apply_data_steps(schema: &mut Schema, revision: &str) {
    let shared: &[(&str, &str)] = match revision {
        "515954c99c28" => &[("expenses", "CASCADE"), ("categories", "CASCADE")],
        "add_shared_budget_to_users" => &[("users", "SET NULL")],
        _ => &[],
    };
    for (name, on_delete) in shared {
        let table = schema.get_mut(*name).unwrap();
        table.columns.push(Column {
            name: "shared_budget_id".to_owned(),
            kind: "INTEGER".to_owned(),
            not_null: false,
            default: None,
            in_primary_key: false,
        });
        table.foreign_keys.push(format!(
            "shared_budget_id -> shared_budgets.id {on_delete} NO ACTION"
        ));
        table.foreign_keys.sort();
    }
}

/// Spaces inside a type's brackets mean nothing: `NUMERIC(10, 2)` is `NUMERIC(10,2)`.
fn uniform(mut schema: Schema) -> Schema {
    for column in schema.values_mut().flat_map(|table| &mut table.columns) {
        column.kind = column.kind.replace(", ", ",");
    }
    schema
}

fn at(revision: &str) -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection
        .pragma_update(None, "foreign_keys", true)
        .unwrap();
    migrations().upgrade_to(&mut connection, revision).unwrap();
    connection
}

#[test]
fn after_each_revision_the_schema_is_the_recorded_one() {
    let mut connection = Connection::open_in_memory().unwrap();
    for (revision, schema) in recorded() {
        migrations().upgrade_to(&mut connection, &revision).unwrap();
        assert_eq!(uniform(inspect(&connection)), schema, "{revision}");
    }
}

#[test]
fn each_downgrade_restores_the_schema_before_it_and_upgrades_again() {
    let mut connection = Connection::open_in_memory().unwrap();
    let mut before = Schema::new();
    for (revision, _) in recorded() {
        migrations().upgrade_to(&mut connection, &revision).unwrap();
        let after = inspect(&connection);
        migrations().downgrade(&mut connection, "-1").unwrap();
        assert_eq!(inspect(&connection), before, "{revision}");
        migrations().upgrade_to(&mut connection, &revision).unwrap();
        assert_eq!(inspect(&connection), after, "{revision}");
        before = after;
    }
    migrations().downgrade(&mut connection, "base").unwrap();
    assert_eq!(inspect(&connection), Schema::new());
}

fn insert_user(connection: &Connection) {
    connection
        .execute_batch(
            "INSERT INTO users (id, email, name, password_hash, auth_type) VALUES (1, 'a@example.org', 'Ann', 'x', 'email');
             INSERT INTO categories (id, user_id, name, limit_type, value) VALUES (1, 1, 'Food', 'fixed', 300);",
        )
        .unwrap();
}

#[test]
fn existing_income_is_dated_by_its_month() {
    let mut connection = at("d06c52a8b6a7");
    insert_user(&connection);
    connection
        .execute_batch(
            "INSERT INTO income (user_id, source_name, amount, year, month) VALUES (1, 'work', 1000, 2025, 9);
             INSERT INTO income (user_id, source_name, amount, year, month) VALUES (1, 'work', 1000, 2025, 12);
             INSERT INTO income (user_id, source_name, amount, year, month) VALUES (1, 'lost', 10, 2025, 13);",
        )
        .unwrap();
    migrations().upgrade(&mut connection).unwrap();
    let dates: Vec<Option<String>> = Income::of_user(&connection, 1)
        .unwrap()
        .into_iter()
        .map(|income| income.date)
        .collect();
    assert_eq!(
        dates,
        [Some("2025-09-01".into()), Some("2025-12-01".into()), None]
    );
}

#[test]
fn existing_expenses_get_their_month_and_their_kind() {
    let mut connection = at("ensure_expenses_description");
    insert_user(&connection);
    connection
        .execute_batch("INSERT INTO expenses (user_id, category_id, amount, date) VALUES (1, 1, 12.5, '2025-10-17')")
        .unwrap();
    migrations().upgrade(&mut connection).unwrap();
    let expenses = Expense::of_user(&connection, 1).unwrap();
    assert_eq!(expenses.len(), 1);
    assert_eq!(
        (
            expenses[0].month.as_str(),
            expenses[0].transaction_type.as_deref()
        ),
        ("2025-10", Some("expense"))
    );
}

#[test]
fn notes_of_a_drifted_database_become_descriptions() {
    let mut connection = at("add_shared_budget_to_users");
    insert_user(&connection);
    connection
        .execute_batch(
            "ALTER TABLE expenses ADD COLUMN note TEXT;
             INSERT INTO expenses (user_id, category_id, amount, date, note) VALUES (1, 1, 5, '2025-10-01', 'bread');
             INSERT INTO expenses (user_id, category_id, amount, date, note, description)
                VALUES (1, 1, 6, '2025-10-02', 'x', 'kept');",
        )
        .unwrap();
    migrations().upgrade(&mut connection).unwrap();
    let expenses = Expense::of_user(&connection, 1).unwrap();
    let descriptions: Vec<_> = expenses
        .iter()
        .map(|expense| expense.description.as_deref())
        .collect();
    assert_eq!(descriptions, [Some("bread"), Some("kept")]);
}

#[test]
fn an_income_table_without_keys_gets_them_and_keeps_every_row() {
    let mut connection = at("sync_all_tables_schema");
    insert_user(&connection);
    connection
        .execute_batch(
            "DROP TABLE income;
             CREATE TABLE income (user_id INTEGER NOT NULL, source_name VARCHAR(100) NOT NULL,
                amount NUMERIC(10, 2) NOT NULL, year INTEGER NOT NULL, month INTEGER NOT NULL);
             INSERT INTO income VALUES (1, 'work', 1000, 2025, 9), (1, 'work', 1001, 2025, 10);",
        )
        .unwrap();
    migrations().upgrade(&mut connection).unwrap();
    let income = Income::of_user(&connection, 1).unwrap();
    assert_eq!(
        income
            .iter()
            .map(|row| (row.id, row.amount))
            .collect::<Vec<_>>(),
        [(1, 1000.0), (2, 1001.0)]
    );
    assert!(
        income
            .iter()
            .all(|row| row.currency.as_deref() == Some("RUB"))
    );
    let (_, last) = recorded().pop().unwrap();
    assert_eq!(uniform(inspect(&connection)), last);
}

#[test]
fn the_application_upgrades_itself_when_it_opens_its_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("budget.db");
    for _ in 0..2 {
        let connection = budget::open(&path).unwrap();
        assert!(migrations().is_current(&connection).unwrap());
    }
}
