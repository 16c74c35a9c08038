//! The help of every command: what it says is part of the interface.

use insta::assert_snapshot;
use migrate_tests::Project;

fn help(command: &str) -> String {
    Project::new()
        .migrate(&format!("{command} --help"))
        .done()
        .stdout
}

#[test]
fn of_all_commands() {
    assert_snapshot!(help(""), @"
    Schema migrations for Rust, checked by the compiler

    Each revision is a Rust module in `src/migrations`. Commands that only read files need no build.
    Commands that need a database build and run the application's own runner.

    Usage: cargo migrate [OPTIONS] <COMMAND>

    Commands:
      init         Prepare a package for its first revision
      revision     Create a revision
      merge        Create a revision that merges several branches, and check that their order does not
                   matter
      rebase       Move an unapplied revision onto another head
      squash       Replace a range of revisions with one equivalent revision
      edit         Open a revision's file in $VISUAL or $EDITOR
      freeze       Freeze released revisions, so that an edited one does not compile
      history      List the revisions, newest first
      heads        List the heads: revisions that no other revision follows
      branches     List the branch points: revisions that several others follow
      show         Show the details of a revision
      plan         Show the steps that a command would run, without a database
      graph        Print a diagram of the revisions, or of the tables they create
      upgrade      Upgrade the database to a target
      downgrade    Downgrade the database to a target
      current      Show the heads of the applied revisions
      status       List the applied and pending revisions
      stamp        Record revisions as applied, without running them
      verify       Run each revision up, down and up again, on a scratch database or on a copy of a real
                   one
      baseline     Start tracking an existing database, without running anything
      check        Check the revision graph, models, edited revisions and the database for drift, for
                   use in CI
      diff         Show how the database differs from the schema its revisions produce
      dump         Print the schema as SQL, in a stable order
      lint         Report risky operations in revisions: data loss, locks, table rewrites, missing
                   downgrades
      backup       Back up the database to a file while it is in use
      backups      List the backups of the database and check that each one is valid
      restore      Restore a backup, and keep the previous contents of the database as another backup
      deploy       Upgrade in production: stop, back up, upgrade, verify, start; restore the backup if a
                   step fails
      completions  Print a completion script for a shell

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]

    Targets: head, heads, base, a revision id or at least 4 of its first characters, +N, -N, ID+N, ID-N,
    LABEL@head, LABEL@base, LABEL@+N, LABEL@ID
    ");
    assert_eq!(
        help("").lines().next(),
        Project::new().migrate("-h").stdout.lines().next()
    );
}

