//! `cargo migrate squash`.

use insta::assert_snapshot;

use crate::package::Package;

/// Returns a package with four revisions: a table, a column, a statement of SQL, and another table.
fn package_of_four(name: &str) -> Package {
    let package = Package::new(name, &["src/lib.rs"]);
    let users = "op.create_table(\"users\", |t| t.column(Column::new(\"id\", Integer)))";
    let posts = "op.create_table(\"posts\", |t| t.column(Column::new(\"id\", Integer)))";
    for (id, up, down) in [
        ("aaaa", users, "op.drop_table(\"users\")"),
        (
            "bbbb",
            "op.add_column(\"users\", Column::new(\"name\", Text))",
            "op.drop_column(\"users\", \"name\")",
        ),
        (
            "cccc",
            "op.execute(\"UPDATE users SET name = 'x'\")",
            "Ok(())",
        ),
        ("dddd", posts, "op.drop_table(\"posts\")"),
    ] {
        package
            .migrate(&format!("revision -m {id} --rev-id {id}"))
            .done();
        let file = package.file_of(id);
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("(_op:", "(op:");
        let text = text.replacen("    Ok(())\n", &format!("    {up}\n"), 1);
        let at = text.rfind("    Ok(())\n").unwrap();
        let down = format!("    {down}\n}}\n");
        std::fs::write(&file, text[..at].to_owned() + &down).unwrap();
    }
    package
}

