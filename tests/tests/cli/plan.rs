//! `cargo migrate plan`.

use insta::assert_snapshot;
use migrate_tests::Project;

const REVISIONS: &str =
    "aaaa; bbbb [lb] <- aaaa; cccc [lc] <- aaaa; b222 <- bbbb; mmmm <- b222, cccc; nnnn <- mmmm";

#[test]
fn what_can_not_be_planned_is_refused() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("plan --dir . upgrade -1"), @r"
    exit 2
    --- stderr
    error: `-1` can't be used here: an upgrade can't use a negative offset; use `downgrade`
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade +1"), @r"
    exit 2
    --- stderr
    error: `+1` can't be used here: a downgrade can't use a positive offset; use `upgrade`
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade b222 --current cccc"), @r"
    exit 1
    --- stderr
    error: `b222` is not below the applied revisions, so a downgrade can't reach it
     help: the applied heads are `cccc`; name a revision below one of them
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade -1 --current b222,cccc"), @r"
    exit 1
    --- stderr
    error: `-1` is ambiguous: it can start from any of the applied heads `cccc` and `b222`
     help: name the branch, for example `cccc@-1`
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade +1 --current aaaa"), @r"
    exit 1
    --- stderr
    error: `+1` is ambiguous: up from `aaaa` there are several revisions: `bbbb` and `cccc`
     help: name the branch, for example `bbbb@+1`
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade a:b"), @r"
    exit 2
    --- stderr
    error: `a:b` is not a valid target: only `history -r` accepts a range of two targets
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
}

#[test]
fn an_invalid_command_line_is_refused() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("plan --dir ."), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided: <COMMAND>
     note: usage: cargo migrate plan --dir <PATH> <COMMAND> [TARGET]...
     help: pass `--help` to list the options
    ");
    assert_snapshot!(project.migrate("plan --dir . sidegrade"), @r"
    exit 2
    --- stderr
    error: invalid value 'sidegrade' for '<COMMAND>' [possible values: upgrade, downgrade, stamp]
     help: a similar value exists: 'downgrade'
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade aaaa bbbb"), @r"
    exit 2
    --- stderr
    error: only one target is allowed, and `bbbb` is a second one
     help: use `heads` for all heads; only `stamp` accepts several targets
    ");
    assert_snapshot!(project.migrate("plan --dir . stamp"), @r"
    exit 2
    --- stderr
    error: `stamp` needs a target
     help: name the revisions that the database has, for example `plan stamp head`
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade --current zzzz --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"unknown_revision","message":"unknown revision or branch label `zzzz`","help":"run `cargo migrate history` to list the revisions"}}
    "#);
}

#[test]
fn an_upgrade_lists_its_steps_and_the_heads_after() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("plan --dir . upgrade"), @r"
    exit 0
    --- stdout
    upgrade aaaa, message of aaaa.
    upgrade bbbb, message of bbbb.
    upgrade cccc, message of cccc.
    upgrade b222, message of b222.
    upgrade mmmm, message of mmmm.
    upgrade nnnn, message of nnnn.
    heads after: nnnn
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade lb@b222"), @r"
    exit 0
    --- stdout
    upgrade aaaa, message of aaaa.
    upgrade bbbb, message of bbbb.
    upgrade b222, message of b222.
    heads after: b222
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade +2 --current b222,cccc"), @r"
    exit 1
    --- stderr
    error: `+2` is ambiguous: it can start from any of the applied heads `cccc` and `b222`
     help: name the branch, for example `cccc@+2`
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade head --current nnnn"), @r"
    exit 0
    --- stdout
    nothing to do
    heads after: nnnn
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade head --current b222 --json"), @r#"
    exit 0
    --- stdout
    {"steps":[{"revision":"cccc","direction":"upgrade"},{"revision":"mmmm","direction":"upgrade"},{"revision":"nnnn","direction":"upgrade"}],"current":["nnnn"]}
    "#);
}

#[test]
fn a_downgrade_takes_negative_numbers_as_they_are_typed() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("plan --dir . downgrade -1 --current nnnn"), @r"
    exit 0
    --- stdout
    downgrade nnnn, message of nnnn.
    heads after: mmmm
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade --current nnnn --json"), @r#"
    exit 0
    --- stdout
    {"steps":[{"revision":"nnnn","direction":"downgrade"}],"current":["mmmm"]}
    "#);
    assert_snapshot!(project.migrate("plan --dir . downgrade lb@-1 --current mmmm"), @r"
    exit 0
    --- stdout
    downgrade mmmm, message of mmmm.
    heads after: cccc, b222
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade base --current heads"), @r"
    exit 0
    --- stdout
    downgrade nnnn, message of nnnn.
    downgrade mmmm, message of mmmm.
    downgrade b222, message of b222.
    downgrade cccc, message of cccc.
    downgrade bbbb, message of bbbb.
    downgrade aaaa, message of aaaa.
    heads after: none
    ");
}

#[test]
fn a_stamp_lists_the_rows_it_writes() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("plan --dir . stamp bbbb cccc --current b222"), @r"
    exit 0
    --- stdout
    remove b222, message of b222.
    add cccc, message of cccc.
    heads after: bbbb, cccc
    ");
    assert_snapshot!(project.migrate("plan --dir . stamp base --current bbbb --json"), @r#"
    exit 0
    --- stdout
    {"steps":[{"revision":"bbbb","direction":"remove"},{"revision":"aaaa","direction":"remove"}],"current":[]}
    "#);
}
