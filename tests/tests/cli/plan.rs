//! `cargo migrate plan`.

use insta::assert_snapshot;
use migrate_tests::Project;

const LINES: &str =
    "aaaa; bbbb [lb] <- aaaa; cccc [lc] <- aaaa; b222 <- bbbb; mmmm <- b222, cccc; nnnn <- mmmm";

#[test]
fn what_can_not_be_planned_is_refused() {
    let project = Project::of_revisions(LINES);
    assert_snapshot!(project.migrate("plan --dir . upgrade -1"), @r"
    exit 2
    --- stderr
    error: `-1` can't be used here: an upgrade goes up; use `downgrade` to go down
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade +1"), @r"
    exit 2
    --- stderr
    error: `+1` can't be used here: a downgrade goes down; use `upgrade` to go up
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade b222 --current cccc"), @r"
    exit 1
    --- stderr
    error: `b222` is not below what is applied, so there is no way down to it
     help: applied heads are `cccc`; name a revision below one of them
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade -1 --current b222,cccc"), @r"
    exit 1
    --- stderr
    error: `-1` is ambiguous: `cccc` and `b222` are applied, and each is a place to start from
     help: name the line, as in `cccc@-1`
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade +1 --current aaaa"), @r"
    exit 1
    --- stderr
    error: `+1` is ambiguous: the way up from `aaaa` splits into `bbbb` and `cccc`
     help: name the line, as in `bbbb@+1`
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade a:b"), @r"
    exit 2
    --- stderr
    error: `a:b` is not a target: a range of two targets is for `history -r` only
     help: targets are head, heads, base, an id or 4 and more of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
    let project = Project::of_revisions(LINES);
    assert_snapshot!(project.migrate("plan --dir ."), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided: <COMMAND>
      why: usage: cargo migrate plan --dir <PATH> <COMMAND> [TARGET]...
     help: add `--help` for the options there are
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
    error: one target is enough, and `bbbb` is a second
     help: `heads` names all heads; only `stamp` takes several targets
    ");
    assert_snapshot!(project.migrate("plan --dir . stamp"), @r"
    exit 2
    --- stderr
    error: `stamp` needs a target
     help: name what the database has, as in `plan stamp head`
    ");
    assert_snapshot!(project.migrate("plan --dir . upgrade --current zzzz --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"unknown_revision","message":"there is no revision or branch label `zzzz`","help":"run `cargo migrate history` for the revisions there are"}}
    "#);
}

#[test]
fn an_upgrade_lists_its_steps_and_the_heads_after() {
    let project = Project::of_revisions(LINES);
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
    error: `+2` is ambiguous: `cccc` and `b222` are applied, and each is a place to start from
     help: name the line, as in `cccc@+2`
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
    {"steps":[{"revision":"cccc","direction":"upgrade"},{"revision":"mmmm","direction":"upgrade"},{"revision":"nnnn","direction":"upgrade"}],"heads_after":["nnnn"]}
    "#);
}

#[test]
fn a_downgrade_takes_negative_numbers_as_they_are_typed() {
    let project = Project::of_revisions(LINES);
    assert_snapshot!(project.migrate("plan --dir . downgrade -1 --current nnnn"), @r"
    exit 0
    --- stdout
    downgrade nnnn, message of nnnn.
    heads after: mmmm
    ");
    assert_snapshot!(project.migrate("plan --dir . downgrade --current nnnn --json"), @r#"
    exit 0
    --- stdout
    {"steps":[{"revision":"nnnn","direction":"downgrade"}],"heads_after":["mmmm"]}
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
    let project = Project::of_revisions(LINES);
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
    {"steps":[{"revision":"bbbb","direction":"remove"},{"revision":"aaaa","direction":"remove"}],"heads_after":[]}
    "#);
}
