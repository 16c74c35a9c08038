//! `cargo migrate show`.

use insta::assert_snapshot;
use migrate_tests::Project;

#[test]
fn an_unknown_or_ambiguous_name_is_refused_with_the_candidates() {
    let project = Project::of_revisions("abcd11; abcd22 <- abcd11; b <- abcd22");
    for (target, code) in [
        ("abcd33", "unknown_revision"),
        ("zzzz", "unknown_revision"),
        ("abc", "unknown_revision"),
        ("abcd", "ambiguous_revision"),
        ("a b", "invalid_target"),
        ("base", "target_out_of_range"),
        ("b+1", "target_out_of_range"),
        ("current", "invalid_target"),
        ("-1", "invalid_target"),
        ("abcd@b", "ambiguous_revision"),
    ] {
        let run = project.migrate_with(&["show", "--dir", ".", "--json", target]);
        assert_eq!(run.json()["error"]["code"], code, "{run}");
        assert_eq!(run.status, if code == "invalid_target" { 2 } else { 1 });
        assert!(run.json()["error"]["help"].is_string(), "{run}");
    }
    assert_snapshot!(project.migrate("show --dir . abcd33"), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `abcd33`
     help: did you mean `abcd11`?
    ");
    assert_snapshot!(project.migrate("show --dir . abcd"), @r"
    exit 1
    --- stderr
    error: `abcd` is a prefix of several revision ids: `abcd11` and `abcd22`
     help: add characters until only one id matches
    ");
    assert_snapshot!(project.migrate("show --dir . abc"), @r"
    exit 1
    --- stderr
    error: `abc` is too short: a prefix of a revision id needs 4 characters
     help: matching ids: `abcd11` and `abcd22`
    ");
    assert_snapshot!(project.migrate("show --dir . -1"), @r"
    exit 2
    --- stderr
    error: `-1` is relative to the applied revisions, which the files do not show
     help: pass `--current ID[,ID]`, or name a revision
    ");
}

#[test]
fn several_heads_are_reported_with_their_files() {
    let project = Project::of_revisions("a; b <- a; c <- a");
    assert_snapshot!(project.migrate("show --dir . head"), @r"
    exit 1
    --- stderr
    error: `head` is ambiguous: there are 2 heads: `b` and `c`
      --> ./b.rs, ./c.rs
     note: both follow `a`
     help: merge them with `cargo migrate merge b c`, name one of them, or use `heads` for all
    ");
    assert_snapshot!(project.migrate("show --dir . head --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"multiple_heads","message":"`head` is ambiguous: there are 2 heads: `b` and `c`","help":"merge them with `cargo migrate merge b c`, name one of them, or use `heads` for all","file":"./b.rs","notes":["both follow `a`"]}}
    "#);
}

#[test]
fn everything_about_a_revision_is_shown() {
    let project = Project::of_revisions("abcd11; b [lb] <- abcd11; c <- abcd11 after b");
    assert_snapshot!(project.migrate("show --dir . abcd"), @r"
    exit 0
    --- stdout
    Rev: abcd11 (branchpoint)
    Parent: <base>
    Branches into: b, c
    Created: [DATE]
    Path: ./abcd11.rs

        message of abcd11.
    ");
    assert_snapshot!(project.migrate("show --dir . lb@head"), @r"
    exit 0
    --- stdout
    Rev: b (lb) (head)
    Parent: abcd11
    Branch names: lb
    Created: [DATE]
    Path: ./b.rs

        message of b.
    ");
    assert_snapshot!(project.migrate("show --dir . c --json"), @r#"
    exit 0
    --- stdout
    {"revisions":[{"revision":"c","down_revisions":["abcd11"],"depends_on":["b"],"replaces":[],"branch_labels":[],"branches":[],"created":"[DATE]","message":"message of c.","transaction":true,"file":"./c.rs","head":true,"current":false,"branch_point":false,"merge_point":false}]}
    "#);
    assert_eq!(
        project
            .migrate("show --dir . heads")
            .done()
            .stdout
            .matches("Rev: ")
            .count(),
        1
    );
}

#[test]
fn offsets_are_counted_from_the_given_current_revisions() {
    let project = Project::of_revisions("a; b <- a; c <- b");
    assert!(
        project
            .migrate("show --dir . -1 --current c")
            .done()
            .stdout
            .starts_with("Rev: b\n")
    );
    assert!(
        project
            .migrate("show --dir . +1 --current b")
            .done()
            .stdout
            .starts_with("Rev: c (head)\n")
    );
    assert!(
        project
            .migrate("show --dir . current --current b")
            .done()
            .stdout
            .starts_with("Rev: b (current)\n")
    );
}
