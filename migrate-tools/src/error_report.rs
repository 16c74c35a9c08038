//! A failure in the form in which people and scripts get it: message, place, details and help.

use std::fmt::Write as _;
use std::path::PathBuf;

use migrate_graph::Diagnostic;
use serde_json::{Map, Value, json};

use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;

/// A failure, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorReport {
    /// The stable code.
    pub code: &'static str,
    /// The message.
    pub message: String,
    /// The revision, if there is one.
    pub revision: Option<String>,
    /// The file, and the line in it.
    pub location: Option<(PathBuf, Option<usize>)>,
    /// Details, one line each.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Option<String>,
    /// The exit code.
    pub exit: ExitStatus,
}

impl ErrorReport {
    /// Returns a report about the command line.
    pub(crate) fn usage(message: impl Into<String>) -> ErrorReport {
        ErrorReport {
            code: "usage_error",
            message: message.into(),
            revision: None,
            location: None,
            notes: Vec::new(),
            help: Some("add `--help` to list the options".to_owned()),
            exit: ExitStatus::Usage,
        }
    }

    /// Returns the report as text, with or without color. All errors have this format.
    #[must_use]
    pub fn human(&self, color: Color) -> String {
        let mut text = format!("{} {}\n", color.paint("1;31", "error:"), self.message);
        // Writing to a String can't fail.
        if let Some((file, line)) = &self.location {
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {} {}{line}",
                color.paint("1;34", "-->"),
                file.display()
            );
        }
        for why in &self.notes {
            let _ = writeln!(text, " {} {why}", color.paint("1;34", "note:"));
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, " {} {help}", color.paint("1;36", "help:"));
        }
        text
    }

    /// Returns the report as the document for `--json`.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut error = Map::new();
        let mut set = |key: &str, value: Value| error.insert(key.to_owned(), value);
        set("code", self.code.into());
        set("message", self.message.as_str().into());
        set("help", self.help.as_deref().into());
        if let Some(revision) = &self.revision {
            set("revision", revision.as_str().into());
        }
        if let Some((file, line)) = &self.location {
            set("file", file.display().to_string().into());
            if let Some(line) = line {
                set("line", (*line).into());
            }
        }
        if !self.notes.is_empty() {
            set("notes", self.notes.clone().into());
        }
        json!({ "error": error })
    }
}

impl From<&Error> for ErrorReport {
    fn from(error: &Error) -> ErrorReport {
        ErrorReport {
            code: error.code(),
            message: error.to_string(),
            revision: error.revision().map(str::to_owned),
            location: error
                .file()
                .map(|file| {
                    let line = error.line().and_then(|line| usize::try_from(line).ok());
                    (file.clone(), line)
                })
                .or_else(|| diagnostic_location(error)),
            notes: error.notes(),
            help: error.help(),
            exit: error.exit(),
        }
    }
}

fn diagnostic_location(error: &Error) -> Option<(PathBuf, Option<usize>)> {
    let Error::Graph(migrate_graph::Error::InvalidRevisions { diagnostics }) = error else {
        return None;
    };
    let Diagnostic { file, position, .. } = diagnostics.first()?;
    Some((file.clone(), position.map(|(line, _)| line)))
}

/// Whether text is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// With terminal colors.
    On,
    /// Without color.
    Off,
}

impl Color {
    /// Returns the text in a color, given as an ANSI code.
    #[must_use]
    pub fn paint(self, code: &str, text: &str) -> String {
        match self {
            Color::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Color::Off => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ErrorReport {
        ErrorReport {
            code: "migration_failed",
            message: "revision `a1b2` failed".into(),
            revision: Some("a1b2".into()),
            location: Some(("src/migrations/a.rs".into(), None)),
            notes: vec!["it was rolled back".into()],
            help: Some("look again".into()),
            exit: ExitStatus::Failure,
        }
    }

    #[test]
    fn human_output_has_message_location_notes_and_help() {
        assert_eq!(
            report().human(Color::Off),
            "error: revision `a1b2` failed\n  --> src/migrations/a.rs\n note: it was rolled back\n help: look again\n"
        );
    }

    #[test]
    fn json_output_has_the_same_in_one_document() {
        let json = report().json();
        assert_eq!(json["error"]["code"], "migration_failed");
        assert_eq!(json["error"]["file"], "src/migrations/a.rs");
        assert_eq!(json["error"]["help"], "look again");
        assert!(json["error"].get("line").is_none());
    }
}
