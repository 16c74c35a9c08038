//! `import`.

#[cfg(unix)]
mod alembic;

use std::fs;

use insta::assert_snapshot;
use migrate_tests::Project;
use rusqlite::Connection;

use crate::package::Package;

/// A history of another tool: its name, the value of `--from`, and its files.
struct Fixture {
    tool: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const CREATE: &str = "CREATE TABLE users (\n  id INTEGER PRIMARY KEY,\n  \"name\" TEXT NOT NULL DEFAULT 'a\\b'\n);\n";

/// One small history of each format; all of them build the same schema.
const FIXTURES: [Fixture; 6] = [
    Fixture {
        tool: "sqlx",
        files: &[
            ("20240131120000_create_users.up.sql", CREATE),
            (
                "20240131120000_create_users.down.sql",
                "DROP TABLE users;\n",
            ),
            (
                "20240201000000_add_index.sql",
                "-- no-transaction\nCREATE INDEX by_name ON users (name);\nVACUUM;\n",
            ),
            ("README.md", "Our migrations."),
        ],
    },
    Fixture {
        tool: "diesel",
        files: &[
            (
                "00000000000000_diesel_initial_setup/up.sql",
                "-- Nothing.\n",
            ),
            (
                "00000000000000_diesel_initial_setup/down.sql",
                "-- Nothing.\n",
            ),
            ("2024-01-31-120000_create_users/up.sql", CREATE),
            (
                "2024-01-31-120000_create_users/down.sql",
                "DROP TABLE users;\n",
            ),
            (
                "2024-02-01-000000-0000_add_index/up.sql",
                "CREATE INDEX by_name ON users (name);\nVACUUM;\n",
            ),
            ("2024-02-01-000000-0000_add_index/down.sql", ""),
            (
                "2024-02-01-000000-0000_add_index/metadata.toml",
                "run_in_transaction = false\n",
            ),
        ],
    },
    Fixture {
        tool: "refinery",
        files: &[
            ("V1__create_users.sql", CREATE),
            ("V2__nothing.sql", "SELECT 1;"),
            (
                "U10__add_index.sql",
                "BEGIN;\nCREATE INDEX by_name ON users (name);\nCOMMIT;\n",
            ),
        ],
    },
    Fixture {
        tool: "dbmate",
        files: &[
            (
                "20240131120000_create_users.sql",
                "-- migrate:up\nCREATE TABLE users (id INTEGER PRIMARY KEY, \"name\" TEXT NOT NULL DEFAULT 'a\\b');\n\n-- migrate:down\nDROP TABLE users;\n",
            ),
            (
                "20240201000000_add_index.sql",
                "-- migrate:up transaction:false\nCREATE INDEX by_name ON users (name);\nVACUUM;\n-- migrate:down\nDROP INDEX by_name;\n",
            ),
        ],
    },
    Fixture {
        tool: "goose",
        files: &[
            (
                "00001_create_users.sql",
                "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE users (id INTEGER PRIMARY KEY, \"name\" TEXT NOT NULL DEFAULT 'a\\b');\n-- +goose StatementEnd\n\n-- +goose Down\nDROP TABLE users;\n",
            ),
            (
                "00002_add_index.sql",
                "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX by_name ON users (name);\nVACUUM;\n-- +goose Down\nDROP INDEX by_name;\n",
            ),
        ],
    },
    Fixture {
        tool: "flyway",
        files: &[
            ("V1__create_users.sql", CREATE),
            ("U1__create_users.sql", "DROP TABLE users;\n"),
            ("V1_1__nothing.sql", "SELECT 1;"),
            ("later/V1_10__vacuum.sql", "VACUUM;"),
            ("later/V1_10__vacuum.sql.conf", "executeInTransaction=false"),
            (
                "R__index.sql",
                "DROP INDEX IF EXISTS by_name;\nCREATE INDEX by_name ON users (name);\n",
            ),
            ("afterMigrate.sql", "SELECT 2;"),
        ],
    },
];

impl Fixture {
    /// Writes the files into the directory of the tool's name.
    fn write(&self, project: &Project) {
        for (file, text) in self.files {
            project.write(format!("{}/{file}", self.tool), text);
        }
    }

