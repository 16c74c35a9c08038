//! A database with tables, and no revisions -> the first revision, proved and recorded; on any failure nothing.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Baseline;
use super::models::ModelFile;
use crate::answer::{Answer, strings};
use crate::cli::Global;
use crate::command::Generated;
use crate::new_revision::{NewRevision, Written};
use crate::project::Project;
use crate::report::Report;
use crate::runner::Runner;
use crate::source::Source;
use crate::ui::style::{DONE, HELP};

/// Writes the first revision of the database's tables, and models if they are asked for, builds the runner with them, and
/// records the revision once a replay has shown that it builds what is there.
///
/// # Errors
///
/// What the runner says; a package that does not build with the new files. They are taken away again then.
pub(super) fn write(
    command: &Baseline,
    project: &Project,
    global: &Global,
) -> Result<Box<dyn Answer>, Report> {
    let path = command.first.models.as_ref();
    let models = path.map(|path| ModelFile::new(path, project)).transpose()?;
    let runner = Runner::build(&command.runner, global)?;
    let answer = runner.ask("autogenerate", &["--first".into()])?;
    let (directory, _lock) = Source::default().directory_to_change(global)?;
    let graph = directory.clone().graph()?;
    let description = &command.first.description;
    let revision = NewRevision::new(&graph, description, Vec::new(), "baseline")?;
    let written = revision
        .generated(Generated::read(&answer))
        .write_to(directory)?;
    if let Some(models) = &models {
        let text = answer["models"].as_str().unwrap_or_default();
        models
            .write(text)
            .map_err(|report| written.take_away(report))?;
    }
    match record(command, global) {
        Ok(recorded) => Ok(Box::new(Recorded {
            written,
            tool: answer["tool"].as_str().map(str::to_owned),
            left_out: models.as_ref().map(|_| strings(&answer["left_out"])),
            models: models.map(|models| models.shown()),
            differences: strings(&recorded["differences"]),
        })),
        Err(report) => {
            let report = models
                .iter()
                .fold(report, |report, models| models.take_away(report));
            let report = written.take_away(report);
            Err(match report.code() {
                "out_of_sync" | "migration_failed" => report.help(WAY_ROUND),
                _ => report,
            })
        }
    }
}

const WAY_ROUND: &str = "`cargo migrate revision --from-drift` writes the revision without the proof; complete it, then run \
                         `cargo migrate baseline`";

/// Builds the runner with the new revision, which proves and records it.
fn record(command: &Baseline, global: &Global) -> Result<Value, Report> {
    let mut arguments = command.arguments();
    arguments.push("heads".into());
    Runner::build(&command.runner, global)?.ask("baseline", &arguments)
}

/// A first revision that the database is at now.
struct Recorded {
    written: Written,
    tool: Option<String>,
    models: Option<PathBuf>,
    /// What has no model, if models were asked for.
    left_out: Option<Vec<String>>,
    differences: Vec<String>,
}

impl Answer for Recorded {
    fn text(&self) -> String {
        let mut text = self.written.told();
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
        for difference in &self.differences {
            line(&note, &format!("accepted although missing: {difference}"));
        }
        if let Some(tool) = &self.tool {
            line(
                &note,
                &format!("the history of {tool} is not read any more; its table stays"),
            );
        }
        text.push_str(&format!(
            "{DONE}recorded{DONE:#} {}: a replay builds what is there; nothing was run\n",
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
        document["left_out"] = json!(self.left_out);
        document["tool"] = json!(self.tool);
        document["recorded"] = json!([self.written.id().as_str()]);
        document["differences"] = json!(self.differences);
        document
    }
}
