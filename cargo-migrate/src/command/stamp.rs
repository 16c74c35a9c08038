//! Implements `cargo migrate stamp`: the runner does it alone, except for the edits of frozen revisions.

use std::path::PathBuf;

use migrate_cli::Stamp;
use migrate_graph::RevisionId;
use serde_json::{Value, json};

use super::freeze;
use super::in_runner::InRunner;
use crate::global::Global;
use crate::interrupt;
use crate::output::{CommandOutput, display_path, listed, names, strings};
use crate::report::Report;
use crate::style::DONE;

/// Runs the command.
pub(super) fn run(
    command: &InRunner<Stamp>,
    global: &Global,
) -> Result<Box<dyn CommandOutput>, Report> {
    let options = command.options();
    if !options.edited {
        return command.run("stamp", global);
    }
    // An edited frozen revision does not compile, so `frozen.lock` changes first.
    let accepted = freeze::accept_edits(&options.targets, global)?;
    let recorded = interrupt::with_deferred_interrupt(|| command.run_json("stamp", global));
    match recorded {
        Ok(answer) => Ok(Box::new(EditsOutput {
            recorded: strings(&answer["edited"]),
            file: accepted.file(),
            frozen: accepted.revisions,
        })),
        Err(report) => Err(accepted.restore(report)),
    }
}

/// The recorded edits.
struct EditsOutput {
    /// The revisions with a new checksum in the database.
    recorded: Vec<String>,
    /// The revisions with a new checksum in `frozen.lock`.
    frozen: Vec<RevisionId>,
    file: PathBuf,
}

impl CommandOutput for EditsOutput {
    fn text(&self) -> String {
        let file = display_path(&self.file).display().to_string();
        let line = |ids: String, place: &str| match ids.is_empty() {
            true => String::new(),
            false => format!("{DONE}recorded{DONE:#} the edit of {ids} in {place}\n"),
        };
        let text =
            line(listed(&self.frozen), &file) + &line(listed(&self.recorded), "the database");
        match text.is_empty() {
            true => "nothing to do: no recorded checksum differs\n".to_owned(),
            false => text,
        }
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        json!({ "edited": self.recorded, "frozen": names(&self.frozen) })
    }
}
