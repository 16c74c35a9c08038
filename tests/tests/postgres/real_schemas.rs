//! Schemas of other applications, if a variable names them: each is recreated completely, and one is changed into
//! another.
//!
//! `MIGRATE_TEST_SCHEMAS` is a folder of SQL files. `MIGRATE_TEST_PAIRS` is a folder of folders, each with an `old.sql`
//! and a `new.sql`.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use migrate_runtime::v1::*;
use migrate_runtime::{Migrations, RunOptions};
use migrate_schema::diff::Hints;
use migrate_schema::operation::Operation;
use migrate_schema::schema::Schema;
use migrate_tests::revisions::{Code, linear_history_over};
use migrate_tests::servers::{self, Database, Server};
use migrate_tools::autogenerate::{drift, drift_at_heads};
use migrate_tools::baseline::{self, adopt};
use migrate_tools::dump;

use crate::full_schema::{other_owners, psql};

thread_local! {
    /// What the two revisions do.
    static STEPS: RefCell<[Vec<Operation>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

fn forth(op: &mut Op<'_, Postgres>, step: usize) -> Result<()> {
    let operations = STEPS.with_borrow(|steps| steps[step].clone());
    operations.into_iter().try_for_each(|each| op.run(each))
}

fn back(op: &mut Op<'_, Postgres>, step: usize) -> Result<()> {
    let operations = STEPS.with_borrow(|steps| steps[step].clone());
    let back = operations.into_iter().rev().filter_map(Operation::reverse);
    back.into_iter().try_for_each(|each| op.run(each))
}

const STEP: [(Code<Postgres>, Code<Postgres>); 2] = [
    (|op| forth(op, 0), |op| back(op, 0)),
    (|op| forth(op, 1), |op| back(op, 1)),
];

type Schemas = &'static [&'static str];

fn history(schemas: Schemas, steps: usize) -> &'static Migrations<Postgres> {
    linear_history_over(schemas, &STEP[..steps])
}

fn client(database: &Database) -> PostgresClient {
    PostgresClient::connect(&database.url).unwrap()
}

fn scratch_server(database: &Database) -> Option<&OsStr> {
    Some(OsStr::new(&database.url))
}

/// Returns the schemas of a database, those of extensions left out.
fn schemas(databases: &[&Database]) -> Schemas {
    let mut found = vec!["public".to_owned()];
    for database in databases {
        let more = database.strings(
            "SELECT nspname::text FROM pg_namespace AS n WHERE nspname !~ '^(pg_|information_schema$|public$)' AND NOT EXISTS \
             (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e') ORDER BY 1",
        );
        found.extend(more);
    }
    found.sort_by_key(|name| (name != "public", name.clone()));
    found.dedup();
    let found: Vec<&'static str> = found.into_iter().map(|name| &*name.leak()).collect();
    found.leak()
}

fn loaded(server: &Server, file: &Path) -> std::result::Result<Database, String> {
    let database = server.database();
    let sql = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    psql(&database, &sql).map_err(|problem| format!("not loaded: {problem}"))?;
    Ok(database)
}

/// Returns the error of an attempt, with its name.
fn with_label<T, E: std::fmt::Display>(
    what: &str,
    result: std::result::Result<T, E>,
) -> std::result::Result<T, String> {
    result.map_err(|error| format!("{what}: {error}"))
}

/// Adopts a database by a revision, and returns its schema.
fn adopted(database: &Database, schemas: Schemas) -> std::result::Result<Schema, String> {
    let options = RunOptions::default();
    let none = history(schemas, 0);
    let first = baseline::generate_initial_revision(none, &mut client(database), &options);
    let (schema, operations) = match first {
        Ok(first) => (first.schema, first.difference.operations),
        Err(error) if error.to_string().contains("nothing to write") => Default::default(),
        Err(error) => return Err(format!("reading: {error}")),
    };
    STEPS.set([operations, Vec::new()]);
    Ok(schema)
}

