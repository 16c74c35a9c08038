//! The help of every command: what it says is part of the interface.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use migrate_tests::Project;

/// The sections that are equal in the help of all commands that have them.
const SHARED: [&str; 3] = ["Build:", "Project:", "Output:"];

/// Returns the commands that `cargo migrate --help` lists, and those below them, such as `backup create`.
pub(crate) fn commands() -> Vec<String> {
    let mut commands = Vec::new();
    for command in listed("") {
        let below = listed(&command);
        commands.push(command);
        commands.extend(below);
    }
    commands
}

/// Returns the commands that the help of a command lists: the indented lines before the options.
fn listed(command: &str) -> Vec<String> {
    let text = help(command);
    let names = text
        .lines()
        .skip_while(|line| !line.starts_with("Usage: "))
        .take_while(|line| *line != "Options:" && *line != "Arguments:")
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_whitespace().next());
    names
        .map(|name| format!("{command} {name}").trim().to_owned())
        .collect()
}

/// Returns the help as sections, each a heading and its text. The first one has no heading.
fn sections(help: &str) -> Vec<(&str, String)> {
    let mut sections = vec![("", String::new())];
    for line in help.lines() {
        let is_heading = line.ends_with(':') && !line.starts_with(' ');
        match sections.last_mut() {
            Some((_, text)) if !is_heading => text.push_str(&format!("{line}\n")),
            _ => sections.push((line, String::new())),
        }
    }
    sections
}

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

/// Sections that many commands have are in the snapshot only once, and must be equal everywhere.
#[test]
fn of_every_command() {
    let mut shared: BTreeMap<&str, String> = BTreeMap::new();
    let mut all = String::new();
    for command in commands() {
        all.push_str(&format!("==== {command}\n"));
        let text = help(&command);
        for (heading, section) in sections(&text) {
            let Some(known) = SHARED.iter().find(|known| **known == heading) else {
                all.push_str(&format!("{heading}\n{section}").trim_start_matches('\n'));
                continue;
            };
            // The last section ends without an empty line, or before the text below the options.
            let options = section.trim_end().split("\n\nPreviews:").next().unwrap();
            match shared.get(known) {
                Some(first) => assert_eq!(options, first, "{command}"),
                None => {
                    shared.insert(known, options.to_owned());
                }
            }
            let below = &section.trim_end()[options.len()..];
            all.push_str(&format!("{heading} as everywhere{below}\n"));
        }
        all.push('\n');
    }
    for (heading, text) in shared {
        all.push_str(&format!("==== everywhere\n{heading}\n{text}\n\n"));
    }
    assert_snapshot!("every_command", all);
}

/// The list of a command's options with `-h` begins like the one with `--help`.
#[test]
fn in_short_of_every_command() {
    for command in commands() {
        let long = help(&command);
        let short = Project::new()
            .migrate(&format!("{command} -h"))
            .done()
            .stdout;
        assert_eq!(short.lines().next(), long.lines().next(), "{command}");
    }
}

#[test]
fn of_a_command_without_a_subcommand() {
    let shown = Project::new().migrate("backup");
    assert_eq!(shown.status, 2);
    assert!(
        shown.stderr.contains("  restore  Restore a backup"),
        "{}",
        shown.stderr
    );
    for (typed, tip) in [
        ("restore latest", "run `cargo migrate backup restore`"),
        ("backups", "a similar subcommand exists: 'backup'"),
    ] {
        let refused = Project::new().migrate(typed);
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains(tip), "{}", refused.stderr);
    }
}

#[test]
fn the_version_is_the_crates() {
    let run = Project::new().migrate("--version").done();
    assert_eq!(
        run.stdout,
        format!("cargo-migrate {}\n", env!("CARGO_PKG_VERSION"))
    );
}
