//! The bridge application's real history on PostgreSQL, up and down one revision at a time, beside the recorded one.
//!
//! `tests/apps/bridge/history.json` defines what each revision does. What the database holds is read from its catalogs
//! here, not by the runtime's own inspection.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::collections::BTreeMap;

use bridge::models::{Location, Payment, Server};
use migrate_runtime::v1::{Postgres, PostgresClient, Sqlite};
use migrate_runtime::{Error, Migrations, RunOptions};
use migrate_tests::servers::{self, Database};
use migrate_tools::scratch::replay;
use serde_json::Value;

/// A column as PostgreSQL reports it.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    name: String,
    kind: String,
    not_null: bool,
    default: Option<String>,
    /// Whether the database numbers the rows.
    numbered: bool,
}

/// A table as PostgreSQL reports it; constraints and indexes by name, since their order has no meaning.
#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    columns: Vec<Column>,
    constraints: BTreeMap<String, String>,
    indexes: BTreeMap<String, String>,
}

type Schema = BTreeMap<String, Table>;

fn migrations() -> &'static Migrations<Postgres> {
    bridge::migrations::migrations()
}

/// A database of one test.
struct DatabaseFixture {
    client: PostgresClient,
    database: Database,
}

impl DatabaseFixture {
    /// `None`, with the reason printed, if there is no server.
    fn new() -> Option<DatabaseFixture> {
        let database = servers::postgres()?.database();
        let client = PostgresClient::connect(&database.url).unwrap();
        Some(DatabaseFixture { client, database })
    }

    fn at(revision: &str) -> Option<DatabaseFixture> {
        let mut fixture = DatabaseFixture::new()?;
        fixture.upgrade_to(revision);
        Some(fixture)
    }

    fn upgrade_to(&mut self, target: &str) {
        migrations().upgrade_to(&mut self.client, target).unwrap();
    }

    fn downgrade(&mut self, target: &str) -> Result<(), Error> {
        migrations().downgrade(&mut self.client, target).map(|_| ())
    }

    fn downgrade_and_lose(&mut self, target: &str) {
        let options = RunOptions::new().allow_data_loss();
        migrations()
            .downgrade_with(&mut self.client, target, &options, &mut ())
            .unwrap();
    }

    fn run(&mut self, sql: &str) {
        self.client.client().batch_execute(sql).unwrap();
    }

    fn inspect(&mut self) -> Schema {
        let names = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
                     AND relname <> 'migrate_revisions'";
        let rows = self.client.client().query(names, &[]).unwrap();
        rows.iter()
            .map(|row| {
                let name: String = row.get(0);
                let table = self.inspect_table(&name);
                (name, table)
            })
            .collect()
    }

    fn inspect_table(&mut self, table: &str) -> Table {
        let columns = "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), \
                       attidentity <> '' FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
                       WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
        let columns = self.client.client().query(columns, &[&table]).unwrap();
        let columns = columns.iter().map(|row| Column {
            name: row.get(0),
            kind: row.get(1),
            not_null: row.get(2),
            default: row.get(3),
            numbered: row.get(4),
        });
        Table {
            columns: columns.collect(),
            constraints: self.named(
                "SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint \
                 WHERE conrelid = to_regclass($1) AND contype <> 'n'",
                table,
            ),
            indexes: self.named(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index \
                 WHERE indrelid = to_regclass($1) \
                 AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')",
                table,
            ),
        }
    }