/// Says of a database that it is at the first revision, and returns what is different.
fn recorded(database: &Database, schemas: Schemas) -> std::result::Result<Vec<String>, String> {
    let mut plan = baseline::BaselineOptions::default();
    plan.on_difference = baseline::OnDifference::Warn;
    let done = adopt(
        history(schemas, 1),
        &mut client(database),
        &RunOptions::default(),
        scratch_server(database),
        &plan,
    );
    Ok(with_label("baseline", done)?.differences)
}

fn whole(server: &Server, file: &Path) -> std::result::Result<Vec<String>, String> {
    let there = loaded(server, file)?;
    let schemas = schemas(&[&there]);
    let schema = adopted(&there, schemas)?;
    let found = recorded(&there, schemas)?;
    let mut problems: Vec<String> = found.iter().map(|it| format!("baseline: {it}")).collect();
    let new = server.database();
    with_label("upgrade", history(schemas, 1).upgrade(&mut client(&new)))?;
    problems.extend(other_owners(&there, &new));
    let way_back = history(schemas, 1).downgrade(&mut client(&new), "base");
    match with_label("downgrade", way_back) {
        Ok(_) => {
            let left = drift(history(schemas, 0), &mut client(&new), scratch_server(&new));
            let left = with_label("what is left", left)?.describe().into_iter();
            problems.extend(left.map(|it| format!("left: {it}")));
        }
        Err(problem) => problems.push(problem),
    }
    let sql = dump::sql::<Postgres>(&schema);
    let copy = server.database();
    match psql(&copy, &sql) {
        Ok(()) => {
            let again = baseline::generate_initial_revision(
                history(schemas, 0),
                &mut client(&copy),
                &RunOptions::default(),
            );
            let again = with_label("reading the copy", again)?.schema;
            let found = schema.differences(&again).into_iter();
            problems.extend(found.map(|it| format!("dump: {it}")));
            problems.extend(other_owners(&there, &copy));
            if dump::sql::<Postgres>(&again) != sql {
                problems.push("dump: another text".to_owned());
            }
        }
        Err(problem) => problems.push(format!("dump: {problem}")),
    }
    Ok(problems)
}

fn pair(server: &Server, folder: &Path) -> std::result::Result<Vec<String>, String> {
    let old = loaded(server, &folder.join("old.sql"))?;
    let new = loaded(server, &folder.join("new.sql"))?;
    let schemas = schemas(&[&old, &new]);
    adopted(&old, schemas)?;
    recorded(&new, schemas)?;
    let mut problems = Vec::new();
    let hints = Hints::default();
    let found = drift_at_heads(
        history(schemas, 1),
        &mut client(&new),
        &hints,
        scratch_server(&new),
    );
    let found = with_label("difference", found)?;
    if !found.unresolved.is_empty() {
        problems.push(format!("notes: {:?}", found.unresolved));
    }
    // The database is at the first revision, which does both here.
    let first = STEPS.with_borrow(|steps| steps[0].clone());
    STEPS.with_borrow_mut(|steps| steps[0].extend(found.operations.clone()));
    let left = drift(history(schemas, 1), &mut client(&new), scratch_server(&new));
    STEPS.set([first, found.operations]);
    let left = with_label("forth", left)?.describe().into_iter();
    problems.extend(left.map(|it| format!("forth: {it}")));
    let round_trip = server.database();
    with_label(
        "upgrade",
        history(schemas, 2).upgrade(&mut client(&round_trip)),
    )?;
    with_label(
        "downgrade",
        history(schemas, 2).downgrade(&mut client(&round_trip), "-1"),
    )?;
    let left = drift(
        history(schemas, 1),
        &mut client(&round_trip),
        scratch_server(&round_trip),
    );
    let left = with_label("back", left)?.describe().into_iter();
    problems.extend(left.map(|it| format!("back: {it}")));
    Ok(problems)
}

