//! `deploy`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn what_can_t_be_deployed_is_reported() {
    let package = Package::new("undeployed", &["src/lib.rs"]).with_revisions();
    let deploy =
        |arguments: &str| package.migrate(&format!("deploy {arguments} --database-url a.db"));
    assert_snapshot!(deploy("a@b@c"), @"
    exit 2
    --- stderr
    error: `a@b@c` is not a valid target: only A-Z, a-z, 0-9 and _ are allowed
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
    assert_snapshot!(deploy("zzzz"), @"
    exit 1
    --- stderr
    error: unknown revision or branch label `zzzz`
     help: run `cargo migrate history` to list the revisions
    ");
    assert_snapshot!(deploy("r1 --plan plan.json"), @"
    exit 2
    --- stderr
    error: the argument '[TARGET]' cannot be used with '--plan <FILE>'
     note: usage: cargo migrate deploy --database-url <URL> <TARGET>
     help: pass `--help` to list the options
    ");
    assert_snapshot!(deploy("--plan plan.json"), @"
    exit 1
    --- stderr
    error: can't read the plan `plan.json`: No such file or directory (os error 2)
     note: nothing was changed, and the application was not stopped
     help: write a plan with `deploy --write-plan FILE`
    ");
    assert_snapshot!(deploy("--hook-timeout soon"), @"
    exit 2
    --- stderr
    error: invalid value 'soon' for '--hook-timeout <SECONDS>': expected a number of seconds
     help: pass `--help` to list the options
    ");
    assert_snapshot!(deploy(""), @"
    exit 1
    --- stderr
    preflight ok
    plan      3 revisions from base to r3
              r1, r1
              r2, r2
              r3, r3
    error: the deployment was not confirmed
     note: nothing was changed
     help: pass `--yes` if no terminal is attached
    ");
    assert_snapshot!(deploy("--log src"), @"
    exit 1
    --- stderr
    error: can't write src: Is a directory (os error 21)
     help: check the path and its permissions
    ");
    assert!(!package.project.join("a.db").exists());
    let manifest = package.project.read("Cargo.toml");
    let table = "\n[package.metadata.migrate.deploy]\nhalt = \"x\"\n";
    package
        .project
        .write("Cargo.toml", &format!("{manifest}{table}"));
    assert_snapshot!(deploy("--yes"), @r#"
    exit 2
    --- stderr
    error: `[package.metadata.migrate.deploy]` has no key `halt`: the keys are `stop`, `start`, `health`, `rollback`, `hook-timeout`, `health-timeout`, `keep`
      --> Cargo.toml
     help: the keys of `[package.metadata.migrate]` are `database-url = "…"`, `dir = "src/migrations"`, `schema = "schema.sql"`, `backup-dir = "…"`, `ignore = ["job_*"]`, `scratch-setup = "others.sql"`, `schemas = ["public", "billing"]` and the tables `deploy` and `lint`
    "#);
}

#[test]
fn a_deployment_prints_each_step() {
    let package = Package::new("deployed", &["src/lib.rs"]).with_revisions();
    let manifest = package.project.read("Cargo.toml");
    let table = "\n[package.metadata.migrate]\ndatabase-url = \"a.db\"\n\n[package.metadata.migrate.deploy]\n\
                 stop = \"true\"\nstart = \"test ! -e broken\"\nhealth = \"true\"\nhook-timeout = 20\n";
    package
        .project
        .write("Cargo.toml", &format!("{manifest}{table}"));
    let deploy = |arguments: &str| package.migrate(&format!("deploy {arguments}"));
    assert_snapshot!(deploy("r1 --yes"), @"
    exit 0
    --- stderr
    preflight ok
    plan      1 revision from base to r1
              r1, r1
    stop      done
    backup    skipped: there is no database yet
    upgrade   r1, r1
    upgrade   now at r1
    check     the schema matches the revisions
    start     done
    health    done
    deployed 1 revision in [TIME], now at r1
    ");
    package.project.write("broken", "");
    assert_snapshot!(deploy("r2 --yes"), @"
    exit 1
    --- stderr
    preflight ok
    plan      1 revision from r1 to r2
              r2, r2
    stop      done
    backup    [DIR]/backups/a-[STAMP]-r1.db
    upgrade   r2, r2
    upgrade   now at r2
    check     the schema matches the revisions
    start     failed: the start hook failed with exit code 1
    stop      done
    restore   [DIR]/backups/a-[STAMP]-r1.db
    start     failed: the start hook failed with exit code 1
    error: the deployment failed at `start`: the start hook failed with exit code 1
     note: the backup [DIR]/backups/a-[STAMP]-r1.db was restored: the database is at r1 again
     note: the state that the deployment left is kept as [DIR]/backups/a-[STAMP]-r2.replaced.db
     note: the application could not be started again: the start hook failed with exit code 1
     help: start the application manually; its database is as it was
    ");
    assert_snapshot!(deploy("r2 --yes --start true --json"), @r#"
    exit 0
    --- stdout
    {"deployed":true,"plan":{"format":"cargo-migrate plan 1","target":"r2","current_before":["r1"],"current_after":["r2"],"steps":[{"revision":"r2","message":"r2","checksum":"v1:[CHECKSUM]"}],"schema":"13ad51676b0eb3f6"},"current":["r2"],"backup":{"file":"[DIR]/backups/a-[STAMP]-r1.db","time":"[DATE]","current":["r1"],"size":16384,"valid":true,"problem":null,"replaced":false},"lints":[],"steps":[{"step":"preflight","status":"done","detail":"ok","duration_ms":0},{"step":"stop","status":"done","detail":"","duration_ms":0},{"step":"backup","status":"done","detail":"[DIR]/backups/a-[STAMP]-r1.db","duration_ms":0},{"step":"upgrade","status":"done","detail":"now at r2","duration_ms":0},{"step":"check","status":"done","detail":"the schema matches the revisions","duration_ms":0},{"step":"start","status":"done","detail":"","duration_ms":0},{"step":"health","status":"done","detail":"","duration_ms":0}]}
    "#);
    assert_snapshot!(deploy("--write-plan plan.json"), @"
    exit 0
    --- stderr
    preflight ok
    plan      1 revision from r2 to r3
              r3, r3
    wrote plan.json
    ");
    assert_snapshot!(package.project.read("plan.json"), @r#"
    {
      "format": "cargo-migrate plan 1",
      "target": "heads",
      "current_before": [
        "r2"
      ],
      "current_after": [
        "r3"
      ],
      "steps": [
        {
          "revision": "r3",
          "message": "r3",
          "checksum": "v1:[CHECKSUM]"
        }
      ],
      "schema": "c94fac930bb900a0"
    }
    "#);
    assert_snapshot!(deploy("--plan plan.json --start true --health= --no-backup"), @"
    exit 0
    --- stderr
    preflight ok
    plan      1 revision from r2 to r3
              r3, r3
    stop      done
    backup    skipped: not requested
    upgrade   r3, r3
    upgrade   now at r3
    check     the schema matches the revisions
    start     done
    health    skipped: no command
    deployed 1 revision in [TIME], now at r3
    ");
    assert_snapshot!(deploy("--plan plan.json"), @"
    exit 1
    --- stderr
    preflight ok
    error: the plan in `plan.json` differs from what would run now
     note: heads: was r2, is r3
     note: revisions to apply: was r3, is none
     note: nothing was changed, and the application was not stopped
     help: write a new plan with `--write-plan FILE`, and have it approved
    ");
    assert_snapshot!(deploy("--yes"), @"
    exit 0
    --- stderr
    preflight ok
    already at r3, nothing to deploy
    ");
}

/// There is no package here, so a command line that is accepted fails with another error.
#[test]
fn an_invalid_command_line_fails_before_anything_is_built() {
    let project = migrate_tests::Project::new();
    let run = |arguments: &str, variable: (&str, &str)| {
        let mut process = project.process();
        let process = process.args(arguments.split_whitespace());
        process.env(variable.0, variable.1).output().unwrap()
    };
    let accepted = run("deploy --keep 1", ("MIGRATE_DEPLOY_KEEP", "2"));
    let stderr = String::from_utf8(accepted.stderr).unwrap();
    assert!(stderr.contains("Cargo.toml"), "{stderr}");
    for (arguments, variable) in [
        ("deploy --plan p head", ("X", "")),
        ("deploy --plan p --write-plan q", ("X", "")),
        ("deploy --keep 0", ("X", "")),
        ("deploy --hook-timeout soon", ("X", "")),
        ("deploy --transaction each", ("X", "")),
        ("deploy --lock-timeout -1", ("X", "")),
        ("deploy r1:r2", ("X", "")),
        ("deploy", ("MIGRATE_DEPLOY_KEEP", "0")),
        ("deploy", ("MIGRATE_DEPLOY_HEALTH_TIMEOUT", "soon")),
    ] {
        let refused = run(arguments, variable);
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{arguments}: {stderr}");
        assert!(!stderr.contains("Cargo.toml"), "{arguments}: {stderr}");
    }
}
