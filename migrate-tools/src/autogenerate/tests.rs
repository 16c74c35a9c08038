//! Tests that a generated revision leaves no difference: on SQLite, for schemas with one object of each kind.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use super::*;
use migrate_engine::test_revisions::{migrations_of, revision};
use migrate_engine::v1::Sqlite;
use migrate_schema::diff::Renamed;
use migrate_schema::operation::Operation;

const RICH: &str = "
    CREATE TABLE teams (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE UNIQUE) STRICT;
    CREATE TABLE users (
        id INTEGER NOT NULL, email VARCHAR(120) NOT NULL DEFAULT 'it''s', team INTEGER, score NUMERIC(10, 2) DEFAULT 1.5,
        at DATETIME DEFAULT CURRENT_TIMESTAMP, twice INTEGER GENERATED ALWAYS AS (score * 2) VIRTUAL,
        PRIMARY KEY (id), CONSTRAINT uq UNIQUE (email, team), CHECK (score >= 0),
        FOREIGN KEY (team) REFERENCES teams (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
    );
    CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES tree (id) ON DELETE CASCADE) WITHOUT ROWID;
    CREATE UNIQUE INDEX ix ON users (lower(email), score DESC) WHERE team IS NOT NULL;
    CREATE VIEW best AS SELECT * FROM users WHERE score > 9;
    CREATE VIEW bestest AS SELECT * FROM best;
    CREATE TRIGGER g AFTER INSERT ON users BEGIN UPDATE users SET score = 0 WHERE id = new.id; END;
";

fn none() -> &'static Migrations<Sqlite> {
    migrate_engine::test_revisions::migrations_of([])
}

/// A file is the complete desired schema, so no scratch database is needed.
fn unused() -> Result<ScratchDatabase<Sqlite>, Error> {
    unreachable!()
}

/// Returns the operations that turn the schema of `from` into that of `to`, and checks that running them leaves no
/// difference.
fn generated(from: &str, to: &str) -> Vec<Operation> {
    let mut scratch = ScratchDatabase::<Sqlite>::new(none(), None).unwrap();
    if !from.is_empty() {
        scratch.run(|op| op.execute(from)).unwrap();
    }
    let request = Request::new().source(Source::Sql(to));
    let first = between(none(), scratch.inspect("").unwrap(), &request, unused).unwrap();
    let operations = first.operations.clone();
    scratch
        .run(|op| {
            operations
                .into_iter()
                .try_for_each(|operation| op.run(operation))
        })
        .unwrap();
    let second = between(none(), scratch.inspect("").unwrap(), &request, unused).unwrap();
    assert_eq!(second.operations, [], "{to}");
    first.operations
}

#[test]
fn nothing_is_generated_after_a_generated_revision_is_applied() {
    let tables = "CREATE TABLE teams (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE UNIQUE) STRICT;
                  CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(120) NOT NULL, team INTEGER, PRIMARY KEY (id));
                  CREATE TABLE tree (id INTEGER PRIMARY KEY) WITHOUT ROWID;";
    assert!(!generated("", RICH).is_empty());
    assert!(generated(RICH, RICH).is_empty());
    assert!(!generated(tables, RICH).is_empty());
    assert!(!generated(RICH, tables).is_empty());
}

#[test]
fn a_rowid_gets_another_type_and_back_in_one_revision() {
    let rowid = "CREATE TABLE users (id INTEGER PRIMARY KEY, n INT);";
    for other in ["BIGINT NOT NULL", "BIGINT", "TEXT NOT NULL"] {
        let key = format!("CREATE TABLE users (id {other} PRIMARY KEY, n INT);");
        assert!(!generated(rowid, &key).is_empty(), "{key}");
        assert!(!generated(&key, rowid).is_empty(), "{key}");
    }
}

#[test]
fn a_view_is_dropped_before_the_views_it_reads() {
    let without = RICH.split("CREATE VIEW").next().unwrap();
    let titles: Vec<String> = generated(RICH, without)
        .iter()
        .map(Operation::title)
        .collect();
    assert_eq!(
        titles,
        [
            "drop trigger `g`",
            "drop view `bestest`",
            "drop view `best`"
        ]
    );
}

