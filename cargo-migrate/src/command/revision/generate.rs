//! The runner's answer -> the bodies of a revision: what the models want, or what a live database has.

use std::ffi::OsString;

use serde_json::{Value, json};

use crate::answer::{members, strings};
use crate::cli::Global;
use crate::project::Project;
use crate::report::Report;
use crate::runner::{Runner, RunnerOptions};
use crate::ui;

/// Options of a revision that is written from a comparison.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Generate")]
pub(super) struct Generate {
    /// Write what the models, or the package's file of SQL, need
    #[arg(long)]
    autogenerate: bool,

    /// Write what the live database has and no revision makes
    #[arg(long, conflicts_with = "autogenerate")]
    from_drift: bool,

    /// Compare the models with what the revisions build, or with the live database
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "revisions",
        requires = "autogenerate"
    )]
    against: Against,

    /// Take this for a rename: OLD=NEW of a table, TABLE.OLD=NEW of a column; may be repeated
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,

    /// Do not take this for a rename, but for one that goes and one that comes
    #[arg(long, value_name = "OLD=NEW")]
    no_rename: Vec<String>,

    /// Drop this table, which no model has; may be repeated
    #[arg(long, value_name = "NAME")]
    drop_table: Vec<String>,

    #[command(flatten)]
    runner: RunnerOptions,
}

/// What the models are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Against {
    /// What the revisions build on an empty database
    #[default]
    Revisions,
    /// The live database, which finds what was changed by hand
    Database,
}

/// What a comparison gave.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    /// The body of `up`.
    pub(crate) up: String,
    /// The body of `down`.
    pub(crate) down: String,
    /// Whether they run inside a transaction.
    pub(crate) transaction: bool,
    /// The operations, in a few words each.
    pub(crate) operations: Vec<String>,
    /// What is different and no operation makes the same.
    pub(crate) notes: Vec<String>,
    /// The tables that nothing wants and nobody asked to drop.
    pub(crate) kept_tables: Vec<String>,
    /// What is worth a second look in the operations, a few lines each.
    pub(crate) lints: Value,
    /// The heads of the revisions that were compared.
    pub(crate) heads: Vec<String>,
}

impl Generate {
    /// Returns whether anything is to be generated.
    pub(super) fn is_wanted(&self) -> bool {
        self.autogenerate || self.from_drift
    }

    /// Refuses options that say how to generate where nothing is generated.
    pub(super) fn check(&self, is_directory: bool) -> Result<(), Report> {
        let needless = [
            (!self.rename.is_empty(), "--rename"),
            (!self.no_rename.is_empty(), "--no-rename"),
            (!self.drop_table.is_empty(), "--drop-table"),
        ];
        match needless.iter().find(|(given, _)| *given) {
            Some((_, option)) if !self.is_wanted() => Err(Report::usage(format!(
                "`{option}` says how to generate, and nothing is generated"
            ))
            .help("add `--autogenerate`, or leave it out")),
            _ if self.is_wanted() && is_directory => Err(Report::usage(
                "a directory alone has no models and no runner",
            )
            .help("leave `--dir` out, or write the operations into the new file")),
            _ => Ok(()),
        }
    }

    /// Builds the runner, and asks it until no question is left.
    ///
    /// # Errors
    ///
    /// What the runner says; a rename that nobody can be asked about.
    pub(super) fn run(&self, global: &Global) -> Result<Generated, Report> {
        let runner = Runner::build(&self.runner, global)?;
        let mut arguments = self.arguments(&Project::find(global)?);
        loop {
            let answer = runner.ask("autogenerate", &arguments)?;
            let questions = questions(&answer);
            if questions.is_empty() {
                return Ok(Generated::read(&answer));
            }
            if !ui::can_ask(global) {
                return Err(unasked(&questions));
            }
            for question in questions {
                let yes = ui::confirm(&question.text(), &question.answers())?;
                arguments.push(question.answered(yes));
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

impl Generated {
    /// Reads the runner's answer.
    pub(crate) fn read(answer: &Value) -> Self {
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        Self {
            up: text("up"),
            down: text("down"),
            transaction: answer["transaction"] != false,
            operations: members(&answer["operations"], "title"),
            notes: members(&answer["notes"], "message"),
            kept_tables: strings(&answer["kept_tables"]),
            lints: answer["lints"].clone(),
            heads: strings(&answer["heads"]),
        }
    }

    /// Returns the message of a revision that nobody gave one.
    pub(crate) fn message(&self) -> String {
        let plain = |title: &str| {
            let title = title.replace('`', "");
            let mut letters = title.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        };
        match &self.operations[..] {
            [] => "empty message".to_owned(),
            [one] => plain(one),
            [first, rest @ ..] => format!("{} and {} more", plain(first), rest.len()),
        }
    }

    /// Returns how many places the author has to fill before the file compiles.
    pub(crate) fn places(&self) -> usize {
        [&self.up, &self.down]
            .iter()
            .map(|body| body.matches("compile_error!(").count())
            .sum()
    }

    /// Returns what is worth a second look in the operations, a line each.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = (&str, String)> {
        let list = self.lints.as_array().into_iter().flatten();
        list.map(|one| {
            let word = |key: &str| one[key].as_str().unwrap_or_default();
            let line = format!("{} ({}); {}", word("message"), word("lint"), word("help"));
            (word("level"), line)
        })
    }

    /// Returns what people should know besides, a line each.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let kept = self.kept_tables.iter().map(|table| {
            format!("table `{table}` is kept, though nothing asks for it; `--drop-table {table}` drops it")
        });
        self.notes.iter().cloned().chain(kept).collect()
    }

