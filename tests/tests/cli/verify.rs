//! `verify`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn revisions_are_verified_with_rows_in_their_tables() {
    let package = Package::new("verified", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("verify"), @"
    exit 3
    --- stdout
    revision `r3` (src/migrations/m[DATE]_r3.rs)
      `down` does not restore the rows of table `t`: 3 became 0
    --- stderr
    passed r1, r1
    passed r2, r2
    failed r3, r3
    verified 3 revisions: 2 passed, 1 failed
    ");
    assert_snapshot!(package.migrate("verify --to r2 -v"), @"
    exit 0
    --- stderr
    passed r1, r1
    passed r2, r2
    verified 2 revisions: 2 passed
    ");
    assert_snapshot!(package.migrate("verify --from r2 --rows 0 --json"), @r#"
    exit 0
    --- stdout
    {"revisions":[{"revision":"r2","message":"r2","file":"src/migrations/m[DATE]_r2.rs","result":"passed","findings":[],"notes":[],"warnings":[],"empty_tables":[]},{"revision":"r3","message":"r3","file":"src/migrations/m[DATE]_r3.rs","result":"passed","findings":[],"notes":[],"warnings":[],"empty_tables":[]}],"copy_of":null,"downgraded":[]}
    "#);
    assert_snapshot!(package.migrate("verify --from r9"), @"
    exit 1
    --- stderr
    error: unknown revision or branch label `r9`
     help: did you mean `r1`?
    ");
    assert_snapshot!(package.migrate("verify --rows many"), @"
    exit 2
    --- stderr
    error: invalid value 'many' for '--rows <N>': invalid digit found in string
     help: pass `--help` to list the options
    ");
    assert_snapshot!(package.migrate("verify --from r3 --to r2"), @"
    exit 2
    --- stderr
    error: `r2` does not follow or need `r3`, so the range is empty
     help: swap `--from` and `--to`, or omit one of them
    ");
    assert_snapshot!(package.migrate("verify --copy-of none.db"), @"
    exit 1
    --- stderr
    error: the database `none.db` does not exist
     help: check its name
    ");
    package
        .migrate("upgrade r2 --database-url real.db -q")
        .done();
    let before = std::fs::read(package.project.join("real.db")).unwrap();
    assert_snapshot!(package.migrate("verify --copy-of real.db"), @"
    exit 0
    --- stderr
    passed r3, r3
    verified 1 revision on a copy of `real.db`: 1 passed
    ");
    assert_snapshot!(package.migrate("verify --copy-of real.db --to r2"), @"
    exit 0
    --- stderr
    nothing to verify: no such revision is pending in `real.db`; pass `--from REVISION` to downgrade the copy first
    ");
    assert_snapshot!(package.migrate("verify --copy-of real.db --from r2 --rows 2"), @"
    exit 3
    --- stdout
    revision `r3` (src/migrations/m[DATE]_r3.rs)
      `down` does not restore the rows of table `t`: 2 became 0
    --- stderr
    passed r2, r2
    failed r3, r3
    downgraded on the copy first: r2
    verified 2 revisions on a copy of `real.db`: 1 passed, 1 failed
    ");
    assert_snapshot!(package.migrate("verify --copy-of real.db --from r3 --json"), @r#"
    exit 0
    --- stdout
    {"revisions":[{"revision":"r3","message":"r3","file":"src/migrations/m[DATE]_r3.rs","result":"passed","findings":[],"notes":[],"warnings":[],"empty_tables":[]}],"copy_of":"real.db","downgraded":[]}
    "#);
    assert_eq!(
        std::fs::read(package.project.join("real.db")).unwrap(),
        before
    );
}
