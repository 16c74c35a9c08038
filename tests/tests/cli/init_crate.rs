//! `cargo migrate init --crate DIR`, in packages and workspaces of every shape.

use insta::assert_snapshot;
use migrate_tests::Project;

use crate::package::{Package, runtime};

fn manifest(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n")
}

fn application() -> Project {
    let project = Project::new();
    project.write("Cargo.toml", &manifest("app"));
    project.write("src/main.rs", "fn main() {}\n");
    project
}

const REVISION: &str = "use migrate_runtime::v1::*;\n\nrevision! {\n    revision: \"one\",\n    down_revision: None,\n    created: \"2026-01-01T00:00:00Z\",\n}\n";

#[test]
fn what_can_not_be_created_is_refused_and_nothing_is_written() {
    let project = application();
    project.write("taken/2026_users.sql", "");
    let before = project.files();
    assert_snapshot!(project.migrate("init --crate taken"), @"
    exit 2
    --- stderr
    error: `taken` exists already
      --> taken
     help: pass another directory, such as `--crate schema-migrations`
    ");
    assert_snapshot!(project.migrate("init --crate ../outside"), @"
    exit 2
    --- stderr
    error: `../outside` is not a directory inside of the workspace
     help: pass a path relative to the workspace's root: `--crate migrations`
    ");
    assert_snapshot!(project.migrate("init --crate match"), @"
    exit 2
    --- stderr
    error: `match` can't be the name of a crate
     help: use letters, digits, `-` and `_`, and no word of Rust: `--crate migrations`
    ");
    assert_snapshot!(project.migrate("init --crate app"), @"
    exit 2
    --- stderr
    error: the workspace has a package `app` already
     help: prepare it with `cargo migrate init -p app`, or pass another name
    ");
    assert_eq!(project.files(), before);
    project.write("src/migrations/mod.rs", "");
    assert_snapshot!(project.migrate("init --crate migrations"), @"
    exit 2
    --- stderr
    error: package `app` has revisions already
     help: move them by hand, as docs/revision-crate.md describes, or pass `-p NAME` with a package that has none
    ");
    let excluding = application();
    let text = format!("{}\n[workspace]\nexclude = [\"tools\"]\n", manifest("app"));
    excluding.write("Cargo.toml", &text);
    assert_snapshot!(excluding.migrate("init --crate tools/migrations"), @"
    exit 2
    --- stderr
    error: the workspace excludes `tools/migrations`
      --> Cargo.toml
     help: remove it from `exclude` in `[workspace]`, or pass another directory
    ");
}

#[test]
fn a_package_becomes_a_workspace() {
    let project = application();
    project.write("fuzz/Cargo.toml", &manifest("fuzz"));
    assert_snapshot!(project.migrate("init --crate migrations --backend postgres"), @r#"
    exit 0
    --- stdout
    created migrations/Cargo.toml: the package of the revisions
    created migrations/src/lib.rs: its library: an application calls `migrations::migrations()`
    created migrations/src/migrations/mod.rs: the revisions' module
    created migrations/src/bin/migrations-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    created migrations/.gitattributes: so that a git merge keeps the lines of both sides
    changed Cargo.toml: `[workspace]` with the member `migrations`, and `exclude` for fuzz, which must stay outside of the workspace
       next cargo migrate revision -m "create users"
    "#);
    assert_snapshot!(project.read("Cargo.toml"), @r#"
    [package]
    name = "app"
    version = "0.1.0"
    edition = "2021"

    [workspace]
    members = ["migrations"]
    exclude = ["fuzz"]
    "#);
    assert_snapshot!(project.read("migrations/Cargo.toml"), @r#"
    [package]
    name = "migrations"
    version = "0.1.0"
    edition = "2021"
    publish = false

    [dependencies]
    migrate-runtime = { version = "0.1", default-features = false, features = ["cli", "postgres"] }
    "#);
    assert_snapshot!(project.read("migrations/src/lib.rs"), @"
    //! The schema revisions of the application, and nothing that needs them to be applied.

    pub mod migrations;

    pub use self::migrations::migrations;
    ");
    assert_snapshot!(project.read("migrations/src/bin/migrations-migrate.rs"), @"
    //! The migration runner of this package: `cargo migrate upgrade` builds and runs it.

    fn main() -> std::process::ExitCode {
        migrate_runtime::main(migrations::migrations::migrations())
    }
    ");
    assert_snapshot!(project.migrate("init --crate migrations"), @"
    exit 2
    --- stderr
    error: the workspace has a package `migrations` already
     help: prepare it with `cargo migrate init -p migrations`, or pass another name
    ");
    // The only package with revisions is found in every directory of the workspace.
    project.write("migrations/src/migrations/one.rs", REVISION);
    let module = "migrate_runtime::migrations!(backend = Postgres);\nmod one;\n";
    project.write("migrations/src/migrations/mod.rs", module);
    for directory in [".", "src", "migrations"] {
        let heads = project.migrate_in(directory, "heads --json").done();
        assert!(heads.stdout.contains("\"one\""), "{heads}");
    }
}

#[test]
fn a_workspace_gets_a_member() {
    let project = Project::new();
    let text = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\", \"app\"]\n\n[workspace.package]\nedition = \"2024\"\n";
    project.write("Cargo.toml", text);
    project.write("app/Cargo.toml", &manifest("app"));
    project.write("app/src/main.rs", "fn main() {}\n");
    project.write("crates/web/Cargo.toml", &manifest("web"));
    project.write("crates/web/src/lib.rs", "");
    assert_snapshot!(project.migrate_in("app", "init --crate crates/migrations"), @r#"
    exit 0
    --- stdout
    created [DIR]/crates/migrations/Cargo.toml: the package of the revisions
    created [DIR]/crates/migrations/src/lib.rs: its library: an application calls `migrations::migrations()`
    created [DIR]/crates/migrations/src/migrations/mod.rs: the revisions' module
    created [DIR]/crates/migrations/src/bin/migrations-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    created [DIR]/crates/migrations/.gitattributes: so that a git merge keeps the lines of both sides
       next cargo migrate revision -m "create users"
    "#);
    assert_eq!(project.read("Cargo.toml"), text);
    assert!(
        project
            .read("crates/migrations/Cargo.toml")
            .contains("edition.workspace = true")
    );
    project.migrate("init --crate ./billing/").done();
    assert_snapshot!(project.migrate_in("app", "heads"), @"
    exit 2
    --- stderr
    error: which package? `billing` and `migrations` have revisions
     help: pass `-p NAME`, or run the command in the package's directory
    ");
    assert_snapshot!(project.migrate_in("billing", "heads"), @"exit 0");
}

#[test]
fn the_crate_builds_and_runs_beside_an_application_that_does_not_build() {
    let package = Package::unprepared("beside", &["src/main.rs"]);
    let init = format!(
        "init --crate beside-migrations --runtime-path {}",
        runtime()
    );
    package.migrate(&init).done();
    package
        .project
        .write("src/main.rs", "fn main() { not_built() }\n");
    package.migrate("revision -m one --rev-id one").done();
    assert_snapshot!(package.migrate("upgrade --database-url a.db"), @"
    exit 0
    --- stderr
    upgrade base -> one, one
    upgraded 1 revision in [TIME], now at one
    ");
    assert!(package.project.join("a.db").exists());
}
