//! `cargo migrate revision`.

use insta::assert_snapshot;
use migrate_tests::{Project, Run};

fn revision(project: &Project, arguments: &[&str]) -> Run {
    let arguments = [&["revision", "--dir", "."], arguments].concat();
    project.migrate_with(&arguments)
}

/// The only file that `revision` made.
fn new_file(project: &Project) -> String {
    let files = project.files();
    let mut new = files.into_iter().filter(|file| file.starts_with("m[DATE]"));
    let file = new.next().unwrap();
    assert_eq!(new.next(), None);
    file
}

fn read_new_file(project: &Project) -> String {
    let mut entries = std::fs::read_dir(project.path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let new = |path: &std::path::PathBuf| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("m2")
    };
    project.read(entries.find(new).unwrap())
}

#[test]
fn several_heads_need_a_choice() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa; cccc <- aaaa");
    assert_snapshot!(revision(&project, &["-m", "x"]), @r"
    exit 1
    --- stderr
    error: `head` is ambiguous: there are 2 heads: `bbbb` and `cccc`
      --> ./bbbb.rs, ./cccc.rs
     note: both follow `aaaa`
     help: merge them with `cargo migrate merge bbbb cccc`, or choose one, for example `--head bbbb`
    ");
    assert_snapshot!(revision(&project, &["-m", "x", "--json"]), @r#"
    exit 1
    --- stdout
    {"error":{"code":"multiple_heads","message":"`head` is ambiguous: there are 2 heads: `bbbb` and `cccc`","help":"merge them with `cargo migrate merge bbbb cccc`, or choose one, for example `--head bbbb`","file":"./bbbb.rs","notes":["both follow `aaaa`"]}}
    "#);
    assert_snapshot!(revision(&project, &["-m", "x", "--head", "head"]), @r"
    exit 1
    --- stderr
    error: `head` is ambiguous: there are 2 heads: `bbbb` and `cccc`
      --> ./bbbb.rs, ./cccc.rs
     note: both follow `aaaa`
     help: merge them with `cargo migrate merge bbbb cccc`, name one of them, or use `heads` for all
    ");
}

#[test]
fn a_revision_that_is_not_a_head_needs_splice() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa");
    assert_snapshot!(revision(&project, &["--head", "aaaa"]), @r"
    exit 2
    --- stderr
    error: revision `aaaa` is not a head
      --> ./aaaa.rs
     note: `bbbb` already follows it
     help: follow a head, or pass `--splice` to create a branch here
    ");
    assert_snapshot!(revision(&project, &["--head", "zzzz"]), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `zzzz`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(revision(&project, &["--head=-1"]), @r"
    exit 2
    --- stderr
    error: `-1` is relative to the applied revisions, which the files do not show
     help: pass `--current ID[,ID]`, or name a revision
    ");
}

#[test]
fn a_second_base_needs_a_label() {
    let project = Project::of_revisions("aaaa");
    assert_snapshot!(revision(&project, &["--head", "base"]), @r"
    exit 2
    --- stderr
    error: a second base needs a branch label
      --> ./aaaa.rs
     note: `aaaa` is already a base, so the new branch needs a name of its own
     help: pass a label such as `--branch-label billing`, or follow a head
    ");
    assert_snapshot!(revision(&project, &["--head", "base", "--branch-label", "aaaa"]), @r"
    exit 2
    --- stderr
    error: branch label `aaaa` is in use
     note: it is the id of a revision
     help: choose another label; ids and labels must be distinct
    ");
}

#[test]
fn ids_labels_and_dependencies_that_can_not_be_are_refused() {
    let project = Project::of_revisions("aaaa [la]; bbbb <- aaaa");
    assert_snapshot!(revision(&project, &["--rev-id", "a-b"]), @r"
    exit 2
    --- stderr
    error: `a-b` is not a valid revision id or branch label: only A-Z, a-z, 0-9 and _ are allowed
     help: use 1 to 64 characters of A-Z, a-z, 0-9 and _
    ");
    assert_snapshot!(revision(&project, &["--rev-id", "current"]), @r"
    exit 2
    --- stderr
    error: `current` is not a valid revision id or branch label: it is reserved in targets
     help: use 1 to 64 characters of A-Z, a-z, 0-9 and _
    ");
    assert_snapshot!(revision(&project, &["--rev-id", "aaaa"]), @r"
    exit 1
    --- stderr
    error: revision id `aaaa` is in use
      --> ./aaaa.rs
     help: remove `--rev-id` to get a random id
    ");
    assert_snapshot!(revision(&project, &["--rev-id", "la"]), @r"
    exit 1
    --- stderr
    error: revision id `la` is a branch label
      --> ./aaaa.rs
     help: remove `--rev-id` to get a random id
    ");
    assert_snapshot!(revision(&project, &["--branch-label", "la"]), @r"
    exit 2
    --- stderr
    error: branch label `la` is in use
      --> ./aaaa.rs
     note: it names the branch that starts with `aaaa`
     help: choose another label; ids and labels must be distinct
    ");
    assert_snapshot!(revision(&project, &["--depends-on", "zzzz"]), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `zzzz`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(revision(&project, &["--depends-on", "base"]), @r"
    exit 1
    --- stderr
    error: `base` does not name a revision
     help: run `cargo migrate history` to list the revisions
    ");
    assert_eq!(project.files(), ["aaaa.rs", "bbbb.rs", "mod.rs"]);
}

#[test]
fn the_first_revision_is_a_base() {
    let project = Project::of_revisions("");
    assert_snapshot!(revision(&project, &["-m", "Create users.", "--rev-id", "a1b2c3"]), @r"
    exit 0
    --- stdout
    created ./m[DATE]_create_users.rs (revision a1b2c3, a base)
    changed ./mod.rs
    ");
    assert_snapshot!(project.read("mod.rs"), @r"
    //! Revisions.

    mod m[DATE]_create_users;

    migrate_runtime::migrations!(backend = Sqlite, heads = many);
    ");
    assert_eq!(new_file(&project), "m[DATE]_create_users.rs");
    assert_snapshot!(read_new_file(&project), @r#"
    //! Create users.

    use migrate_runtime::v1::*;

    revision! {
        revision: "a1b2c3",
        down_revision: None,
        created: "[DATE]",
    }

    pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
        Ok(())
    }

    pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
        Ok(())
    }
    "#);
}

#[test]
fn a_revision_follows_the_only_head_and_depends_on_full_ids() {
    let project = Project::of_revisions("aaaaaa; bbbbbb [lb] <- aaaaaa; cccccc <- bbbbbb");
    let arguments = [
        "-m",
        "x",
        "--rev-id",
        "d1",
        "--branch-label",
        "ld",
        "--depends-on",
        "aaaa",
        "--depends-on",
        "lb",
        "--json",
    ];
    assert_snapshot!(revision(&project, &arguments), @r#"
    exit 0
    --- stdout
    {"revision":"d1","down_revisions":["cccccc"],"depends_on":["aaaaaa","bbbbbb"],"branch_labels":["ld"],"created":"[DATE]","message":"x","file":"./m[DATE]_x.rs","module_file":"./mod.rs"}
    "#);
    assert_snapshot!(read_new_file(&project), @r#"
    //! x

    use migrate_runtime::v1::*;

    revision! {
        revision: "d1",
        down_revision: "cccccc",
        branch_labels: ["ld"],
        depends_on: ["aaaaaa", "bbbbbb"],
        created: "[DATE]",
    }

    pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
        Ok(())
    }

    pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
        Ok(())
    }
    "#);
}

#[test]
fn a_random_id_has_twelve_hex_digits() {
    let run = revision(&Project::of_revisions(""), &["-m", "x", "--json"]).done();
    let id = run.json()["revision"].as_str().unwrap().to_owned();
    assert!(
        id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()),
        "{id}"
    );
}

#[test]
fn splice_creates_a_branch_and_reports_two_heads() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa");
    project.replace("mod.rs", ", heads = many", "");
    assert_snapshot!(revision(&project, &["--head", "aaaa", "--splice", "--rev-id", "cccc", "-m", "x"]), @r"
    exit 0
    --- stdout
    created ./m[DATE]_x.rs (revision cccc, follows aaaa)
    changed ./mod.rs
       note: there are 2 heads now; run `cargo migrate merge bbbb cccc`, otherwise the package does not compile
    ");
}

#[test]
fn heads_are_joined_by_a_revision_that_follows_all() {
    let project = Project::of_revisions("aaaa; bbbb <- aaaa; cccc <- aaaa");
    revision(&project, &["--head", "heads", "-m", "x"]).done();
    assert!(read_new_file(&project).contains("down_revision: [\"bbbb\", \"cccc\"],"));
}

#[test]
fn a_history_for_several_databases_gets_a_generic_revision() {
    let project = Project::of_revisions("");
    project.write(
        "mod.rs",
        "migrate_runtime::migrations!(backends = [Sqlite, Postgres]);\n",
    );
    revision(&project, &["-m", "x"]).done();
    assert!(
        read_new_file(&project).contains("pub fn up(_op: &mut Op<impl Backend>) -> Result<()> {")
    );
}

#[test]
fn two_revisions_of_one_second_have_files_of_their_own() {
    let project = Project::of_revisions("");
    for _ in 0..3 {
        revision(&project, &["-m", "same"]).done();
    }
    assert_eq!(project.files().len(), 4);
    assert_eq!(
        project
            .migrate("history --dir .")
            .done()
            .stdout
            .lines()
            .count(),
        3
    );
    assert!(project.read("mod.rs").matches("_same").count() == 3);
}

#[test]
fn commands_that_run_at_the_same_time_follow_each_other() {
    let project = Project::of_revisions("");
    let start = |n: usize| {
        let message = format!("number {n}");
        project
            .process()
            .args(["revision", "--dir", ".", "-q", "-m", &message])
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..8).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(
        project
            .migrate("history --dir .")
            .done()
            .stdout
            .lines()
            .count(),
        8
    );
    assert_eq!(
        project
            .migrate("heads --dir .")
            .done()
            .stdout
            .lines()
            .count(),
        1
    );
    assert_eq!(project.read("mod.rs").matches("_number_").count(), 8);
}

#[test]
fn a_process_that_is_killed_leaves_whole_files_only() {
    let project = Project::of_revisions("");
    for n in 0..60 {
        let message = format!("number {n}");
        let mut child = project
            .process()
            .args(["revision", "--dir", ".", "-q", "-m", &message])
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_micros(150 * n));
        child.kill().unwrap();
        child.wait().unwrap();
        for entry in std::fs::read_dir(project.path()).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let is_whole = match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") if path.ends_with("mod.rs") => text.ends_with("heads = many);\n"),
                Some("rs") => text.ends_with("}\n"),
                // An unfinished file has another name until it is complete.
                _ => path
                    .file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(".cargo-migrate-"),
            };
            assert!(is_whole, "{}: {text}", path.display());
        }
        project.migrate("heads --dir .").done();
    }
}

#[test]
fn any_message_makes_a_file_that_is_read_back() {
    let long = "x".repeat(10_000);
    let messages = [
        "two\nlines",
        "*/ /* // \"quotes\" {} \\",
        "bell \u{7}",
        "crab 🦀",
        "right \u{202e}to left",
        "?!",
        "type",
        "1st",
        "../../x",
        "con",
        "aux. ",
        "   ",
        "```panic",
        "été",
        &long,
    ];
    let project = Project::of_revisions("");
    for message in messages {
        revision(&project, &["-m", message]).done();
    }
    let history = project.migrate("history --dir . --json").done().json();
    assert_eq!(
        history["revisions"].as_array().unwrap().len(),
        messages.len()
    );
    assert_eq!(
        project
            .migrate("heads --dir .")
            .done()
            .stdout
            .lines()
            .count(),
        1
    );
    for file in project.files() {
        assert!(
            file.len() <= 80
                && file.bytes().all(|b| b.is_ascii_lowercase()
                    || b.is_ascii_digit()
                    || b"_.[]DATE".contains(&b)),
            "{file}"
        );
    }
    assert_eq!(
        std::fs::read_dir(project.path().parent().unwrap())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name() == "x.rs")
            .count(),
        0
    );
}

#[test]
fn lines_of_mod_rs_are_kept_sorted_with_their_attributes() {
    let project = Project::of_revisions("");
    project.write("mod.rs", "//! Docs.\r\n\r\n// The oldest.\r\nmod a;\r\nmod z;\r\n\r\nmigrate_runtime::migrations!(backend = Sqlite);\r\n");
    revision(&project, &["-m", "x"]).done();
    let text = std::fs::read_to_string(project.join("mod.rs")).unwrap();
    assert_eq!(
        migrate_tests::normalize(&text, project.path()).replace('\n', "|"),
        "//! Docs.||// The oldest.|mod a;|mod m[DATE]_x;|mod z;||migrate_runtime::migrations!(backend = Sqlite);|"
    );
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn if_mod_rs_can_not_be_written_the_new_file_is_removed() {
    let project = Project::of_revisions("aaaa");
    std::fs::rename(project.join("mod.rs"), project.join("real")).unwrap();
    std::os::unix::fs::symlink("real", project.join("mod.rs")).unwrap();
    assert_snapshot!(revision(&project, &["-m", "x"]), @r"
    exit 1
    --- stderr
    error: ./mod.rs is not a regular file, so it is not changed
      --> ./mod.rs
     note: ./m[DATE]_x.rs was removed
     help: replace the link with the file itself
    ");
    assert_eq!(project.files(), ["aaaa.rs", "mod.rs", "real"]);
}

#[test]
fn quiet_prints_nothing() {
    let run = revision(&Project::of_revisions(""), &["-m", "x", "-q"]).done();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}
