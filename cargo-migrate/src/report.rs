//! The [`Report`] of a failure: message, position, reasons and help.
//!
//! It must not print anything.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use migrate_graph::{Diagnostic, Error, RevisionGraph};
use serde_json::{Map, Value, json};

use crate::exit::ExitStatus;
use crate::redact::redact;
use crate::style::{ERROR, HELP, PLACE};

/// A failure of the command, with its output as text and JSON.
#[derive(Clone, Debug)]
pub(crate) struct Report(Box<Facts>);

#[derive(Clone, Debug, Default)]
struct Facts {
    code: Cow<'static, str>,
    /// The exit status, if the error code does not determine it.
    exit: Option<ExitStatus>,
    message: String,
    locations: Vec<Location>,
    notes: Vec<String>,
    help: Option<String>,
    revision: Option<String>,
    others: Vec<Facts>,
}

#[derive(Clone, Debug)]
struct Location {
    file: PathBuf,
    line: Option<usize>,
    column: Option<usize>,
}

impl Report {
    /// Creates a report with a stable code and a message, which is printed after `error:`.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            code: code.into(),
            message: message.into(),
            ..Facts::default()
        }))
    }

    /// Creates a report about the command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage_error", message)
    }

    /// Creates a report about a file that could not be read or written.
    pub(crate) fn file(doing: &str, file: &Path, error: &std::io::Error) -> Self {
        Self::new(
            "io_error",
            format!("can't {doing} {}: {error}", file.display()),
        )
        .at(file)
        .help("check the path, its permissions and the free disk space")
    }

    /// Adds the file that the report is about.
    pub(crate) fn at(mut self, file: impl Into<PathBuf>) -> Self {
        self.0.locations.push(Location::new(file, None));
        self
    }

    /// Adds the line and column that the report is about, both from 1.
    pub(crate) fn at_position(
        mut self,
        file: impl Into<PathBuf>,
        position: (usize, usize),
    ) -> Self {
        self.0.locations.push(Location::new(file, Some(position)));
        self
    }

    /// Adds the file and, if it is known, the line that the report is about, from 1.
    pub(crate) fn at_line(mut self, file: impl Into<PathBuf>, line: Option<usize>) -> Self {
        self.0.locations.push(Location {
            line,
            ..Location::new(file, None)
        });
        self
    }

    /// Returns the stable code.
    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    /// Adds a reason.
    pub(crate) fn note(mut self, why: impl Into<String>) -> Self {
        self.0.notes.push(why.into());
        self
    }

    /// Sets the help text.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds an alternative to the help text.
    pub(crate) fn or_help(mut self, help: &str) -> Self {
        self.0.help = Some(match self.0.help.take() {
            Some(first) => format!("{first}; or {help}"),
            None => help.to_owned(),
        });
        self
    }

    /// Creates a report about a command that was interrupted by a signal.
    pub(crate) fn interrupted(message: &str) -> Self {
        let mut report = Self::new("interrupted", message);
        report.0.exit = Some(ExitStatus::Interrupted);
        report
    }

    /// Marks the report as a finding of a check: the command exits with 3.
    pub(crate) fn found(mut self) -> Self {
        self.0.exit = Some(ExitStatus::Findings);
        self
    }

    /// Sets the revision that the report is about.
    pub(crate) fn revision(mut self, revision: impl ToString) -> Self {
        self.0.revision = Some(revision.to_string());
        self
    }

    /// Creates the report of an error of `graph`, with the files it refers to.
    pub(crate) fn of_graph(error: Error, graph: &RevisionGraph) -> Self {
        let mut report = Self::from(error.clone());
        if let Error::MultipleHeads { heads, .. } = &error {
            let heads = &heads.0;
            report.0.locations = heads
                .iter()
                .filter_map(|id| graph.get(id.as_str()))
                .map(Location::of)
                .collect();
            report.0.notes.extend(common_parent(heads, graph));
        } else if let Some(revision) = error.revision().and_then(|id| graph.get(id.as_str())) {
            report.0.locations = vec![Location::of(revision)];
        }
        report
    }

    /// Creates the report of errors in revision files, one for each, starting with the first.
    pub(crate) fn of_diagnostics(diagnostics: &[Diagnostic]) -> Option<Self> {
        let facts = diagnostics.iter().map(Facts::of_diagnostic);
        Self::all(facts.map(|facts| Self(Box::new(facts))))
    }

    /// Combines several reports, starting with the first; returns `None` if there are none.
    pub(crate) fn all(reports: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut reports = reports.into_iter();
        let mut first = reports.next()?;
        first.0.others.extend(reports.map(|report| *report.0));
        Some(first)
    }

    /// Creates the report of a failure from the runner's JSON.
    pub(crate) fn of_runner(error: &Value, exit: Option<u8>) -> Self {
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let why = error
            .get("notes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        Self(Box::new(Facts {
            code: text("code").map_or("internal_error".into(), Cow::Owned),
            exit: exit.map(ExitStatus::Runner),
            message: text("message").unwrap_or_default(),
            locations: text("file")
                .map(|file| Location {
                    line: line_of(error),
                    ..Location::new(file, None)
                })
                .into_iter()
                .collect(),
            notes: why.filter_map(Value::as_str).map(str::to_owned).collect(),
            help: text("help"),
            revision: text("revision"),
            others: Vec::new(),
        }))
    }

    /// Returns the exit status.
    pub(crate) fn exit(&self) -> ExitStatus {
        self.0.exit.unwrap_or(match &*self.0.code {
            "usage_error" | "invalid_target" => ExitStatus::Usage,
            _ => ExitStatus::Failure,
        })
    }

    /// Returns the text output, with styles.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for facts in std::iter::once(&*self.0).chain(&self.0.others) {
            facts.write_to(&mut text);
        }
        redact(&text)
    }

    /// Returns the document for `--json`.
    pub(crate) fn json(&self) -> Value {
        let mut error = self.0.json();
        if !self.0.others.is_empty() {
            let others = self
                .0
                .others
                .iter()
                .map(|other| Value::Object(other.json()))
                .collect();
            error.insert("others".to_owned(), Value::Array(others));
        }
        json!({ "error": error })
    }
}

