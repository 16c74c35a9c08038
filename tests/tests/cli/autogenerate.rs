//! `revision --autogenerate` and `--from-drift`: a package with models, and what is written, prompted for and refused.

mod servers;

use insta::assert_snapshot;
use migrate_tests::Project;
use rusqlite::Connection;

use crate::package::Package;

const MODELS: &str = "pub mod migrations;

use migrate_runtime::Model;

#[derive(Model)]
#[model(table = \"users\")]
pub struct User {
    #[model(primary_key)]
    pub id: i64,
    #[model(unique, length = 120)]
    pub email: String,
    pub name: Option<String>,
}
";

/// Returns a package whose models are in its library.
fn with_models(name: &str, models: &str) -> Package {
    let package = Package::new(name, &["src/lib.rs"]);
    package.project.write("src/lib.rs", models);
    package
}

impl Package {
    fn generate(&self, arguments: &str) -> String {
        self.migrate(&format!("revision --autogenerate {arguments}"))
            .to_string()
    }
}

#[test]
fn invalid_options_are_refused_before_anything_is_built() {
    let project = Project::of_revisions("a");
    assert_snapshot!(project.migrate("revision --autogenerate -m x --dir ."), @"
    exit 2
    --- stderr
    error: `--dir` names a directory without a package, so there are no models and no runner
     help: remove `--dir`, or write the operations into the new file yourself
    ");
    let project = Project::of_package("a");
    assert_snapshot!(project.migrate("revision --rename a=b -m x"), @"
    exit 2
    --- stderr
    error: `--rename` needs `--autogenerate` or `--from-drift`
     help: add `--autogenerate`, or remove `--rename`
    ");
    assert_snapshot!(project.migrate("revision --from-drift --autogenerate -m x"), @"
    exit 2
    --- stderr
    error: the argument '--from-drift' cannot be used with '--autogenerate'
     note: usage: cargo migrate revision --from-drift --message <TEXT>
     help: pass `--help` to list the options
    ");
    assert_snapshot!(project.migrate("revision --against database -m x"), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided: --autogenerate
     note: usage: cargo migrate revision --autogenerate --against <WHAT> --message <TEXT>
     help: pass `--help` to list the options
    ");
}

#[test]
fn a_package_without_models_gets_an_error_with_help() {
    let package = Package::new("no_models", &["src/lib.rs"]);
    assert_snapshot!(package.generate("-m x"), @r#"
    exit 2
    --- stderr
    error: there is no desired schema: this application has no models
     help: add `#[derive(Model)]` to a struct of the library; or write the schema to an SQL file with `cargo migrate dump -o schema.sql`, and name it in Cargo.toml: `[package.metadata.migrate] schema = "schema.sql"`
    "#);
    assert_snapshot!(package.generate("-m x --rename a"), @"
    exit 2
    --- stderr
    error: invalid value 'a' for '--rename <OLD=NEW>': write OLD=NEW for a table, TABLE.OLD=NEW for a column
     help: add `--help` to list the options
    ");
}

#[test]
fn a_field_becomes_a_column_up_and_down_and_the_second_time_nothing_is_left() {
    let package = with_models("fields", MODELS);
    assert_snapshot!(package.generate("-m users --rev-id r1"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_users.rs (revision r1, a base)
    changed src/migrations/mod.rs
            create table `users`
       next review it, then run `cargo migrate upgrade`
    ");
    package.project.replace(
        "src/lib.rs",
        "pub name: Option<String>,",
        "pub name: Option<String>,\n    pub avatar_url: Option<String>,",
    );
    assert_snapshot!(package.generate("--rev-id r2"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_add_column_users_avatar_url.rs (revision r2, follows r1)
    changed src/migrations/mod.rs
            add column `users.avatar_url`
       next review it, then run `cargo migrate upgrade`
    ");
    let file = package.file_of("add_column_users_avatar_url");
    assert_snapshot!(package.project.read(file), @r#"
    //! Add column users.avatar_url

    use migrate_runtime::v1::*;

    revision! {
        revision: "r2",
        down_revision: "r1",
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
        op.add_column("users", Column::new("avatar_url", Text))?;
        Ok(())
    }

    pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
        op.drop_column("users", "avatar_url")?;
        Ok(())
    }
    "#);
    assert_snapshot!(package.generate("-m again"), @"
    exit 0
    --- stdout
    nothing to do: no difference was found, so no file was written
    ");
    assert_snapshot!(package.generate("-m again --json"), @r#"
    exit 0
    --- stdout
    {"operations":[],"notes":[],"unmanaged_tables":[],"todo_count":0,"lints":[],"revision":null}
    "#);
    assert_eq!(package.cargo("test --quiet").status, 0);

    package.migrate("upgrade --database-url a.db").done();
    assert_snapshot!(package.migrate("check --database-url a.db"), @"
    exit 0
    --- stderr
    nothing found; checked the graph of 2 revisions, the models, the applied revisions, the database
    ");
    assert_snapshot!(package.generate("--against database --database-url a.db"), @"
    exit 0
    --- stdout
    nothing to do: no difference was found, so no file was written
    ");
    package.migrate("downgrade -1 --database-url a.db").done();
    assert_snapshot!(package.generate("--against database --database-url a.db"), @"
    exit 1
    --- stderr
    error: the database is not at the heads: `r2` pending
     help: run `cargo migrate upgrade` first; if the database has tables but no history, run `cargo migrate baseline`
    ");
    package.migrate("downgrade base --database-url a.db").done();
    let connection = Connection::open(package.project.join("a.db")).unwrap();
    let tables: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'users'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(tables, 0);
}

#[test]
fn what_only_the_author_knows_does_not_compile_until_it_is_written() {
    let package = with_models("places", MODELS);
    package.generate("-m users --rev-id r1");
    package.project.replace(
        "src/lib.rs",
        "    pub name: Option<String>,\n",
        "    pub age: i32,\n",
    );
    assert_snapshot!(package.generate("-m age --rev-id r2 --no-rename users.name=age"), @r"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_age.rs (revision r2, follows r1)
    changed src/migrations/mod.rs
            add column `users.age`
            drop column `users.name`
    warning: drop column `users.name` (data-loss); release a version that does not use the column first, and make sure that a backup has its values
    warning: drop column `users.name` may copy the whole table (table-rebuild); put all changes of one table into one `alter_table`, and plan time for it if the table is large
       next complete the 2 `compile_error!` lines: their messages describe what to write
    ");
    let file = package.file_of("age");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_snapshot!(package.project.read(&file), @r#"
    //! age

    use migrate_runtime::v1::*;

    revision! {
        revision: "r2",
        down_revision: "r1",
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
        // This loses the values of users.name.
        op.allow_data_loss(compile_error!("justify losing the values of users.name"))?;
        op.alter_table("users", |t| {
            t.add_column(Column::new("age", Integer).not_null().fill(compile_error!(
                "write the value of users.age in the existing rows, as SQL"
            )));
            t.drop_column("name");
        })?;
        Ok(())
    }

    pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
        op.alter_table("users", |t| {
            t.add_column(Column::new("name", Text));
            t.drop_column("age");
        })?;
        Ok(())
    }
    "#);
    let run = package.cargo("check --quiet");
    assert!(
        run.stderr
            .contains("justify losing the values of users.name"),
        "{run}"
    );
    assert!(
        run.stderr
            .contains("write the value of users.age in the existing rows"),
        "{run}"
    );

    let filled = text
        .replace(
            "compile_error!(\"justify losing the values of users.name\")",
            "\"nobody reads it\"",
        )
        .replace(
            "compile_error!(\n            \"write the value of users.age in the existing rows, as SQL\"\n        )",
            "\"length(email)\"",
        );
    std::fs::write(&file, filled).unwrap();
    let run = package.cargo("test --quiet");
    assert_eq!(run.status, 0, "{run}");
    for tool in [
        "fmt --check",
        "clippy --quiet --no-deps --all-targets -- -D warnings",
    ] {
        let run = package.cargo(tool);
        assert_eq!(run.status, 0, "{tool}: {run}");
    }
    assert_snapshot!(package.generate("-m again"), @"
    exit 0
    --- stdout
    nothing to do: no difference was found, so no file was written
    ");
}

#[test]
fn a_rename_is_confirmed_and_without_a_terminal_it_is_an_error() {
    let package = with_models("renames", MODELS);
    package.generate("-m users --rev-id r1");
    package
        .project
        .replace("src/lib.rs", "name: Option", "full_name: Option");
    assert_snapshot!(package.generate("-m x"), @r#"
    exit 1
    --- stderr
    error: possible renames need confirmation, and the command can't ask because it does not run interactively
     note: column `users.name` is missing, and `full_name` is new
     help: pass `--rename users.name=full_name` to rename, or `--no-rename users.name=full_name` to drop and add; or write `renamed_from = "…"` in the model
    "#);
    assert_snapshot!(package.generate("-m x --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"ambiguous_rename","message":"possible renames need confirmation, and the command can't ask because it does not run interactively","help":"pass `--rename users.name=full_name` to rename, or `--no-rename users.name=full_name` to drop and add; or write `renamed_from = \"…\"` in the model","notes":["column `users.name` is missing, and `full_name` is new"]}}
    "#);
    assert_snapshot!(package.generate("-m x --rename users.nmae=full_name"), @"
    exit 2
    --- stderr
    error: there is no column `users.nmae` that can be renamed to `full_name`
     help: check the spelling: the revisions have the old name
    ");
    assert_snapshot!(package.generate("-m x --drop-table nothing"), @"
    exit 2
    --- stderr
    error: there is no table `nothing` to drop
     help: check the spelling: the revisions have the table, and the desired schema does not
    ");
    assert_snapshot!(package.generate("-m rename --rename users.name=full_name --rev-id r2"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_rename.rs (revision r2, follows r1)
    changed src/migrations/mod.rs
            rename column `users.name` to `full_name`
       next review it, then run `cargo migrate upgrade`
    ");
    assert_snapshot!(package.project.read(package.file_of("rename")), @r#"
    //! rename

    use migrate_runtime::v1::*;

    revision! {
        revision: "r2",
        down_revision: "r1",
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
        op.rename_column("users", "name", "full_name")?;
        Ok(())
    }

    pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
        op.rename_column("users", "full_name", "name")?;
        Ok(())
    }
    "#);
    package.project.replace(
        "src/lib.rs",
        "table = \"users\"",
        "table = \"people\", renamed_from = \"users\"",
    );
    assert_snapshot!(package.generate("-m people --rev-id r3"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_people.rs (revision r3, follows r2)
    changed src/migrations/mod.rs
            rename table `users` to `people`
       next review it, then run `cargo migrate upgrade`
    ");
    assert_snapshot!(package.generate("-m again"), @"
    exit 0
    --- stdout
    nothing to do: no difference was found, so no file was written
    ");
}

#[test]
fn a_table_without_a_model_is_kept_unless_drop_table_names_it() {
    let package = with_models("kept", MODELS);
    package.generate("-m users --rev-id r1");
    package.project.write(
        "src/lib.rs",
        "pub mod migrations;\n\n#[derive(migrate_runtime::Model)]\n#[model(table = \"notes\")]\npub struct Note {\n    #[model(primary_key)]\n    pub id: i64,\n}\n",
    );
    assert_snapshot!(package.generate("-m notes --rev-id r2"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_notes.rs (revision r2, follows r1)
    changed src/migrations/mod.rs
            create table `notes`
      note: table `users` is not in the desired schema and is kept; only `--drop-table users` drops it, with its rows
       next review it, then run `cargo migrate upgrade`
    ");
    assert_snapshot!(package.generate("-m drop --rev-id r3 --drop-table users"), @r"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_drop.rs (revision r3, follows r2)
    changed src/migrations/mod.rs
            drop table `users`
    warning: drop table `users` (data-loss); make sure that nothing reads it any more, and that a backup has its rows
       next complete the `compile_error!` line: its message describes what to write
    ");
    assert_snapshot!(package.project.read(package.file_of("drop")), @r#"
    //! drop

    use migrate_runtime::v1::*;

    revision! {
        revision: "r3",
        down_revision: "r2",
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
        // This loses the rows of users.
        op.allow_data_loss(compile_error!("justify losing the rows of users"))?;
        op.drop_table("users")?;
        Ok(())
    }

    pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
        op.create_table("users", |t| {
            t.column(Column::new("id", BigInt).not_null());
            t.column(Column::new("email", Varchar(120)).not_null());
            t.column(Column::new("name", Text));
            t.primary_key(PrimaryKey::new("id").named("pk_users"));
            t.unique(Unique::new("email").named("uq_users_email"));
        })?;
        Ok(())
    }
    "#);
}

#[test]
fn a_file_of_sql_defines_the_desired_schema_too() {
    let package = Package::new("sql_file", &["src/lib.rs"]);
    package.project.replace(
        "Cargo.toml",
        "[dependencies]",
        "[package.metadata.migrate]\nschema = \"schema.sql\"\n\n[dependencies]",
    );
    assert_snapshot!(package.generate("-m x"), @"
    exit 1
    --- stderr
    error: can't read [DIR]/schema.sql: No such file or directory (os error 2)
     help: check the path and its permissions
    ");
    package.project.write(
        "schema.sql",
        "CREATE TABLE t (a INTEGER PRIMARY KEY); CREATE TABEL u (a);",
    );
    assert_snapshot!(package.generate("-m x"), @r#"
    exit 1
    --- stderr
    error: the desired schema can't be built: near "TABEL": syntax error
     note: it is defined at [DIR]/schema.sql:1
    "#);
    package.project.write(
        "schema.sql",
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL COLLATE NOCASE, CHECK (b <> ''));\nCREATE VIEW v AS SELECT a FROM t;\nCREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE b = 'x'; END;\n",
    );
    assert_snapshot!(package.generate("-m first --rev-id r1"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_first.rs (revision r1, a base)
    changed src/migrations/mod.rs
            create table `t`
            create view `v`
            create trigger `g`
       next review it, then run `cargo migrate upgrade`
    ");
    assert_snapshot!(package.project.read(package.file_of("first")), @r#"
    //! first

    use migrate_runtime::v1::*;

    revision! {
        revision: "r1",
        down_revision: None,
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
        op.create_table("t", |t| {
            t.column(Column::new("a", Integer));
            t.column(Column::new("b", Text).not_null().collate("NOCASE"));
            t.primary_key("a");
            t.check("b <> ''");
        })?;
        op.create_view(View::new("v", "SELECT a FROM t"))?;
        op.create_trigger(Trigger::new(
            "g",
            "t",
            "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE b = 'x'; END",
        ))?;
        Ok(())
    }

    pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
        op.drop_trigger("t", "g")?;
        op.drop_view("v")?;
        op.drop_table("t")?;
        Ok(())
    }
    "#);
    assert_eq!(package.cargo("test --quiet").status, 0);
    assert_snapshot!(package.generate("-m again"), @"
    exit 0
    --- stdout
    nothing to do: no difference was found, so no file was written
    ");
    package.project.write("schema.sql", "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL COLLATE NOCASE, CHECK (b <> ''));\n");
    let output = package.migrate("check");
    assert_eq!(output.status, 3, "{output}");
    for message in [
        "the revisions do not build the schema of the SQL file",
        "view `v` is in the revisions only",
    ] {
        assert!(
            output.stdout.contains(message) || output.stderr.contains(message),
            "{output}"
        );
    }
    assert_snapshot!(package.generate("-m less --rev-id r2"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_less.rs (revision r2, follows r1)
    changed src/migrations/mod.rs
            drop trigger `g`
            drop view `v`
       next review it, then run `cargo migrate upgrade`
    ");
    assert_snapshot!(package.generate("-m again"), @"
    exit 0
    --- stdout
    nothing to do: no difference was found, so no file was written
    ");
}

#[test]
fn the_drift_of_a_live_database_is_written() {
    let package = with_models("repair", MODELS);
    package.generate("-m users --rev-id r1");
    assert_snapshot!(package.migrate("revision --from-drift -m x"), @"
    exit 2
    --- stderr
    error: no database was named
     help: pass `--database-url URL`, or set DATABASE_URL in the environment or in `.env`
    ");
    assert_snapshot!(package.migrate("revision --from-drift -m x --database-url none.db"), @"
    exit 1
    --- stderr
    error: the database does not exist
     help: check the path or the name; `upgrade` creates a new database
    ");
    package.migrate("upgrade --database-url a.db").done();
    assert_snapshot!(package.migrate("revision --from-drift -m x --database-url a.db"), @"
    exit 0
    --- stdout
    nothing to do: no difference was found, so no file was written
    ");
    let connection = Connection::open(package.project.join("a.db")).unwrap();
    connection
        .execute_batch("CREATE TABLE extra (a INTEGER DEFAULT 7); CREATE INDEX ix ON users (name DESC) WHERE name <> 'it''s'")
        .unwrap();
    drop(connection);
    assert_snapshot!(package.migrate("revision --from-drift -m repair --rev-id r2 --database-url a.db"), @"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_repair.rs (revision r2, follows r1)
    changed src/migrations/mod.rs
            create table `extra`
            create index `ix`
       next review it, then run `cargo migrate stamp heads`: this database already has the changes; run `upgrade` for other databases
    ");
    assert_snapshot!(package.project.read(package.file_of("repair")), @r#"
    //! repair

    use migrate_runtime::v1::*;

    revision! {
        revision: "r2",
        down_revision: "r1",
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
        op.create_table("extra", |t| t.column(Column::new("a", Integer).default(7)))?;
        op.create_index(
            Index::new("ix", "users", [IndexPart::column("name").desc()]).predicate("name <> 'it''s'"),
        )?;
        Ok(())
    }

    pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
        op.drop_index("users", "ix")?;
        op.drop_table("extra")?;
        Ok(())
    }
    "#);
    package.migrate("stamp r2 --database-url a.db").done();
    assert_snapshot!(package.migrate("diff --database-url a.db"), @"
    exit 0
    --- stderr
    no difference: the database has the schema that its revisions build
    ");
}
