//! Groups the commands in the help of `cargo migrate`, because clap prints one list.

use std::fmt::Write;

use clap::Command;

/// The groups, and the commands of each group; the most frequent ones are first.
const GROUPS: [(&str, &[&str]); 6] = [
    (
        "Write revisions",
        &["revision", "merge", "rebase", "edit", "squash", "freeze"],
    ),
    (
        "Run revisions",
        &["upgrade", "downgrade", "stamp", "resolve"],
    ),
    (
        "Inspect",
        &[
            "status", "current", "history", "show", "heads", "branches", "plan", "graph", "dump",
        ],
    ),
    ("Check", &["check", "lint", "verify", "diff"]),
    ("Operate", &["deploy", "backup", "database", "with-scratch"]),
    ("Set up", &["init", "import", "baseline", "completions"]),
];

/// Returns the command line with a help that groups its commands.
pub(crate) fn grouped(command: Command) -> Command {
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{{all-args}}{{after-help}}",
        groups(&command)
    );
    command
        .help_template(template)
        .override_usage("cargo migrate [OPTIONS] <COMMAND>")
        // Otherwise `{all-args}` lists them a second time.
        .mut_subcommands(|command| command.hide(true))
}

fn groups(command: &Command) -> String {
    let (header, literal) = {
        let styles = command.get_styles();
        (styles.get_header(), styles.get_literal())
    };
    let names = || GROUPS.iter().flat_map(|(_, names)| names.iter());
    let width = names().map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(text, "{header}{title}:{header:#}");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{name:width$}{literal:#}  {about}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::description;

    #[test]
    fn every_command_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let description = description();
        let all = description
            .get_subcommands()
            .filter(|one| !one.is_hide_set());
        let mut all: Vec<&str> = all.map(Command::get_name).collect();
        all.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, all);
    }

    #[test]
    fn each_command_has_one_line_of_80_characters() {
        for line in
            groups(&Command::new("x").subcommands(description().get_subcommands().cloned())).lines()
        {
            let text = anstream::adapter::strip_str(line).to_string();
            assert!(text.chars().count() <= 80, "{text}");
        }
    }
}
