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
    assert_snapshot!(help(""), @r"
    Migrations for Rust, checked by the compiler

    Revision files are Rust modules in `src/migrations`. Commands about files need no build; commands
    about a database build the application's own runner and run it.

    Usage: cargo migrate [OPTIONS] <COMMAND>

    Commands:
      init         Prepare a package for its first revision
      revision     Add a revision file
      merge        Add a revision that joins several lines, after trying both orders
      rebase       Let a revision that is applied nowhere follow another head
      squash       Write one revision in place of a range, and prove that it does the same
      edit         Open a revision's file in $VISUAL or $EDITOR
      freeze       Record released revisions, so that editing one does not compile
      history      List the revisions, newest first
      heads        List the revisions that no other follows
      branches     List the revisions that several others follow
      show         Show everything about a revision
      plan         Tell what a command would do, from the files alone
      graph        Print a picture of the revisions, or of the tables that they build
      upgrade      Bring the database up to a target
      downgrade    Take the database back to a target
      current      Show the heads of what is applied
      status       List what is applied and what is pending
      stamp        Record what the database has, without running anything
      verify       Try each revision up, down and up again, on an empty database or on a copy of a real
                   one
      baseline     Give a database with tables and no history one, without running anything
      check        Find what is wrong, for CI: the chain, models, edited revisions, a database that is
                   not what they build
      diff         Tell what the database holds differently from what its revisions build
      dump         Print the schema as SQL, sorted and stable
      lint         Tell what is worth a second look in the revisions: lost values, locks, copied tables,
                   missing downgrades
      backup       Copy the database to a file, while it is in use
      backups      List the backups of the database, and whether each is sound
      restore      Put a backup in the place of the database, and keep what is there now as a backup
      deploy       Upgrade a database in production: stop, back up, upgrade, look, start; on a failure
                   put the backup back
      completions  Print a shell's completion script

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]

    Targets: head, heads, base, a revision id or 4 and more of its first characters, +N, -N, ID+N, ID-N,
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

    Writes `src/migrations/mod.rs`, the runner's source, and the dependency in Cargo.toml. What is there
    already stays.

    Usage: cargo migrate init [OPTIONS]

    Options:
          --runtime-path <PATH>
              Use the `migrate-runtime` of this directory, instead of the published one

          --backend <NAME>
              Database that the revisions are for; SQLite if nothing is said

              Possible values:
              - sqlite:   SQLite
              - postgres: PostgreSQL
              - mysql:    MariaDB or MySQL

      -h, --help
              Print help (see a summary with '-h')

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("revision"), @"
    Add a revision file

    Usage: cargo migrate revision [OPTIONS]

    Options:
      -m, --message <TEXT>
              What the revision does: its first line, and its file's name

          --rev-id <ID>
              Id of the revision, instead of a random one

          --branch-label <LABEL>
              Name for the line that begins with the revision

          --head <REV>
              What it follows: a head, `heads` for a merge, or `base` for a new line

          --splice
              Let it follow a revision that is not a head, which makes a branch

          --depends-on <REV>
              Revision of another line that must be applied first; may be repeated

      -h, --help
              Print help (see a summary with '-h')

    Generate:
          --autogenerate
              Write what the models, or the package's file of SQL, need

          --from-drift
              Write what the live database has and no revision makes

          --against <WHAT>
              Compare the models with what the revisions build, or with the live database

              Possible values:
              - revisions: What the revisions build on an empty database
              - database:  The live database, which finds what was changed by hand

              [default: revisions]

          --rename <OLD=NEW>
              Take this for a rename: OLD=NEW of a table, TABLE.OLD=NEW of a column; may be repeated

          --no-rename <OLD=NEW>
              Do not take this for a rename, but for one that goes and one that comes

          --drop-table <NAME>
              Drop this table, which no model has; may be repeated

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("merge"), @r"
    Add a revision that joins several lines, after trying both orders

    Databases that have the one line get the other on top. So the package's runner is built with the new
    revision, and each pair of lines runs in both orders on empty databases. If an order fails, or the
    two end in different schemas, the new file is taken away again, and the operations that clash are
    named.

    Usage: cargo migrate merge [OPTIONS] [REV]...

    Arguments:
      [REV]...
              Revisions to join, instead of all heads

    Options:
      -m, --message <TEXT>
              What the revision does: its first line, and its file's name

          --rev-id <ID>
              Id of the revision, instead of a random one

          --branch-label <LABEL>
              Name for the line that begins with the revision

          --splice
              Let it follow revisions that are not heads

          --no-check
              Build nothing, and try nothing

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("rebase"), @r"
    Let a revision that is applied nowhere follow another head

    Its `down_revision` is rewritten; what follows it moves with it. A database that has the revision
    already would stand on a history that is no longer there, and files alone don't tell: say it with
    `--not-applied`.

    Usage: cargo migrate rebase [OPTIONS] --onto <HEAD> <REV>

    Arguments:
      <REV>
              The revision: the first one of the line to move

    Options:
          --onto <HEAD>
              The head to follow

          --not-applied
              No database that you keep has the revision

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("squash"), @"
    Write one revision in place of a range, and prove that it does the same

    The revisions of the range stay: a database that has some of them goes on along them, one that has
    all of them has the new revision too, and one that has none takes the new one. Once no database is
    inside the range their files can be deleted. Both ways run on empty databases, up and down; if they
    differ, the new file is taken away again.

    Usage: cargo migrate squash [OPTIONS] <FROM:TO>

    Arguments:
      <FROM:TO>
              The range, both ends included, as `history -r` shows it: `base:a1b2`, `a1b2:c3d4`

    Options:
      -m, --message <TEXT>
              What the revision does: its first line, and its file's name

          --rev-id <ID>
              Id of the revision, instead of a random one

          --branch-label <LABEL>
              Name for the line that begins with the revision

      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("edit"), @r"
    Open a revision's file in $VISUAL or $EDITOR

    Usage: cargo migrate edit [OPTIONS] <REV>

    Arguments:
      <REV>
              The revision: a target, as in `a1b2`, `head` or `billing@head`

    Options:
          --current <ID[,ID]>
              What `current` and offsets alone mean

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("history"), @r"
    List the revisions, newest first

    Usage: cargo migrate history [OPTIONS]

    Options:
      -r, --rev-range <FROM:TO>
              Only these revisions: FROM:TO, each a target or nothing

      -i, --indicate-current
              Mark what is applied in the database

          --current <ID[,ID]>
              Mark these as applied, instead of asking a database

          --graph
              Draw the lines between the revisions

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("heads"), @r"
    List the revisions that no other follows

    Usage: cargo migrate heads [OPTIONS]

    Options:
          --resolve-dependencies
              Leave out a revision that another depends on

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("branches"), @r"
    List the revisions that several others follow

    Usage: cargo migrate branches [OPTIONS]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("show"), @r"
    Show everything about a revision

    Usage: cargo migrate show [OPTIONS] <REV>

    Arguments:
      <REV>
              The revision: a target, as in `a1b2`, `head-1` or `billing@head`

    Options:
          --current <ID[,ID]>
              What `current` and offsets alone mean

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("plan"), @r"
    Tell what a command would do, from the files alone

    Usage: cargo migrate plan [OPTIONS] <COMMAND> [TARGET]...

    Arguments:
      <COMMAND>
              The command

              Possible values:
              - upgrade:   Go up to the target
              - downgrade: Go down to the target
              - stamp:     Record the targets without running anything

      [TARGET]...
              The target, or for `stamp` several; `upgrade` goes to head and `downgrade` by -1 without
              one

    Options:
          --current <ID[,ID]>
              Heads of what is applied; without it, nothing is

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("graph"), @"
    Print a picture of the revisions, or of the tables that they build

    Usage: cargo migrate graph [OPTIONS]

    Options:
          --format <FORMAT>
              Language of the picture

              Possible values:
              - dot:     Graphviz
              - mermaid: Mermaid, which many sites draw in Markdown
              - svg:     A finished picture

              [default: svg]

          --schema
              Draw the tables that the revisions build, not the revisions

      -h, --help
              Print help (see a summary with '-h')

    Project:
          --dir <PATH>
              Directory of revision files; needs no Cargo package

      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("completions"), @r"
    Print a shell's completion script

    Usage: cargo migrate completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>
              The shell

              [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
}

