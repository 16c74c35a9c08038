//! `cargo migrate history`.

use insta::assert_snapshot;
use migrate_tests::Project;

/// Two lines that meet twice, and one apart.
const REVISIONS: &str = "aaaa; bbbb [billing] <- aaaa; cccc <- aaaa; dddd <- bbbb; mmmm <- dddd, cccc; x1 [other] after cccc; \
                     eeee <- mmmm; ffff <- mmmm; nnnn <- eeee, ffff";

#[test]
fn an_invalid_range_is_refused() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("history --dir . -r aaaa"), @r"
    exit 2
    --- stderr
    error: `aaaa` is not a valid target: a range needs a `:`, for example `a1b2:head`
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
    assert_snapshot!(project.migrate("history --dir . -r a:b:c --json"), @r#"
    exit 2
    --- stdout
    {"error":{"code":"invalid_target","message":"`a:b:c` is not a valid target: a range has only one `:`","help":"targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID"}}
    "#);
    assert_snapshot!(project.migrate("history --dir . -r +1:-1"), @r"
    exit 2
    --- stderr
    error: `+1:-1` is not a valid target: both ends are offsets, but one end of a range must name a revision
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
    assert_snapshot!(project.migrate("history --dir . -r x+0:"), @r"
    exit 2
    --- stderr
    error: `x+0` is not a valid target: an offset of 0 has no effect
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
}

#[test]
fn ends_that_are_not_on_one_branch_are_refused() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("history --dir . -r dddd:cccc"), @r"
    exit 1
    --- stderr
    error: `dddd` is not an ancestor of `cccc`
     help: run `cargo migrate history -r dddd:` to list the revisions that follow `dddd`
    ");
    assert_snapshot!(project.migrate("history --dir . -r :yyyy"), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `yyyy`
     help: run `cargo migrate history` to list the revisions
    ");
}

#[test]
fn files_alone_do_not_show_what_is_applied() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("history --dir . -i"), @r"
    exit 2
    --- stderr
    error: the files do not show which revisions are applied
     help: pass `--current ID[,ID]`, or remove `--dir` to read the package's database
    ");
    assert_snapshot!(project.migrate("history --dir . -r -3:current"), @r"
    exit 2
    --- stderr
    error: the files do not show which revisions are applied
     help: pass `--current ID[,ID]`, or remove `--dir` to read the package's database
    ");
    assert_snapshot!(project.migrate("history --dir . --current zzzz"), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `zzzz`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(project.migrate("history --dir . --current current"), @r"
    exit 2
    --- stderr
    error: `current` can't be used here: `--current` sets the applied revisions, so its value can't be relative to them
     help: pass revisions, `heads`, or `base` if none is applied
    ");
}

#[test]
fn all_revisions_are_listed_newest_first_with_their_marks() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("history --dir ."), @r"
    exit 0
    --- stdout
    eeee, ffff -> nnnn (billing) (head) (mergepoint), message of nnnn.
    mmmm -> ffff (billing), message of ffff.
    mmmm -> eeee (billing), message of eeee.
    <base> (cccc) -> x1 (other) (head), message of x1.
    dddd, cccc -> mmmm (billing) (branchpoint) (mergepoint), message of mmmm.
    bbbb -> dddd (billing), message of dddd.
    aaaa -> cccc, message of cccc.
    aaaa -> bbbb (billing), message of bbbb.
    <base> -> aaaa (branchpoint), message of aaaa.
    ");
    assert_snapshot!(project.migrate("history --dir . --current dddd,x1"), @r"
    exit 0
    --- stdout
    eeee, ffff -> nnnn (billing) (head) (mergepoint), message of nnnn.
    mmmm -> ffff (billing), message of ffff.
    mmmm -> eeee (billing), message of eeee.
    <base> (cccc) -> x1 (other) (head) (current), message of x1.
    dddd, cccc -> mmmm (billing) (branchpoint) (mergepoint), message of mmmm.
    bbbb -> dddd (billing) (current), message of dddd.
    aaaa -> cccc, message of cccc.
    aaaa -> bbbb (billing), message of bbbb.
    <base> -> aaaa (branchpoint), message of aaaa.
    ");
}

#[test]
fn the_verbose_form_prints_every_link() {
    let project = Project::of_revisions("a; b [lb] <- a; c <- a after b");
    assert_snapshot!(project.migrate("history --dir . -v"), @r"
    exit 0
    --- stdout
    Rev: c (head)
    Parent: a
    Also depends on: b
    Created: [DATE]
    Path: ./c.rs

        message of c.

    Rev: b (lb) (head)
    Parent: a
    Branch names: lb
    Created: [DATE]
    Path: ./b.rs

        message of b.

    Rev: a (branchpoint)
    Parent: <base>
    Branches into: b, c
    Created: [DATE]
    Path: ./a.rs

        message of a.
    ");
}

#[test]
fn a_range_shows_what_lies_between_its_ends() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("history --dir . -r bbbb:mmmm"), @r"
    exit 0
    --- stdout
    dddd, cccc -> mmmm (billing) (branchpoint) (mergepoint), message of mmmm.
    bbbb -> dddd (billing), message of dddd.
    aaaa -> bbbb (billing), message of bbbb.
    ");
    assert_snapshot!(project.migrate("history --dir . -r :dddd"), @r"
    exit 0
    --- stdout
    bbbb -> dddd (billing), message of dddd.
    aaaa -> bbbb (billing), message of bbbb.
    <base> -> aaaa (branchpoint), message of aaaa.
    ");
    assert_snapshot!(project.migrate("history --dir . -r billing@base:dddd"), @r"
    exit 0
    --- stdout
    bbbb -> dddd (billing), message of dddd.
    aaaa -> bbbb (billing), message of bbbb.
    <base> -> aaaa (branchpoint), message of aaaa.
    ");
    assert_snapshot!(project.migrate("history --dir . -r -1:dddd"), @r"
    exit 0
    --- stdout
    bbbb -> dddd (billing), message of dddd.
    aaaa -> bbbb (billing), message of bbbb.
    ");
    assert_snapshot!(project.migrate("history --dir . -r-1:current --current dddd"), @r"
    exit 0
    --- stdout
    bbbb -> dddd (billing) (current), message of dddd.
    aaaa -> bbbb (billing), message of bbbb.
    ");
    assert_snapshot!(project.migrate("history --dir . --rev-range=nnnn:"), @r"
    exit 0
    --- stdout
    eeee, ffff -> nnnn (billing) (head) (mergepoint), message of nnnn.
    ");
}

#[test]
fn a_drawing_shows_the_lines() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("history --dir . --graph"), @r"
    exit 0
    --- stdout
    *   nnnn (billing) (head) (mergepoint), message of nnnn.
    |\
    | * ffff (billing), message of ffff.
    * | eeee (billing), message of eeee.
    |/
    | * x1 (other) (head), message of x1.
    *   mmmm (billing) (branchpoint) (mergepoint), message of mmmm.
    |\
    * | dddd (billing), message of dddd.
    | * cccc, message of cccc.
    * | bbbb (billing), message of bbbb.
    |/
    * aaaa (branchpoint), message of aaaa.
    ");
    assert_snapshot!(project.migrate("history --dir . --graph -r bbbb:mmmm"), @r"
    exit 0
    --- stdout
    * mmmm (billing) (branchpoint) (mergepoint), message of mmmm.
    * dddd (billing), message of dddd.
    * bbbb (billing), message of bbbb.
    ");
    assert_snapshot!(project.migrate("history --dir . --graph -v -r dddd:mmmm --current cccc"), @r"
    exit 0
    --- stdout
    * Rev: mmmm (billing) (branchpoint) (mergepoint)
    | Merges: dddd, cccc
    | Branches into: eeee, ffff
    | Created: [DATE]
    | Path: ./mmmm.rs
    |
    |     message of mmmm.
    * Rev: dddd (billing)
      Parent: bbbb
      Created: [DATE]
      Path: ./dddd.rs

          message of dddd.
    ");
}

#[test]
fn a_script_gets_every_fact() {
    let project = Project::of_revisions("a; b [lb] <- a");
    assert_snapshot!(project.migrate("history --dir . --json --current a"), @r#"
    exit 0
    --- stdout
    {"revisions":[{"revision":"b","down_revisions":["a"],"depends_on":[],"replaces":[],"branch_labels":["lb"],"branches":["lb"],"created":"[DATE]","message":"message of b.","transaction":true,"file":"./b.rs","head":true,"current":false,"branch_point":false,"merge_point":false},{"revision":"a","down_revisions":[],"depends_on":[],"replaces":[],"branch_labels":[],"branches":[],"created":"[DATE]","message":"message of a.","transaction":true,"file":"./a.rs","head":false,"current":true,"branch_point":false,"merge_point":false}]}
    "#);
}

#[test]
fn an_empty_directory_has_an_empty_history() {
    let project = Project::of_revisions("");
    for form in ["", "--graph", "-v"] {
        let run = project.migrate(&format!("history --dir . {form}")).done();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    }
}
