//! `dump`, and `graph --schema`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn a_schema_is_printed_kept_and_compared() {
    let package = Package::new("dumped", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("dump --database-url a.db"), @"
    exit 1
    --- stderr
    error: the database does not exist
     help: check the path or the name; `upgrade` creates a new database
    ");
    assert_snapshot!(package.migrate("dump --replay"), @"
    exit 0
    --- stdout
    CREATE TABLE t (
        a INTEGER,
        b INTEGER
    );
    ");
    assert_snapshot!(package.migrate("dump --replay --json"), @r#"
    exit 0
    --- stdout
    {"sql":"CREATE TABLE t (\n    a INTEGER,\n    b INTEGER\n);\n","tables":[{"name":"t","columns":[{"name":"a","type":"INTEGER","not_null":false,"primary_key":false},{"name":"b","type":"INTEGER","not_null":false,"primary_key":false}],"foreign_keys":[]}]}
    "#);
    assert_snapshot!(package.migrate("dump --replay -o schema.sql"), @"
    exit 0
    --- stderr
    wrote schema.sql
    ");
    package.migrate("upgrade r1 --database-url a.db").done();
    assert_snapshot!(package.migrate("dump --database-url a.db --check schema.sql"), @"
    exit 3
    --- stdout
    -    a INTEGER,
    -    b INTEGER
    +    a INTEGER
    --- stderr
    schema.sql (-) differs from the schema (+)
    ");
    assert_snapshot!(package.migrate("dump --replay --check schema.sql"), @"
    exit 0
    --- stderr
    schema.sql matches the schema
    ");
    assert_snapshot!(package.migrate("dump --replay --check nowhere.sql"), @"
    exit 1
    --- stderr
    error: can't read nowhere.sql: No such file or directory (os error 2)
     help: check the path and its permissions
    ");
    assert_snapshot!(package.migrate("graph --schema --format mermaid"), @r#"
    exit 0
    --- stdout
    flowchart BT
        r0["t<br/>a INTEGER<br/>b INTEGER"]
    "#);
}
