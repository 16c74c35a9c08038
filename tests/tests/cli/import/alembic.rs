//! A history of Alembic, whose own command is replaced by a script with its output.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use migrate_tests::{Project, Run};

/// Prints what Alembic prints for the revisions below, and fails as it fails for a revision that reads the database.
const ALEMBIC: &str = r#"#!/bin/sh
case "$*" in
"upgrade heads --sql" | "downgrade heads:base --sql")
    echo "FAILED: this needs a live connection" >&2
    exit 1 ;;
"upgrade ae10 --sql")
    cat <<'SQL'
BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL
);

-- Running upgrade  -> ae10

CREATE TABLE users (
    id INTEGER NOT NULL
);

INSERT INTO alembic_version (version_num) VALUES ('ae10');

COMMIT;

SQL
    ;;
"downgrade ae10:base --sql")
    printf -- "BEGIN;\n\n-- Running downgrade ae10 -> \n\nDROP TABLE users;\n\nDELETE FROM alembic_version WHERE alembic_version.version_num = 'ae10';\n\nCOMMIT;\n" ;;
"upgrade ae10:b2-x --sql")
    printf -- "BEGIN;\n\n-- Running upgrade ae10 -> b2-x\n\nALTER TABLE users ADD COLUMN b INTEGER;\n\nUPDATE alembic_version SET version_num='b2-x' WHERE alembic_version.version_num = 'ae10';\n\nCOMMIT;\n" ;;
*)
    echo "Traceback" >&2
    echo "AttributeError: no live connection" >&2
    exit 1 ;;
esac
"#;

fn revision(id: &str, links: &str, date: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "\"\"\"describe {id}\n\nRevision ID: {id}\nCreate Date: {date}\n\"\"\"\nfrom alembic import op\n\nrevision = '{id}'\n{links}\n\n\n\
         def upgrade() -> None:\n    {upgrade}\n\n\ndef downgrade() -> None:\n    {downgrade}\n"
    )
}

fn project() -> Project {
    let project = Project::of_package("");
    project.write(
        "src/migrations/mod.rs",
        "migrate_runtime::migrations!(backend = Sqlite, heads = many);\n",
    );
    project.write("alembic.ini", "[alembic]\nscript_location = alembic\n");
    project.write("alembic/env.py", "from alembic import context\n");
    for (id, links, date, upgrade, downgrade) in [
        (
            "ae10",
            "down_revision = None\nbranch_labels = ('main',)",
            "2024-01-31 12:00:00.123",
            "op.create_table('users')",
            "op.drop_table('users')",
        ),
        (
            "b2-x",
            "down_revision: Union[str, None] = 'ae10'",
            "2024-02-01 12:00:00",
            "op.add_column('users')",
            "pass",
        ),
        (
            "c3",
            "down_revision = 'ae10'\ndepends_on = ('b2-x',)",
            "2024-02-02 12:00:00",
            "op.get_bind().execute('x')",
            "pass",
        ),
        (
            "d4",
            "down_revision = ('b2-x', 'c3')",
            "2024-02-03 12:00:00",
            "pass",
            "pass",
        ),
    ] {
        let text = revision(id, links, date, upgrade, downgrade);
        project.write(format!("alembic/versions/{id}_name.py"), &text);
    }
    project
}

fn import(project: &Project, path: &str) -> Run {
    let mut process = project.process();
    process.env("PATH", format!("{path}:/usr/bin:/bin"));
    let output = process.args(["import", "--from", "alembic", "."]).output();
    Run::of(&output.unwrap(), project.path())
}

#[test]
fn alembic_renders_the_sql_and_its_graph_is_kept() {
    let project = project();
    project.write("bin/alembic", ALEMBIC);
    let script = project.join("bin/alembic");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let path = project.join("bin").display().to_string();
    assert_snapshot!(import(&project, &path), @"
    exit 0
    --- stdout
    created 4 revisions from Alembic: src/migrations/m[DATE]_describe_ae10.rs to src/migrations/m[DATE]_describe_d4.rs
    changed src/migrations/mod.rs
       note: revision `b2-x` is now `b2_x`: ids have only A-Z, a-z, 0-9 and _, and at most 64 characters
       note: 2 revisions can't be downgraded, because there is no down script; to allow it, write `down`: `b2_x`, `c3`
     marked src/migrations/m[DATE]_describe_c3.rs: write what `upgrade` of alembic/versions/c3_name.py does: `alembic --sql` failed: AttributeError: no live connection
       next complete the `compile_error!` line, then run `cargo migrate baseline` once for each existing database: it replays the revisions on a scratch database, compares the schemas, and records what the database has
    ");
    let files: Vec<String> = [
        "20240131_120000_describe_ae10",
        "20240201_120000_describe_b2_x",
        "20240202_120000_describe_c3",
        "20240203_120000_describe_d4",
    ]
    .into_iter()
    .map(|name| fs::read_to_string(project.join(format!("src/migrations/m{name}.rs"))).unwrap())
    .collect();
    assert_snapshot!(files.join("\n"));
    assert_snapshot!(project.migrate("history"), @"
    exit 0
    --- stdout
    b2_x, c3 -> d4 (main) (head) (mergepoint), describe d4
    ae10 (b2_x) -> c3 (main), describe c3
    ae10 -> b2_x (main), describe b2 x
    <base> -> ae10 (main) (branchpoint), describe ae10
    ");
}

#[test]
fn a_guess_does_not_run_alembic() {
    let project = project();
    project.write("bin/alembic", "#!/bin/sh\ntouch ran\n");
    let script = project.join("bin/alembic");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let mut process = project.process();
    process.env(
        "PATH",
        format!("{}:/usr/bin:/bin", project.join("bin").display()),
    );
    let output = process
        .args(["import", "--from", "diesel", "alembic"])
        .output();
    assert_snapshot!(Run::of(&output.unwrap(), project.path()), @"
    exit 1
    --- stderr
    error: alembic has no migrations of Diesel
      --> alembic
     note: Diesel has directories `2024-01-31-120000_name` with `up.sql` and `down.sql`
     help: did you mean `--from alembic`?
    ");
    assert!(!project.files().iter().any(|file| file.ends_with("ran")));
}

#[test]
fn without_alembic_each_place_is_marked() {
    assert_snapshot!(import(&project(), "/nowhere"), @"
    exit 0
    --- stdout
    created 4 revisions from Alembic: src/migrations/m[DATE]_describe_ae10.rs to src/migrations/m[DATE]_describe_d4.rs
    changed src/migrations/mod.rs
       note: the SQL was not rendered: `alembic` is not installed, or not in PATH
       note: revision `b2-x` is now `b2_x`: ids have only A-Z, a-z, 0-9 and _, and at most 64 characters
       note: 2 revisions can't be downgraded, because there is no down script; to allow it, write `down`: `b2_x`, `c3`
     marked src/migrations/m[DATE]_describe_ae10.rs: write what `upgrade` of alembic/versions/ae10_name.py does: Alembic did not render it; write what `downgrade` of alembic/versions/ae10_name.py does: Alembic did not render it
     marked src/migrations/m[DATE]_describe_b2_x.rs: write what `upgrade` of alembic/versions/b2-x_name.py does: Alembic did not render it
     marked src/migrations/m[DATE]_describe_c3.rs: write what `upgrade` of alembic/versions/c3_name.py does: Alembic did not render it
       next complete the 4 `compile_error!` lines, then run `cargo migrate baseline` once for each existing database: it replays the revisions on a scratch database, compares the schemas, and records what the database has
    ");
}
