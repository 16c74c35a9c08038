//! Defines [`Forwarded`] options.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// Options that are parsed here, and passed on to the runner as the user typed them.
///
/// Values from the environment and default values are not passed on: the runner finds them by itself.
#[derive(Debug, Clone)]
pub struct Forwarded<A> {
    /// The parsed options.
    pub options: A,
    /// The arguments for the runner.
    pub arguments: Vec<OsString>,
}

impl<A: Args> Args for Forwarded<A> {
    fn augment_args(command: Command) -> Command {
        A::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        A::augment_args_for_update(command)
    }

    fn group_id() -> Option<clap::Id> {
        A::group_id()
    }
}

impl<A: Args> FromArgMatches for Forwarded<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            options: A::from_arg_matches(matches)?,
            arguments: typed::<A>(matches),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Returns the arguments of `A` that are on the command line: options as `--name=value`, because a value may start with
/// a dash, and then the positional ones after `--`.
fn typed<A: Args>(matches: &ArgMatches) -> Vec<OsString> {
    let description = A::augment_args(Command::new("options"));
    let (mut options, mut positional) = (Vec::new(), Vec::new());
    for argument in description.get_arguments() {
        let id = argument.get_id().as_str();
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let option = argument.get_long().map(|name| format!("--{name}"));
        let values = matches.get_raw(id).into_iter().flatten();
        match (option, argument.get_action()) {
            (Some(option), ArgAction::SetTrue) => options.push(option.into()),
            (Some(option), _) => options.extend(values.map(|value| {
                let mut text = OsString::from(format!("{option}="));
                text.push(value);
                text
            })),
            (None, _) => positional.extend(values.map(OsString::from)),
        }
    }
    if !positional.is_empty() {
        options.push("--".into());
        options.append(&mut positional);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Deploy, Downgrade, RestoreBackup, Stamp};
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Cli<A: Args> {
        #[command(flatten)]
        forwarded: Forwarded<A>,
    }

    fn forwarded<A: Args>(arguments: &[&str]) -> Result<Vec<OsString>, clap::Error> {
        let cli = Cli::<A>::try_parse_from([&["x"], arguments].concat())?;
        Ok(cli.forwarded.arguments)
    }

    #[test]
    fn typed_options_are_forwarded() {
        let cases: [(&[&str], &[&str]); 4] = [
            (&[], &[]),
            (&["-2"], &["--", "-2"]),
            (
                &["--allow-data-loss", "--transaction", "per-revision"],
                &["--allow-data-loss", "--transaction=per-revision"],
            ),
            (&["base", "--dry-run"], &["--dry-run", "--", "base"]),
        ];
        for (arguments, expected) in cases {
            assert_eq!(forwarded::<Downgrade>(arguments).unwrap(), expected);
        }
    }

    #[test]
    fn values_that_look_like_options_are_still_values() {
        let stop = forwarded::<Deploy>(&["--stop=--now", "--hook-timeout", "1"]).unwrap();
        assert_eq!(stop, ["--stop=--now", "--hook-timeout=1"]);
        let restore = forwarded::<RestoreBackup>(&["-y", "--", "--yes"]).unwrap();
        assert_eq!(restore, ["--yes", "--", "--yes"]);
        let stamp = forwarded::<Stamp>(&["a1", "b2", "--purge"]).unwrap();
        assert_eq!(stamp, ["--purge", "--", "a1", "b2"]);
    }

    #[test]
    fn the_runner_reads_what_was_forwarded() {
        let cases: [&[&str]; 4] = [
            &["--log", "a b", "+1", "--yes"],
            &["--write-plan", "--plan", "--keep=3"],
            &["--health", "", "--health-timeout=0.5"],
            &["--backup-dir", "-", "-y", "a1b2"],
        ];
        for arguments in cases {
            let once = match forwarded::<Deploy>(arguments) {
                Ok(once) => once,
                Err(error) => {
                    assert!(arguments.contains(&"--plan"), "{error}");
                    continue;
                }
            };
            let texts: Vec<&str> = once.iter().map(|text| text.to_str().unwrap()).collect();
            assert_eq!(forwarded::<Deploy>(&texts).unwrap(), once);
        }
    }

    #[test]
    fn invalid_combinations_are_rejected() {
        let cases: [&[&str]; 6] = [
            &["--plan=p", "head"],
            &["--plan=p", "--write-plan=q"],
            &["--keep=0"],
            &["--hook-timeout=soon"],
            &["--health-timeout=-1"],
            &["--transaction=each"],
        ];
        for arguments in cases {
            assert!(forwarded::<Deploy>(arguments).is_err(), "{arguments:?}");
        }
    }
}
