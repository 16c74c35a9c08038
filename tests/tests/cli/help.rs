//! The help of every command: its text is part of the interface.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use migrate_tests::Project;

/// The sections whose last options are equal in the help of all commands that have them, and the first of these
/// options.
const SHARED: [(&str, &str); 3] = [
    ("Build:", "      --release"),
    ("Project:", "  -p, --package"),
    ("Output:", "      --json"),
];

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

Write revisions:
  revision      Create a revision
  merge         Create a revision that merges several branches
  rebase        Move an unapplied revision onto another head
  edit          Open a revision's file in $VISUAL or $EDITOR
  squash        Replace a range of revisions with one equivalent revision
  freeze        Freeze released revisions, so that an edit does not compile

Run revisions:
  upgrade       Upgrade the database to a target
  downgrade     Downgrade the database to a target
  stamp         Record revisions as applied, without running them
  resolve       Mark an interrupted revision as applied or rolled back

Inspect:
  status        List the applied and pending revisions
  current       Show the heads of the applied revisions
  history       List the revisions, newest first
  show          Show the details of a revision
  heads         List the heads: revisions that no other revision follows
  branches      List the branch points: revisions that several others follow
  plan          Show the steps that a command would run, without a database
  graph         Print a diagram of the revisions, or of the tables they create
  dump          Print the schema as SQL, in a stable order

Check:
  check         Check revisions, models and the database, for use in CI
  lint          Report risky operations: data loss, long locks, table rewrites
  verify        Run each revision up, down and up again on a scratch database
  diff          Show how the database differs from its revisions

Operate:
  deploy        Upgrade in production, and restore the backup if a step fails
  backup        Create, list and restore backups of the database
  database      Create or drop the database
  with-scratch  Run a command on a scratch database at head, then drop it

Set up:
  init          Prepare a package for its first revision
  import        Write a revision for each migration of another tool
  baseline      Start tracking an existing database, without running anything
  completions   Print a completion script for a shell

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
    let mut shared: BTreeMap<String, String> = BTreeMap::new();
    let mut all = String::new();
    for command in commands() {
        all.push_str(&format!("==== {command}\n"));
        let text = help(&command);
        for (heading, section) in sections(&text) {
            let known = SHARED.iter().find(|(known, _)| *known == heading);
            let first = known.and_then(|(_, first)| section.find(first));
            let Some(first) = first else {
                all.push_str(format!("{heading}\n{section}").trim_start_matches('\n'));
                continue;
            };
            let (own, rest) = section.split_at(first);
            // The last section ends without an empty line, or before the text below the options.
            let options = rest.trim_end().split("\n\nPreviews:").next().unwrap();
            let options = options.split("\n\nTargets:").next().unwrap();
            match shared.get(heading) {
                Some(first) => assert_eq!(options, first, "{command}"),
                None => {
                    shared.insert(heading.to_owned(), options.to_owned());
                }
            }
            let below = &rest.trim_end()[options.len()..];
            all.push_str(&format!("{heading}\n{own}      … (see the end){below}\n\n"));
        }
        all.push('\n');
    }
    for (heading, text) in shared {
        all.push_str(&format!("==== the end of `{heading}`\n{text}\n\n"));
    }
    assert_snapshot!("every_command", all);
}

/// The list of a command's options with `-h` starts like the one with `--help`.
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