impl Facts {
    fn of_diagnostic(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code().into(),
            message: diagnostic.kind.to_string(),
            locations: vec![Location::new(diagnostic.file.clone(), diagnostic.position)],
            help: diagnostic.help(),
            revision: diagnostic.revision.as_ref().map(ToString::to_string),
            ..Self::default()
        }
    }

    fn write_to(&self, text: &mut String) {
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "{ERROR}error:{ERROR:#} {}", self.message);
        if !self.locations.is_empty() {
            let places: Vec<String> = self.locations.iter().map(Location::to_string).collect();
            let _ = writeln!(text, "  {PLACE}-->{PLACE:#} {}", places.join(", "));
        }
        for why in &self.notes {
            let _ = writeln!(text, " {PLACE}note:{PLACE:#} {why}");
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, " {HELP}help:{HELP:#} {help}");
        }
    }

    fn json(&self) -> Map<String, Value> {
        let mut error = Map::new();
        let mut set = |key: &str, value: Value| error.insert(key.to_owned(), value);
        set("code", (&*self.code).into());
        set("message", redact(&self.message).into());
        set("help", self.help.as_deref().map(redact).into());
        if let Some(revision) = &self.revision {
            set("revision", revision.as_str().into());
        }
        if let Some(place) = self.locations.first() {
            set("file", place.file.display().to_string().into());
            for (key, number) in [("line", place.line), ("column", place.column)] {
                if let Some(number) = number {
                    set(key, number.into());
                }
            }
        }
        if !self.notes.is_empty() {
            set("notes", self.notes.iter().map(|why| redact(why)).collect());
        }
        error
    }
}

impl From<Error> for Report {
    fn from(error: Error) -> Self {
        if let Error::InvalidRevisions { diagnostics } = &error
            && let Some(report) = Self::of_diagnostics(diagnostics)
        {
            return report;
        }
        let mut report = Self::new(error.code(), error.to_string());
        report.0.help = error.help();
        report.0.revision = error.revision().map(ToString::to_string);
        report
    }
}

impl Location {
    fn new(file: impl Into<PathBuf>, position: Option<(usize, usize)>) -> Self {
        let (line, column) = position.unzip();
        Self {
            file: file.into(),
            line,
            column,
        }
    }

    fn of(revision: &migrate_graph::Revision) -> Self {
        Self::new(revision.file.clone(), None)
    }
}

/// Returns the line number in an entry of the runner's output.
pub(crate) fn line_of(entry: &Value) -> Option<usize> {
    entry["line"].as_u64()?.try_into().ok()
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        let mut numbers = [self.line, self.column].into_iter().flatten();
        numbers.try_for_each(|number| write!(f, ":{number}"))
    }
}

/// Returns the reason for several heads, if all of them directly follow the same revision.
fn common_parent(heads: &[migrate_graph::RevisionId], graph: &RevisionGraph) -> Option<String> {
    let mut parents = heads.iter().map(|id| {
        graph
            .get(id.as_str())
            .map(|revision| &revision.down_revisions)
    });
    let first = parents.next()??;
    let [parent] = &first[..] else { return None };
    let word = if heads.len() == 2 { "both" } else { "all" };
    parents
        .all(|parents| parents == Some(first))
        .then(|| format!("{word} follow `{parent}`"))
}
