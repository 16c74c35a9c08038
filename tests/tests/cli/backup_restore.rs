//! `backup restore`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn a_backup_is_restored_after_a_confirmation() {
    let package = Package::new("restored", &["src/lib.rs"]).with_revisions();
    let restore = |arguments: &str| {
        package.migrate(&format!("backup restore {arguments} --database-url a.db"))
    };
    assert_snapshot!(restore(""), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided: <FILE>
     note: usage: cargo migrate backup restore --database-url <URL> <FILE>
     help: pass `--help` to list the options
    ");
    assert_snapshot!(restore("latest"), @"
    exit 1
    --- stderr
    error: there are no backups of a.db in `backups`
     help: name the file, or the directory with `--backup-dir DIR`
    ");
    assert_snapshot!(restore("nowhere.db --yes"), @"
    exit 1
    --- stderr
    error: `nowhere.db` can't be restored: No such file or directory (os error 2)
     note: nothing was changed
     help: choose another one: `backup list` prints them
    ");
    package.migrate("upgrade -q r1 --database-url a.db").done();
    package
        .migrate("backup create -q --database-url a.db")
        .done();
    package.migrate("upgrade -q --database-url a.db").done();
    assert_snapshot!(restore("latest"), @"
    exit 1
    --- stderr
    database  a.db  16.4 kB at r3
    backup    backups/a-[STAMP]-r1.db  16.4 kB at r1, made [DATE]
    error: the restore was not confirmed
     note: nothing was changed
     help: pass `--yes` if no terminal is attached
    ");
    assert_snapshot!(restore("latest --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"not_confirmed","message":"the restore was not confirmed","help":"pass `--yes` if no terminal is attached","notes":["nothing was changed"]}}
    "#);
    assert_snapshot!(restore("src/lib.rs --yes --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"invalid_backup","message":"`src/lib.rs` can't be restored: it is not a SQLite database, or it is encrypted","help":"choose another one: `backup list` prints them","notes":["nothing was changed"]}}
    "#);
    assert_snapshot!(restore("latest --yes"), @"
    exit 0
    --- stderr
    database  a.db  16.4 kB at r3
    backup    backups/a-[STAMP]-r1.db  16.4 kB at r1, made [DATE]
    restored 16.4 kB at r1 in [TIME]
    the previous contents are kept as backups/a-[STAMP]-r3.replaced.db
    ");
    assert_snapshot!(package.migrate("current --database-url a.db"), @"
    exit 0
    --- stdout
    r1
    ");
    package.migrate("upgrade -q r2 --database-url a.db").done();
    assert_snapshot!(restore("latest --yes --no-keep --json"), @r#"
    exit 0
    --- stdout
    {"restored":{"file":"backups/a-[STAMP]-r1.db","time":"[DATE]","current":["r1"],"size":16384,"valid":true,"problem":null,"replaced":false},"kept":null}
    "#);
    assert_snapshot!(package.migrate("current --database-url a.db"), @"
    exit 0
    --- stdout
    r1
    ");
    std::fs::remove_file(package.project.join("a.db")).unwrap();
    assert_snapshot!(restore("latest --yes"), @"
    exit 0
    --- stderr
    database  a.db  does not exist
    backup    backups/a-[STAMP]-r1.db  16.4 kB at r1, made [DATE]
    restored 16.4 kB at r1 in [TIME]
    ");
}
