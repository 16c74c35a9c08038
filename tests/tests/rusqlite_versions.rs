//! The versions of rusqlite that other libraries bring, of which a program has one.
//!
//! Cargo links SQLite only once for each program, so the range of versions of `migrate-runtime` decides which libraries an
//! application can use. The resolution needs cargo's registry. Without it the tests are skipped, unless
//! MIGRATE_TEST_REQUIRE_SERVERS is set.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use migrate_tests::Project;

/// The ends of the range in the workspace's Cargo.toml.
const OLDEST: &str = "0.32.1";
const NEWEST: &str = "0.43.0";

/// Libraries as an application depends on them.
const LIBRARIES: [&str; 13] = [
    r#"sqlx = { version = "0.8", default-features = false, features = ["sqlite", "runtime-tokio"] }"#,
    r#"sqlx = { version = "0.9", default-features = false, features = ["sqlite", "runtime-tokio"] }"#,
    r#"diesel = { version = "~2.2", features = ["sqlite"] }"#,
    r#"diesel = { version = "~2.3", features = ["sqlite"] }"#,
    r#"sea-orm = { version = "1", features = ["sqlx-sqlite", "runtime-tokio-rustls"] }"#,
    r#"sea-orm = { version = "2", features = ["sqlx-sqlite", "runtime-tokio-rustls"] }"#,
    r#"r2d2_sqlite = "0.25""#,
    r#"r2d2_sqlite = "0.35""#,
    r#"tokio-rusqlite = "0.7""#,
    r#"tokio-rusqlite = "0.8""#,
    r#"deadpool-sqlite = "0.9""#,
    r#"deadpool-sqlite = "0.14""#,
    // It has a copy of SQLite of its own, and does not restrict the version.
    r#"libsql = { version = "0.10", default-features = false, features = ["remote"] }"#,
];

const MAIN: &str = r#"
use migrate_runtime::rusqlite::Connection;

mod migrations;

fn main() {
    let mut connection = Connection::open_in_memory().unwrap();
    let report = migrations::migrations().upgrade(&mut connection).unwrap();
    assert_eq!(report.steps.len(), 2);
    let sql = "SELECT typeof(age) FROM person";
    let kind: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(kind, "integer");
    println!("upgraded with SQLite {}", migrate_runtime::rusqlite::version());
}
"#;

const MODULES: &str =
    "//! Revisions.\nmod first;\nmod second;\n\nmigrate_runtime::migrations!(backend = Sqlite);\n";

const FIRST: &str = r#"//! Create a table.
use migrate_runtime::v1::*;

revision! {
    revision: "first",
    down_revision: None,
    created: "2026-01-01T00:00:00Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, age TEXT); INSERT INTO person (age) VALUES ('7')")
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.execute("DROP TABLE person")
}
"#;

const SECOND: &str = r#"//! Rebuild the table.
use migrate_runtime::v1::*;

revision! {
    revision: "second",
    down_revision: "first",
    created: "2026-01-02T00:00:00Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.alter_table("person", |t| t.alter_column("age", |c| c.set_type(Integer)))
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.alter_table("person", |t| t.alter_column("age", |c| c.set_type(Text)))
}
"#;

fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Returns a package that depends on the runtime and on these libraries.
fn package(dependencies: &[&str]) -> Project {
    let project = Project::new();
    let runtime = workspace().join("migrate-runtime");
    project.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"resolved\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             migrate-runtime = {{ path = {runtime:?}, default-features = false, features = [\"sqlite\"] }}\n{}\n",
            dependencies.join("\n"),
        ),
    );
    project.write("src/main.rs", MAIN);
    project.write("src/migrations/mod.rs", MODULES);
    project.write("src/migrations/first.rs", FIRST);
    project.write("src/migrations/second.rs", SECOND);
    project
}

fn cargo(project: &Project, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(project.path());
    // No test reads the debug information, which takes a third of the build.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    command.output().unwrap()
}

/// Returns the versions of a package in the lockfile.
fn locked(project: &Project, name: &str) -> Vec<String> {
    let lockfile = project.read("Cargo.lock");
    let start = format!("name = \"{name}\"");
    let mut lines = lockfile.lines();
    let mut versions = Vec::new();
    while lines.any(|line| line == start) {
        let version = lines.next().and_then(|line| line.split('"').nth(1));
        versions.push(version.unwrap().to_owned());
    }
    versions
}

/// Returns whether cargo's registry can be reached.
fn registry() -> bool {
    let probe = package(&[]);
    let output = cargo(&probe, &["generate-lockfile"]);
    if output.status.success() {
        return true;
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    let required = std::env::var_os("MIGRATE_TEST_REQUIRE_SERVERS").is_some();
    assert!(!required, "no registry: {reason}");
    println!("skipped: no registry: {reason}");
    false
}

#[test]
fn every_library_shares_its_sqlite_with_the_runtime() {
    if !registry() {
        return;
    }
    for library in LIBRARIES {
        let project = package(&[library]);
        let output = cargo(&project, &["generate-lockfile"]);
        let reason = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{library}: {reason}");
        let versions = locked(&project, "rusqlite");
        println!("{library}: rusqlite {}", versions.join(", "));
        assert_eq!(locked(&project, "libsqlite3-sys").len(), 1, "{library}");
        assert_eq!(versions.len(), 1, "{library}: {versions:?}");
    }
}

#[test]
fn the_ends_of_the_range_build_and_upgrade() {
    if !registry() {
        return;
    }
    for version in [OLDEST, NEWEST] {
        let project = package(&[&format!("rusqlite = \"={version}\"")]);
        // The other dependencies are those of the workspace, which are already downloaded.
        std::fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
        // Most other dependencies are built there already.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let target = target.to_str().unwrap();
        let output = cargo(&project, &["run", "--quiet", "--target-dir", target]);
        assert!(
            output.status.success(),
            "{version}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        println!("{version}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(locked(&project, "rusqlite"), [version]);
    }
}