    fn named(&mut self, sql: &str, table: &str) -> BTreeMap<String, String> {
        let rows = self.client.client().query(sql, &[&table]).unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    fn strings(&self, sql: &str) -> Vec<String> {
        self.database.strings(sql)
    }
}

/// The recorded history: each revision's id and the schema after it, each parent before its children.
fn recorded() -> Vec<(String, Schema)> {
    let history: Value = serde_json::from_str(include_str!("../apps/bridge/history.json")).unwrap();
    let mut schema = Schema::new();
    let mut after = Vec::new();
    for revision in history["revisions"].as_array().unwrap() {
        for op in revision["upgrade"].as_array().unwrap() {
            apply(&mut schema, op);
        }
        after.push((text(&revision["revision"]), schema.clone()));
    }
    after
}

fn apply(schema: &mut Schema, op: &Value) {
    let kind = op["op"].as_str().unwrap();
    if kind == "Data" {
        return;
    }
    let name = text(&op["table"]);
    let table = schema.entry(name.clone()).or_default();
    match kind {
        "CreateTable" => {
            table.columns = list(&op["columns"]).iter().map(column).collect();
            for constraint in list(&op["constraints"]) {
                add_constraint(&name, table, constraint);
            }
        }
        "AddColumn" => table.columns.push(column(&op["column"])),
        "DropColumn" => table.columns.retain(|column| column.name != op["column"]),
        "AlterColumn" => alter_column(table, op),
        "CreateForeignKey" => {
            let target = format!(
                "{}.{}",
                text(&op["references_table"]),
                names(&op["references"])
            );
            assert_eq!(op["options"], serde_json::json!({}));
            add_foreign_key(
                table,
                text(&op["name"]),
                &names(&op["columns"]),
                &target,
                op,
            );
        }
        "CreateIndex" => {
            let index = text(&op["name"]);
            let unique = if op["unique"] == true { "UNIQUE " } else { "" };
            let columns = names(&op["columns"]);
            let definition =
                format!("CREATE {unique}INDEX {index} ON public.{name} USING btree ({columns})");
            table.indexes.insert(index, definition);
        }
        "DropIndex" => assert!(table.indexes.remove(&text(&op["name"])).is_some()),
        kind => panic!("unknown op {kind}"),
    }
}

fn alter_column(table: &mut Table, op: &Value) {
    let name = text(&op["column"]);
    let column = table
        .columns
        .iter_mut()
        .find(|column| column.name == name)
        .unwrap();
    if let Some(kind) = op["type"].as_str() {
        column.kind = server_type(kind).to_owned();
    }
    if let Some(nullable) = op["nullable"].as_bool() {
        column.not_null = !nullable;
    }
    if let Some(default) = op["server_default"].as_str() {
        column.default = Some(default_of(&column.kind, default));
    }
    if let Some(name) = op["new_name"].as_str() {
        name.clone_into(&mut column.name);
    }
}

fn column(value: &Value) -> Column {
    let kind = server_type(value["type"].as_str().unwrap());
    Column {
        name: text(&value["name"]),
        kind: kind.to_owned(),
        not_null: value["nullable"] == false,
        default: value["server_default"]
            .as_str()
            .map(|default| default_of(kind, default)),
        numbered: value["primary_key"] == true,
    }
}

/// Returns the name that the server reports for a type.
fn server_type(kind: &str) -> &'static str {
    match kind {
        "INTEGER" => "integer",
        "FLOAT" => "double precision",
        "BOOLEAN" => "boolean",
        "VARCHAR" => "character varying",
        "TEXT" => "text",
        "TIMESTAMP WITHOUT TIME ZONE" => "timestamp without time zone",
        kind => panic!("unknown type {kind}"),
    }
}

fn default_of(kind: &str, default: &str) -> String {
    match kind {
        "character varying" => format!("'{default}'::character varying"),
        _ => default.to_owned(),
    }
}

/// Adds a constraint under the name that the server chooses.
fn add_constraint(name: &str, table: &mut Table, constraint: &Value) {
    assert_eq!(constraint["name"], Value::Null);
    let columns = names(&constraint["columns"]);
    let (name, definition) = match constraint["kind"].as_str().unwrap() {
        "primary_key" => (format!("{name}_pkey"), format!("PRIMARY KEY ({columns})")),
        "unique" => (
            format!("{name}_{columns}_key"),
            format!("UNIQUE ({columns})"),
        ),
        "foreign_key" => {
            let target = text(&constraint["references"][0]);
            let name = format!("{name}_{columns}_fkey");
            return add_foreign_key(table, name, &columns, &target, constraint);
        }
        kind => panic!("unknown constraint {kind}"),
    };
    table.constraints.insert(name, definition);
}