#[test]
fn a_range_of_less_than_two_revisions_is_refused() {
    let package = package_of_four("small");
    assert_snapshot!(package.migrate("squash dddd:"), @r#"
    exit 2
    --- stderr
    error: a squash needs at least two revisions
     note: `dddd:heads` has 1
     help: run `cargo migrate history -r FROM:TO` to list a range; it includes both ends
    "#);
    assert_snapshot!(package.migrate("squash bbbb:aaaa"), @r#"
    exit 1
    --- stderr
    error: `bbbb` is not an ancestor of `aaaa`
     help: run `cargo migrate history -r bbbb:` to list the revisions that follow `bbbb`
    "#);
    assert_snapshot!(package.migrate("squash aaaa"), @r#"
    exit 2
    --- stderr
    error: `aaaa` is not a valid target: a range needs a `:`, for example `a1b2:head`
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    "#);
}

#[test]
fn a_range_that_runs_statements_is_refused_with_what_can_be_squashed() {
    let package = package_of_four("refused");
    let before = package.project.files();
    assert_snapshot!(last_lines(&package.migrate("squash base:").stderr), @r#"
    error: the range contains statements that can't be carried over into another revision
      --> src/migrations/m[DATE]_cccc.rs:12
     note: `cccc` runs the statement `UPDATE users SET name = 'x'`
     help: only typed operations can be carried over; try `cargo migrate squash aaaa:bbbb`
    "#);
    assert_eq!(package.project.files(), before);
}

#[test]
fn a_range_with_a_branch_point_inside_is_refused_before_anything_is_built() {
    let package = package_of_four("branched");
    package
        .migrate("revision -m side --rev-id side --head aaaa --splice")
        .done();
    assert_snapshot!(package.migrate("squash base:bbbb --rev-id ssss"), @r#"
    exit 1
    --- stderr
    error: revision `side` follows `aaaa`, which is not the last of the revisions that `ssss` replaces
      --> src/migrations/m[DATE]_side.rs:7:20
     help: use `bbbb`, the last of them, or replace fewer revisions
    "#);
}

#[test]
fn a_squash_is_checked_and_every_database_finds_its_way() {
    let package = package_of_four("squashed");
    for (database, target) in [("some", "aaaa"), ("all", "bbbb")] {
        let url = format!("--database-url {database}.db");
        package.migrate(&format!("upgrade {target} {url}")).done();
    }
    let list = package.project.join("src/migrations/mod.rs");
    let before = std::fs::read_to_string(&list).unwrap();
    assert_snapshot!(package.migrate("squash base:bbbb --rev-id ssss -m Users. --json").stdout, @r#"{"revision":"ssss","down_revisions":[],"depends_on":[],"branch_labels":[],"created":"[DATE]","message":"Users.","file":"src/migrations/m[DATE]_users.rs","module_file":"src/migrations/mod.rs","operations":["create table `users`"],"notes":[],"unmanaged_tables":[],"todo_count":0,"lints":null,"replaces":["aaaa","bbbb"],"equivalent":true}"#);
    std::fs::remove_file(package.file_of("users")).unwrap();
    std::fs::write(&list, before).unwrap();
    let run = package.migrate("squash base:bbbb --rev-id ssss -m Users.");
    assert_snapshot!(run.stdout, @r#"
    created src/migrations/m[DATE]_users.rs (revision ssss, a base)
    changed src/migrations/mod.rs
            create table `users`
       next review it, then run `cargo migrate upgrade`
    checked on scratch databases: equivalent to the 2 revisions, up and down
    "#);
    let text = std::fs::read_to_string(package.file_of("users")).unwrap();
    assert!(
        text.contains("\n    replaces: [\"aaaa\", \"bbbb\"],\n"),
        "{text}"
    );
    assert_snapshot!(&text[text.find("pub fn up").unwrap()..], @r#"
    pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
        op.create_table("users", |t| {
            t.column(Column::new("id", Integer));
            t.column(Column::new("name", Text));
        })?;
        Ok(())
    }

    pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
        op.drop_table("users")?;
        Ok(())
    }
    "#);
    assert_snapshot!(package.migrate("history"), @r#"
    exit 0
    --- stdout
    cccc -> dddd (head), dddd
    ssss -> cccc, cccc
    <base> -> ssss, Users.
    "#);
    for database in ["none", "some", "all"] {
        package
            .migrate(&format!("upgrade --database-url {database}.db -q"))
            .done();
    }
    let current = "status --database-url";
    assert_snapshot!(package.migrate(&format!("{current} none.db")).stdout, @r#"
    applied: 3
      ssss  Users.  [DATE]
      cccc  cccc  [DATE]
      dddd  dddd  [DATE]
    pending: 0
    "#);
    assert_snapshot!(package.migrate(&format!("{current} some.db")).stdout, @r#"
    applied: 4
      aaaa  aaaa  [DATE]
      bbbb  bbbb  [DATE]
      cccc  cccc  [DATE]
      dddd  dddd  [DATE]
    pending: 0
    "#);
    assert_snapshot!(package.migrate("plan upgrade --current aaaa"), @r#"
    exit 0
    --- stdout
    upgrade bbbb, bbbb
    upgrade cccc, cccc
    upgrade dddd, dddd
    heads after: dddd
    "#);
    assert_snapshot!(package.migrate("squash ssss:dddd"), @"
    exit 2
    --- stderr
    error: revision `ssss` already replaces other revisions, so it can't be squashed again
      --> src/migrations/m[DATE]_users.rs
     help: start the range after it: its `replaces` identifies the databases that applied the revisions it replaces
    ");

    // Once no database is inside of the range, its files may go.
    for id in ["aaaa", "bbbb"] {
        let file = package.file_of(id);
        let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
        std::fs::remove_file(file).unwrap();
        let list = std::fs::read_to_string(&list).unwrap();
        let list = list.replace(&format!("mod {module};\n"), "");
        package.project.write("src/migrations/mod.rs", &list);
    }
    assert_snapshot!(package.migrate(&format!("{current} all.db")).stdout, @r#"
    applied: 4
      aaaa  aaaa  [DATE]  (replaced since)
      bbbb  bbbb  [DATE]  (replaced since)
      cccc  cccc  [DATE]
      dddd  dddd  [DATE]
    pending: 0
    "#);
    assert_snapshot!(package.migrate("plan upgrade --current aaaa"), @r#"
    exit 1
    --- stderr
    error: the database has applied only a part of the revisions that `ssss` replaces: it has `aaaa`, but not `bbbb`
     help: upgrade it with a version of the application that still has the files, and then with this one
    "#);
    // After a purge, the records name the one revision; if all do, it can become an ordinary one.
    package
        .migrate("stamp --purge heads --database-url all.db -q")
        .done();
    assert_snapshot!(package.migrate(&format!("{current} all.db")).stdout, @"
    applied: 3
      ssss  Users.  [DATE]
      cccc  cccc  [DATE]
      dddd  dddd  [DATE]
    pending: 0
    ");
    let edits = [
        ("users", "    replaces: [\"aaaa\", \"bbbb\"],\n", ""),
        ("cccc", "down_revision: \"bbbb\"", "down_revision: \"ssss\""),
    ];
    for (revision, from, to) in edits {
        let file = package.file_of(revision);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&file, text.replace(from, to)).unwrap();
    }
    let run = package.migrate("upgrade --database-url all.db");
    assert!(
        run.stderr
            .ends_with("already at head dddd, nothing to do\n"),
        "{run}"
    );
    package
        .migrate("downgrade base --database-url all.db --allow-data-loss -q")
        .done();
    let run = package.migrate("current --database-url all.db");
    assert_eq!(run.stdout, "");
}

/// What is printed after cargo's own lines.
fn last_lines(text: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.starts_with("error"));
    lines.collect::<Vec<_>>().join("\n")
}
