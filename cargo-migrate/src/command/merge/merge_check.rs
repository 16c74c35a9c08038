//! Runs branches in both orders with the runner, and reports conflicting operations.
//!
//! It must not decide what happens to the merge; the command removes the file if there is a conflict.

use std::ffi::OsString;

use migrate_graph::RevisionId;
use serde_json::{Value, json};

use crate::global::Global;
use crate::new_revision::WrittenRevision;
use crate::output::CommandOutput;
use crate::project::Project;
use crate::report::{Report, line_of};
use crate::runner::{Runner, RunnerOptions};
use crate::style::{DONE, HELP};

/// The result of checking the orders.
pub(super) enum MergeCheck {
    /// The check was not requested.
    NotRequested,
    /// The check was not possible, for this reason.
    Unavailable(String),
    /// All orders produce the same schema.
    Same {
        /// The heads, in the orders that were checked.
        checked_orders: Value,
        /// The remaining differences.
        notes: Vec<String>,
    },
}

impl MergeCheck {
    pub(super) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable(reason.into())
    }
}

/// A merge that was written and is kept.
pub(super) struct MergeOutput {
    pub(super) written: WrittenRevision,
    pub(super) check: MergeCheck,
}

/// Builds the package's runner, and runs each pair of heads in both orders.
///
/// # Errors
///
/// The conflicting operations; a package that does not build; a branch that does not run on its own.
pub(super) fn check_both_orders(
    options: &RunnerOptions,
    global: &Global,
    heads: &[RevisionId],
) -> Result<MergeCheck, Report> {
    let project = Project::find(global)?;
    if !project.has_runner() {
        return Ok(MergeCheck::Unavailable(format!(
            "package `{0}` has no runner; run `cargo migrate init -p {0}` to create it",
            project.name
        )));
    }
    let skip = "pass `--skip-order-check` to write the merge without the check";
    let runner = Runner::build(options, global).map_err(|report| report.note(skip))?;
    let arguments: Vec<OsString> = heads.iter().map(|head| head.as_str().into()).collect();
    let answer = runner
        .run_json("merge-check", &arguments)
        .map_err(|report| report.note(skip))?;
    if let Some(reason) = answer["skipped_reason"].as_str() {
        return Ok(MergeCheck::unavailable(reason));
    }
    match Report::all(list(&answer["conflicts"]).map(conflict)) {
        Some(report) => Err(report),
        None => Ok(MergeCheck::Same {
            checked_orders: answer["checked_orders"].clone(),
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
fn conflict(conflict: &Value) -> Report {
    let [one, other] = [0, 1].map(|at| text(&conflict["heads"][at]));
    let report = Report::new(
        "merge_conflict",
        format!("`{one}` and `{other}` conflict: the result depends on which one runs first"),
    );
    let operations = list(&conflict["operations"]);
    let report = operations.fold(report, |report, side| {
        let (file, line) = (text(&side["file"]), line_of(side));
        let what = format!(
            "{} in `{}`",
            text(&side["operation"]),
            text(&side["revision"])
        );
        report.at_line(file, line).note(what)
    });
    let report = list(&conflict["problems"])
        .map(text)
        .fold(report, Report::note);
    report.help(format!(
        "change one of the two, or make one follow the other: `cargo migrate rebase {other} --onto {one} --assume-unapplied`"
    ))
}

impl CommandOutput for MergeOutput {
    fn text(&self) -> String {
        let mut text = self.written.text();
        let mut note = |words: &str| text.push_str(&format!("   {HELP}note:{HELP:#} {words}\n"));
        match &self.check {
            MergeCheck::NotRequested => {}
            MergeCheck::Unavailable(reason) => note(&format!(
                "the order of the branches was not checked: {reason}"
            )),
            MergeCheck::Same {
                checked_orders,
                notes,
            } => {
                notes.iter().for_each(|words| note(words));
                let count = list(checked_orders).count();
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
        document["order_check"] = match &self.check {
            MergeCheck::NotRequested => Value::Null,
            MergeCheck::Unavailable(reason) => {
                json!({ "checked_orders": [], "skipped_reason": reason })
            }
            MergeCheck::Same {
                checked_orders,
                notes,
            } => {
                json!({ "checked_orders": checked_orders, "notes": notes })
            }
        };
        document
    }
}
