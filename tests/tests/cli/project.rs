//! Which package is selected: `-p`, `--manifest-path`, the current directory, or the only one with revisions.

use insta::assert_snapshot;
use migrate_tests::Project;

/// A workspace of packages; those named `with_…` have revisions.
fn workspace(members: &[&str]) -> Project {
    let project = Project::new();
    let list = members
        .iter()
        .map(|member| format!("\"{member}\""))
        .collect::<Vec<_>>()
        .join(", ");
    project.write(
        "Cargo.toml",
        &format!("[workspace]\nresolver = \"3\"\nmembers = [{list}]\n"),
    );
    for member in members {
        project.write(
            format!("{member}/Cargo.toml"),
            &format!("[package]\nname = \"{member}\"\nedition = \"2024\"\n"),
        );
        project.write(format!("{member}/src/lib.rs"), "");
        if member.starts_with("with") {
            project.write_revisions(&format!("{member}/src/migrations"), &format!("{member}_1"));
        }
    }
    project
}

#[test]
fn without_a_package_the_help_has_a_workaround() {
    assert_snapshot!(Project::new().migrate("heads"), @r"
    exit 2
    --- stderr
    error: could not find `Cargo.toml` in `[DIR]` or any parent directory
     help: run the command in a Cargo package or pass `--manifest-path PATH`; `--dir PATH` needs no package
    ");
    assert_snapshot!(Project::new().migrate("heads --json"), @r#"
    exit 2
    --- stdout
    {"error":{"code":"usage_error","message":"could not find `Cargo.toml` in `[DIR]` or any parent directory","help":"run the command in a Cargo package or pass `--manifest-path PATH`; `--dir PATH` needs no package"}}
    "#);
    assert_snapshot!(Project::new().migrate("heads --manifest-path nowhere/Cargo.toml"), @r"
    exit 2
    --- stderr
    error: manifest path `nowhere/Cargo.toml` does not exist
      --> nowhere/Cargo.toml
     help: pass the path of a package's Cargo.toml
    ");
}

#[test]
fn an_unreadable_manifest_is_reported_with_cargos_message() {
    let project = Project::new();
    project.write("Cargo.toml", "[package\n");
    assert_snapshot!(project.migrate("heads"), @r"
    exit 2
    --- stderr
    error: unclosed table, expected `]`
      --> Cargo.toml:1:9
     help: correct it; run `cargo check` for details
    ");
}

#[test]
fn an_unknown_package_is_reported_with_the_existing_packages() {
    assert_snapshot!(workspace(&["one", "with_two"]).migrate("heads -p three"), @r"
    exit 2
    --- stderr
    error: the workspace has no package `three`
     help: its packages are `one` and `with_two`
    ");
}

#[test]
fn several_packages_with_revisions_need_a_choice() {
    let project = workspace(&["one", "with_two", "with_three"]);
    assert_snapshot!(project.migrate("heads"), @r"
    exit 2
    --- stderr
    error: which package? `with_three` and `with_two` have revisions
     help: pass `-p NAME`, or run the command in the package's directory
    ");
    assert_snapshot!(project.migrate("heads -p with_two"), @r"
    exit 0
    --- stdout
    with_two_1 (head), message of with_two_1.
    ");
    assert_snapshot!(project.migrate_in("with_three/src", "heads"), @r"
    exit 0
    --- stdout
    with_three_1 (head), message of with_three_1.
    ");
    assert_snapshot!(project.migrate("heads --manifest-path with_three/Cargo.toml"), @r"
    exit 0
    --- stdout
    with_three_1 (head), message of with_three_1.
    ");
}

#[test]
fn packages_without_revisions_get_help_to_start() {
    assert_snapshot!(workspace(&["one", "two"]).migrate("heads"), @r"
    exit 2
    --- stderr
    error: no package of the workspace has revisions: `one` and `two`
     help: prepare one with `cargo migrate init -p NAME`
    ");
    assert_snapshot!(workspace(&["one", "two"]).migrate("heads -p one"), @r"
    exit 2
    --- stderr
    error: package `one` has no revisions: [DIR]/one/src/migrations does not exist
     help: create it with `cargo migrate init -p one`
    ");
}

#[test]
fn the_only_package_with_revisions_is_selected() {
    assert_snapshot!(workspace(&["one", "with_two"]).migrate("heads"), @r"
    exit 0
    --- stdout
    with_two_1 (head), message of with_two_1.
    ");
    assert_snapshot!(workspace(&["one", "with_two"]).migrate_in("one", "heads"), @r"
    exit 0
    --- stdout
    with_two_1 (head), message of with_two_1.
    ");
}

#[test]
fn a_package_and_a_directory_exclude_each_other() {
    assert_snapshot!(Project::of_revisions("a").migrate("heads --dir . -p app"), @r"
    exit 2
    --- stderr
    error: the argument '--dir <PATH>' cannot be used with '--package <NAME>'
     note: usage: cargo migrate heads --dir <PATH>
     help: pass `--help` to list the options
    ");
}

#[test]
fn settings_name_the_directory_of_the_revisions() {
    let project = Project::of_package("");
    let manifest = project.read("Cargo.toml");
    let set = |settings: &str| {
        project.write(
            "Cargo.toml",
            &format!("{manifest}\n[package.metadata.migrate]\n{settings}\n"),
        )
    };
    set("dir = \"db\"");
    project.write_revisions("db", "aaaa");
    assert_snapshot!(project.migrate("heads"), @r"
    exit 0
    --- stdout
    aaaa (head), message of aaaa.
    ");
    set("dir = \"../db\"");
    assert_snapshot!(project.migrate("heads"), @r#"
    exit 2
    --- stderr
    error: `dir = "../db"` is outside of the package's directory
      --> Cargo.toml
     help: the keys of `[package.metadata.migrate]` are `database-url = "…"`, `dir = "src/migrations"`, `schema = "schema.sql"`, `backup-dir = "…"`, `ignore = ["job_*"]`, `scratch-setup = "others.sql"`, `schemas = ["public", "billing"]` and the tables `deploy` and `lint`
    "#);
    set("directory = \"db\"");
    assert_snapshot!(project.migrate("heads"), @r#"
    exit 2
    --- stderr
    error: `[package.metadata.migrate]` has no key `directory`
      --> Cargo.toml
     help: the keys of `[package.metadata.migrate]` are `database-url = "…"`, `dir = "src/migrations"`, `schema = "schema.sql"`, `backup-dir = "…"`, `ignore = ["job_*"]`, `scratch-setup = "others.sql"`, `schemas = ["public", "billing"]` and the tables `deploy` and `lint`
    "#);
    set("database-url = 7");
    assert_snapshot!(project.migrate("heads"), @r#"
    exit 2
    --- stderr
    error: `database-url` of `[package.metadata.migrate]` is not a string
      --> Cargo.toml
     help: the keys of `[package.metadata.migrate]` are `database-url = "…"`, `dir = "src/migrations"`, `schema = "schema.sql"`, `backup-dir = "…"`, `ignore = ["job_*"]`, `scratch-setup = "others.sql"`, `schemas = ["public", "billing"]` and the tables `deploy` and `lint`
    "#);
}

#[test]
fn schemas_are_a_list_of_names_each_once() {
    let project = Project::of_package("");
    let manifest = project.read("Cargo.toml");
    project.write_revisions("src/migrations", "aaaa");
    let error_line = |value: &str| {
        let table = format!("{manifest}\n[package.metadata.migrate]\nschemas = {value}\n");
        project.write("Cargo.toml", &table);
        let output = project.migrate("heads").to_string();
        let error = output
            .lines()
            .find(|line| line.trim_start().starts_with("error"));
        error.unwrap_or_default().trim().to_owned()
    };
    assert_eq!(error_line("[\"public\", \"billing\"]"), "");
    for (value, problem) in [
        ("\"public\"", " is not a list of names"),
        ("[\"public\", 3]", " is not a list of names"),
        ("[]", ": it does not name a schema"),
        ("[\"\"]", ": `` is not a valid schema name"),
        ("[\"a\", \"a\"]", ": `a` is listed twice"),
        ("[\"pg_toast\"]", ": `pg_toast` is reserved by the server"),
    ] {
        let expected = format!("error: `schemas` of `[package.metadata.migrate]`{problem}");
        assert_eq!(error_line(value), expected, "{value}");
    }
}
