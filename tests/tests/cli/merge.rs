//! `cargo migrate merge`.

use insta::assert_snapshot;
use migrate_tests::Project;

const LINES: &str = "aaaa; bbbb <- aaaa; cccc [lc] <- aaaa; dddd <- aaaa";

#[test]
fn a_merge_of_less_than_two_is_refused() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa");
    assert_snapshot!(project.migrate("merge --dir ."), @r"
    exit 2
    --- stderr
    error: a merge joins two revisions or more
      why: `bbbb` is the only head
     help: there is nothing to merge: `cargo migrate history --graph` shows the lines
    ");
    assert_snapshot!(Project::of_revisions("").migrate("merge --dir ."), @r"
    exit 2
    --- stderr
    error: a merge joins two revisions or more
      why: there are no revisions
     help: add the first with `cargo migrate revision`
    ");
    assert_snapshot!(Project::of_revisions(LINES).migrate("merge --dir . bbbb"), @r"
    exit 2
    --- stderr
    error: a merge joins two revisions or more
      why: only `bbbb` was named
     help: name another, or none for all heads: bbbb, cccc, dddd
    ");
}

#[test]
fn parents_that_are_redundant_repeated_or_unknown_are_refused() {
    let project = Project::of_revisions(LINES);
    assert_snapshot!(project.migrate("merge --dir . bbbb aaaa"), @r"
    exit 2
    --- stderr
    error: `aaaa` is an ancestor of `bbbb`, so there is nothing to join
      why: what follows `bbbb` follows `aaaa` already
     help: leave out `aaaa`
    ");
    assert_snapshot!(project.migrate("merge --dir . bbbb bbbb"), @r"
    exit 2
    --- stderr
    error: revision `bbbb` is named twice
     help: name each revision to join once
    ");
    assert_snapshot!(project.migrate("merge --dir . bbbb zzzz --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"unknown_revision","message":"there is no revision or branch label `zzzz`","help":"run `cargo migrate history` for the revisions there are"}}
    "#);
    assert_snapshot!(project.migrate("merge --dir . bbbb -1"), @r"
    exit 2
    --- stderr
    error: unexpected argument '-1' found
      why: usage: cargo migrate merge [OPTIONS] [REV]...
     help: to pass '-1' as a value, use '-- -1'
    ");
    assert_eq!(
        project.files(),
        ["aaaa.rs", "bbbb.rs", "cccc.rs", "dddd.rs", "mod.rs"]
    );
}

#[test]
fn a_parent_that_is_not_a_head_needs_splice() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa; cccc <- aaaa; dddd <- cccc");
    assert_snapshot!(project.migrate("merge --dir . bbbb cccc"), @r"
    exit 2
    --- stderr
    error: revision `cccc` is not a head
      --> ./cccc.rs
      why: `dddd` follows it already
     help: name heads, or join it all the same with `--splice`
    ");
    assert_snapshot!(project.migrate("merge --dir . bbbb cccc --splice --rev-id mmmm"), @r"
    exit 0
    --- stdout
    created ./m[DATE]_merge_bbbb_and_cccc.rs (revision mmmm, follows bbbb and cccc)
    changed ./mod.rs
    ");
}

#[test]
fn an_id_that_is_in_use_is_refused() {
    let project = Project::of_revisions(LINES);
    assert_snapshot!(project.migrate("merge --dir . --rev-id aaaa"), @r"
    exit 1
    --- stderr
    error: revision id `aaaa` is in use
      --> ./aaaa.rs
     help: leave out `--rev-id` for a random one
    ");
    assert_snapshot!(project.migrate("merge --dir . --rev-id head"), @r"
    exit 2
    --- stderr
    error: `head` can't name a revision or a branch: it is a word of the target language
     help: use 1 to 64 characters of A-Z, a-z, 0-9 and _
    ");
    assert_snapshot!(project.migrate("merge --dir . --branch-label lc"), @r"
    exit 2
    --- stderr
    error: branch label `lc` is in use
      --> ./cccc.rs
      why: it names the line that begins with `cccc`
     help: choose another label; ids and labels share their names
    ");
    assert_snapshot!(project.migrate("merge --dir . --branch-label bbbb"), @r"
    exit 2
    --- stderr
    error: branch label `bbbb` is in use
      why: it is the id of a revision
     help: choose another label; ids and labels share their names
    ");
}

#[test]
fn all_heads_are_joined_by_default() {
    let project = Project::of_revisions(LINES);
    assert_snapshot!(project.migrate("merge --dir . --rev-id mmmm"), @r"
    exit 0
    --- stdout
    created ./m[DATE]_merge_bbbb_cccc_and_dddd.rs (revision mmmm, follows bbbb, cccc and dddd)
    changed ./mod.rs
    ");
    assert_snapshot!(project.read("mod.rs"), @r"
    //! Revisions.
    mod aaaa;
    mod bbbb;
    mod cccc;
    mod dddd;
    mod m[DATE]_merge_bbbb_cccc_and_dddd;

    migrate_runtime::migrations!(backend = Sqlite, heads = many);
    ");
    let file = project
        .files()
        .into_iter()
        .find(|file| file.contains("merge"))
        .unwrap();
    assert_eq!(file, "m[DATE]_merge_bbbb_cccc_and_dddd.rs");
    assert_snapshot!(project.migrate("heads --dir ."), @r"
    exit 0
    --- stdout
    mmmm (lc) (head) (mergepoint), merge bbbb, cccc and dddd
    ");
}

#[test]
fn named_revisions_are_joined_with_a_message_and_a_label() {
    let project = Project::of_revisions(LINES);
    let arguments = [
        "merge",
        "--dir",
        ".",
        "lc@head",
        "dddd",
        "--rev-id",
        "mmmm",
        "-m",
        "Join them.",
        "--branch-label",
        "joined",
        "--json",
    ];
    assert_snapshot!(project.migrate_with(&arguments), @r#"
    exit 0
    --- stdout
    {"revision":"mmmm","down_revisions":["cccc","dddd"],"depends_on":[],"branch_labels":["joined"],"created":"[DATE]","message":"Join them.","file":"./m[DATE]_join_them.rs","module_file":"./mod.rs"}
    "#);
    assert_snapshot!(project.migrate("show --dir . mmmm"), @r"
    exit 0
    --- stdout
    Rev: mmmm (joined, lc) (head) (mergepoint)
    Merges: cccc, dddd
    Branch names: joined
    Created: [DATE]
    Path: ./m[DATE]_join_them.rs

        Join them.
    ");
}
