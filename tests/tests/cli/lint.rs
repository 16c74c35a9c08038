//! `lint`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn risky_operations_are_reported() {
    let package = Package::new("linted", &["src/lib.rs"]).with_revisions();
    package.migrate("revision -m lossy --rev-id r4").done();
    let file = package.file_of("lossy");
    let text = std::fs::read_to_string(&file).unwrap();
    let up = text.replace("up(_op:", "up(op:").replacen(
        "    Ok(())\n",
        "    op.drop_column(\"t\", \"b\")?;\n    op.execute(\"UPDATE t SET a = 1\")?;\n    Ok(())\n",
        1,
    );
    std::fs::write(&file, &up).unwrap();
    assert_snapshot!(package.migrate("lint --after r3"), @r#"
    exit 0
    --- stdout
    warning: drop column `t.b` (data-loss)
      --> src/migrations/m[DATE]_lossy.rs:12
     help: release a version that does not use the column first, and make sure that a backup has its values
    warning: drop column `t.b` may copy the whole table (table-rebuild)
      --> src/migrations/m[DATE]_lossy.rs:12
     help: put all changes of one table into one `alter_table`, and plan time for it if the table is large
    warning: `UPDATE t SET a = 1` changes every row (every-row)
      --> src/migrations/m[DATE]_lossy.rs:13
     help: limit the statement to some rows, or change them in batches: `op.rows()`
    warning: `down` does nothing (no-downgrade)
      --> src/migrations/m[DATE]_lossy.rs:17
     help: undo what `up` does, or call `op.irreversible("why")`
    "#);
    assert_snapshot!(package.migrate("lint --after r3 --deny data-loss --format github"), @r#"
    exit 3
    --- stdout
    ::error file=src/migrations/m[DATE]_lossy.rs,line=12,title=data-loss::drop column `t.b`; release a version that does not use the column first, and make sure that a backup has its values
    ::warning file=src/migrations/m[DATE]_lossy.rs,line=12,title=table-rebuild::drop column `t.b` may copy the whole table; put all changes of one table into one `alter_table`, and plan time for it if the table is large
    ::warning file=src/migrations/m[DATE]_lossy.rs,line=13,title=every-row::`UPDATE t SET a = 1` changes every row; limit the statement to some rows, or change them in batches: `op.rows()`
    ::warning file=src/migrations/m[DATE]_lossy.rs,line=17,title=no-downgrade::`down` does nothing; undo what `up` does, or call `op.irreversible("why")`
    "#);
    assert_snapshot!(package.migrate("lint --after r3 -D warnings --json"), @r#"
    exit 3
    --- stdout
    {"findings":[{"lint":"data-loss","level":"error","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":12,"message":"drop column `t.b`","help":"release a version that does not use the column first, and make sure that a backup has its values"},{"lint":"table-rebuild","level":"error","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":12,"message":"drop column `t.b` may copy the whole table","help":"put all changes of one table into one `alter_table`, and plan time for it if the table is large"},{"lint":"every-row","level":"error","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":13,"message":"`UPDATE t SET a = 1` changes every row","help":"limit the statement to some rows, or change them in batches: `op.rows()`"},{"lint":"no-downgrade","level":"error","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":17,"message":"`down` does nothing","help":"undo what `up` does, or call `op.irreversible(\"why\")`"}]}
    "#);
    let sarif = package.migrate("lint --after r3 --format sarif");
    let sarif: serde_json::Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(
        sarif["runs"][0]["results"].as_array().map(Vec::len),
        Some(4)
    );
    assert_snapshot!(package.migrate("lint -D nothing"), @"
    exit 2
    --- stderr
    error: unknown lint `nothing`
     help: the lints are data-loss, table-lock, table-rebuild, no-downgrade, every-row, allow-without-reason
    ");
    let allowed = up.replace(
        "pub fn up",
        "// lint: allow(data-loss): nobody ever filled it\n// lint: allow(every-row)\npub fn up",
    );
    std::fs::write(&file, allowed).unwrap();
    let manifest = package.project.join("Cargo.toml");
    let settings = std::fs::read_to_string(&manifest).unwrap();
    let levels =
        "\n[package.metadata.migrate.lint]\ntable-rebuild = \"allow\"\nno-downgrade = \"deny\"\n";
    std::fs::write(&manifest, format!("{settings}{levels}")).unwrap();
    assert_snapshot!(package.migrate("lint --after r3"), @r#"
    exit 3
    --- stdout
    warning: `UPDATE t SET a = 1` changes every row (every-row)
      --> src/migrations/m[DATE]_lossy.rs:15
     help: limit the statement to some rows, or change them in batches: `op.rows()`
    error: `down` does nothing (no-downgrade)
      --> src/migrations/m[DATE]_lossy.rs:19
     help: undo what `up` does, or call `op.irreversible("why")`
    warning: `every-row` is allowed without a reason (allow-without-reason)
      --> src/migrations/m[DATE]_lossy.rs:12
     help: write the reason: `// lint: allow(every-row): …`
    "#);
    check_and_deploy_report_the_findings(&package);
    std::fs::write(
        &manifest,
        format!("{settings}\n[package.metadata.migrate.lint]\nlost = \"deny\"\n"),
    )
    .unwrap();
    assert_snapshot!(package.migrate("lint"), @r#"
    exit 2
    --- stderr
    error: unknown lint `lost`
      --> Cargo.toml
     help: the keys of `[package.metadata.migrate]` are `database-url = "…"`, `dir = "src/migrations"`, `schema = "schema.sql"`, `backup-dir = "…"`, `ignore = ["job_*"]`, `scratch-setup = "others.sql"`, `schemas = ["public", "billing"]` and the tables `deploy` and `lint`
    "#);
}

/// `check` and `deploy` report the same for pending revisions, with the same levels.
fn check_and_deploy_report_the_findings(package: &Package) {
    package.migrate("upgrade r3 --database-url l.db").done();
    assert_snapshot!(package.migrate("check --database-url l.db"), @r#"
    exit 3
    --- stdout
    warning: `UPDATE t SET a = 1` changes every row (every-row)
      --> src/migrations/m[DATE]_lossy.rs:15
     help: limit the statement to some rows, or change them in batches: `op.rows()`
    error: `down` does nothing (no-downgrade)
      --> src/migrations/m[DATE]_lossy.rs
     help: undo what `up` does, or call `op.irreversible("why")`
    --- stderr
    nothing else found; checked the graph of 4 revisions, the applied revisions, the database
    "#);
    assert_snapshot!(package.migrate("check --database-url l.db --json"), @r#"
    exit 3
    --- stdout
    {"checked":["the graph of 4 revisions","the applied revisions","the database"],"findings":[],"lints":[{"lint":"every-row","level":"warning","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":15,"message":"`UPDATE t SET a = 1` changes every row","help":"limit the statement to some rows, or change them in batches: `op.rows()`"},{"lint":"no-downgrade","level":"error","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":null,"message":"`down` does nothing","help":"undo what `up` does, or call `op.irreversible(\"why\")`"}]}
    "#);
    // Without a database it is unknown what is pending: only denied findings are reported.
    assert_snapshot!(package.migrate("check"), @r#"
    exit 3
    --- stdout
    error: `down` does nothing (no-downgrade)
      --> src/migrations/m[DATE]_lossy.rs
     help: undo what `up` does, or call `op.irreversible("why")`
    --- stderr
    nothing else found; checked the graph of 4 revisions, a run of all revisions on a scratch database
    "#);
    assert_snapshot!(package.migrate("deploy --yes --database-url l.db"), @"
    exit 1
    --- stderr
    preflight ok
    error: a denied lint has findings: no-downgrade
     note: `r4`: `down` does nothing
     note: nothing was changed, and the application was not stopped
     help: write `// lint: allow(LINT): why` into the revision's file, or lower the level in Cargo.toml or MIGRATE_LINT
    ");
    // Production has no Cargo.toml: the same levels come from a variable.
    let program = |arguments: &[&str], levels: &str| {
        let directory = package.project.path();
        let mut process = std::process::Command::new(package.program("linted-migrate"));
        process
            .current_dir(directory)
            .args(arguments)
            .env("MIGRATE_LINT", levels);
        migrate_tests::Run::of(&process.output().unwrap(), directory)
    };
    let plan = ["deploy", "--database-url", "l.db", "--write-plan", "p.json"];
    assert_snapshot!(program(&plan, "table-rebuild=warn,r4:every-row=allow"), @r#"
    exit 0
    --- stderr
    preflight ok
    plan      1 revision from r3 to r4
              r4, lossy
    warning: drop column `t.b` (data-loss)
      --> src/migrations/m[DATE]_lossy.rs:14
     help: release a version that does not use the column first, and make sure that a backup has its values
    warning: drop column `t.b` may copy the whole table, which has 1 row (table-rebuild)
      --> src/migrations/m[DATE]_lossy.rs:14
     help: put all changes of one table into one `alter_table`, and plan time for it if the table is large
    warning: `down` does nothing (no-downgrade)
      --> src/migrations/m[DATE]_lossy.rs
     help: undo what `up` does, or call `op.irreversible("why")`
    wrote p.json
    "#);
    assert_snapshot!(program(&plan, "lost=deny"), @r"
    exit 2
    --- stderr
    error: invalid value 'lost=deny' for '--lint <LEVELS>': unknown lint `lost`
     help: add `--help` to list the options
    ");
    assert_snapshot!(program(&["deploy", "--yes", "--database-url", "l.db", "--no-backup", "--json"], "table-rebuild=allow,every-row=allow"), @r#"
    exit 0
    --- stdout
    {"deployed":true,"plan":{"format":"cargo-migrate plan 1","target":"heads","current_before":["r3"],"current_after":["r4"],"steps":[{"revision":"r4","message":"lossy","checksum":"v1:[CHECKSUM]"}],"schema":"c94fac930bb900a0"},"current":["r4"],"backup":null,"lints":[{"lint":"data-loss","level":"warning","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":14,"message":"drop column `t.b`","help":"release a version that does not use the column first, and make sure that a backup has its values"},{"lint":"no-downgrade","level":"warning","revision":"r4","file":"src/migrations/m[DATE]_lossy.rs","line":null,"message":"`down` does nothing","help":"undo what `up` does, or call `op.irreversible(\"why\")`"}],"steps":[{"step":"preflight","status":"done","detail":"ok","duration_ms":0},{"step":"stop","status":"skipped","detail":"no command","duration_ms":0},{"step":"backup","status":"skipped","detail":"not requested","duration_ms":0},{"step":"upgrade","status":"done","detail":"now at r4","duration_ms":0},{"step":"check","status":"done","detail":"the schema matches the revisions","duration_ms":0},{"step":"start","status":"skipped","detail":"no command","duration_ms":0},{"step":"health","status":"skipped","detail":"no command","duration_ms":0}]}
    "#);
    assert_snapshot!(package.migrate("check --database-url l.db"), @r"
    exit 0
    --- stderr
    nothing found; checked the graph of 4 revisions, the applied revisions, the database
    ");
}
