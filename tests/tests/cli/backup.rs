//! `backup create`, and what the other commands about backups have in common with it.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn what_can_t_be_backed_up_is_reported() {
    let package = Package::new("unsaved", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("backup create --database-url a.db"), @"
    exit 1
    --- stderr
    error: the database `a.db` does not exist
     help: check its name
    ");
    assert_snapshot!(package.migrate("backup create --database-url a.db --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"database_not_found","message":"the database `a.db` does not exist","help":"check its name"}}
    "#);
    assert_snapshot!(package.migrate("backup create --database-url :memory:"), @"
    exit 1
    --- stderr
    error: can't back up `:memory:`: each connection to it has its own database
     help: pass a file with `--database-url PATH`
    ");
    package.migrate("upgrade -q --database-url a.db").done();
    assert_snapshot!(package.migrate("backup create a.db --database-url a.db"), @"
    exit 1
    --- stderr
    error: `a.db` already exists, and nothing is overwritten
     help: choose another file, or omit the name
    ");
    assert_snapshot!(package.migrate("backup create nowhere/b.db --database-url a.db"), @"
    exit 1
    --- stderr
    error: can't use the directory `nowhere`: No such file or directory (os error 2)
     help: create the directory first
    ");
    assert_snapshot!(package.migrate("backup create b.db --keep 2 --database-url a.db"), @"
    exit 2
    --- stderr
    error: the argument '[FILE]' cannot be used with '--keep <N>'
     note: usage: cargo migrate backup create --database-url <URL> <FILE>
     help: pass `--help` to list the options
    ");
    assert_snapshot!(package.migrate("backup create --keep 0 --database-url a.db"), @"
    exit 2
    --- stderr
    error: invalid value '0' for '--keep <N>': 0 is not in 1..=4294967295
     help: pass `--help` to list the options
    ");
}

#[test]
fn a_backup_is_named_by_time_and_heads() {
    let package = Package::new("saved", &["src/lib.rs"]).with_revisions();
    package.migrate("upgrade -q r2 --database-url a.db").done();
    assert_snapshot!(package.migrate("backup create --database-url a.db"), @"
    exit 0
    --- stdout
    backups/a-[STAMP]-r2.db
    --- stderr
    backed up 16.4 kB at r2 in [TIME]
    ");
    assert_snapshot!(package.migrate("backup create -q --keep 1 --database-url a.db"), @"
    exit 0
    --- stdout
    backups/a-[STAMP]-r2.db
    ");
    assert_snapshot!(package.migrate("backup create --keep 1 --backup-dir there --database-url a.db --json"), @r#"
    exit 0
    --- stdout
    {"backup":{"file":"there/a-[STAMP]-r2.db","time":"[DATE]","current":["r2"],"size":16384,"valid":true,"problem":null,"replaced":false},"removed":[]}
    "#);
    assert_snapshot!(package.migrate("backup create -dash.db --database-url a.db"), @"
    exit 2
    --- stderr
    error: unexpected argument '-d' found
     note: usage: cargo migrate backup create [OPTIONS] [FILE]
     help: to pass '-d' as a value, use '-- -d'
    ");
    assert_snapshot!(package.migrate("backup create --database-url a.db -- -dash.db"), @"
    exit 0
    --- stdout
    -dash.db
    --- stderr
    backed up 16.4 kB at r2 in [TIME]
    ");
    let manifest = package.project.read("Cargo.toml");
    let settings = "\n[package.metadata.migrate]\nbackup-dir = \"safe\"\ndatabase-url = \"a.db\"\n";
    package
        .project
        .write("Cargo.toml", &format!("{manifest}{settings}"));
    assert_snapshot!(package.migrate_in("src", "backup create -q"), @"
    exit 0
    --- stdout
    [DIR]/safe/a-[STAMP]-r2.db
    ");
}
