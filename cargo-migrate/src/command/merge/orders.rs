//! Runs branches in both orders with the runner, and reports conflicting operations.
//!
//! It must not decide what happens to the merge; the command removes the file if there is a conflict.

use std::ffi::OsString;

use migrate_graph::RevisionId;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cli::Global;
use crate::new_revision::Written;
use crate::project::Project;
use crate::report::{Report, line_of};
use crate::runner::{Runner, RunnerOptions};
use crate::ui::style::{DONE, HELP};

/// The result of checking the orders.
pub(super) enum Trial {
    /// The check was not requested.
    NotAsked,
    /// The check was not possible, for this reason.
    NotDone(String),
    /// All orders produce the same schema.
    Same {
        /// The heads, in the orders that were checked.
        orders: Value,
        /// The remaining differences.
        notes: Vec<String>,
    },
}

impl Trial {
    pub(super) fn not_done(reason: impl Into<String>) -> Self {
        Self::NotDone(reason.into())
    }
}

/// A merge that was written and is kept.
pub(super) struct Merged {
    pub(super) written: Written,
    pub(super) trial: Trial,
}

/// Builds the package's runner, and runs each pair of heads in both orders.
///
/// # Errors
///
/// The conflicting operations; a package that does not build; a branch that does not run on its own.
pub(super) fn try_both(
    options: &RunnerOptions,
    global: &Global,
    heads: &[RevisionId],
) -> Result<Trial, Report> {
    let project = Project::find(global)?;
    if !project.has_runner() {
        return Ok(Trial::NotDone(format!(
            "package `{0}` has no runner; run `cargo migrate init -p {0}` to create it",
            project.name
        )));
    }
    let skip = "pass `--skip-order-check` to write the merge without the check";
    let runner = Runner::build(options, global).map_err(|report| report.why(skip))?;
    let arguments: Vec<OsString> = heads.iter().map(|head| head.as_str().into()).collect();
    let answer = runner
        .ask("merge-check", &arguments)
        .map_err(|report| report.why(skip))?;
    let why = &answer["not_tried"];
    if !why.is_null() {
        let words = ["message", "help"].map(|key| text(&why[key]));
        return Ok(Trial::NotDone(words.join("; ")));
    }
    match Report::all(list(&answer["clashes"]).map(clash)) {
        Some(report) => Err(report),
        None => Ok(Trial::Same {
            orders: answer["orders"].clone(),
            notes: list(&answer["notes"]).map(text).collect(),
        }),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns the report of a conflict between two branches.
fn clash(clash: &Value) -> Report {
    let [one, other] = [0, 1].map(|at| text(&clash["heads"][at]));
    let report = Report::new(
        "merge_clash",
        format!("`{one}` and `{other}` conflict: the result depends on which one runs first"),
    );
    let operations = list(&clash["operations"]);
    let report = operations.fold(report, |report, side| {
        let (file, line) = (text(&side["file"]), line_of(side));
        let what = format!(
            "{} in `{}`",
            text(&side["operation"]),
            text(&side["revision"])
        );
        report.at_line(file, line).why(what)
    });
    let report = list(&clash["problems"]).map(text).fold(report, Report::why);
    report.help(format!(
        "change one of the two, or make one follow the other: `cargo migrate rebase {other} --onto {one} --assume-unapplied`"
    ))
}

impl Answer for Merged {
    fn text(&self) -> String {
        let mut text = self.written.text();
        let mut note = |words: &str| text.push_str(&format!("   {HELP}note:{HELP:#} {words}\n"));
        match &self.trial {
            Trial::NotAsked => {}
            Trial::NotDone(reason) => note(&format!(
                "the order of the branches was not checked: {reason}"
            )),
            Trial::Same { orders, notes } => {
                notes.iter().for_each(|words| note(words));
                let count = list(orders).count();
                text.push_str(&format!(
                    "{DONE}checked{DONE:#} {count} orders on scratch databases: the schema is the same\n"
                ));
            }
        }
        text
    }

    fn quiet_text(&self) -> String {
        self.written.quiet_text()
    }

    fn json(&self) -> Value {
        let mut document = self.written.json();
        document["tried"] = match &self.trial {
            Trial::NotAsked => Value::Null,
            Trial::NotDone(reason) => json!({ "orders": [], "not_tried": reason }),
            Trial::Same { orders, notes } => json!({ "orders": orders, "notes": notes }),
        };
        document
    }
}