/// `target` is a table and its column, `users.id`.
fn add_foreign_key(table: &mut Table, name: String, columns: &str, target: &str, actions: &Value) {
    let (other, key) = target.split_once('.').unwrap();
    let action = |keywords: &str, value: &Value| {
        let action = value.as_str().map(|action| format!(" {keywords} {action}"));
        action.unwrap_or_default()
    };
    let definition = format!(
        "FOREIGN KEY ({columns}) REFERENCES {other}({key}){}{}",
        action("ON UPDATE", &actions["onupdate"]),
        action("ON DELETE", &actions["ondelete"])
    );
    table.constraints.insert(name, definition);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn names(value: &Value) -> String {
    list(value).iter().map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_revisions_and_their_links_are_the_recorded_ones() {
    let history: Value = serde_json::from_str(include_str!("../apps/bridge/history.json")).unwrap();
    let graph = migrations().graph().unwrap();
    assert_eq!(graph.len(), list(&history["revisions"]).len());
    for recorded in list(&history["revisions"]) {
        let id = text(&recorded["revision"]);
        let mut parents: Vec<String> = list(&recorded["down_revision"]).iter().map(text).collect();
        if id == "9dd0e1f2a3b4" {
            // The other parent follows this one, so the link is redundant.
            parents.retain(|parent| parent != "f7g8h9i0j1k2");
        }
        let found = graph.get(&id).unwrap();
        let found: Vec<&str> = found
            .down_revisions
            .iter()
            .map(|parent| parent.as_str())
            .collect();
        assert_eq!(found, parents, "{id}");
    }
}

#[test]
fn after_each_revision_the_schema_is_the_recorded_one() {
    let Some(mut fixture) = DatabaseFixture::new() else {
        return;
    };
    for (revision, schema) in recorded() {
        fixture.upgrade_to(&revision);
        assert_eq!(fixture.inspect(), schema, "{revision}");
    }
    assert!(migrations().is_current(&mut fixture.client).unwrap());
}

#[test]
fn each_downgrade_restores_the_schema_before_it_and_upgrades_again() {
    let Some(mut fixture) = DatabaseFixture::new() else {
        return;
    };
    let mut before = Schema::new();
    for (revision, after) in recorded() {
        fixture.upgrade_to(&revision);
        fixture.downgrade("-1").unwrap();
        assert_eq!(fixture.inspect(), before, "{revision}");
        fixture.upgrade_to(&revision);
        assert_eq!(fixture.inspect(), after, "{revision}");
        before = after;
    }
    fixture.downgrade("base").unwrap();
    assert_eq!(fixture.inspect(), Schema::new());
}

#[test]
fn payments_become_payments_in_rubles_unless_they_have_another_currency() {
    let Some(mut fixture) = DatabaseFixture::at("2e8fff6060d9") else {
        return;
    };
    fixture.run(
        "INSERT INTO users (tg_id) VALUES ('u');
         INSERT INTO payments (tg_id, amount, currency) VALUES ('u', 1, 'USD'), ('u', 2, NULL), ('u', 3, 'EUR');",
    );
    fixture.upgrade_to("3a1b2c3d4e5f");
    fixture.run("INSERT INTO payments (tg_id, amount) VALUES ('u', 4)");
    let payments = Payment::all(fixture.client.client()).unwrap();
    let currencies: Vec<_> = payments
        .iter()
        .map(|payment| (payment.amount, payment.currency.as_deref()))
        .collect();
    let rubles = Some("RUB");
    assert_eq!(
        currencies,
        [
            (1.0, rubles),
            (2.0, rubles),
            (3.0, Some("EUR")),
            (4.0, rubles)
        ]
    );
}

const SERVERS: &str =
    "INSERT INTO servers (name, api_url, api_key, price, location, description) VALUES
     ('a', 'x', 'k', 5, 'Berlin', 'fast'), ('b', 'x', 'k', 3, 'Berlin', NULL),
     ('c', 'x', 'k', 7, NULL, NULL), ('d', 'x', 'k', 4, 'Riga', NULL)";

#[test]
fn servers_share_a_location_for_each_text_they_had() {
    let Some(mut fixture) = DatabaseFixture::at("3a1b2c3d4e5f") else {
        return;
    };
    fixture.run(SERVERS);
    fixture.upgrade_to("4b5c6d7e8f9a");
    let locations = Location::all(fixture.client.client()).unwrap();
    let found: Vec<_> = locations
        .iter()
        .map(|location| (location.name.as_str(), location.price, location.is_active))
        .collect();
    let active = Some(true);
    assert_eq!(
        found,
        [
            ("Berlin", 3.0, active),
            ("No location", 7.0, active),
            ("Riga", 4.0, active)
        ]
    );
    let of_server: Vec<String> = Server::all(fixture.client.client())
        .unwrap()
        .into_iter()
        .map(|server| {
            let location = locations
                .iter()
                .find(|location| location.id == server.location_id);
            format!("{} {}", server.name, location.unwrap().name)
        })
        .collect();
    assert_eq!(
        of_server,
        ["a Berlin", "b Berlin", "c No location", "d Riga"]
    );
    let dated = "SELECT name FROM locations WHERE created_at IS NULL OR updated_at IS NULL";
    assert_eq!(fixture.strings(dated), Vec::<String>::new());
}

#[test]
fn without_servers_there_are_no_locations() {
    let Some(mut fixture) = DatabaseFixture::at("4b5c6d7e8f9a") else {
        return;
    };
    assert_eq!(Location::all(fixture.client.client()).unwrap(), []);
}

#[test]
fn servers_get_their_texts_again_when_locations_are_dropped() {
    let Some(mut fixture) = DatabaseFixture::at("3a1b2c3d4e5f") else {
        return;
    };
    fixture.run(SERVERS);
    let rows = "SELECT concat_ws(' ', name, price, location, description) FROM servers ORDER BY id";
    let before = fixture.strings(rows);
    fixture.upgrade_to("4b5c6d7e8f9a");
    let refused = fixture.downgrade("-1").unwrap_err();
    assert!(matches!(refused, Error::DataLoss { .. }), "{refused}");
    assert_eq!(Location::all(fixture.client.client()).unwrap().len(), 3);
    fixture.downgrade_and_lose("-1");
    assert_eq!(fixture.strings(rows), before);
}

#[test]
fn servers_get_the_price_of_their_location_when_their_own_is_lost() {
    let Some(mut fixture) = DatabaseFixture::at("3a1b2c3d4e5f") else {
        return;
    };
    fixture.run(SERVERS);
    fixture.upgrade_to("c9cf92bee278");
    fixture.downgrade("-1").unwrap();
    let rows = "SELECT concat_ws(' ', name, price, description, location_id IS NULL) FROM servers ORDER BY id";
    assert_eq!(
        fixture.strings(rows),
        ["a 3 fast f", "b 3 f", "c 7 f", "d 4 f"]
    );
}

#[test]
fn a_column_that_makes_way_keeps_its_values_and_counts_as_no_loss() {
    let Some(mut fixture) = DatabaseFixture::at("3a1b2c3d4e5f") else {
        return;
    };
    fixture.run(SERVERS);
    fixture.upgrade_to("i0j1k2l3m4n5");
    fixture.run("UPDATE servers SET ssl_certificate = 'of ' || name WHERE name < 'c'");
    fixture.downgrade("-1").unwrap();
    let rows = "SELECT concat_ws(' ', name, ssl_certificate) FROM servers ORDER BY id";
    assert_eq!(fixture.strings(rows), ["a of a", "b of b", "c", "d"]);
}

#[test]
fn promo_codes_without_uses_become_unlimited() {
    let Some(mut fixture) = DatabaseFixture::at("a1b2c3d4e5f6") else {
        return;
    };
    fixture.run("INSERT INTO promo_codes (code, discount_percent, max_uses) VALUES ('a', 5, 0), ('b', 5, 2)");
    fixture.upgrade_to("n5o6p7q8r9s0");
    let rows = "SELECT concat_ws(' ', code, max_uses, allow_reuse_by_same_user) FROM promo_codes ORDER BY id";
    assert_eq!(fixture.strings(rows), ["a f", "b 2 f"]);
}

#[test]
fn existing_rows_get_the_values_of_new_columns() {
    let Some(mut fixture) = DatabaseFixture::at("3a1b2c3d4e5f") else {
        return;
    };
    fixture.run(SERVERS);
    fixture.run("INSERT INTO users (tg_id) VALUES ('u')");
    fixture.upgrade_to("heads");
    let flags = "SELECT DISTINCT is_hidden::text FROM locations";
    assert_eq!(fixture.strings(flags), ["false"]);
    let flags = "SELECT used_first_purchase_discount::text FROM users";
    assert_eq!(fixture.strings(flags), ["false"]);
}

#[test]
fn the_application_upgrades_its_database_when_it_connects() {
    let Some(mut fixture) = DatabaseFixture::new() else {
        return;
    };
    for _ in 0..2 {
        drop(bridge::open(&fixture.database.url).unwrap());
        assert!(migrations().is_current(&mut fixture.client).unwrap());
    }
}

#[test]
fn the_same_revisions_build_the_same_tables_on_sqlite() {
    let Some(mut fixture) = DatabaseFixture::at("heads") else {
        return;
    };
    let on_postgres = fixture.inspect();
    let on_sqlite = replay::<Sqlite>(bridge::migrations::migrations(), None).unwrap();
    let columns: BTreeMap<&str, Vec<&str>> = on_sqlite
        .tables
        .iter()
        .map(|table| {
            let names = table.columns.iter().map(|column| column.name.as_str());
            (table.name.as_str(), names.collect())
        })
        .collect();
    for (name, table) in &on_postgres {
        let expected: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(columns.get(name.as_str()), Some(&expected), "{name}");
    }
    assert_eq!(columns.len(), on_postgres.len());
}