#[test]
fn of_commands_about_a_database() {
    assert_snapshot!(help("upgrade"), @"
    Bring the database up to a target

    Usage: cargo migrate upgrade [OPTIONS] [TARGET]

    Arguments:
      [TARGET]
              How far: `head`, `heads`, a revision, `+N`, …

              [default: head]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Database:
          --transaction <HOW>
              How much one transaction holds

              Possible values:
              - each:   One revision
              - single: The whole run

          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Preview:
          --sql
              Print the SQL that would run, and run nothing; the target may be a range, `FROM:TO`, which
              needs no database

          --dry-run
              Run everything and roll it back

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("downgrade"), @"
    Take the database back to a target

    Usage: cargo migrate downgrade [OPTIONS] [TARGET]

    Arguments:
      [TARGET]
              How far: `-1`, `base`, a revision to stop at, …

              [default: -1]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Database:
          --allow-data-loss
              Go on where values are lost

          --transaction <HOW>
              How much one transaction holds

              Possible values:
              - each:   One revision
              - single: The whole run

          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Preview:
          --sql
              Print the SQL that would run, and run nothing; the target may be a range, `FROM:TO`, which
              needs no database

          --dry-run
              Run everything and roll it back

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("current"), @r"
    Show the heads of what is applied

    Usage: cargo migrate current [OPTIONS]

    Options:
      -c, --check-heads
              Exit with 3 unless every head is applied

      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("status"), @r"
    List what is applied and what is pending

    Usage: cargo migrate status [OPTIONS]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never

              [default: auto]
    ");
    assert_snapshot!(help("stamp"), @r"
    Record what the database has, without running anything

    Usage: cargo migrate stamp [OPTIONS] [TARGET]...

    Arguments:
      [TARGET]...
              What it has: one target, or one for each line

    Options:
          --purge
              Forget every recorded revision first, unknown ones too

          --applied <ID>
              Record a revision that was cut short as applied: all its work is there

          --unapplied <ID>
              Record a revision that was cut short as not applied: nothing of its work is there

      -h, --help
              Print help (see a summary with '-h')

    Database:
          --database-url <URL>
              Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`

          --wait <SECONDS>
              How long to wait for another process that migrates

    Build:
          --release
              Build the runner with optimisations

          --profile <NAME>
              Build the runner with this profile

      -F, --features <FEATURES>
              Features to activate

          --all-features
              Activate all features

          --no-default-features
              Leave out the default features

          --target-dir <PATH>
              Directory for what is built

          --offline
              Build without the network

          --locked
              Build with Cargo.lock as it is

          --frozen
              The same as --locked and --offline

    Project:
      -p, --package <NAME>
              Package whose revisions are meant

          --manifest-path <PATH>
              Path of the package's Cargo.toml

    Output:
          --json
              Print one JSON document and nothing else

      -q, --quiet
              Print answers only

      -v, --verbose
              Print every detail

          --color <WHEN>
              When to print colours

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
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
