//! `cargo migrate heads`.

use insta::assert_snapshot;
use migrate_tests::Project;

#[test]
fn a_directory_that_does_not_exist_is_refused() {
    assert_snapshot!(Project::new().migrate("heads --dir nowhere"), @r"
    exit 2
    --- stderr
    error: `nowhere` does not exist
      --> nowhere
     help: pass the directory of the revision files, for example `--dir src/migrations`
    ");
}

#[test]
fn every_error_in_the_files_is_reported_at_its_location() {
    let project = Project::of_revisions("a; b <- a; c <- b");
    project.replace("b.rs", "\"a\"", "\"aa\"");
    project.replace("c.rs", "revision: \"c\"", "revision: \"b\"");
    assert_snapshot!(project.migrate("heads --dir ."), @r"
    exit 1
    --- stderr
    error: revision id `b` is used twice; ./b.rs has it first
      --> ./c.rs:6:15
     help: give this revision a unique id, and update the links to it
    error: revision `b` follows `aa`, which does not exist
      --> ./b.rs:7:20
     help: did you mean `a`?
    ");
    assert_snapshot!(project.migrate("heads --dir . --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"duplicate_revision","message":"revision id `b` is used twice; ./b.rs has it first","help":"give this revision a unique id, and update the links to it","revision":"b","file":"./c.rs","line":6,"column":15,"others":[{"code":"unknown_revision","message":"revision `b` follows `aa`, which does not exist","help":"did you mean `a`?","revision":"b","file":"./b.rs","line":7,"column":20}]}}
    "#);
}

#[test]
fn a_malformed_header_is_reported_at_its_location() {
    let project = Project::of_revisions("a");
    project.replace("a.rs", "created", "creatd");
    assert_snapshot!(project.migrate("heads --dir ."), @r"
    exit 1
    --- stderr
    error: unknown key `creatd`
      --> ./a.rs:8:5
     help: did you mean `created`?
    ");
}

#[test]
fn an_empty_directory_has_no_heads() {
    let project = Project::of_revisions("");
    assert_snapshot!(project.migrate("heads --dir ."), @"exit 0");
    assert_snapshot!(project.migrate("heads --dir . --json"), @r#"
    exit 0
    --- stdout
    {"heads":[]}
    "#);
}

#[test]
fn every_head_is_listed_newest_first() {
    let project = Project::of_revisions("a; b [lb] <- a; c <- a; d after b");
    assert_snapshot!(project.migrate("heads --dir ."), @r"
    exit 0
    --- stdout
    d (head), message of d.
    c (head), message of c.
    b (lb) (head), message of b.
    ");
    assert_snapshot!(project.migrate("heads --dir . --resolve-dependencies"), @r"
    exit 0
    --- stdout
    d (head), message of d.
    c (head), message of c.
    ");
    assert_snapshot!(project.migrate("heads --dir . -v"), @r"
    exit 0
    --- stdout
    Rev: d (head)
    Parent: <base>
    Also depends on: b
    Created: [DATE]
    Path: ./d.rs

        message of d.

    Rev: c (head)
    Parent: a
    Created: [DATE]
    Path: ./c.rs

        message of c.

    Rev: b (lb) (head)
    Parent: a
    Branch names: lb
    Created: [DATE]
    Path: ./b.rs

        message of b.
    ");
    assert_snapshot!(project.migrate("heads --dir . --json"), @r#"
    exit 0
    --- stdout
    {"heads":[{"revision":"d","down_revisions":[],"depends_on":["b"],"replaces":[],"branch_labels":[],"branches":[],"created":"[DATE]","message":"message of d.","transaction":true,"file":"./d.rs","head":true,"current":false,"branch_point":false,"merge_point":false},{"revision":"c","down_revisions":["a"],"depends_on":[],"replaces":[],"branch_labels":[],"branches":[],"created":"[DATE]","message":"message of c.","transaction":true,"file":"./c.rs","head":true,"current":false,"branch_point":false,"merge_point":false},{"revision":"b","down_revisions":["a"],"depends_on":[],"replaces":[],"branch_labels":["lb"],"branches":["lb"],"created":"[DATE]","message":"message of b.","transaction":true,"file":"./b.rs","head":true,"current":false,"branch_point":false,"merge_point":false}]}
    "#);
}