    /// Imports the files with `--dir`, into revisions that are not built.
    fn import(&self, project: &Project) -> migrate_tests::Run {
        self.write(project);
        let directory = format!("of_{}", self.tool);
        project.write(
            format!("{directory}/mod.rs"),
            "migrate_runtime::migrations!(backend = Sqlite);\n",
        );
        let tool = self.tool;
        project.migrate(&format!("import --from {tool} {tool} --dir {directory}"))
    }
}

/// The application's program: it upgrades one database for each history.
const PROGRAM: &str = "fn main() {
    let upgrade = |name: &str, migrations: &migrate_runtime::Migrations<migrate_runtime::v1::Sqlite>| {
        let mut connection = rusqlite::Connection::open(format!(\"{name}.db\")).expect(\"opens\");
        migrations.upgrade(&mut connection).expect(name);
    };
";

#[test]
fn each_history_builds_runs_and_is_recorded() {
    let package = Package::new("imported", &["src/lib.rs", "src/main.rs"]);
    let mut program = PROGRAM.to_owned();
    let mut library = fs::read_to_string(package.project.join("src/lib.rs")).unwrap();
    for fixture in &FIXTURES {
        let tool = fixture.tool;
        fixture.write(&package.project);
        let module = format!("of_{tool}");
        package.project.write(
            format!("src/{module}/mod.rs"),
            "migrate_runtime::migrations!(backend = Sqlite);\n",
        );
        package
            .migrate(&format!("import --from {tool} {tool} --dir src/{module}"))
            .done();
        library.push_str(&format!("pub mod {module};\n"));
        program.push_str(&format!(
            "    upgrade(\"{tool}\", imported::{module}::migrations());\n"
        ));
    }
    program.push_str("}\n");
    package.project.write("src/lib.rs", &library);
    package.project.write("src/main.rs", &program);
    package.project.replace(
        "Cargo.toml",
        "[dependencies]",
        "[dependencies]\nrusqlite = \"*\"",
    );
    // This one is also the package's own history.
    package.migrate("import --from diesel diesel").done();
    package.cargo("run --bin imported").done();
    for fixture in &FIXTURES {
        let database = package.project.join(format!("{}.db", fixture.tool));
        let connection = Connection::open(database).unwrap();
        let names = "SELECT group_concat(name) FROM sqlite_schema WHERE tbl_name = 'users'";
        let default = "SELECT dflt_value FROM pragma_table_info('users') WHERE name = 'name'";
        let one =
            |sql: &str| -> String { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(one(names), "users,by_name", "{}", fixture.tool);
        assert_eq!(one(default), "'a\\b'", "{}", fixture.tool);
    }
    let old = Connection::open(package.project.join("old.db")).unwrap();
    old.execute_batch(CREATE).unwrap();
    old.execute_batch(
        "CREATE INDEX by_name ON users (name);
         CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY, run_on TIMESTAMP);
         INSERT INTO __diesel_schema_migrations (version) VALUES
         ('00000000000000'), ('20240131120000'), ('202402010000000000');",
    )
    .unwrap();
    assert_snapshot!(package.migrate("baseline --database-url old.db"), @"
    exit 0
    --- stderr
    imported the history of Diesel; its table `__diesel_schema_migrations` is kept
    recorded: 00000000000000
    recorded: 20240131120000
    recorded: 202402010000000000
    now at 202402010000000000; nothing was run
    ");
    assert_snapshot!(package.migrate("check --database-url old.db"), @"
    exit 0
    --- stderr
    nothing found; checked the graph of 3 revisions, the applied revisions, the database
    ");
    assert_snapshot!(package.migrate("upgrade --database-url old.db"), @"
    exit 0
    --- stderr
    already at head 202402010000000000, nothing to do
    ");
    a_completed_down_is_recorded(&package);
}

/// After a take-over people write the missing `down`, which edits an applied revision.
fn a_completed_down_is_recorded(package: &Package) {
    package.migrate("freeze 20240131120000").done();
    let complete = |name: &str, from: &str, to: &str| {
        let file = package.file_of(name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, to)).unwrap();
    };
    complete(
        "add_index",
        "op.irreversible(\"the down script of its migration is empty\")",
        "op.execute(\"DROP INDEX by_name\")",
    );
    complete(
        "create_users",
        "DROP TABLE users;",
        "DROP TABLE IF EXISTS users;",
    );
    assert_snapshot!(package.migrate("stamp 20240131120000 --edited --database-url none.db"), @"
    exit 1
    --- stderr
    error: the database does not exist
     note: src/migrations/frozen.lock was restored
     help: check the path or the name; `upgrade` creates a new database
    ");
    assert_snapshot!(package.migrate("stamp 20240131120000 --edited --database-url old.db"), @"
    exit 0
    --- stdout
    recorded the edit of 20240131120000 in src/migrations/frozen.lock
    recorded the edit of 20240131120000 in the database
    ");
    assert_snapshot!(package.migrate("check --database-url old.db"), @"
    exit 3
    --- stdout
    found: revision `202402010000000000` was edited after it was applied here
      --> src/migrations/m[DATE]_add_index.rs
     help: restore the file, and write the changes as a new revision; if databases need no change, run `cargo migrate stamp --edited`
    ");
    assert_snapshot!(package.migrate("stamp --edited --json --database-url old.db"), @r#"
    exit 0
    --- stdout
    {"edited":["202402010000000000"],"frozen":[]}
    "#);
    assert_snapshot!(package.migrate("stamp --edited --database-url old.db"), @"
    exit 0
    --- stdout
    nothing to do: no recorded checksum differs
    ");
    assert_snapshot!(package.migrate("check --database-url old.db"), @"
    exit 0
    --- stderr
    nothing found; checked the graph of 3 revisions, the applied revisions, the database
    ");
    assert_snapshot!(package.migrate("freeze 20240131120000 --check"), @"
    exit 0
    --- stdout
    2 revisions are frozen, none edited
    ");
}

#[test]
fn the_command_tells_what_it_wrote() {
    let project = Project::new();
    let told: Vec<String> = FIXTURES
        .iter()
        .map(|fixture| fixture.import(&project).to_string())
        .collect();
    assert_snapshot!(told.join("\n"));
    let mut texts = String::new();
    for fixture in &FIXTURES {
        let directory = project.join(format!("of_{}", fixture.tool));
        let files = fs::read_dir(&directory).unwrap();
        let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.strip_prefix(project.path()).unwrap().display();
            let text = fs::read_to_string(&file).unwrap();
            texts.push_str(&format!("--- {name}\n{text}\n"));
        }
    }
    // Names and dates come from the fixtures, so nothing is normalized.
    assert_snapshot!(texts);
}

#[test]
fn the_written_files_are_formatted() {
    let project = Project::new();
    let mut rustfmt = std::process::Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--check"]);
    for fixture in &FIXTURES {
        fixture.import(&project).done();
        let directory = project.join(format!("of_{}", fixture.tool));
        rustfmt.arg(directory.join("mod.rs"));
    }
    let check = rustfmt.output().unwrap();
    let differences = String::from_utf8_lossy(&check.stdout);
    assert!(check.status.success(), "{differences}");
}

#[test]
fn code_becomes_a_place_that_does_not_compile() {
    let project = Project::of_package("");
    project.write(
        "src/migrations/mod.rs",
        "migrate_runtime::migrations!(backend = Sqlite);\n",
    );
    project.write(
        "db/m20240131_120000_create_users.rs",
        "pub struct Migration;",
    );
    project.write("db/m20240201_000000_unlisted.rs", "pub struct Migration;");
    project.write(
        "db/lib.rs",
        "vec![Box::new(m20240131_120000_create_users::Migration)]",
    );
    assert_snapshot!(project.migrate("import --from sea-orm db"), @"
    exit 0
    --- stdout
    created 1 revision from SeaORM: src/migrations/m[DATE]_create_users.rs
    changed src/migrations/mod.rs
       note: db/m[DATE]_unlisted.rs is not in the list of lib.rs
     marked src/migrations/m[DATE]_create_users.rs: write what `up` of db/m[DATE]_create_users.rs does; write what `down` of db/m[DATE]_create_users.rs does
       next complete the 2 `compile_error!` lines, then run `cargo migrate baseline` once for each existing database: it replays the revisions on a scratch database, compares the schemas, and records what the database has
    ");
    assert_snapshot!(project.read("src/migrations/m20240131_120000_create_users.rs"), @r#"
    //! create users

    use migrate_runtime::v1::*;

    revision! {
        revision: "m[DATE]_create_users",
        down_revision: None,
        created: "[DATE]",
    }

    pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
        compile_error!("write what `up` of db/m[DATE]_create_users.rs does")
    }

    pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
        compile_error!("write what `down` of db/m[DATE]_create_users.rs does")
    }
    "#);
    assert_snapshot!(project.read("src/migrations/mod.rs"), @"
    mod m[DATE]_create_users;

    migrate_runtime::migrations!(backend = Sqlite);
    ");
}

#[test]
fn json_has_each_revision_with_its_source() {
    let project = Project::of_package("");
    project.write(
        "src/migrations/mod.rs",
        "migrate_runtime::migrations!(backend = Sqlite);\n",
    );
    project.write("db/V1__one.sql", "BEGIN; SELECT 1; COMMIT; SELECT 2;");
    project.write("db/V2__two.rs", "pub fn migration() -> String {}");
    project.write("db/V3__three.sql", "DELETE FROM refinery_schema_history;");
    assert_snapshot!(project.migrate("import --from refinery db --json"), @r#"
    exit 0
    --- stdout
    {"tool":"Refinery","revisions":[{"revision":"1","down_revisions":[],"depends_on":[],"branch_labels":[],"created":"[DATE]","message":"one","file":"src/migrations/m[DATE]_one.rs","module_file":"src/migrations/mod.rs","operations":[],"notes":[],"unmanaged_tables":[],"todo_count":0,"lints":null,"source":"db/V1__one.sql","to_write":[],"irreversible":true},{"revision":"2","down_revisions":["1"],"depends_on":[],"branch_labels":[],"created":"[DATE]","message":"two","file":"src/migrations/m[DATE]_two.rs","module_file":"src/migrations/mod.rs","operations":[],"notes":[],"unmanaged_tables":[],"todo_count":1,"lints":null,"source":"db/V2__two.rs","to_write":["write what the function `migration` of db/V2__two.rs returns"],"irreversible":true},{"revision":"3","down_revisions":["2"],"depends_on":[],"branch_labels":[],"created":"[DATE]","message":"three","file":"src/migrations/m[DATE]_three.rs","module_file":"src/migrations/mod.rs","operations":[],"notes":[],"unmanaged_tables":[],"todo_count":0,"lints":null,"source":"db/V3__three.sql","to_write":[],"irreversible":true}],"todo_count":1,"notes":["1 revision got `transaction: false`, because its SQL does not run in one transaction: `1`","1 revision may not run, because the SQL uses `refinery_schema_history`, which only Refinery writes; remove these statements: `3`","3 revisions can't be downgraded, because there is no down script; to allow it, write `down`: `1`, `2`, `3`"]}
    "#);
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_written() {
    let project = Project::of_package("");
    project.write(
        "src/migrations/mod.rs",
        "migrate_runtime::migrations!(backend = Sqlite);\n",
    );
    let before = |project: &Project| {
        let all = project.files().into_iter();
        all.filter(|file| file.starts_with("src"))
            .collect::<Vec<_>>()
    };
    let files = before(&project);
    project.write("empty/README.md", "Nothing.");
    project.write("goose/00001_a.sql", "-- +goose Up\nSELECT 1;\n");
    project.write("flyway/V1__a.sql", "SELECT 1;");
    project.write("backends/sqlite/2024-01-31-120000_a/up.sql", "SELECT 1;");
    project.write("backends/mysql/2024-01-31-120000_a/up.sql", "SELECT 1;");
    project.write("twice/V1__a.sql", "SELECT 1;");
    project.write("twice/U01__b.sql", "SELECT 1;");
    project.write("twice/V2__c.sql", "SELECT 1;");
    project.write("twice/V2__d.rs", "");
    project.write("dbmate/1_a.sql", "SELECT 1;");
    fs::create_dir(project.join("latin")).unwrap();
    fs::write(project.join("latin/1_a.sql"), b"SELECT '\xe9';").unwrap();
    let refused: Vec<String> = [
        "import",
        "import --from sqlx",
        "import --from rails db",
        "import --from sqlx nowhere",
        "import --from sqlx Cargo.toml",
        "import --from sqlx empty",
        "import --from sqlx goose",
        "import --from sqlx flyway",
        "import --from diesel backends",
        "import --from refinery twice",
        "import --from dbmate dbmate",
        "import --from sqlx latin",
    ]
    .into_iter()
    .map(|arguments| {
        format!(
            "$ cargo migrate {arguments}\n{}",
            project.migrate(arguments)
        )
    })
    .collect();
    assert_snapshot!(refused.join("\n"));
    assert_eq!(before(&project), files);
    let project = Project::of_package("a");
    project.write("db/1_a.sql", "SELECT 1;");
    assert_snapshot!(project.migrate("import --from sqlx db"), @"
    exit 2
    --- stderr
    error: the package already has revisions
      --> src/migrations/a.rs
     note: nothing was written; an imported history starts with the first revision
     help: import into a package without revisions, or into another directory with `--dir PATH`
    ");
}

#[test]
fn a_file_that_cannot_be_written_leaves_none() {
    let project = Project::of_package("");
    project.write(
        "src/migrations/mod.rs",
        "migrate_runtime::migrations!(backend = Sqlite);\n",
    );
    // A link is not changed, and it is written last.
    fs::rename(
        project.join("src/migrations/mod.rs"),
        project.join("real.rs"),
    )
    .unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        project.join("real.rs"),
        project.join("src/migrations/mod.rs"),
    )
    .unwrap();
    project.write("db/1_a.sql", "SELECT 1;");
    project.write("db/2_b.sql", "SELECT 1;");
    assert_snapshot!(project.migrate("import --from sqlx db"), @"
    exit 1
    --- stderr
    error: src/migrations/mod.rs is not a regular file, so it is not changed
      --> src/migrations/mod.rs
     note: src/migrations/m[DATE]_a.rs was removed
     note: src/migrations/m[DATE]_b.rs was removed
     help: replace the link with the file itself
    ");
    assert_eq!(
        fs::read_dir(project.join("src/migrations"))
            .unwrap()
            .count(),
        1
    );
}