    /// Returns it for a script, without the bodies.
    pub(crate) fn json(&self) -> Value {
        json!({
            "operations": self.operations,
            "notes": self.notes,
            "kept_tables": self.kept_tables,
            "places_to_fill": self.places(),
            "lints": self.lints,
        })
    }
}

/// Whether something is another thing under a new name.
#[derive(Clone, Debug)]
struct Question {
    table: Option<String>,
    from: String,
    to: String,
}

fn questions(answer: &Value) -> Vec<Question> {
    let text = |item: &Value, key: &str| item[key].as_str().map(str::to_owned);
    let items = answer["questions"].as_array().into_iter().flatten();
    items
        .filter_map(|item| {
            Some(Question {
                table: text(item, "table"),
                from: text(item, "from")?,
                to: text(item, "to")?,
            })
        })
        .collect()
}

impl Question {
    /// What goes behind `--rename` and `--no-rename`.
    fn pair(&self) -> String {
        match &self.table {
            Some(table) => format!("{table}.{}={}", self.from, self.to),
            None => format!("{}={}", self.from, self.to),
        }
    }

    fn text(&self) -> String {
        match &self.table {
            Some(table) => format!(
                "Is column `{table}.{}` the new name of `{}`?",
                self.to, self.from
            ),
            None => format!("Is table `{}` the new name of `{}`?", self.to, self.from),
        }
    }

    /// What yes and no mean.
    fn answers(&self) -> [String; 2] {
        let no = match self.table {
            Some(_) => format!(
                "drop `{}` with its values, and add `{}`",
                self.from, self.to
            ),
            None => format!("create `{}`, and keep `{}`", self.to, self.from),
        };
        ["rename it, with all that it holds".to_owned(), no]
    }

    fn answered(&self, yes: bool) -> OsString {
        let option = if yes { "--rename" } else { "--no-rename" };
        format!("{option}={}", self.pair()).into()
    }
}

/// A rename that only people know of, where none can be asked.
fn unasked(questions: &[Question]) -> Report {
    let report = Report::new(
        "ambiguous_rename",
        "something goes and something like it comes, and nobody can be asked whether it is a rename",
    );
    let whys = questions.iter().map(|question| match &question.table {
        Some(table) => format!(
            "column `{table}.{}` goes, `{}` comes",
            question.from, question.to
        ),
        None => format!("table `{}` goes, `{}` comes", question.from, question.to),
    });
    let options = |option: &str| {
        let pairs = questions
            .iter()
            .map(|question| format!("{option} {}", question.pair()));
        pairs.collect::<Vec<_>>().join(" ")
    };
    whys.fold(report, Report::why).help(format!(
        "say `{}` if it is, `{}` if they are two; or write `was = \"…\"` into the model",
        options("--rename"),
        options("--no-rename")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_by_an_option() {
        let answer = json!({ "questions": [
            { "rename": "column", "table": "users", "from": "name", "to": "full_name", "score": 80 },
            { "rename": "table", "from": "user", "to": "users", "score": 90 },
        ] });
        let questions = questions(&answer);
        assert_eq!(questions[0].answered(true), "--rename=users.name=full_name");
        assert_eq!(questions[1].answered(false), "--no-rename=user=users");
    }

    #[test]
    fn a_revision_without_a_message_says_what_it_does() {
        let of = |operations: &[&str]| {
            let mut generated = Generated::read(&Value::Null);
            generated.operations = operations.iter().map(|&text| text.to_owned()).collect();
            generated.message()
        };
        assert_eq!(of(&["add column `users.a`"]), "Add column users.a");
        assert_eq!(
            of(&["create table `a`", "x", "y"]),
            "Create table a and 2 more"
        );
    }
}
