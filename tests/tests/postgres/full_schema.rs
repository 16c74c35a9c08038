//! A schema of everything that the server has is recreated completely: by operations, and by the server's own client.

use std::process::Command;
use std::time::Duration;

use migrate_engine::backend::{Access, Backend as _, MigrationRun as _, UnitScope};
use migrate_runtime::v1::{self, Op, Postgres};
use migrate_schema::diff::{Options, create};
use migrate_schema::schema::Schema;
use migrate_tests::servers::{self, Database};
use migrate_tools::describe::{differences, inspected};
use migrate_tools::dump;

const EVERYTHING: &str = include_str!("whole.sql");

const WAIT: Duration = Duration::from_secs(30);

/// Runs `work` in a transaction of its own, which is committed.
pub(crate) fn within(
    database: &Database,
    work: impl FnOnce(&mut Op<'_, Postgres>) -> v1::Result<()>,
) {
    if let Err(error) = attempt(database, work) {
        panic!("{error}");
    }
}

fn attempt(
    database: &Database,
    work: impl FnOnce(&mut Op<'_, Postgres>) -> v1::Result<()>,
) -> Result<(), String> {
    let mut client = <Postgres>::open(database.url.as_ref(), Access::Write, WAIT)
        .unwrap()
        .unwrap();
    let mut run = <Postgres>::begin_run(&mut client, WAIT, "").unwrap();
    run.begin().unwrap();
    run.unit(UnitScope::Transaction, work)
        .map_err(|error| format!("{error:?}"))?;
    run.commit().unwrap();
    Ok(())
}

pub(crate) fn schema(database: &Database) -> Schema {
    let mut found = Schema::default();
    within(database, |op| {
        found = inspected(op)?;
        Ok(())
    });
    found
}

#[test]
fn operations_and_a_dump_build_the_existing_schema() {
    if let Some(server) = servers::postgres() {
        assert_eq!(problems(server, EVERYTHING), [] as [&str; 0]);
    }
}

#[test]
fn what_pg_dump_omits_is_restored_too() {
    let sql = "CREATE TYPE pair AS (a int, b int); CREATE FUNCTION is_less(pair, int) RETURNS boolean LANGUAGE sql IMMUTABLE \
               AS 'SELECT $1.a < $2'; CREATE OPERATOR <<< (FUNCTION = is_less, LEFTARG = pair, RIGHTARG = int); \
               ALTER OPERATOR FAMILY integer_ops USING btree ADD OPERATOR 1 <<< (pair, int)";
    if let Some(server) = servers::postgres() {
        assert_eq!(problems(server, sql), [] as [&str; 0]);
    }
}

/// Builds a schema by operations, drops it, and builds it by its dump; returns errors and differences.
fn problems(server: &servers::Server, sql: &str) -> Vec<String> {
    let (one, other, loaded) = (server.database(), server.database(), server.database());
    if let Err(problem) = psql(&one, sql) {
        return vec![format!("not loaded: {problem}")];
    }
    let original = schema(&one);
    let expected = <Postgres>::normalize(original.clone());
    let mut problems = Vec::new();
    let operations = create(&expected, &Options::of(<Postgres>::RULES));
    let built = attempt(&other, |op| {
        let mut all = operations.iter().cloned();
        all.try_for_each(|operation| op.run(operation))
    });
    match built {
        Ok(()) => {
            let lines = differences::<Postgres>(&schema(&other), &original);
            problems.extend(lines.iter().map(|line| format!("operations: {line}")));
            problems.extend(other_owners(&one, &other));
            let back = attempt(&other, |op| {
                let mut all = operations.iter().rev().cloned();
                all.try_for_each(|operation| op.run(operation.reverse().unwrap()))
            });
            match back {
                Ok(()) => {
                    let lines = differences::<Postgres>(&schema(&other), &Schema::default());
                    problems.extend(lines.iter().map(|line| format!("the way back: {line}")));
                }
                Err(error) => problems.push(format!("the way back: {error}")),
            }
        }
        Err(error) => problems.push(format!("operations: {error}")),
    }
    let text = dump::sql::<Postgres>(&original);
    match psql(&loaded, &text) {
        Ok(()) => {
            let lines = differences::<Postgres>(&schema(&loaded), &original);
            problems.extend(lines.iter().map(|line| format!("dump: {line}")));
            problems.extend(other_owners(&one, &loaded));
        }
        Err(problem) => problems.push(format!("dump: {problem}")),
    }
    problems
}

/// Returns what of the tables that inherit is their own in one database and their parents' in the other, and which
/// partitions have their columns in another order or other shares of an index: read from the server, whatever a
/// comparison reports.
pub(crate) fn other_owners(one: &Database, other: &Database) -> Vec<String> {
    let own = |database: &Database| {
        let mut found: Vec<String> = Vec::new();
        within(database, |op| {
            let rows = op.connection().query(
                "SELECT format('%s.%s: %s', attrelid::regclass, attname, attislocal) FROM pg_attribute WHERE attinhcount > 0 \
                 UNION ALL SELECT format('%s.%s: %s', conrelid::regclass, conname, conislocal) FROM pg_constraint \
                 WHERE coninhcount > 0 AND contype = 'c' \
                 UNION ALL SELECT format('%s: %s', c.oid::regclass, string_agg(attname, ', ' ORDER BY attnum)) FROM pg_class AS c \
                 JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped WHERE relispartition GROUP BY c.oid \
                 UNION ALL SELECT format('%s of %s: %s', inhrelid::regclass, inhparent::regclass, indisvalid) FROM pg_inherits \
                 JOIN pg_index ON indexrelid = inhparent ORDER BY 1",
                &[],
            )?;
            found = rows.iter().map(|row| row.get(0)).collect();
            Ok(())
        });
        found
    };
    let (before, after) = (own(one), own(other));
    let lost = before.into_iter().filter(|line| !after.contains(line));
    lost.map(|line| format!("inherited: {line}")).collect()
}

/// Runs a file by the server's own client.
pub(crate) fn psql(database: &Database, sql: &str) -> Result<(), String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), sql).unwrap();
    let ran = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file"])
        .arg(file.path())
        .arg(&database.url)
        .stdout(std::process::Stdio::null())
        .output()
        .unwrap();
    match ran.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&ran.stderr).into_owned()),
    }
}

