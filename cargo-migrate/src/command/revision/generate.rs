//! Generates the bodies of a revision with the runner, as [`Generated`], from the models or from a live database.
//!
//! It must not write files.

use std::ffi::OsString;

use serde_json::Value;

use crate::generated::Generated;
use crate::global::Global;
use crate::project::Project;
use crate::report::Report;
use crate::runner::{Runner, RunnerOptions};
use crate::ui;

/// The options of a generated revision.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Generate")]
pub(super) struct Generate {
    /// Generate the operations that the models, or the package's SQL schema file, require
    #[arg(long)]
    autogenerate: bool,

    /// Generate the operations that describe the drift of the live database
    #[arg(long, conflicts_with = "autogenerate")]
    from_drift: bool,

    /// Schema to compare the models with
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "revisions",
        requires = "autogenerate"
    )]
    against: Against,

    /// Treat as a rename: OLD=NEW for a table, TABLE.OLD=NEW for a column; repeatable
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,

    /// Treat as a drop and an addition, not as a rename; repeatable
    #[arg(long, value_name = "OLD=NEW")]
    no_rename: Vec<String>,

    /// Drop this table, which has no model; repeatable
    #[arg(long, value_name = "NAME")]
    drop_table: Vec<String>,

    #[command(flatten)]
    runner: RunnerOptions,
}

/// The schema that the models are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Against {
    /// The schema that the revisions produce
    #[default]
    Revisions,
    /// The schema of the live database, including manual changes
    Database,
}

impl Generate {
    /// Returns whether generation is requested.
    pub(super) fn is_wanted(&self) -> bool {
        self.autogenerate || self.from_drift
    }

    /// Rejects options of generation if nothing is generated.
    pub(super) fn check(&self, is_directory: bool) -> Result<(), Report> {
        let needless = [
            (!self.rename.is_empty(), "--rename"),
            (!self.no_rename.is_empty(), "--no-rename"),
            (!self.drop_table.is_empty(), "--drop-table"),
        ];
        match needless.iter().find(|(given, _)| *given) {
            Some((_, option)) if !self.is_wanted() => Err(Report::usage(format!(
                "`{option}` needs `--autogenerate` or `--from-drift`"
            ))
            .help(format!("add `--autogenerate`, or remove `{option}`"))),
            _ if self.is_wanted() && is_directory => Err(Report::usage(
                "`--dir` names a directory without a package, so there are no models and no runner",
            )
            .help("remove `--dir`, or write the operations into the new file yourself")),
            _ => Ok(()),
        }
    }

    /// Builds the runner, and runs it until every possible rename is confirmed or rejected.
    ///
    /// # Errors
    ///
    /// The error of the runner, or a possible rename that can't be confirmed interactively.
    pub(super) fn run(&self, global: &Global) -> Result<Generated, Report> {
        let runner = Runner::build(&self.runner, global)?;
        let mut arguments = self.arguments(&Project::find(global)?);
        loop {
            let answer = runner.run_json("autogenerate", &arguments)?;
            let candidates = rename_candidates(&answer);
            if candidates.is_empty() {
                return Ok(Generated::read(&answer));
            }
            if !ui::can_ask(global) {
                return Err(not_confirmed(&candidates));
            }
            for candidate in candidates {
                let yes = ui::confirm(&candidate.text(), &candidate.answers())?;
                arguments.push(candidate.answered(yes));
            }
        }
    }

    fn arguments(&self, project: &Project) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if self.from_drift {
            arguments.push("--from-drift".into());
        }
        if self.against == Against::Database {
            arguments.push("--against=database".into());
        }
        if let (false, Some(path)) = (self.from_drift, &project.settings.schema) {
            arguments.extend(["--sql-schema".into(), project.root.join(path).into()]);
        }
        for (option, values) in [
            ("--rename", &self.rename),
            ("--no-rename", &self.no_rename),
            ("--drop-table", &self.drop_table),
        ] {
            arguments.extend(
                values
                    .iter()
                    .map(|value| format!("{option}={value}").into()),
            );
        }
        arguments
    }
}

/// A possible rename.
#[derive(Clone, Debug)]
struct RenameCandidate {
    table: Option<String>,
    from: String,
    to: String,
}

fn rename_candidates(answer: &Value) -> Vec<RenameCandidate> {
    let text = |item: &Value, key: &str| item[key].as_str().map(str::to_owned);
    let items = answer["questions"].as_array().into_iter().flatten();
    items
        .filter_map(|item| {
            Some(RenameCandidate {
                table: text(item, "table"),
                from: text(item, "from")?,
                to: text(item, "to")?,
            })
        })
        .collect()
}

impl RenameCandidate {
    /// Returns the value for `--rename` and `--no-rename`.
    fn pair(&self) -> String {
        match &self.table {
            Some(table) => format!("{table}.{}={}", self.from, self.to),
            None => format!("{}={}", self.from, self.to),
        }
    }

    fn text(&self) -> String {
        match &self.table {
            Some(table) => format!(
                "Was column `{table}.{}` renamed to `{}`?",
                self.from, self.to
            ),
            None => format!("Was table `{}` renamed to `{}`?", self.from, self.to),
        }
    }

    /// Returns the effects of yes and no.
    fn answers(&self) -> [String; 2] {
        let no = match self.table {
            Some(_) => format!("drop `{}` with its data, and add `{}`", self.from, self.to),
            None => format!("create `{}`, and keep `{}`", self.to, self.from),
        };
        ["rename it and keep its data".to_owned(), no]
    }

    fn answered(&self, yes: bool) -> OsString {
        let option = if yes { "--rename" } else { "--no-rename" };
        format!("{option}={}", self.pair()).into()
    }
}

/// Returns the report about renames that can't be confirmed interactively.
fn not_confirmed(candidates: &[RenameCandidate]) -> Report {
    let report = Report::new(
        "ambiguous_rename",
        "possible renames need confirmation, and the command can't ask because it does not run interactively",
    );
    let reasons = candidates.iter().map(|candidate| match &candidate.table {
        Some(table) => format!(
            "column `{table}.{}` is missing, and `{}` is new",
            candidate.from, candidate.to
        ),
        None => format!(
            "table `{}` is missing, and `{}` is new",
            candidate.from, candidate.to
        ),
    });
    let options = |option: &str| {
        let pairs = candidates
            .iter()
            .map(|candidate| format!("{option} {}", candidate.pair()));
        pairs.collect::<Vec<_>>().join(" ")
    };
    reasons.fold(report, Report::note).help(format!(
        "pass `{}` to rename, or `{}` to drop and add; or write `renamed_from = \"…\"` in the model",
        options("--rename"),
        options("--no-rename")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rename_candidate_is_confirmed_by_an_option() {
        let answer = json!({ "questions": [
            { "rename": "column", "table": "users", "from": "name", "to": "full_name", "score": 80 },
            { "rename": "table", "from": "user", "to": "users", "score": 90 },
        ] });
        let candidates = rename_candidates(&answer);
        assert_eq!(
            candidates[0].answered(true),
            "--rename=users.name=full_name"
        );
        assert_eq!(candidates[1].answered(false), "--no-rename=user=users");
    }
}
