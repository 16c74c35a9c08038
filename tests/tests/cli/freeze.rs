//! `cargo migrate freeze`.

use insta::assert_snapshot;
use migrate_tests::Project;

#[test]
fn an_edited_revision_is_not_frozen_again() {
    let project = Project::of_revisions("a; b <- a");
    project.migrate("freeze --dir .");
    project.replace("b.rs", "Ok(())", "Err(Error::msg(\"no\"))");
    assert_snapshot!(project.migrate("freeze --dir ."), @"
    exit 1
    --- stderr
    error: revision `b` is frozen, but its file was edited
      --> ./b.rs
     help: undo the edit and create a new revision with `cargo migrate revision`; if no database has applied it yet, run `cargo migrate freeze --unfreeze b`; if the edit does not change what the revision does, run `cargo migrate freeze b --accept-edit`
    ");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 3
    --- stderr
    error: revision `b` is frozen, but its file was edited
      --> ./b.rs
     help: undo the edit and create a new revision with `cargo migrate revision`; if no database has applied it yet, run `cargo migrate freeze --unfreeze b`; if the edit does not change what the revision does, run `cargo migrate freeze b --accept-edit`
    ");
    assert_snapshot!(project.migrate("freeze --dir . --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"checksum_mismatch","message":"revision `b` is frozen, but its file was edited","help":"undo the edit and create a new revision with `cargo migrate revision`; if no database has applied it yet, run `cargo migrate freeze --unfreeze b`; if the edit does not change what the revision does, run `cargo migrate freeze b --accept-edit`","revision":"b","file":"./b.rs"}}
    "#);
    assert_snapshot!(project.migrate("freeze --dir . --unfreeze b"), @"
    exit 0
    --- stdout
    unfroze b in ./frozen.lock
    ");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 3
    --- stderr
    error: revision `b` is not frozen
     help: run `cargo migrate freeze` to freeze released revisions
    ");
    assert_snapshot!(project.migrate("freeze --dir ."), @"
    exit 0
    --- stdout
    froze b in ./frozen.lock
    ");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 0
    --- stdout
    2 revisions are frozen, none edited
    ");
}

#[test]
fn an_included_file_is_a_part_of_its_revision() {
    let project = Project::of_revisions("a; b <- a");
    let includes = "op.execute(include_str!(\"sql/b.sql\"))";
    project.replace("b.rs", "Ok(())", includes);
    project.write("sql/b.sql", "CREATE TABLE b (c INTEGER);\n");
    project.migrate("freeze --dir .").done();
    project.write("sql/b.sql", "CREATE TABLE b (c INTEGER);\r\n");
    project.migrate("freeze --dir . --check").done();
    project.write("sql/b.sql", "CREATE TABLE b (c TEXT);\n");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 3
    --- stderr
    error: revision `b` is frozen, but its file was edited
      --> ./b.rs
     help: undo the edit and create a new revision with `cargo migrate revision`; if no database has applied it yet, run `cargo migrate freeze --unfreeze b`; if the edit does not change what the revision does, run `cargo migrate freeze b --accept-edit`
    ");
    project.migrate("freeze b --dir . --accept-edit").done();
    project.migrate("freeze --dir . --check").done();
}

#[test]
fn a_checksum_from_before_included_files_counted_is_renewed() {
    let project = Project::of_revisions("a");
    let includes = "op.execute(include_str!(\"a.sql\"))";
    project.replace("a.rs", "Ok(())", includes);
    // The file does not exist, so the checksum is that of the tokens.
    project.migrate("freeze --dir .").done();
    let before = std::fs::read_to_string(project.join("frozen.lock")).unwrap();
    project.write("a.sql", "SELECT 1;");
    project.migrate("freeze --dir . --check").done();
    project.migrate("freeze --dir .").done();
    let after = std::fs::read_to_string(project.join("frozen.lock")).unwrap();
    let old = before.trim_end().rsplit_once(' ').unwrap().1;
    assert!(
        after.contains("a v2:") && after.ends_with(&format!(" was {old}\n")),
        "{after}"
    );
    project.write("a.sql", "SELECT 2;");
    assert_eq!(project.migrate("freeze --dir . --check").status, 3);
}

#[test]
fn an_invalid_line_is_reported_at_its_location() {
    let project = Project::of_revisions("a");
    project.write("frozen.lock", "# Ours.\n<<<<<<< HEAD\n");
    assert_snapshot!(project.migrate("freeze --dir ."), @"
    exit 1
    --- stderr
    error: ./frozen.lock is invalid: `<<<<<<<` is not a valid revision id
      --> ./frozen.lock:2:1
     help: correct the line: after a merge, keep the lines of both sides
    ");
    assert_snapshot!(project.read("frozen.lock"), @"
    # Ours.
    <<<<<<< HEAD
    ");
}

#[test]
fn only_what_is_frozen_can_be_unfrozen() {
    let project = Project::of_revisions("a; b <- a");
    assert_snapshot!(project.migrate("freeze --dir . --unfreeze a"), @"
    exit 2
    --- stderr
    error: revision `a` is not frozen
     help: there is nothing to do
    ");
    assert_snapshot!(project.migrate("freeze --dir . --unfreeze nothing"), @"
    exit 1
    --- stderr
    error: unknown revision or branch label `nothing`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(project.migrate("freeze b --dir . --unfreeze a"), @"
    exit 2
    --- stderr
    error: the argument '[REV]' cannot be used with '--unfreeze <REV>'
     note: usage: cargo migrate freeze --dir <PATH> <REV>
     help: pass `--help` to list the options
    ");
}

#[test]
fn revisions_are_frozen_with_all_that_they_need() {
    let project = Project::of_revisions("a; b <- a; c <- a; d after b");
    assert_snapshot!(project.migrate("freeze d --dir ."), @"
    exit 0
    --- stdout
    froze a, b and d in ./frozen.lock
    ");
    assert_eq!(project.read("frozen.lock").lines().count(), 4);
    assert_snapshot!(project.migrate("freeze d --dir . --json"), @r#"
    exit 0
    --- stdout
    {"frozen":[],"frozen_count":3,"file":"./frozen.lock"}
    "#);
    assert_snapshot!(project.migrate("freeze --dir ."), @"
    exit 0
    --- stdout
    froze c in ./frozen.lock
    ");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 0
    --- stdout
    4 revisions are frozen, none edited
    ");
}

#[test]
fn comments_and_formatting_may_change() {
    let project = Project::of_revisions("a");
    project.migrate("freeze --dir .");
    project.replace("a.rs", "Ok(())", "// Nothing to do.\n    Ok(())");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 0
    --- stdout
    1 revision is frozen, none edited
    ");
}

#[test]
fn an_accepted_edit_is_recorded_with_the_previous_checksum() {
    let project = Project::of_revisions("a; b <- a");
    assert_snapshot!(project.migrate("freeze b --dir . --accept-edit"), @"
    exit 2
    --- stderr
    error: revision `b` is not frozen, so its previous version is not known
     help: restore the previous version of the file, freeze it, and then edit it
    ");
    assert_snapshot!(project.migrate("freeze --dir . --accept-edit"), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided: <REV>
     note: usage: cargo migrate freeze --dir <PATH> --accept-edit <REV>
     help: pass `--help` to list the options
    ");
    project.migrate("freeze --dir .");
    // As it is: snapshots have no checksums.
    let lock = || std::fs::read_to_string(project.join("frozen.lock")).unwrap();
    let before = lock();
    assert_snapshot!(project.migrate("freeze b --dir . --accept-edit"), @"
    exit 0
    --- stdout
    nothing to do: the revision was not edited
    ");
    project.replace("b.rs", "Ok(())", "Ok::<(), Error>(())");
    assert_snapshot!(project.migrate("freeze b --dir . --accept-edit"), @"
    exit 0
    --- stdout
    recorded the edit of b in ./frozen.lock
    ");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 0
    --- stdout
    2 revisions are frozen, none edited
    ");
    let after = lock();
    let checksum = |text: &str| {
        text.lines()
            .last()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .to_owned()
    };
    assert!(
        after.ends_with(&format!(" was {}\n", checksum(&before))),
        "{after}"
    );
    assert_ne!(checksum(&before), checksum(&after));
}

#[test]
fn a_deleted_file_can_be_unfrozen() {
    let project = Project::of_revisions("a; b <- a");
    project.migrate("freeze --dir .");
    std::fs::remove_file(project.join("b.rs")).unwrap();
    assert_snapshot!(project.migrate("freeze --dir ."), @"
    exit 1
    --- stderr
    error: revision `b` is frozen, but its file does not exist
      --> ./mod.rs
     help: restore the file; if no database has applied it, run `cargo migrate freeze --unfreeze b`
    ");
    assert_snapshot!(project.migrate("freeze --dir . --unfreeze b"), @"
    exit 0
    --- stdout
    unfroze b in ./frozen.lock
    ");
    assert_snapshot!(project.migrate("freeze --dir . --check"), @"
    exit 0
    --- stdout
    1 revision is frozen, none edited
    ");
}