#[test]
fn of_commands_about_files() {
    assert_snapshot!(help("init"), @"
    Prepare a package for its first revision

    Creates `src/migrations/mod.rs` and the runner's source file, and adds the dependency to Cargo.toml.
    Existing files are kept.

    Usage: cargo migrate init [OPTIONS]

    Options:
          --runtime-path <PATH>
              Local directory of `migrate-runtime` to depend on, instead of the published version

          --backend <NAME>
              Database of the revisions [default: sqlite]

              Possible values:
              - sqlite:   SQLite
              - postgres: PostgreSQL
              - mysql:    MariaDB or MySQL

      -h, --help
              Print help (see a summary with '-h')

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("revision"), @"
    Create a revision

    Usage: cargo migrate revision [OPTIONS]

    Options:
      -m, --message <TEXT>
              Description of the revision, used as the first line of the file and in its name

          --rev-id <ID>
              Revision id [default: random]

          --branch-label <LABEL>
              Label of the branch that starts with this revision

          --head <REV>
              Parent: a head, `heads` for a merge, or `base` for a new branch

          --splice
              Allow a parent that is not a head, which creates a branch

          --depends-on <REV>
              Revision of another branch that must be applied first; repeatable

      -h, --help
              Print help (see a summary with '-h')

    Generate:
          --autogenerate
              Generate the operations that the models, or the package's SQL schema file, require

          --from-drift
              Generate the operations that describe the drift of the live database

          --against <WHAT>
              Schema to compare the models with

              Possible values:
              - revisions: The schema that the revisions produce
              - database:  The schema of the live database, including manual changes

              [default: revisions]

          --rename <OLD=NEW>
              Treat as a rename: OLD=NEW for a table, TABLE.OLD=NEW for a column; repeatable

          --no-rename <OLD=NEW>
              Treat as a drop and an addition, not as a rename; repeatable

          --drop-table <NAME>
              Drop this table, which has no model; repeatable

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("merge"), @"
    Create a revision that merges several branches, and check that their order does not matter

    After a merge, a database that has one branch applies the other branch on top of it. So the command
    builds the runner with the new revision and runs each pair of branches in both orders on scratch
    databases. If an order fails, or the orders produce different schemas, the command removes the new
    file and reports the conflicting operations.

    Usage: cargo migrate merge [OPTIONS] [REV]...

    Arguments:
      [REV]...
              Revisions to merge [default: all heads]

    Options:
      -m, --message <TEXT>
              Description of the revision, used as the first line of the file and in its name

          --rev-id <ID>
              Revision id [default: random]

          --branch-label <LABEL>
              Label of the branch that starts with this revision

          --splice
              Allow revisions that are not heads

          --no-check
              Do not build the runner and do not check the order

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("rebase"), @"
    Move an unapplied revision onto another head

    Rewrites the revision's `down_revision`. The revisions that follow it move with it. Databases that
    already applied the revision would have a history that no longer exists. The files do not show this,
    so confirm with `--not-applied` that no database has it.

    Usage: cargo migrate rebase [OPTIONS] --onto <HEAD> <REV>

    Arguments:
      <REV>
              First revision of the branch to move

    Options:
          --onto <HEAD>
              New parent, a head

          --not-applied
              Confirm that no database you keep has applied the revision

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("squash"), @"
    Replace a range of revisions with one equivalent revision

    The files of the range are kept. A database with some of the revisions continues with the rest of
    the range. A database with all of them counts as having the new revision. A database with none
    applies only the new revision. When no database is inside the range, you can delete the old files.
    The command runs both versions up and down on scratch databases and removes the new file if the
    results differ.

    Usage: cargo migrate squash [OPTIONS] <FROM:TO>

    Arguments:
      <FROM:TO>
              Range to replace, both ends included, as in `history -r`: `base:a1b2`, `a1b2:c3d4`

    Options:
      -m, --message <TEXT>
              Description of the revision, used as the first line of the file and in its name

          --rev-id <ID>
              Revision id [default: random]

          --branch-label <LABEL>
              Label of the branch that starts with this revision

      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("edit"), @"
    Open a revision's file in $VISUAL or $EDITOR

    Usage: cargo migrate edit [OPTIONS] <REV>

    Arguments:
      <REV>
              Revision to open: a target such as `a1b2`, `head` or `billing@head`

    Options:
          --current <ID[,ID]>
              Applied heads, for targets such as `current` and `+1`

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("history"), @"
    List the revisions, newest first

    Usage: cargo migrate history [OPTIONS]

    Options:
      -r, --rev-range <FROM:TO>
              Range of revisions to list; each end is a target and can be omitted

      -i, --indicate-current
              Mark the revisions that the database has applied

          --current <ID[,ID]>
              Applied heads to mark, instead of reading them from a database

          --graph
              Draw the revision graph

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("heads"), @"
    List the heads: revisions that no other revision follows

    Usage: cargo migrate heads [OPTIONS]

    Options:
          --resolve-dependencies
              Omit heads that another revision depends on

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("branches"), @"
    List the branch points: revisions that several others follow

    Usage: cargo migrate branches [OPTIONS]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("show"), @"
    Show the details of a revision

    Usage: cargo migrate show [OPTIONS] <REV>

    Arguments:
      <REV>
              Revision to show: a target such as `a1b2`, `head-1` or `billing@head`

    Options:
          --current <ID[,ID]>
              Applied heads, for targets such as `current` and `+1`

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("plan"), @"
    Show the steps that a command would run, without a database

    Usage: cargo migrate plan [OPTIONS] <COMMAND> [TARGET]...

    Arguments:
      <COMMAND>
              Command to plan

              Possible values:
              - upgrade:   Run `up` until the target is applied
              - downgrade: Run `down` until the target is reached
              - stamp:     Record the targets as applied without running them

      [TARGET]...
              Target, or several for `stamp` [default: `head` for `upgrade`, `-1` for `downgrade`]

    Options:
          --current <ID[,ID]>
              Applied heads [default: none applied]

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("graph"), @"
    Print a diagram of the revisions, or of the tables they create

    Usage: cargo migrate graph [OPTIONS]

    Options:
          --format <FORMAT>
              Output format

              Possible values:
              - dot:     Graphviz source
              - mermaid: Mermaid source, which many sites render in Markdown
              - svg:     SVG image

              [default: svg]

          --schema
              Draw the tables that the revisions create, instead of the revisions

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of the revision files, without a Cargo package

      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("completions"), @"
    Print a completion script for a shell

    Usage: cargo migrate completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>
              Shell to complete for

              [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
}

#[test]
fn of_commands_about_a_database() {
    assert_snapshot!(help("upgrade"), @"
    Upgrade the database to a target

    Usage: cargo migrate upgrade [OPTIONS] [TARGET]

    Arguments:
      [TARGET]
              Target: `head`, `heads`, a revision, `+N`, …

              [default: head]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Database:
          --transaction <HOW>
              Transaction scope

              Possible values:
              - each:   One transaction for each revision
              - single: One transaction for the whole run

          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Preview:
          --sql
              Print the SQL without running it; with a range `FROM:TO` as the target, no database is
              needed

          --dry-run
              Run everything, then roll it back

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("downgrade"), @"
    Downgrade the database to a target

    Usage: cargo migrate downgrade [OPTIONS] [TARGET]

    Arguments:
      [TARGET]
              Target: `-1`, `base`, the last revision to keep, …

              [default: -1]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Database:
          --allow-data-loss
              Continue even if data is lost

          --transaction <HOW>
              Transaction scope

              Possible values:
              - each:   One transaction for each revision
              - single: One transaction for the whole run

          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Preview:
          --sql
              Print the SQL without running it; with a range `FROM:TO` as the target, no database is
              needed

          --dry-run
              Run everything, then roll it back

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("current"), @"
    Show the heads of the applied revisions

    Usage: cargo migrate current [OPTIONS]

    Options:
      -c, --check-heads
              Exit with 3 if a head is not applied

      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("status"), @"
    List the applied and pending revisions

    Usage: cargo migrate status [OPTIONS]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("stamp"), @"
    Record revisions as applied, without running them

    Usage: cargo migrate stamp [OPTIONS] [TARGET]...

    Arguments:
      [TARGET]...
              Revisions the database has: one target, or one for each branch

    Options:
          --purge
              First delete all recorded revisions, including unknown ones

          --applied <ID>
              Mark an interrupted revision as applied: all its changes were made

          --unapplied <ID>
              Mark an interrupted revision as not applied: none of its changes remain

      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate]
              database-url`]

          --wait <SECONDS>
              How long to wait for the migration lock

    Build:
          --release
              Build the runner with optimizations

          --profile <NAME>
              Profile to build the runner with

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Do not activate the default features

          --target-dir <PATH>
              Directory for build artifacts

          --offline
              Build without network access

          --locked
              Fail if Cargo.lock would change

          --frozen
              Same as --locked and --offline together

    Project:
      -p, --package <NAME>
              Package to use

          --manifest-path <PATH>
              Path to the package's Cargo.toml

    Output:
          --json
              Print one JSON document instead of text

      -q, --quiet
              Print only results and errors

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to use color

              Possible values:
              - auto:   Only if the output is a terminal and NO_COLOR is not set
              - always: Always
              - never:  Never

              [default: auto]
    ");
}

#[test]
fn the_version_is_the_crates() {
    let run = Project::new().migrate("--version").done();
    assert_eq!(
        run.stdout,
        format!("cargo-migrate {}\n", env!("CARGO_PKG_VERSION"))
    );
}
