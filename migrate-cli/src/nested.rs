//! Finds the command that a user meant who omitted the first word of its name.

use clap::error::{ContextKind, ContextValue};

/// Returns the whole name of a command, such as `backup restore`, if an error is about an unknown command `restore`.
#[must_use]
pub fn nested_command(description: &clap::Command, error: &clap::Error) -> Option<String> {
    let ContextValue::String(typed) = error.get(ContextKind::InvalidSubcommand)? else {
        return None;
    };
    let above = description
        .get_subcommands()
        .find(|command| command.find_subcommand(typed).is_some())?;
    Some(format!("{} {typed}", above.get_name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    #[test]
    fn a_command_is_found_below_another_one() {
        let backup = Command::new("backup").subcommands(["create", "restore"].map(Command::new));
        let description = Command::new("x")
            .subcommand(backup)
            .subcommand_required(true);
        for (typed, expected) in [("restore", Some("backup restore")), ("rebase", None)] {
            let error = description
                .clone()
                .try_get_matches_from(["x", typed])
                .unwrap_err();
            assert_eq!(nested_command(&description, &error).as_deref(), expected);
        }
        let error = description.clone().try_get_matches_from(["x"]).unwrap_err();
        assert_eq!(nested_command(&description, &error), None);
    }
}