#[test]
fn an_unmatched_hint_is_an_error() {
    let migrations = migrations_of([revision(
        "one",
        &[],
        |op| op.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT)"),
        |op| op.drop_table("a"),
    )]);
    let desired = Source::Sql("CREATE TABLE a (id INTEGER PRIMARY KEY, y TEXT)");
    let with = |hints: Hints| compare(migrations, &Request::new().source(desired).hints(hints));
    let column = |from: &str| ("a".to_owned(), Renamed::new(from, "y"));
    let hints = |columns, tables, drops: &[&str]| Hints {
        columns,
        tables,
        drop_tables: drops.iter().map(|&name| name.to_owned()).collect(),
        ..Hints::default()
    };
    let asked = with(Hints::default()).unwrap();
    assert_eq!(asked.rename_candidates.len(), 1);
    let renamed = with(hints(vec![column("x")], vec![], &[])).unwrap();
    assert_eq!(renamed.operations[0].title(), "rename column `a.x` to `y`");
    let to = |from: &str, to: &str| ("a".to_owned(), Renamed::new(from, to));
    for (wrong, reason) in [
        (hints(vec![column("z")], vec![], &[]), "no column `a.z`"),
        (
            hints(vec![to("x", "z")], vec![], &[]),
            "`a.x` can't be renamed to `z`: the desired schema has no such column",
        ),
        (
            hints(vec![to("x", "id")], vec![], &[]),
            "`a.x` can't be renamed to `id`: there is already a column with that name",
        ),
        (
            hints(vec![to("x", "y"), to("y", "x")], vec![], &[]),
            "columns of `a` change names in a cycle: `y`, `x`",
        ),
        (
            hints(vec![], vec![Renamed::new("a", "b")], &[]),
            "`a` can't be renamed to `b`: the desired schema has no such table",
        ),
        (
            hints(vec![], vec![Renamed::new("c", "a")], &[]),
            "no table `c`",
        ),
        (
            hints(
                vec![],
                vec![Renamed::new("a", "b"), Renamed::new("b", "a")],
                &[],
            ),
            "tables change names in a cycle: `b`, `a`",
        ),
        (hints(vec![], vec![], &["b"]), "no table `b` to drop"),
    ] {
        let Err(error @ Error::UnmatchedHint { .. }) = with(wrong) else {
            panic!("not refused: {reason}")
        };
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.help().is_some());
    }
}

#[test]
fn a_dump_of_a_live_database_does_not_create_the_version_table() {
    let table = "CREATE TABLE a (id INTEGER PRIMARY KEY);";
    let file = format!("{table} CREATE TABLE migrate_revisions (revision VARCHAR(64));");
    assert_eq!(generated(table, &file), []);
}

mod owners {
    use std::sync::OnceLock;

    use super::*;
    use migrate_engine::inspection_scope::InspectionScope;
    use migrate_engine::test_revisions::migrations_in;
    use migrate_engine::v1::{Column, Integer, Op, Result};
    use migrate_schema::schema::{Table, Type};

