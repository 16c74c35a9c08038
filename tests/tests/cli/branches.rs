//! `cargo migrate branches`.

use insta::assert_snapshot;
use migrate_tests::Project;

#[test]
fn a_linear_history_has_no_branches() {
    let project = Project::of_revisions("a; b <- a");
    assert_snapshot!(project.migrate("branches --dir ."), @"exit 0");
    assert_snapshot!(project.migrate("branches --dir . --json"), @r#"
    exit 0
    --- stdout
    {"branches":[]}
    "#);
}

#[test]
fn each_branch_point_is_listed_with_what_follows_it() {
    let project = Project::of_revisions("a; b [lb] <- a; c <- a; m <- b, c");
    assert_snapshot!(project.migrate("branches --dir ."), @r"
    exit 0
    --- stdout
    a (branchpoint), message of a.
        -> c, message of c.
        -> b (lb), message of b.
    ");
    assert_snapshot!(project.migrate("branches --dir . -v"), @r"
    exit 0
    --- stdout
    Rev: a (branchpoint)
    Parent: <base>
    Branches into: b, c
    Created: [DATE]
    Path: ./a.rs

        message of a.
        -> c, message of c.
        -> b (lb), message of b.
    ");
    assert_snapshot!(project.migrate("branches --dir . --json"), @r#"
    exit 0
    --- stdout
    {"branches":[{"revision":"a","down_revisions":[],"depends_on":[],"replaces":[],"branch_labels":[],"branches":[],"created":"[DATE]","message":"message of a.","transaction":true,"file":"./a.rs","head":false,"current":false,"branch_point":true,"merge_point":false,"children":["c","b"]}]}
    "#);
}
