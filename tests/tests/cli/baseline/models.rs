//! The models that `baseline` and `dump` write: they compile, and describe the tables that they were generated from.

use migrate_tests::servers::{mysql, postgres};
use rusqlite::Connection;

use crate::package::Package;

/// Gives a database its first revision and models, and looks whether the two agree.
fn founded(package: &Package, database: &str) -> String {
    let url = format!("--database-url {database}");
    let output = package.migrate(&format!("baseline --rev-id r1 --models {url}"));
    assert_eq!(output.status, 0, "{output}");
    let check = package.migrate(&format!("check {url}"));
    let models = package.project.read("src/models.rs");
    assert_eq!(check.status, 0, "{check}\n{models}");
    models
}

/// Returns the struct of this name.
fn model<'m>(models: &'m str, name: &str) -> &'m str {
    let found = models
        .split("\n\n")
        .find(|item| item.contains(&format!("pub struct {name} ")));
    found.unwrap_or_else(|| panic!("no `{name}` in\n{models}"))
}

#[test]
fn the_models_of_the_household_budget_describe_its_tables() {
    let package = Package::new("founded_budget", &["src/lib.rs"]);
    let mut connection = Connection::open(package.project.join("budget.db")).unwrap();
    budget::migrations::migrations()
        .upgrade(&mut connection)
        .unwrap();
    connection
        .execute_batch("DROP TABLE migrate_revisions")
        .unwrap();
    let models = founded(&package, "budget.db");
    assert_eq!(models.matches("pub struct").count(), 10);
    let expenses = model(&models, "Expenses");
    for line in [
        "#[model(references(Users(id), on_delete = cascade))]",
        "#[model(length = 20, default = \"expense\")]",
        "pub transaction_type: Option<String>",
        "#[model(type = \"NUMERIC(10, 2)\")]",
    ] {
        assert!(expenses.contains(line), "{line} in\n{expenses}");
    }
}

#[test]
fn the_models_of_a_postgres_database_describe_its_tables() {
    let Some(server) = postgres() else { return };
    let database = server.database();
    let package = Package::unprepared("founded_bridge", &["src/lib.rs"]);
    let runtime = crate::package::runtime();
    package
        .migrate(&format!("init --backend postgres --runtime-path {runtime}"))
        .done();
    let mut client = migrate_runtime::v1::PostgresClient::connect(&database.url).unwrap();
    bridge::migrations::migrations::<migrate_runtime::v1::Postgres>()
        .upgrade(&mut client)
        .unwrap();
    database.run(
        "DROP TABLE migrate_revisions;
         CREATE TYPE mood AS ENUM ('ok', 'not so ok', '2');
         CREATE TABLE \"Many Kinds\" (
            id serial PRIMARY KEY, \"type\" varchar(20) NOT NULL DEFAULT 'a''b', mood mood DEFAULT 'ok', moods mood,
            amount numeric(12, 3), at timestamptz DEFAULT now(), day date, tags text[], data jsonb, key uuid,
            small smallint, big bigint GENERATED ALWAYS AS IDENTITY, raw bytea, flag boolean NOT NULL DEFAULT false,
            ratio real, exact double precision DEFAULT 1.5, twice integer GENERATED ALWAYS AS (small * 2) STORED,
            CONSTRAINT \"odd name\" UNIQUE (big, small), CHECK (small > 0), CHECK (\"type\" IN ('a''b', 'c')),
            CHECK (at > '2000-01-01'::timestamptz - '1 day'::interval AND small::text NOT LIKE '1%'));
         CREATE INDEX ON \"Many Kinds\" (lower(\"type\"), day DESC NULLS LAST);
         CREATE INDEX data_ix ON \"Many Kinds\" USING gin (data);
         COMMENT ON COLUMN \"Many Kinds\".day IS 'say \"when\"';",
    );
    let models = founded(&package, &database.url);
    let kinds = model(&models, "ManyKinds");
    for line in [
        "#[model(table = \"Many Kinds\")]",
        "#[model(unique(big, small, name = \"odd name\"))]",
        "pub mood: Option<Mood>",
        "#[model(type = \"jsonb\", index(name = \"data_ix\", using = \"gin\"))]",
        "#[model(type = \"DATE\", comment = \"say \\\"when\\\"\")]",
        "#[model(generated(\"small * 2\", stored))]",
        "pub twice: Option<i32>",
    ] {
        assert!(kinds.contains(line), "{line} in\n{kinds}");
    }
}

#[test]
fn the_models_of_a_mariadb_database_describe_its_tables() {
    let Some(server) = mysql() else { return };
    let database = server.database();
    let package = Package::unprepared("founded_maria", &["src/lib.rs"]);
    let runtime = crate::package::runtime();
    package
        .migrate(&format!("init --backend mysql --runtime-path {runtime}"))
        .done();
    database.run(
        "CREATE TABLE teams (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL UNIQUE)",
    );
    database.run(
        "CREATE TABLE users (
            id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, team_id BIGINT, email VARCHAR(120) CHARACTER SET ascii NOT NULL,
            kind ENUM('a', 'b') NOT NULL DEFAULT 'a', flag BOOLEAN NOT NULL DEFAULT 1, tiny TINYINT, wide BIGINT UNSIGNED,
            amount DECIMAL(12, 3) DEFAULT 0.5, at DATETIME DEFAULT CURRENT_TIMESTAMP, data JSON, raw VARBINARY(16), blobs BLOB,
            ratio FLOAT, exact DOUBLE, text_ TEXT, twice INT GENERATED ALWAYS AS (tiny * 2) VIRTUAL, code CHAR(3),
            UNIQUE KEY by_mail (email), KEY by_text (text_(10)), CHECK (tiny > 0),
            CONSTRAINT team FOREIGN KEY (team_id) REFERENCES teams (id) ON DELETE SET NULL)",
    );
    let models = founded(&package, &database.url);
    let users = model(&models, "Users");
    for line in [
        "#[model(references(Teams(id), on_delete = set_null, name = \"team\"))]",
        "#[model(type = \"BIGINT UNSIGNED\")]",
        "#[model(type = \"datetime\", default = expr(\"CURRENT_TIMESTAMP\"))]",
        "pub flag: bool",
        "#[model(generated = \"tiny * 2\")]",
    ] {
        assert!(users.contains(line), "{line} in\n{users}");
    }
}
