//! `database create`, `database drop`, `upgrade --create` and `with-scratch`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn the_file_of_a_database_is_created_and_deleted() {
    let package = Package::new("created", &["src/lib.rs"]).with_revisions();
    let database = |arguments: &str| {
        package.migrate(&format!("{arguments} --database-url sqlite:a.db?mode=rw"))
    };
    assert_snapshot!(database("upgrade"), @"
    exit 1
    --- stderr
    error: can't open `sqlite:a.db?…`: the file does not exist, and `mode=rw` does not create it
     help: check the path, write `mode=rwc`, or create the file with `cargo migrate upgrade --create`
    ");
    assert_snapshot!(database("upgrade --create --sql"), @"
    exit 2
    --- stderr
    error: the argument '--create' cannot be used with '--sql'
     note: usage: cargo migrate upgrade --create --database-url <URL> [TARGET]
     help: pass `--help` to list the options
    ");
    assert_snapshot!(database("database drop"), @"
    exit 0
    --- stderr
    the database a.db does not exist, nothing to do
    ");
    assert_snapshot!(database("database create"), @"
    exit 0
    --- stderr
    created the database a.db
    ");
    assert_snapshot!(database("database create --json"), @r#"
    exit 0
    --- stdout
    {"database":"a.db","created":false}
    "#);
    assert_snapshot!(database("upgrade --create r1"), @"
    exit 0
    --- stderr
    upgrade base -> r1, r1
    upgraded 1 revision in [TIME], now at r1
    ");
    assert_snapshot!(database("database drop"), @"
    exit 1
    --- stderr
    database  a.db  1 file: a.db
    error: the drop of the database was not confirmed
     note: nothing was changed
     help: pass `--yes` if no terminal is attached
    ");
    assert_snapshot!(database("database drop --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"not_confirmed","message":"the drop of the database was not confirmed","help":"pass `--yes` if no terminal is attached","notes":["nothing was changed"]}}
    "#);
    assert_snapshot!(database("database drop --yes --json"), @r#"
    exit 0
    --- stdout
    {"database":"a.db","dropped":true}
    "#);
    assert_snapshot!(database("upgrade --create r1"), @"
    exit 0
    --- stderr
    created the database a.db
    upgrade base -> r1, r1
    upgraded 1 revision in [TIME], now at r1
    ");
    assert_snapshot!(database("database drop --yes"), @"
    exit 0
    --- stderr
    database  a.db  1 file: a.db
    dropped the database a.db
    ");
    assert_snapshot!(package.migrate("with-scratch true"), @"
    exit 2
    --- stderr
    error: unexpected argument 'true' found
     note: usage: cargo migrate with-scratch [OPTIONS] -- <COMMAND>...
     help: pass `--help` to list the options
    ");
    assert_snapshot!(package.migrate("with-scratch --at +x -- true"), @"
    exit 2
    --- stderr
    error: `+x` is not a valid target: `+` or `-` must be followed by a single number
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
    assert_snapshot!(package.migrate("with-scratch --at no_such -- true"), @"
    exit 1
    --- stderr
    error: unknown revision or branch label `no_such`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(package.migrate("with-scratch --json -- no-such-program"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"io_error","message":"can't run no-such-program: No such file or directory (os error 2)","help":"check the path and its permissions"}}
    "#);
    assert_snapshot!(package.migrate("with-scratch --at r1 -- false"), @"exit 1");
    assert!(!package.project.join("a.db").exists());
    assert_snapshot!(package.migrate("database drop --yes --database-url src/lib.rs"), @"
    exit 1
    --- stderr
    error: can't drop `src/lib.rs`: it is not a SQLite database, or it is encrypted
     help: check the path; the file was not touched
    ");
    assert_snapshot!(package.migrate("database create --database-url :memory:"), @"
    exit 1
    --- stderr
    error: can't open `:memory:`: a database in memory can't be created or dropped
     help: name a file; a database in memory exists only during one command
    ");
}
