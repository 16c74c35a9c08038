//! `backup list`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn each_backup_is_listed_and_checked() {
    let package = Package::new("listed", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("backup list --database-url a.db"), @"
    exit 0
    --- stderr
    there are no backups
    ");
    package.migrate("upgrade -q r1 --database-url a.db").done();
    package
        .migrate("backup create -q --database-url a.db")
        .done();
    package.migrate("upgrade -q --database-url a.db").done();
    package
        .migrate("backup create -q --database-url a.db")
        .done();
    let damaged = "backups/a-20200101T000000.000Z-r1.db";
    package.project.write(damaged, "Dear diary");
    assert_snapshot!(package.migrate("backup list --database-url a.db"), @"
    exit 0
    --- stdout
    [DATE]  r1  10 bytes  backups/a-[STAMP]-r1.db  CORRUPT: it is not a SQLite database, or it is encrypted
    [DATE]  r1  16.4 kB  backups/a-[STAMP]-r1.db  ok
    [DATE]  r3  16.4 kB  backups/a-[STAMP]-r3.db  ok
    ");
    assert_snapshot!(package.migrate("backup list --skip-integrity-check --database-url a.db"), @"
    exit 0
    --- stdout
    [DATE]  r1  10 bytes  backups/a-[STAMP]-r1.db  not checked
    [DATE]  r1  16.4 kB  backups/a-[STAMP]-r1.db  not checked
    [DATE]  r3  16.4 kB  backups/a-[STAMP]-r3.db  not checked
    ");
    assert_snapshot!(package.migrate("backup list --json --database-url a.db"), @r#"
    exit 0
    --- stdout
    {"backups":[{"file":"backups/a-[STAMP]-r1.db","time":"[DATE]","current":["r1"],"size":10,"valid":false,"problem":"it is not a SQLite database, or it is encrypted","replaced":false},{"file":"backups/a-[STAMP]-r1.db","time":"[DATE]","current":["r1"],"size":16384,"valid":true,"problem":null,"replaced":false},{"file":"backups/a-[STAMP]-r3.db","time":"[DATE]","current":["r3"],"size":16384,"valid":true,"problem":null,"replaced":false}]}
    "#);
    assert_snapshot!(package.migrate("backup list --backup-dir a.db --database-url a.db"), @"
    exit 1
    --- stderr
    error: can't read `[DIR]/a.db`: Not a directory (os error 20)
     help: check that this user may write there, or choose another directory with `--backup-dir DIR`
    ");
}
