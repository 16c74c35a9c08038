//! `cargo migrate init`, on packages of every shape. What it writes is built in `runner.rs`.

use insta::assert_snapshot;
use migrate_tests::Project;

const MANIFEST: &str = "# Mine.\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n";

fn package(files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    project.write("Cargo.toml", MANIFEST);
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

#[test]
fn without_a_package_there_is_nothing_to_prepare() {
    assert_snapshot!(Project::new().migrate("init"), @r"
    exit 2
    --- stderr
    error: could not find `Cargo.toml` in `[DIR]` or any parent directory
     help: run the command in a Cargo package or pass `--manifest-path PATH`; `--dir PATH` needs no package
    ");
}

#[test]
fn at_the_root_of_a_workspace_the_members_are_listed() {
    let project = Project::new();
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n",
    );
    for member in ["one", "two"] {
        project.write(
            format!("{member}/Cargo.toml"),
            &MANIFEST.replace("app", member),
        );
        project.write(format!("{member}/src/lib.rs"), "");
    }
    assert_snapshot!(project.migrate("init"), @r"
    exit 2
    --- stderr
    error: which package? `one` and `two`
     help: pass `-p NAME`, or run the command in the package's directory
    ");
    assert_snapshot!(project.migrate("init -p two"), @r#"
    exit 0
    --- stdout
    created two/src/migrations/mod.rs: the revisions' module
    changed two/src/lib.rs: `pub mod migrations;`
    created two/src/bin/two-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    changed two/Cargo.toml: dependency `migrate-runtime = "0.1"`
    created two/.gitattributes: so that a git merge keeps the lines of both sides
       next cargo migrate revision -m "create users"
    "#);
    assert_snapshot!(project.migrate_in("one", "init"), @r#"
    exit 0
    --- stdout
    created src/migrations/mod.rs: the revisions' module
    changed src/lib.rs: `pub mod migrations;`
    created src/bin/one-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    changed Cargo.toml: dependency `migrate-runtime = "0.1"`
    created .gitattributes: so that a git merge keeps the lines of both sides
       next cargo migrate revision -m "create users"
    "#);
}

#[test]
fn a_procedural_macro_can_not_hold_revisions() {
    let project = package(&[("src/lib.rs", "")]);
    project.write(
        "Cargo.toml",
        &format!("{MANIFEST}\n[lib]\nproc-macro = true\n"),
    );
    assert_snapshot!(project.migrate("init"), @r"
    exit 2
    --- stderr
    error: package `app` is a procedural macro, and its library can't contain revisions
      --> Cargo.toml
     help: pass the application's package with `-p NAME`
    ");
}

#[test]
fn a_private_module_is_reported_and_nothing_is_written() {
    let project = package(&[("src/lib.rs", "//! App.\nmod migrations;\n")]);
    assert_snapshot!(project.migrate("init"), @r"
    exit 2
    --- stderr
    error: `mod migrations;` is private, so the runner can't access it
      --> src/lib.rs:2:1
     help: change it to `pub mod migrations;`
    ");
    assert_eq!(project.files(), ["Cargo.toml", "src/lib.rs"]);
}

#[test]
fn a_runtime_that_does_not_exist_is_refused() {
    assert_snapshot!(package(&[("src/lib.rs", "")]).migrate("init --runtime-path nowhere"), @r"
    exit 2
    --- stderr
    error: `nowhere` contains no package
     help: pass the directory that contains the Cargo.toml of `migrate-runtime`
    ");
}

#[test]
fn a_library_gets_a_module_a_runner_and_a_dependency() {
    let project = package(&[
        (
            "src/lib.rs",
            "//! App.\n\n#![forbid(unsafe_code)]\n\nmod models;\nmod views;\n\nfn f() {}\n",
        ),
        ("src/models.rs", ""),
        ("src/views.rs", ""),
    ]);
    assert_snapshot!(project.migrate("init"), @r#"
    exit 0
    --- stdout
    created src/migrations/mod.rs: the revisions' module
    changed src/lib.rs: `pub mod migrations;`
    created src/bin/app-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    changed Cargo.toml: dependency `migrate-runtime = "0.1"`
    created .gitattributes: so that a git merge keeps the lines of both sides
       next cargo migrate revision -m "create users"
    "#);
    assert_snapshot!(project.read("src/lib.rs"), @r"
    //! App.

    #![forbid(unsafe_code)]

    pub mod migrations;
    mod models;
    mod views;

    fn f() {}
    ");
    assert_snapshot!(project.read("src/migrations/mod.rs"), @r"
    //! Schema revisions, oldest first. `cargo migrate revision` adds a line.

    // Revisions are written for reading: `use …::v1::*`, `Op<Sqlite>`, `pub fn up`.
    #![allow(elided_lifetimes_in_paths, unreachable_pub, clippy::wildcard_imports)]

    migrate_runtime::migrations!(backend = Sqlite);
    ");
    assert_snapshot!(project.read("src/bin/app-migrate.rs"), @r"
    //! The migration runner of this package: `cargo migrate upgrade` builds and runs it.

    fn main() -> std::process::ExitCode {
        migrate_runtime::main(app::migrations::migrations())
    }
    ");
    assert_snapshot!(project.read("Cargo.toml"), @r#"
    # Mine.
    [package]
    name = "app"
    version = "0.1.0"
    edition = "2024"

    [dependencies]
    migrate-runtime = "0.1"
    "#);
    assert_snapshot!(project.read(".gitattributes"), @"src/migrations/mod.rs merge=union");
}

#[test]
fn a_second_time_there_is_nothing_to_do() {
    let project = package(&[("src/main.rs", "fn main() {}\n")]);
    project.migrate("init").done();
    let before: Vec<String> = project
        .files()
        .iter()
        .map(|file| project.read(file))
        .collect();
    assert_snapshot!(project.migrate("init"), @r"
    exit 0
    --- stdout
    nothing to do: package `app` is already prepared
    ");
    assert_snapshot!(project.migrate("init --json"), @r#"
    exit 0
    --- stdout
    {"package":"app","created":[],"changed":[]}
    "#);
    assert_eq!(
        project
            .files()
            .iter()
            .map(|file| project.read(file))
            .collect::<Vec<_>>(),
        before
    );
}

#[test]
fn an_application_gets_a_library_and_is_still_what_cargo_run_runs() {
    let project = package(&[("src/main.rs", "fn main() {}\n")]);
    assert_snapshot!(project.migrate("init"), @r#"
    exit 0
    --- stdout
    created src/migrations/mod.rs: the revisions' module
    created src/lib.rs: a library, because the runner is a separate binary and imports the revisions from it; move the code that revisions use here as well
    created src/bin/app-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    changed Cargo.toml: dependency `migrate-runtime = "0.1"`; `default-run = "app"`, so that `cargo run` still runs `app` and not the runner
    created .gitattributes: so that a git merge keeps the lines of both sides
       next cargo migrate revision -m "create users"
    "#);
    assert_snapshot!(project.read("src/lib.rs"), @"pub mod migrations;");
    assert_snapshot!(project.read("Cargo.toml"), @r#"
    # Mine.
    [package]
    name = "app"
    version = "0.1.0"
    edition = "2024"
    default-run = "app"

    [dependencies]
    migrate-runtime = "0.1"
    "#);
}

#[test]
fn a_package_with_both_keeps_both() {
    let project = package(&[
        ("src/main.rs", "fn main() {}\n"),
        ("src/lib.rs", "pub fn f() {}\n"),
    ]);
    assert_snapshot!(project.migrate("init --json"), @r#"
    exit 0
    --- stdout
    {"package":"app","created":["src/migrations/mod.rs","src/bin/app-migrate.rs",".gitattributes"],"changed":["src/lib.rs","Cargo.toml"]}
    "#);
    assert_snapshot!(project.read("src/lib.rs"), @r"
    pub mod migrations;

    pub fn f() {}
    ");
    assert!(
        project
            .read("Cargo.toml")
            .contains("default-run = \"app\"\n")
    );
}

#[test]
fn several_binaries_are_still_ambiguous() {
    let project = package(&[
        ("src/main.rs", "fn main() {}\n"),
        ("src/bin/other.rs", "fn main() {}\n"),
    ]);
    project.migrate("init").done();
    assert!(!project.read("Cargo.toml").contains("default-run"));
}

#[test]
fn a_workspace_that_shares_the_runtime_is_followed() {
    let project = Project::new();
    project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"app\"]\n\n[workspace.dependencies]\nmigrate-runtime = \"0.1\"\n");
    project.write("app/Cargo.toml", MANIFEST);
    project.write("app/src/lib.rs", "");
    project.migrate("init").done();
    assert!(
        project
            .read("app/Cargo.toml")
            .contains("migrate-runtime = { workspace = true }\n")
    );
}

#[test]
fn a_library_at_another_path_has_its_revisions_beside_it() {
    let project = package(&[("code/app.rs", "")]);
    project.write(
        "Cargo.toml",
        &format!("{MANIFEST}\n[lib]\npath = \"code/app.rs\"\n"),
    );
    assert_snapshot!(project.migrate("init"), @r#"
    exit 0
    --- stdout
    created code/migrations/mod.rs: the revisions' module
    changed code/app.rs: `pub mod migrations;`
    created src/bin/app-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    changed Cargo.toml: dependency `migrate-runtime = "0.1"`; `dir = "code/migrations"` in `[package.metadata.migrate]`, because the library is not in src
    created .gitattributes: so that a git merge keeps the lines of both sides
       next cargo migrate revision -m "create users"
    "#);
    assert!(
        project
            .read("Cargo.toml")
            .contains("[package.metadata.migrate]\ndir = \"code/migrations\"\n")
    );
    project.migrate("revision -m x").done();
    assert!(
        project
            .files()
            .contains(&"code/migrations/m[DATE]_x.rs".to_owned())
    );
}

#[test]
fn line_endings_are_kept() {
    let project = package(&[("src/lib.rs", "//! App.\r\n\r\nfn f() {}\r\n")]);
    project.write("Cargo.toml", &MANIFEST.replace('\n', "\r\n"));
    project.write(".gitattributes", "*.png binary\r\n");
    project.migrate("init").done();
    for file in ["Cargo.toml", "src/lib.rs", ".gitattributes"] {
        let text = std::fs::read_to_string(project.join(file)).unwrap();
        assert_eq!(
            text.matches('\n').count(),
            text.matches("\r\n").count(),
            "{file}: {text:?}"
        );
    }
}

#[test]
fn existing_git_attributes_are_kept() {
    let project = package(&[("src/lib.rs", ""), (".gitattributes", "*.png binary")]);
    project.migrate("init").done();
    assert_eq!(
        project.read(".gitattributes"),
        "*.png binary\nsrc/migrations/mod.rs merge=union\n"
    );
}

#[test]
fn a_server_is_chosen_with_its_feature_and_its_type_in_new_revisions() {
    for (name, kind) in [("postgres", "Postgres"), ("mysql", "Mysql")] {
        let project = package(&[("src/lib.rs", "")]);
        project.migrate(&format!("init --backend {name}")).done();
        assert!(project.read("src/migrations/mod.rs").ends_with(&format!(
            "\nmigrate_runtime::migrations!(backend = {kind});\n"
        )));
        assert!(project.read("Cargo.toml").ends_with(&format!(
            "\nmigrate-runtime = {{ version = \"0.1\", default-features = false, features = [\"cli\", \"{name}\"] }}\n"
        )));
        project.migrate("revision -m x").done();
        let revision = std::fs::read_dir(project.join("src/migrations"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.to_string_lossy().ends_with("_x.rs"))
            .unwrap();
        let revision = std::fs::read_to_string(revision).unwrap();
        assert_eq!(
            revision
                .matches(&format!("(_op: &mut Op<{kind}>) -> Result<()>"))
                .count(),
            2
        );
    }
}

#[test]
fn a_database_is_chosen_for_a_package_that_has_the_dependency() {
    let project = package(&[("src/lib.rs", "")]);
    project.write(
        "Cargo.toml",
        &format!("{MANIFEST}migrate-runtime = \"0.1\"\n"),
    );
    assert_snapshot!(project.migrate("init --backend postgres"), @r#"
    exit 0
    --- stdout
    created src/migrations/mod.rs: the revisions' module
    changed src/lib.rs: `pub mod migrations;`
    created src/bin/app-migrate.rs: the runner, built and run by `cargo migrate upgrade`
    changed Cargo.toml: feature `postgres` of `migrate-runtime`
    created .gitattributes: so that a git merge keeps the lines of both sides
       next cargo migrate revision -m "create users"
    "#);
    assert_snapshot!(project.read("Cargo.toml"), @r#"
    # Mine.
    [package]
    name = "app"
    version = "0.1.0"
    edition = "2024"

    [dependencies]
    migrate-runtime = { version = "0.1", features = ["postgres"] }
    "#);
    assert_snapshot!(project.migrate("init --backend postgres"), @"
    exit 0
    --- stdout
    nothing to do: package `app` is already prepared
    ");
}

#[test]
fn another_database_than_that_of_the_revisions_is_refused() {
    let project = package(&[("src/lib.rs", "")]);
    project.migrate("init").done();
    let before = project.read("Cargo.toml");
    assert_snapshot!(project.migrate("init --backend mysql"), @"
    exit 2
    --- stderr
    error: the existing revisions are for Sqlite, not for Mysql
      --> src/migrations/mod.rs
     help: remove `--backend`, or write `backends = [Sqlite, Mysql]` in that file if the revisions support both
    ");
    assert_eq!(project.read("Cargo.toml"), before);
}

#[test]
fn a_database_without_a_backend_is_refused() {
    let project = package(&[("src/lib.rs", "")]);
    assert_snapshot!(project.migrate("init --backend oracle"), @"
    exit 2
    --- stderr
    error: invalid value 'oracle' for '--backend <NAME>' [possible values: sqlite, postgres, mysql]
     help: pass `--help` to list the options
    ");
}
