//! `cargo migrate edit`.

use insta::assert_snapshot;
use migrate_tests::{Project, Run};

fn edit(project: &Project, arguments: &[&str], editor: &str) -> Run {
    let output = project
        .process()
        .arg("edit")
        .args(["--dir", "."])
        .args(arguments)
        .env("EDITOR", editor)
        .output()
        .unwrap();
    Run::of(&output, project.path())
}

#[test]
fn without_an_editor_nothing_is_opened() {
    assert_snapshot!(Project::of_revisions("a").migrate("edit --dir . a"), @r"
    exit 2
    --- stderr
    error: no editor is set
      --> ./a.rs
     help: set the environment variable VISUAL or EDITOR, for example `EDITOR=vi`
    ");
}

#[test]
fn an_editor_that_fails_is_reported() {
    let project = Project::of_revisions("a");
    assert_snapshot!(edit(&project, &["a"], "false"), @r"
    exit 1
    --- stderr
    error: the editor failed: exit status: 1
      --> ./a.rs
     note: EDITOR is `false`
     help: set it to a program that accepts a file path
    ");
}

#[test]
fn a_revision_that_does_not_exist_is_not_opened() {
    let project = Project::of_revisions("a; b <- a");
    assert_snapshot!(edit(&project, &["zzzz"], "false"), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `zzzz`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(edit(&project, &["current"], "false"), @r"
    exit 2
    --- stderr
    error: `current` is relative to the applied revisions, which the files do not show
     help: pass `--current ID[,ID]`, or name a revision
    ");
    assert_snapshot!(edit(&project, &["base"], "false"), @r"
    exit 1
    --- stderr
    error: `base` does not name a revision
     help: run `cargo migrate history` to list the revisions
    ");
}

#[test]
fn the_editor_gets_the_file_after_its_own_arguments() {
    let project = Project::of_revisions("a; b <- a");
    assert_snapshot!(edit(&project, &["head"], "echo 'an editor' -w"), @r"
    exit 0
    --- stdout
    an editor -w ./b.rs
    ");
    assert_snapshot!(edit(&project, &["current", "--current", "a", "--json"], "true"), @r#"
    exit 0
    --- stdout
    {"revision":"a","file":"./a.rs"}
    "#);
}
