//! Generates, checks and records the first revision of an existing database.
//!
//! On failure it must not leave new files.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Baseline;
use super::models::ModelFile;
use crate::generated::Generated;
use crate::global::Global;
use crate::new_revision::{NewRevision, WrittenRevision};
use crate::output::{CommandOutput, strings};
use crate::project::Project;
use crate::report::Report;
use crate::revision_dir::RevisionDir;
use crate::runner::Runner;
use crate::style::{DONE, HELP};

/// Writes the first revision and, if requested, models of the database's tables, and builds the runner with them.
/// Records the revision if a replay produces the schema of the database.
///
/// # Errors
///
/// The error of the runner, or of a package that does not build with the new files. The new files are removed.
pub(super) fn write(
    command: &Baseline,
    project: &Project,
    global: &Global,
) -> Result<Box<dyn CommandOutput>, Report> {
    let path = command.initial.models.as_ref();
    let models = path.map(|path| ModelFile::new(path, project)).transpose()?;
    let runner = Runner::build(&command.runner, global)?;
    let answer = runner.run_json("autogenerate", &["--first".into()])?;
    let (directory, _lock) = RevisionDir::default().directory_to_change(global)?;
    let graph = directory.clone().graph()?;
    let description = &command.initial.description;
    let revision = NewRevision::new(&graph, description, Vec::new(), "baseline")?;
    let written = revision
        .generated(Generated::read(&answer))
        .write_to(directory)?;
    if let Some(models) = &models {
        let text = answer["models"].as_str().unwrap_or_default();
        models
            .write(text)
            .map_err(|report| written.remove_files(report))?;
    }
    match record(command, global) {
        Ok(recorded) => Ok(Box::new(BaselineOutput {
            written,
            tool: answer["tool"].as_str().map(str::to_owned),
            left_out: models.as_ref().map(|_| strings(&answer["skipped"])),
            has_models: answer["models"].as_str().is_some_and(has_models),
            models: models.map(|models| models.shown()),
            differences: strings(&recorded["differences"]),
            histories: strings(&answer["histories"]),
            tables_with_rows: strings(&answer["tables_with_rows"]),
            application_settings: strings(&answer["application_settings"]),
        })),
        Err(report) => {
            let report = models
                .iter()
                .fold(report, |report, models| models.remove_files(report));
            let report = written.remove_files(report);
            Err(match report.code() {
                "baseline_refused" | "migration_failed" => report.or_help(WORKAROUND),
                _ => report,
            })
        }
    }
}

const WORKAROUND: &str = "run `cargo migrate revision --from-drift` to write the revision without the check, correct what \
                         differs or fails, and run `cargo migrate baseline heads`";

/// Builds the runner with the new revision, and runs it to check and record the revision.
fn record(command: &Baseline, global: &Global) -> Result<Value, Report> {
    let mut arguments = command.adopt.arguments.clone();
    // No target was typed: `write` is called only then.
    arguments.push("heads".into());
    Runner::build(&command.runner, global)?.run_json("baseline", &arguments)
}

/// A recorded first revision.
struct BaselineOutput {
    written: WrittenRevision,
    tool: Option<String>,
    models: Option<PathBuf>,
    /// The objects without a model, if models were requested.
    left_out: Option<Vec<String>>,
    /// Whether a table has a model.
    has_models: bool,
    differences: Vec<String>,
    /// The tables that look like histories of further tools, which the revision does not contain.
    histories: Vec<String>,
    /// The tables with rows, which the revision does not contain.
    tables_with_rows: Vec<String>,
    application_settings: Vec<String>,
}

/// The note for a database of which no table has a model. Autogenerate needs a description of the schema.
const WITHOUT_MODELS: &str = "no table has a model: before you use `revision --autogenerate`, write a model, or run `cargo migrate dump -o schema.sql` \
                              and set `[package.metadata.migrate] schema = \"schema.sql\"` in Cargo.toml";

/// Returns whether a file of models has one.
fn has_models(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with("#[derive(") && line.contains("Model"))
}

/// Returns the note about tables with rows, which a new database will not have.
fn rows(tables: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<String> = tables
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if tables.len() > SHOWN {
        names.push(format!("{} more", tables.len() - SHOWN));
    }
    format!(
        "the revision does not contain the rows of {}: if every new database needs some of them, add them with `op.insert(…)`",
        names.join(", ")
    )
}

impl CommandOutput for BaselineOutput {
    fn text(&self) -> String {
        let mut text = self.written.summary();
        let mut line = |words: &str, what: &str| {
            text.push_str(&format!("{words} {what}\n"));
        };
        if let Some(models) = &self.models {
            line(
                &format!("{DONE}created{DONE:#}"),
                &models.display().to_string(),
            );
        }
        let note = format!("   {HELP}note:{HELP:#}");
        for reason in self.left_out.iter().flatten() {
            line(&note, reason);
        }
        if self.models.is_some() && !self.has_models {
            line(&note, WITHOUT_MODELS);
        }
        for difference in &self.differences {
            line(&note, &format!("accepted difference: {difference}"));
        }
        if let Some(tool) = &self.tool {
            line(
                &note,
                &format!("the history of {tool} is no longer read; its table is kept"),
            );
        }
        for table in &self.histories {
            line(
                &note,
                &format!(
                    "the revision does not contain `{table}`, which looks like the history of another tool: if the application itself \
                     uses it, create it with `op.execute`"
                ),
            );
        }
        if !self.tables_with_rows.is_empty() {
            line(&note, &rows(&self.tables_with_rows));
        }
        for setting in &self.application_settings {
            line(
                &note,
                &format!(
                    "the revision does not contain `{setting}`: if the application needs it, add `op.execute(\"{setting}\")`"
                ),
            );
        }
        text.push_str(&format!(
            "{DONE}recorded{DONE:#} {}: a replay produces the schema of the database; nothing was run on it\n",
            self.written.id()
        ));
        text
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let mut document = self.written.json();
        document["models"] = json!(self.models.as_ref().map(|path| path.display().to_string()));
        document["skipped"] = json!(self.left_out);
        document["tool"] = json!(self.tool);
        document["added"] = json!([self.written.id().as_str()]);
        document["differences"] = json!(self.differences);
        document["histories"] = json!(self.histories);
        document["tables_with_rows"] = json!(self.tables_with_rows);
        document["application_settings"] = json!(self.application_settings);
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_reasons_only_has_no_models() {
        assert!(!has_models(
            "//! Models: a struct for each table.\n\n// table `t` has no model: …\n"
        ));
        assert!(has_models(
            "\n#[derive(Debug, Clone, PartialEq, Model)]\npub struct T {\n"
        ));
    }
}