/// Runs the statements of a file that defines the desired schema.
fn build(database: &Database, file: &str) -> Result<(), String> {
    attempt(database, |op| {
        let statements = <Postgres>::statements_of_schema(file);
        statements
            .iter()
            .try_for_each(|(_, statement)| op.execute(statement))
    })
}

#[test]
fn a_file_of_pg_dump_defines_the_desired_schema() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let (one, other) = (server.database(), server.database());
    psql(&one, EVERYTHING).unwrap();
    build(&other, &dumped(&one, &["--schema-only", "--create"])).unwrap();
    let lines = differences::<Postgres>(&schema(&other), &schema(&one));
    assert_eq!(lines, [] as [&str; 0]);
}

#[test]
fn a_file_with_rows_is_refused_with_what_to_write() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let (one, other) = (server.database(), server.database());
    psql(&one, "CREATE TABLE t (id int); INSERT INTO t VALUES (1)").unwrap();
    let error = build(&other, &dumped(&one, &[])).unwrap_err();
    assert!(error.contains("COPY FROM STDIN"), "{error}");
    assert!(error.contains("pg_dump --schema-only"), "{error}");
    // Rows as statements are passed over.
    build(&other, &dumped(&one, &["--inserts"])).unwrap();
    let lines = differences::<Postgres>(&schema(&other), &schema(&one));
    assert_eq!(lines, [] as [&str; 0]);
}

/// Returns what the server's own client writes of a database.
fn dumped(database: &Database, arguments: &[&str]) -> String {
    let dumped = Command::new("pg_dump")
        .args(arguments)
        .arg("--dbname")
        .arg(&database.url)
        .output()
        .unwrap();
    assert!(dumped.status.success(), "{dumped:?}");
    String::from_utf8(dumped.stdout).unwrap()
}

#[test]
fn a_file_of_pg_dump_is_run_and_leaves_the_session_as_it_was() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let (one, other) = (server.database(), server.database());
    psql(&one, EVERYTHING).unwrap();
    let text = dumped(&one, &["--schema-only"]);
    within(&other, |op| {
        op.execute(&text)?;
        // It emptied the search path.
        op.execute("CREATE TABLE after_it (id int); DROP TABLE after_it")
    });
    let lines = differences::<Postgres>(&schema(&other), &schema(&one));
    assert_eq!(lines, [] as [&str; 0]);
}
