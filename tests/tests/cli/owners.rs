//! An application and a library with revisions and models of their own, in one database.

use insta::assert_snapshot;

use crate::package::{Package, runtime};

/// Returns an application with a model, and a library with a revision and a model of its own.
fn with_library(name: &str) -> Package {
    let package = Package::unprepared(name, &["src/lib.rs"]);
    let project = &package.project;
    let runtime = runtime();
    project.write(
        "jobs/Cargo.toml",
        &format!(
            "[package]\nname = \"{name}_jobs\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             migrate-runtime = {{ path = \"{runtime}\", default-features = false, features = [\"sqlite\"] }}\n"
        ),
    );
    project.write(
        "jobs/src/lib.rs",
        "pub mod migrations;\n\n#[derive(migrate_runtime::Model)]\n#[model(table = \"jobs\")]\n\
         pub struct Job {\n    #[model(primary_key)]\n    pub id: i64,\n}\n",
    );
    project.write(
        "jobs/src/migrations/mod.rs",
        "mod m20260101_000000_jobs;\n\nmigrate_runtime::migrations!(backend = Sqlite, version_table = \"jobs_revisions\");\n",
    );
    project.write(
        "jobs/src/migrations/m20260101_000000_jobs.rs",
        "//! Creates the queue.\n\nuse migrate_runtime::v1::*;\n\n\
         revision! {\n    revision: \"j1\",\n    down_revision: None,\n    created: \"2026-01-01T00:00:00Z\",\n}\n\n\
         pub fn up(op: &mut Op<Sqlite>) -> Result<()> {\n    op.create_table(\"jobs\", |t| {\n        \
         t.column(Column::new(\"id\", BigInt).primary_key());\n    })\n}\n\n\
         pub fn down(op: &mut Op<Sqlite>) -> Result<()> {\n    op.drop_table(\"jobs\")\n}\n",
    );
    package
        .migrate(&format!("init --runtime-path {runtime}"))
        .done();
    let dependency = format!("[dependencies]\n{name}_jobs = {{ path = \"jobs\" }}\n");
    package
        .project
        .replace("Cargo.toml", "[dependencies]\n", &dependency);
    let lib = package.project.read("src/lib.rs");
    let model = format!(
        "{lib}\npub use {name}_jobs::Job;\n\n#[derive(migrate_runtime::Model)]\n#[model(table = \"users\")]\n\
         pub struct User {{\n    #[model(primary_key)]\n    pub id: i64,\n    #[model(references(\"jobs\"(\"id\")))]\n    \
         pub job: Option<i64>,\n}}\n"
    );
    package.project.write("src/lib.rs", &model);
    package
}

#[test]
fn a_library_keeps_its_tables_and_its_history() {
    let package = with_library("owners");
    assert_snapshot!(package.migrate("revision --autogenerate -m users --rev-id a1"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_users.rs (revision a1, a base)
    changed src/migrations/mod.rs
            create table `users`
       next review it, then run `cargo migrate upgrade`
    ");
    package.project.replace(
        "src/migrations/mod.rs",
        "backend = Sqlite",
        "backend = Sqlite, after = [owners_jobs::migrations::migrations]",
    );
    let manifest = package.project.read("Cargo.toml");
    package.project.write(
        "Cargo.toml",
        &format!("{manifest}\n[package.metadata.migrate]\nignore = [\"cache_*\", \"no_such_*\"]\n"),
    );
    assert_snapshot!(package.migrate("upgrade --database-url app.db"), @"
    exit 0
    --- stderr
    upgrade base -> j1, Creates the queue.
    upgrade base -> a1, users
    upgraded 1 revision in the history of `jobs_revisions`, now at j1
    upgraded 1 revision in [TIME], now at a1
    ");
    let connection = rusqlite::Connection::open(package.project.join("app.db")).unwrap();
    connection
        .execute_batch("CREATE TABLE cache_1 (a); CREATE INDEX ix ON cache_1 (a); CREATE INDEX iy ON jobs (id)")
        .unwrap();
    assert_snapshot!(package.migrate("check --database-url app.db"), @"
    exit 0
    --- stderr
    `ignore` in `[package.metadata.migrate]` lists `no_such_*`, and the database has no such object
    nothing found; checked the graph of 1 revision, the models, the applied revisions, the database
    ");
    package
        .project
        .replace("Cargo.toml", "\"no_such_*\"", "\"user?\"");
    assert_snapshot!(package.migrate("check --database-url app.db"), @"
    exit 2
    --- stderr
    error: `ignore` in `[package.metadata.migrate]` lists `user?`, and a revision creates `users`
     help: choose a pattern that matches only names of other owners; if another owner has taken the table over, remove it from the revisions, then run `cargo migrate stamp --edited`
    ");
}