fn each(variable: &str, tried: fn(&Server, &Path) -> std::result::Result<Vec<String>, String>) {
    let (Some(server), Some(folder)) = (servers::postgres(), std::env::var_os(variable)) else {
        return;
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut failed = 0;
    for file in files {
        let problems = tried(server, &file).unwrap_or_else(|problem| vec![problem]);
        println!("{}: {} problems", file.display(), problems.len());
        for problem in &problems {
            println!("    {problem}");
        }
        failed += usize::from(!problems.is_empty());
    }
    assert_eq!(failed, 0, "{failed} schemas went wrong");
}

#[test]
fn real_schemas_are_recreated_completely() {
    each("MIGRATE_TEST_SCHEMAS", whole);
}

#[test]
fn one_real_schema_is_changed_into_another() {
    each("MIGRATE_TEST_PAIRS", pair);
}

/// Pairs of schemas in which an object keeps its name and becomes another one.
const PAIRS: [(&str, &str); 6] = [
    (
        "CREATE TABLE t (id int PRIMARY KEY, n serial)",
        "CREATE SEQUENCE t_n_seq INCREMENT 5; CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT nextval('t_n_seq'))",
    ),
    (
        "CREATE SEQUENCE t_n_seq AS integer; CREATE TABLE u (id int); ALTER SEQUENCE t_n_seq OWNED BY u.id;
         CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT nextval('t_n_seq'))",
        "CREATE TABLE u (id int); CREATE TABLE t (id int PRIMARY KEY, n serial)",
    ),
    (
        "CREATE TABLE u (a int); CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; COMMENT ON VIEW v IS 'x';
         CREATE VIEW w AS SELECT * FROM v",
        "CREATE TABLE u (a int); CREATE MATERIALIZED VIEW t AS SELECT a FROM u; CREATE INDEX ix ON t (a);
         CREATE VIEW v AS SELECT a FROM t; COMMENT ON VIEW v IS 'x'; CREATE VIEW w AS SELECT * FROM v",
    ),
    (
        "CREATE TABLE u (a int); CREATE MATERIALIZED VIEW t AS SELECT a FROM u; CREATE INDEX ix ON t (a);
         CREATE VIEW v AS SELECT a FROM t",
        "CREATE TABLE u (a int); CREATE TABLE t (a int); CREATE INDEX ix ON t (a); CREATE VIEW v AS SELECT a FROM t",
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE)",
        "CREATE TABLE t (id int, a int, PRIMARY KEY (id) DEFERRABLE, CONSTRAINT t_a_key UNIQUE (a) INCLUDE (id));
         CREATE TABLE n (id int, PRIMARY KEY (id) DEFERRABLE)",
    ),
    (
        "CREATE TABLE w (x int, y int, PRIMARY KEY (x, y));
         CREATE TABLE u (x int, y int, CONSTRAINT j FOREIGN KEY (x, y) REFERENCES w ON DELETE SET NULL,
             CONSTRAINT l FOREIGN KEY (y, x) REFERENCES w ON DELETE SET NULL (y), CONSTRAINT q UNIQUE (x));
         COMMENT ON CONSTRAINT l ON u IS 'old'; COMMENT ON CONSTRAINT q ON u IS 'kept'",
        "CREATE TABLE w (x int, y int, PRIMARY KEY (x, y));
         CREATE TABLE u (x int, y int, CONSTRAINT k FOREIGN KEY (x, y) REFERENCES w ON DELETE SET NULL (y),
             CONSTRAINT l FOREIGN KEY (y, x) REFERENCES w ON DELETE SET NULL, CONSTRAINT q UNIQUE (x) INCLUDE (y));
         COMMENT ON CONSTRAINT k ON u IS 'x'; COMMENT ON CONSTRAINT l ON u IS 'new'; COMMENT ON CONSTRAINT q ON u IS 'kept'",
    ),
];

#[test]
fn an_object_becomes_another_one_of_its_name() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (old, new) in PAIRS {
        for (name, sql) in [("old.sql", old), ("new.sql", new)] {
            std::fs::write(folder.path().join(name), format!("{sql};\n")).unwrap();
        }
        assert_eq!(pair(server, folder.path()), Ok(Vec::new()), "{old}");
    }
}
