//! `cargo migrate rebase`.

use insta::assert_snapshot;
use migrate_tests::Project;

const REVISIONS: &str = "aaaa; bbbb <- aaaa; b222 <- bbbb; cccc <- aaaa; c222 <- cccc";

#[test]
fn files_alone_do_not_show_whether_a_revision_is_applied() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("rebase --dir . cccc --onto b222"), @r"
    exit 2
    --- stderr
    error: the files do not show whether a database has applied the revision
      --> ./cccc.rs
     note: databases that already applied cccc, c222 would have a history that no longer exists
     help: pass `--assume-unapplied` if no database you keep has it; otherwise merge the branches with `cargo migrate merge`
    ");
    assert_snapshot!(project.migrate("rebase --dir . cccc --onto b222 --json"), @r#"
    exit 2
    --- stdout
    {"error":{"code":"usage_error","message":"the files do not show whether a database has applied the revision","help":"pass `--assume-unapplied` if no database you keep has it; otherwise merge the branches with `cargo migrate merge`","revision":"cccc","file":"./cccc.rs","notes":["databases that already applied cccc, c222 would have a history that no longer exists"]}}
    "#);
}

#[test]
fn a_rebase_that_would_break_the_graph_is_refused() {
    let project =
        Project::of_revisions("aaaa; bbbb <- aaaa; cccc <- aaaa; mmmm <- bbbb, cccc; dddd <- aaaa");
    assert_snapshot!(project.migrate("rebase --dir . bbbb --onto mmmm --assume-unapplied"), @r"
    exit 2
    --- stderr
    error: revision `bbbb` can't follow `mmmm`, which follows it
      --> ./bbbb.rs
     help: choose a head of another branch: `cargo migrate heads`
    ");
    assert_snapshot!(project.migrate("rebase --dir . mmmm --onto dddd --assume-unapplied"), @r"
    exit 2
    --- stderr
    error: revision `mmmm` is a merge of bbbb and cccc
      --> ./mmmm.rs
     help: rebase the first revision of one of its branches
    ");
    assert_snapshot!(project.migrate("rebase --dir . dddd --onto bbbb --assume-unapplied"), @r"
    exit 2
    --- stderr
    error: revision `bbbb` is not a head
      --> ./bbbb.rs
     note: `mmmm` already follows it
     help: name a head after `--onto`: `cargo migrate heads`
    ");
    assert_snapshot!(project.migrate("rebase --dir . dddd --onto dddd --assume-unapplied"), @r"
    exit 2
    --- stderr
    error: revision `dddd` can't follow `dddd`, which follows it
      --> ./dddd.rs
     help: choose a head of another branch: `cargo migrate heads`
    ");
    assert_snapshot!(project.migrate("rebase --dir . dddd --onto zzzz --assume-unapplied"), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `zzzz`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(project.migrate("rebase --dir . dddd"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided: --onto <HEAD>
     note: usage: cargo migrate rebase --onto <HEAD> --dir <PATH> <REV>
     help: pass `--help` to list the options
    ");
}

#[test]
fn a_dependency_that_would_close_a_cycle_is_refused() {
    let project =
        Project::of_revisions("aaaa; bbbb <- aaaa; cccc <- aaaa; dddd <- cccc after bbbb");
    assert_snapshot!(project.migrate("rebase --dir . bbbb --onto dddd --assume-unapplied"), @r"
    exit 2
    --- stderr
    error: revision `bbbb` can't follow `dddd`, which follows it
      --> ./bbbb.rs
     help: choose a head of another branch: `cargo migrate heads`
    ");
}

#[test]
fn a_branch_follows_another_head_with_all_that_follows_it() {
    let project = Project::of_revisions(REVISIONS);
    let before = project.read("cccc.rs");
    assert_snapshot!(project.migrate("rebase --dir . cccc --onto b222 --assume-unapplied"), @r"
    exit 0
    --- stdout
    changed ./cccc.rs (revision cccc follows b222)
    ");
    assert_eq!(
        project.read("cccc.rs"),
        before.replace("down_revision: \"aaaa\"", "down_revision: \"b222\"")
    );
    assert_snapshot!(project.migrate("history --dir ."), @r"
    exit 0
    --- stdout
    cccc -> c222 (head), message of c222.
    b222 -> cccc, message of cccc.
    bbbb -> b222, message of b222.
    aaaa -> bbbb, message of bbbb.
    <base> -> aaaa, message of aaaa.
    ");
    assert_snapshot!(project.migrate("rebase --dir . cccc --onto b222"), @r"
    exit 0
    --- stdout
    nothing to do: revision cccc already follows b222
    ");
}

#[test]
fn a_base_can_follow_a_head() {
    let project = Project::of_revisions("aaaa; xxxx [lx]; yyyy <- xxxx");
    assert_snapshot!(project.migrate("rebase --dir . xxxx --onto aaaa --assume-unapplied --json"), @r#"
    exit 0
    --- stdout
    {"revision":"xxxx","onto":"aaaa","changed":"./xxxx.rs"}
    "#);
    assert!(
        project
            .read("xxxx.rs")
            .contains("down_revision: \"aaaa\",\n    branch_labels: [\"lx\"],\n")
    );
}

#[test]
fn line_endings_and_comments_of_the_file_are_kept() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa; cccc <- aaaa");
    project.replace("cccc.rs", "\"aaaa\",", "\"aaaa\", // the first");
    project.replace("cccc.rs", "\n", "\r\n");
    let text = std::fs::read_to_string(project.join("cccc.rs")).unwrap();
    project
        .migrate("rebase --dir . cccc --onto bbbb --assume-unapplied")
        .done();
    let after = std::fs::read_to_string(project.join("cccc.rs")).unwrap();
    assert_eq!(after, text.replace("\"aaaa\"", "\"bbbb\""));
}
