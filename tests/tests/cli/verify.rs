//! `verify`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn revisions_are_tried_with_rows_in_their_tables() {
    let package = Package::new("verified", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("verify"), @"
    exit 3
    --- stdout
    revision `r3` (src/migrations/m[DATE]_r3.rs)
      `down` does not bring back the rows of table `t`: 3 became 0
    --- stderr
    restores r1, r1
    restores r2, r2
    fails r3, r3
    verified 3 revisions: 2 restore what was before, 0 irreversible, 1 with findings
    ");
    assert_snapshot!(package.migrate("verify --to r2 -v"), @"
    exit 0
    --- stderr
    restores r1, r1
    restores r2, r2
    verified 2 revisions: 2 restore what was before, 0 irreversible, 0 with findings
    ");
    assert_snapshot!(package.migrate("verify --from r2 --rows 0 --json"), @r#"
    exit 0
    --- stdout
    {"revisions":[{"revision":"r2","message":"r2","file":"src/migrations/m[DATE]_r2.rs","result":"restores","findings":[],"notes":[]},{"revision":"r3","message":"r3","file":"src/migrations/m[DATE]_r3.rs","result":"restores","findings":[],"notes":[]}]}
    "#);
    assert_snapshot!(package.migrate("verify --from r9"), @"
    exit 1
    --- stderr
    error: there is no revision or branch label `r9`
     help: did you mean `r1`?
    ");
    assert_snapshot!(package.migrate("verify --rows many"), @"
    exit 2
    --- stderr
    error: invalid value 'many' for '--rows <N>': invalid digit found in string
     help: add `--help` for the options there are
    ");
}