    fn jobs() -> &'static Migrations<Sqlite> {
        static JOBS: OnceLock<&'static Migrations<Sqlite>> = OnceLock::new();
        JOBS.get_or_init(|| {
            let create: fn(&mut Op<'_, Sqlite>) -> Result<()> = |op| {
                op.execute(
                    "CREATE TABLE jobs (id INTEGER PRIMARY KEY); CREATE INDEX ix_jobs ON jobs (id)",
                )
            };
            migrations_in(
                "jobs_revisions",
                [revision("j1", &[], create, |_| Ok(()))],
                &[],
            )
        })
    }

    fn users(op: &mut Op<'_, Sqlite>) -> Result<()> {
        op.create_table("users", |t| {
            t.column(Column::new("id", Integer).primary_key())
        })
    }

    fn model(table: &str) -> ModelTable {
        use migrate_runtime::Model;
        #[derive(Model)]
        #[model(table = "users")]
        struct User {
            #[model(primary_key, type = "INTEGER")]
            _id: i64,
        }
        let mut model = User::describe();
        table.clone_into(&mut model.table.name);
        model
    }

    #[test]
    fn the_tables_of_another_history_are_not_compared() {
        let own = revision("a1", &[], users, |op| op.drop_table("users"));
        let own = migrations_in("own_revisions", [own], &[jobs]);
        let mut client = rusqlite::Connection::open_in_memory().unwrap();
        own.upgrade(&mut client).unwrap();
        client
            .execute_batch("ALTER TABLE jobs ADD COLUMN later; CREATE VIEW v AS SELECT 1")
            .unwrap();
        let found = drift(own, &mut client, None).unwrap();
        let titles: Vec<String> = found.operations.iter().map(Operation::title).collect();
        assert_eq!(titles, ["create view `v`"]);
        let models = [model("jobs")];
        let request = Request::new().source(Source::Tables(&models));
        let error = compare(own, &request).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a model describes `jobs`, which another history creates"
        );
    }

    #[test]
    fn an_ignored_name_of_an_own_table_is_refused() {
        let ignoring = |pattern: &'static str| {
            let own = revision("a1", &[], users, |op| op.drop_table("users"));
            let mut own = migrate_engine::migrations::Migrations::new(
                vec![&*vec![own].leak()].leak(),
                *none().options(),
            );
            own.ignore(vec![pattern].leak());
            own
        };
        let error = ScratchDatabase::replayed(&ignoring("use*"), None, "heads")
            .and_then(|mut scratch| scratch.inspect(ignoring("use*").extent()))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`ignore` in `[package.metadata.migrate]` lists `use*`, and a revision creates `users`"
        );
        assert_eq!(error.code(), "usage_error");
        let models = [model("people")];
        let request = Request::new().source(Source::Tables(&models));
        let error = compare(&ignoring("peop??"), &request).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`ignore` in `[package.metadata.migrate]` lists `peop??`, and a model describes `people`"
        );
        assert!(compare(&ignoring("job_*"), &request).is_ok());
    }

    #[test]
    fn an_ignored_name_can_have_the_schema_of_the_connection_or_another_one() {
        let mut schema = Schema::default();
        let table = |name: &str| {
            let mut table = Table::new(name);
            table.column(migrate_schema::schema::Column::new("id", Type::Integer));
            table
        };
        schema.tables = vec![table("jobs"), table("users")];
        let other = Schema {
            tables: vec![table("log"), table("jobs")],
            ..Schema::default()
        };
        schema.others.insert("audit".to_owned(), other);
        let left = |pattern: &'static str| -> Vec<String> {
            let mut own =
                migrate_engine::migrations::Migrations::<Sqlite>::new(&[], *none().options());
            own.ignore(vec![pattern].leak());
            let scope: InspectionScope = own.extent();
            let left = scope.of(schema.clone(), Some("public"));
            let names = left.all().flat_map(|(place, one)| {
                let tables = one.tables.iter();
                tables.map(move |table| migrate_schema::schema::dotted(place, &table.name))
            });
            names.collect()
        };
        assert_eq!(left("jobs"), ["users", "audit.log"]);
        assert_eq!(left("public.jobs"), ["users", "audit.log", "audit.jobs"]);
        assert_eq!(left("audit.*"), ["jobs", "users"]);
        assert_eq!(left("*.jobs"), ["jobs", "users", "audit.log", "audit.jobs"]);
    }
}

mod schema_function {
    use super::*;
    use migrate_engine::migrations::SchemaBuilder;

    fn compared(builder: SchemaBuilder) -> Result<Vec<String>, Error> {
        let own = revision(
            "a1",
            &[],
            |op| op.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)"),
            |op| op.drop_table("users"),
        );
        let own = migrations_of([own]);
        let request = Request::new().source(Source::Built(builder));
        let found = compare(own, &request)?;
        Ok(found.operations.iter().map(Operation::title).collect())
    }

    fn build(url: &str, sql: &str) -> std::result::Result<(), rusqlite::Error> {
        let file = url.strip_prefix("sqlite://").unwrap();
        rusqlite::Connection::open(file)?.execute_batch(sql)
    }

    #[test]
    fn the_function_builds_the_desired_schema_in_the_database_of_its_url() {
        let same: SchemaBuilder =
            |url| Ok(build(url, "CREATE TABLE users (id INTEGER PRIMARY KEY)")?);
        assert_eq!(compared(same).unwrap(), [] as [&str; 0]);
        let other: SchemaBuilder = |url| {
            Ok(build(
                url,
                "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW v AS SELECT 1 AS a;
                 CREATE TABLE seaql_migrations (version TEXT, applied_at INTEGER)",
            )?)
        };
        assert_eq!(
            compared(other).unwrap(),
            ["add column `users.name`", "create view `v`"]
        );
    }

    #[test]
    fn a_function_that_fails_or_builds_nothing_is_reported() {
        let message = |builder| compared(builder).unwrap_err().to_string();
        assert_eq!(
            message(|url| Ok(build(url, "CREATE TABEL t")?)),
            "the desired schema can't be built: the function of `schema` failed: near \"TABEL\": syntax error in CREATE TABEL t \
             at offset 7"
        );
        assert_eq!(
            message(|_| Ok(())),
            "the desired schema can't be built: the function of `schema` created no table"
        );
        assert_eq!(
            message(|_| panic!("oh")),
            "the desired schema can't be built: the function of `schema` panicked"
        );
    }
}
