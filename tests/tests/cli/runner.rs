//! `upgrade`, `downgrade`, `current`, `status`, `stamp` and `history -i`: through the runner that is built here.
//!
//! Each package has a name of its own, because all are built into one target directory.

use std::process::Command;

use insta::assert_snapshot;
use migrate_tests::Run;

use crate::package::{Package, runtime};

#[test]
fn a_package_without_a_runner_gets_help_to_create_one() {
    let package = Package::unprepared("unprepared", &["src/lib.rs"]);
    assert_snapshot!(package.migrate("upgrade"), @r"
    exit 2
    --- stderr
    error: package `unprepared` has no runner: binary `unprepared-migrate` does not exist
      --> Cargo.toml
     help: run `cargo migrate init -p unprepared` to create it
    ");
}

#[test]
fn an_invalid_target_is_refused_before_anything_is_built() {
    let package = Package::unprepared("unbuilt", &["src/lib.rs"]);
    assert_snapshot!(package.migrate("upgrade a@b@c"), @r"
    exit 2
    --- stderr
    error: `a@b@c` is not a valid target: only A-Z, a-z, 0-9 and _ are allowed
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
    assert_snapshot!(package.migrate("downgrade -1x"), @r"
    exit 2
    --- stderr
    error: unexpected argument '-1' found
     note: usage: cargo migrate downgrade [OPTIONS] [TARGET]
     help: to pass '-1' as a value, use '-- -1'
    ");
    assert_snapshot!(package.migrate("stamp"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided: <TARGET>...
     note: usage: cargo migrate stamp <TARGET>...
     help: pass `--help` to list the options
    ");
}

#[test]
fn a_broken_history_is_refused_without_building_and_by_the_compiler() {
    let package = Package::new("broken", &["src/lib.rs"]).with_revisions();
    let path = package.file_of("r3");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"r2\"", "\"r9\"")).unwrap();
    assert_snapshot!(package.migrate("upgrade --database-url a.db"), @r"
    exit 1
    --- stderr
    error: revision `r3` follows `r9`, which does not exist
      --> src/migrations/m[DATE]_r3.rs:7:20
     help: did you mean `r1`?
    ");
    assert_snapshot!(package.migrate("upgrade --database-url a.db --json"), @r#"
    exit 1
    --- stdout
    {"error":{"code":"unknown_revision","message":"revision `r3` follows `r9`, which does not exist","help":"did you mean `r1`?","revision":"r3","file":"src/migrations/m[DATE]_r3.rs","line":7,"column":20}}
    "#);
    let run = package.cargo("build");
    assert!(
        run.status == 101
            && run
                .stderr
                .contains("revision `r3` follows `r9`, which does not exist"),
        "{run}"
    );
}

#[test]
fn a_package_that_does_not_compile_is_reported_after_the_compilers_output() {
    let package = Package::new("uncompiled", &["src/lib.rs"]).with_revisions();
    package.project.write("src/broken.rs", "");
    package.project.replace(
        "src/lib.rs",
        "pub mod migrations;",
        "pub mod migrations;\nfn f() { g() }",
    );
    let run = package.migrate("upgrade --database-url a.db");
    assert_eq!(run.status, 1);
    let (compiler, ours) = run
        .stderr
        .split_at(run.stderr.rfind("error: package").unwrap());
    assert!(compiler.contains("cannot find function `g`"), "{run}");
    assert_snapshot!(ours, @r"
    error: package `uncompiled` does not build, so its runner can't run
     note: the compiler's errors are above
     help: correct them and run the command again
    ");
    let run = package.migrate("upgrade --database-url a.db --json");
    assert_eq!(run.json()["error"]["code"], "build_failed");
}

#[test]
fn a_library_is_upgraded_and_downgraded() {
    let package = Package::new("whole", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("current --database-url a.db"), @r"
    exit 0
    --- stderr
    the named database does not exist
    nothing is applied
    ");
    assert_snapshot!(package.migrate("upgrade +2 --database-url a.db"), @r"
    exit 0
    --- stderr
    upgrade base -> r1, r1
    upgrade r1 -> r2, r2
    upgraded 2 revisions in [TIME], now at r2
    ");
    assert_snapshot!(package.migrate("status --database-url a.db"), @r"
    exit 0
    --- stdout
    applied: 2
      r1  r1  [DATE]
      r2  r2  [DATE]
    pending: 1
      r3  r3
    ");
    assert_snapshot!(package.migrate("current -c --database-url a.db"), @r"
    exit 3
    --- stdout
    r2
    --- stderr
    not at the heads: 1 revision pending
    ");
    assert_snapshot!(package.migrate("history -i --database-url a.db"), @r"
    exit 0
    --- stdout
    r2 -> r3 (head), r3
    r1 -> r2 (current), r2
    <base> -> r1, r1
    ");
    assert_snapshot!(package.migrate("history -r -1:current --graph --database-url a.db"), @r"
    exit 0
    --- stdout
    * r2 (current), r2
    * r1, r1
    ");
    assert_snapshot!(package.migrate("upgrade --database-url a.db --json"), @r#"
    exit 0
    --- stdout
    {"steps":[{"revision":"r3","direction":"upgrade","message":"r3","duration_ms":0,"skipped":[]}],"current":["r3"],"warnings":[]}
    "#);
    assert_snapshot!(package.migrate("upgrade --database-url a.db -q"), @"exit 0");
    assert_snapshot!(package.migrate("downgrade -1 --database-url a.db"), @r"
    exit 0
    --- stderr
    downgrade r3 -> r2, r3
    downgraded 1 revision in [TIME], now at r2
    ");
    assert_snapshot!(package.migrate("downgrade zzzz --database-url a.db"), @r"
    exit 1
    --- stderr
    error: unknown revision or branch label `zzzz`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(package.migrate("stamp r1 --database-url a.db"), @r"
    exit 0
    --- stderr
    no longer recorded: r2
    now at r1; nothing was run
    warning: the database differs from the schema that the recorded revisions build:
      column `t.b` INTEGER is in the database only
    ");
    assert_snapshot!(package.migrate("current --database-url a.db --json"), @r#"
    exit 0
    --- stdout
    {"current":["r1"],"heads":["r3"],"up_to_date":false}
    "#);
    let run = package.cargo("test --quiet");
    assert_eq!(run.status, 0, "{run}");
}

#[test]
fn the_command_and_the_runner_print_the_same_history() {
    let package = Package::new("history", &["src/lib.rs"]).with_revisions();
    package.migrate("upgrade r2 --database-url a.db").done();
    let program = package.program("history-migrate");
    let runner = |arguments: &str| {
        let mut process = Command::new(&program);
        process
            .current_dir(package.project.path())
            .args(arguments.split_whitespace());
        Run::of(&process.output().unwrap(), package.project.path())
            .done()
            .stdout
    };
    for arguments in [
        "history",
        "history -r :r2",
        "history -i --database-url a.db",
    ] {
        assert_eq!(
            package.migrate(arguments).done().stdout,
            runner(arguments),
            "{arguments}"
        );
    }
}

#[test]
fn an_application_is_still_what_cargo_run_runs() {
    let package = Package::new("program", &["src/main.rs"]).with_revisions();
    assert_eq!(package.cargo("run --quiet").done().stdout, "the app\n");
    package.migrate("upgrade --database-url a.db").done();
    assert_eq!(
        package.migrate("current --database-url a.db").done().stdout,
        "r3 (head)\n"
    );
}

#[test]
fn a_member_of_a_workspace_is_upgraded_from_anywhere() {
    let package = Package::unprepared("root", &[]);
    package.project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"member\", \"other\"]\n",
    );
    for member in ["member", "other"] {
        let manifest = format!(
            "[package]\nname = \"{member}-of-all\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"
        );
        package
            .project
            .write(format!("{member}/Cargo.toml"), &manifest);
        package.project.write(format!("{member}/src/lib.rs"), "");
        package
            .project
            .write(format!("{member}/src/main.rs"), "fn main() {}\n");
    }
    package
        .migrate(&format!(
            "init -p member-of-all --runtime-path {}",
            runtime()
        ))
        .done();
    package.migrate("revision -m one --rev-id r1").done();
    package.migrate("upgrade --database-url a.db").done();
    package
        .migrate_in("member/src", "upgrade --database-url ../../a.db")
        .done();
    assert_eq!(
        package
            .migrate_in("other", "current --database-url ../a.db")
            .done()
            .stdout,
        "r1 (head)\n"
    );
}

#[test]
fn a_database_is_named_by_option_environment_dotenv_or_manifest() {
    let package = Package::new("naming", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("upgrade"), @r"
    exit 2
    --- stderr
    error: no database was named
     help: pass `--database-url URL`, or set DATABASE_URL in the environment or in `.env`
    ");
    let manifest = std::fs::read_to_string(package.project.join("Cargo.toml")).unwrap();
    let metadata = "\n[package.metadata.migrate]\ndatabase-url = \"sqlite:from-manifest.db\"\n";
    package
        .project
        .write("Cargo.toml", &format!("{manifest}{metadata}"));
    let there = |name: &str| package.project.join(name).exists();

    // A path in the package's own files is relative to the package's directory, wherever the command is run.
    package.migrate_in("src", "upgrade").done();
    assert!(there("from-manifest.db"));
    package
        .project
        .write(".env", "DATABASE_URL=sqlite:from-dotenv.db\n");
    package.migrate("upgrade").done();
    assert!(there("from-dotenv.db"));
    let mut process = package.project.process();
    let process = package.environment(
        process
            .env("DATABASE_URL", "sqlite:from-environment.db")
            .arg("upgrade"),
    );
    assert!(process.output().unwrap().status.success() && there("from-environment.db"));
    let mut process = package.project.process();
    let process = package.environment(process.env("DATABASE_URL", "sqlite:not-this.db"));
    let process = process.args(["upgrade", "--database-url", "from-option.db"]);
    assert!(
        process.output().unwrap().status.success()
            && there("from-option.db")
            && !there("not-this.db")
    );
}

#[test]
fn revisions_with_any_message_compile_without_a_warning() {
    let package = Package::new("messages", &["src/lib.rs"]);
    let manifest = package.project.read("Cargo.toml");
    // Lints that are off by default, and that many applications use.
    let lints = "rust_2018_idioms = { level = \"deny\", priority = -1 }\nunreachable_pub = \"deny\"\nunused = \"deny\"\n";
    let manifest = format!("{manifest}\n[lints.rust]\n{lints}");
    package.project.write("Cargo.toml", &manifest);
    let long = "long ".repeat(2000);
    for message in [
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
        "```compile_fail",
        "- ```\u{a0}",
        "[link] <b> http://x",
        "#![no_std]",
        &long,
    ] {
        package
            .project
            .migrate_with(&["revision", "-m", message])
            .done();
    }
    // Doc tests are of the package too: no message is one.
    for arguments in ["build", "test --quiet"] {
        let run = package.cargo(arguments);
        assert!(
            run.status == 0 && !run.stderr.contains("src/migrations"),
            "{run}"
        );
    }
}

#[test]
fn a_runner_behind_a_feature_builds_by_itself() {
    let package = Package::new("behind_feature", &["src/lib.rs"]);
    let manifest = package.project.read("Cargo.toml");
    let bin = "[features]\nmigrate = []\n\n[[bin]]\nname = \"behind_feature-migrate\"\n\
               path = \"src/bin/behind_feature-migrate.rs\"\nrequired-features = [\"migrate\"]\n";
    package
        .project
        .write("Cargo.toml", &format!("{manifest}\n{bin}"));
    assert_snapshot!(package.migrate("upgrade --database-url app.db"), @"
    exit 0
    --- stderr
    there are no revisions, nothing to do
    ");
}

#[test]
fn a_merge_and_a_branch_with_dependencies_compile_and_run() {
    let package = Package::new("merged", &["src/lib.rs"]).with_revisions();
    package
        .migrate("revision -m side --rev-id s1 --head r1 --splice --branch-label side")
        .done();
    assert_snapshot!(package.migrate("upgrade --database-url a.db"), @r"
    exit 1
    --- stderr
    error: there are 2 heads: `r3` and `s1`
      --> src/migrations/m[DATE]_side.rs:5:1
     help: merge them with `cargo migrate merge r3 s1`, or allow several heads with `heads = many` in `migrations!`
    ");
    package.migrate("merge --rev-id m1").done();
    package
        .migrate("revision -m other --rev-id o1 --head base --branch-label other --depends-on side")
        .done();
    package.migrate("merge --rev-id m2").done();
    package.migrate("upgrade --database-url a.db").done();
    assert_snapshot!(package.migrate("history --graph -i --database-url a.db"), @r"
    exit 0
    --- stdout
    *   m2 (other, side) (head) (current) (mergepoint), merge m1 and o1
    |\
    | * o1 (other), other
    *   m1 (side) (mergepoint), merge r3 and s1
    |\
    | * s1 (side), side
    * | r3, r3
    * | r2, r2
    |/
    * r1 (branchpoint), r1
    ");
}

#[test]
fn no_byte_of_a_password_is_printed() {
    let package = Package::new("secret", &["src/lib.rs"]).with_revisions();
    let check = |run: &Run| {
        assert_ne!(run.status, 0, "{run}");
        let printed = format!("{}{}", run.stdout, run.stderr);
        assert!(!printed.contains("hunter2"), "{run}");
    };
    for url in [
        "postgres://user:hunter2@host/db",
        "nothing://user:hunter2@host?password=hunter2",
    ] {
        for command in [
            "upgrade",
            "status",
            "history -i",
            "current --json",
            "upgrade -v",
            "baseline -v",
            "squash r1:r2 -v",
        ] {
            check(&package.migrate(&format!("{command} --database-url {url}")));
            let mut process = package.project.process();
            let process = package.environment(process.args(command.split_whitespace()));
            let output = process.env("DATABASE_URL", url).output().unwrap();
            check(&Run::of(&output, package.project.path()));
        }
    }
}
