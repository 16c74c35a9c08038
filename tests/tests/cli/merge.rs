//! `cargo migrate merge`.

use std::process::Stdio;

use insta::assert_snapshot;
use migrate_tests::{Project, Run};

use crate::package::Package;

const REVISIONS: &str = "aaaa; bbbb <- aaaa; cccc [lc] <- aaaa; dddd <- aaaa";

#[test]
fn a_merge_of_less_than_two_is_refused() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa");
    assert_snapshot!(project.migrate("merge --dir ."), @r"
    exit 2
    --- stderr
    error: a merge needs at least two revisions
     note: `bbbb` is the only head
     help: there is nothing to merge; run `cargo migrate history --graph` to see the branches
    ");
    assert_snapshot!(Project::of_revisions("").migrate("merge --dir ."), @r"
    exit 2
    --- stderr
    error: a merge needs at least two revisions
     note: there are no revisions
     help: create the first revision with `cargo migrate revision`
    ");
    assert_snapshot!(Project::of_revisions(REVISIONS).migrate("merge --dir . bbbb"), @r"
    exit 2
    --- stderr
    error: a merge needs at least two revisions
     note: only `bbbb` was named
     help: name a second revision, or omit all names to merge all heads: bbbb, cccc, dddd
    ");
}

#[test]
fn parents_that_are_redundant_repeated_or_unknown_are_refused() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("merge --dir . bbbb aaaa"), @r"
    exit 2
    --- stderr
    error: `aaaa` is an ancestor of `bbbb`, so there is nothing to merge
     note: every revision that follows `bbbb` already follows `aaaa`
     help: remove `aaaa`
    ");
    assert_snapshot!(project.migrate("merge --dir . bbbb bbbb"), @r"
    exit 2
    --- stderr
    error: revision `bbbb` is named twice
     help: name each revision only once
    ");
    assert_snapshot!(project.migrate("merge --dir . bbbb zzzz --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"unknown_revision","message":"unknown revision or branch label `zzzz`","help":"run `cargo migrate history` to list the revisions"}}
    "#);
    assert_snapshot!(project.migrate("merge --dir . bbbb -1"), @r"
    exit 2
    --- stderr
    error: unexpected argument '-1' found
     note: usage: cargo migrate merge [OPTIONS] [REV]...
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
     note: `dddd` already follows it
     help: name heads, or pass `--splice` to merge it anyway
    ");
    assert_snapshot!(project.migrate("merge --dir . bbbb cccc --splice --rev-id mmmm"), @r"
    exit 0
    --- stdout
    created ./m[DATE]_merge_bbbb_and_cccc.rs (revision mmmm, follows bbbb and cccc)
    changed ./mod.rs
       note: the order of the branches was not checked: `--dir` names a directory without a package, so there is no runner to check them with
    ");
}

#[test]
fn an_id_that_is_in_use_is_refused() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("merge --dir . --rev-id aaaa"), @r"
    exit 1
    --- stderr
    error: revision id `aaaa` is in use
      --> ./aaaa.rs
     help: remove `--rev-id` to get a random id
    ");
    assert_snapshot!(project.migrate("merge --dir . --rev-id head"), @r"
    exit 2
    --- stderr
    error: `head` is not a valid revision id or branch label: it is reserved in targets
     help: use 1 to 64 characters of A-Z, a-z, 0-9 and _
    ");
    assert_snapshot!(project.migrate("merge --dir . --branch-label lc"), @r"
    exit 2
    --- stderr
    error: branch label `lc` is in use
      --> ./cccc.rs
     note: it names the branch that starts with `cccc`
     help: choose another label; ids and labels must be distinct
    ");
    assert_snapshot!(project.migrate("merge --dir . --branch-label bbbb"), @r"
    exit 2
    --- stderr
    error: branch label `bbbb` is in use
     note: it is the id of a revision
     help: choose another label; ids and labels must be distinct
    ");
}

#[test]
fn all_heads_are_joined_by_default() {
    let project = Project::of_revisions(REVISIONS);
    assert_snapshot!(project.migrate("merge --dir . --rev-id mmmm"), @r"
    exit 0
    --- stdout
    created ./m[DATE]_merge_bbbb_cccc_and_dddd.rs (revision mmmm, follows bbbb, cccc and dddd)
    changed ./mod.rs
       note: the order of the branches was not checked: `--dir` names a directory without a package, so there is no runner to check them with
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
    let project = Project::of_revisions(REVISIONS);
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
    {"revision":"mmmm","down_revisions":["cccc","dddd"],"depends_on":[],"branch_labels":["joined"],"created":"[DATE]","message":"Join them.","file":"./m[DATE]_join_them.rs","module_file":"./mod.rs","order_check":{"checked_orders":[],"skipped_reason":"`--dir` names a directory without a package, so there is no runner to check them with"}}
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

/// Returns a package with a table, and two branches that do this.
fn branches(name: &str, one: &str, other: &str) -> Package {
    let package = Package::new(name, &["src/lib.rs"]);
    let create = "op.create_table(\"users\", |t| t.column(Column::new(\"name\", Text)))";
    for (id, follows, body) in [
        ("root", "", create),
        ("aaaa", "--head root", one),
        ("bbbb", "--head root --splice", other),
    ] {
        package
            .migrate(&format!("revision -m {id} --rev-id {id} {follows}"))
            .done();
        let file = package.file_of(id);
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("up(_op:", "up(op:");
        let text = text.replacen("    Ok(())\n", &format!("    {body}\n"), 1);
        std::fs::write(&file, text).unwrap();
    }
    package
}

#[test]
fn a_merge_is_kept_if_both_orders_end_the_same() {
    let package = branches(
        "merged",
        "op.add_column(\"users\", Column::new(\"email\", Text))",
        "op.add_column(\"users\", Column::new(\"phone\", Text))?;\n    op.execute(\"UPDATE users SET phone = name\")",
    );
    assert_snapshot!(package.migrate("merge --rev-id mmmm"), @r"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_merge_aaaa_and_bbbb.rs (revision mmmm, follows aaaa and bbbb)
    changed src/migrations/mod.rs
       note: the columns of `users` are in the order name, email, phone with `aaaa` first, name, phone, email with `bbbb` first
    checked 2 orders on scratch databases: the schema is the same
    ");
    assert_snapshot!(package.migrate("upgrade --database-url m.db -q"), @"exit 0");
}

#[test]
fn a_merge_whose_order_matters_is_removed() {
    let create = "op.create_table(\"posts\", |t| t.column(Column::new(\"id\", Integer)))";
    let package = branches("clashing", create, create);
    let before = package.project.files();
    assert_snapshot!(package.migrate("merge --rev-id mmmm"), @r"
    exit 1
    --- stderr
    error: `aaaa` and `bbbb` conflict: the result depends on which one runs first
      --> src/migrations/m[DATE]_aaaa.rs:12, src/migrations/m[DATE]_bbbb.rs:12
     note: create table `posts` in `aaaa`
     note: create table `posts` in `bbbb`
     note: `aaaa` then `bbbb` fails: table posts already exists
     note: `bbbb` then `aaaa` fails: table posts already exists
     note: src/migrations/m[DATE]_merge_aaaa_and_bbbb.rs was removed
     help: change one of the two, or make one follow the other: `cargo migrate rebase bbbb --onto aaaa --assume-unapplied`
    ");
    assert_snapshot!(package.migrate("merge --rev-id mmmm --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"merge_conflict","message":"`aaaa` and `bbbb` conflict: the result depends on which one runs first","help":"change one of the two, or make one follow the other: `cargo migrate rebase bbbb --onto aaaa --assume-unapplied`","file":"src/migrations/m[DATE]_aaaa.rs","line":12,"notes":["create table `posts` in `aaaa`","create table `posts` in `bbbb`","`aaaa` then `bbbb` fails: table posts already exists","`bbbb` then `aaaa` fails: table posts already exists","src/migrations/m[DATE]_merge_aaaa_and_bbbb.rs was removed"]}}
    "#);
    assert_eq!(package.project.files(), before);
    assert!(
        !package
            .project
            .read("src/migrations/mod.rs")
            .contains("merge")
    );
    // Without the check it is kept.
    assert_snapshot!(package.migrate("merge --rev-id mmmm --skip-order-check"), @r"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_merge_aaaa_and_bbbb.rs (revision mmmm, follows aaaa and bbbb)
    changed src/migrations/mod.rs
    ");
}

#[test]
fn a_merge_that_can_not_be_built_is_removed() {
    let package = branches("unbuilt", "Ok(missing)", "Ok(())");
    let run = package.migrate("merge --rev-id mmmm");
    let last: Vec<&str> = run.stderr.lines().rev().take(5).collect();
    assert_snapshot!(last.into_iter().rev().collect::<Vec<_>>().join("\n"), @r"
    error: package `unbuilt` does not build, so its runner can't run
     note: the compiler's errors are above
     note: pass `--skip-order-check` to write the merge without the check
     note: src/migrations/m[DATE]_merge_aaaa_and_bbbb.rs was removed
     help: correct them and run the command again
    ");
    assert!(
        !package
            .project
            .read("src/migrations/mod.rs")
            .contains("merge")
    );
}

#[test]
fn a_merge_that_is_interrupted_is_removed() {
    use std::os::unix::process::CommandExt as _;

    let package = branches("interrupted", "Ok(())", "Ok(())");
    let before = package.project.files();
    let mut process = package.project.process();
    let process = package.environment(process.args(["merge", "--rev-id", "mmmm"]));
    let piped = process.stdout(Stdio::piped()).stderr(Stdio::piped());
    // As on a terminal, the signal is for all that was started.
    let child = piped.process_group(0).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let catches = || {
        let status = std::fs::read_to_string(&status).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        u64::from_str_radix(mask.unwrap().trim(), 16).unwrap() & 0b10 != 0
    };
    while !catches() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let group = format!("-{}", child.id());
    let sent = std::process::Command::new("kill")
        .args(["-INT", "--", &group])
        .status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let run = Run::of(&output, package.project.path());
    assert_eq!(run.status, 130, "{run}");
    assert_eq!(package.project.files(), before);
    let report = &run.stderr[run.stderr.find("error: interrupted by a signal").unwrap()..];
    assert_snapshot!(report, @"
    error: interrupted by a signal before the check finished
     note: src/migrations/m[DATE]_merge_aaaa_and_bbbb.rs was removed
     help: run the command again
    ");
}

#[test]
fn a_package_without_a_runner_is_merged_without_a_check() {
    let project = Project::of_package(REVISIONS);
    std::fs::remove_file(project.join("src/bin/app-migrate.rs")).unwrap();
    assert_snapshot!(project.migrate("merge --rev-id mmmm"), @r"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_merge_bbbb_cccc_and_dddd.rs (revision mmmm, follows bbbb, cccc and dddd)
    changed src/migrations/mod.rs
       note: the order of the branches was not checked: package `app` has no runner; run `cargo migrate init -p app` to create it
    ");
}
