//! Implements `cargo migrate edit`: opens a revision's file in the user's editor.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};

/// Open a revision's file in $VISUAL or $EDITOR
#[derive(Debug, clap::Args)]
pub(crate) struct Edit {
    /// Revision to open: a target such as `a1b2`, `head` or `billing@head`
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revision: String,

    /// Applied heads, for targets such as `current` and `+1`
    #[arg(long, value_name = "ID[,ID]", value_delimiter = ',')]
    current: Option<Vec<String>>,

    #[command(flatten)]
    source: RevisionDir,
}

impl Edit {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let graph = self.source.graph(global)?;
        let (graph, applied) =
            revision_dir::applied_or_ask(&graph, &self.revision, self.current.as_deref())?;
        let id = revision_dir::resolve_one(&graph, &self.revision, &applied)?;
        let file = graph
            .get(id.as_str())
            .map(|revision| revision.file.clone())
            .unwrap_or_default();
        open(&file)?;
        Ok(Box::new(EditOutput {
            revision: id.to_string(),
            file,
        }))
    }
}

fn open(file: &Path) -> Result<(), Report> {
    let (name, editor) = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| {
            std::env::var_os(name)
                .filter(|editor| !editor.is_empty())
                .map(|editor| (name, editor))
        })
        .ok_or_else(|| {
            Report::usage("no editor is set")
                .at(file)
                .help("set the environment variable VISUAL or EDITOR, for example `EDITOR=vi`")
        })?;
    let failed = |reason: String| {
        Report::new("editor_failed", format!("the editor failed: {reason}"))
            .at(file)
            .note(format!("{name} is `{}`", editor.to_string_lossy()))
            .help("set it to a program that accepts a file path")
    };
    let status = editor_command(&editor, file)
        .status()
        .map_err(|error| failed(error.to_string()))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(status.to_string()))
    }
}

/// Returns the command of the editor. The variable may contain arguments and quotes, so a shell runs it, as in other
/// tools.
#[cfg(unix)]
fn editor_command(editor: &OsString, file: &Path) -> Command {
    let mut script = editor.clone();
    script.push(" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg("sh").arg(file);
    command
}

#[cfg(not(unix))]
fn editor_command(editor: &OsString, file: &Path) -> Command {
    let mut command = Command::new(editor);
    command.arg(file);
    command
}

struct EditOutput {
    revision: String,
    file: PathBuf,
}

impl CommandOutput for EditOutput {
    fn text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        json!({ "revision": self.revision, "file": self.file.display().to_string() })
    }
}
