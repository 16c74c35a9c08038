//! A failed revision, and what is left of its changes.

use std::path::PathBuf;

use super::format::few;
use super::{DatabaseError, DatabaseErrorKind};

/// What is left of the changes of a failed revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureState {
    /// All changes were rolled back.
    RolledBack,
    /// It ran outside a transaction: the changes before the failure are kept.
    PartiallyApplied,
    /// It ran outside a transaction, and its finished steps are recorded: the next run continues after them.
    Resumable {
        /// The number of finished steps.
        steps_done: usize,
    },
    /// It ran outside a transaction, and another run has taken it over.
    TakenOver,
}

/// A revision that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: PathBuf,
    /// `upgrade` or `downgrade`.
    pub direction: &'static str,
    /// The error, as it was reported.
    pub cause: String,
    /// The kind of the error, if the database reported it.
    pub kind: Option<DatabaseErrorKind>,
    /// The statement that failed, if it went through `op`: its number, counted from 1, and its text.
    pub statement: Option<(u32, String)>,
    /// The line of its file that caused the failure, if it is known.
    pub line: Option<u32>,
    /// The place of the panic, if the code panicked and the place is known.
    pub location: Option<String>,
    /// What to do next.
    pub help: Option<String>,
    /// Whether an object that it creates already exists.
    pub is_repeated: bool,
    /// What is left of its changes.
    pub state: FailureState,
    /// The revisions of the same run that are finished and committed.
    pub done: Vec<String>,
}

impl Failure {
    /// Copies the error of a database.
    pub(crate) fn database(&mut self, error: &DatabaseError) {
        self.cause.clone_from(&error.message);
        self.kind = Some(error.kind);
        self.help = error.help();
    }

    /// Returns the statement and the location of a panic, one line each.
    pub(super) fn location_notes(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((number, sql)) = &self.statement {
            lines.push(format!(
                "statement {number} of the revision: {}",
                one_line(sql)
            ));
        }
        if let Some(location) = &self.location {
            lines.push(format!("the code panicked at {location}"));
        }
        lines
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut lines = self.location_notes();
        lines.push(match self.state {
            FailureState::RolledBack => "the changes of the revision were rolled back".to_owned(),
            FailureState::PartiallyApplied => {
                "the revision runs outside a transaction: its changes before the failure are kept"
                    .to_owned()
            }
            FailureState::TakenOver => {
                "the revision runs outside a transaction, and another run has taken it over, because the lock was lost; run the \
                 command again to see what is left to do"
                    .to_owned()
            }
            FailureState::Resumable { steps_done: 0 } => "the revision runs outside a transaction; none of its steps is done".to_owned(),
            FailureState::Resumable { steps_done: steps } => format!(
                "the revision runs outside a transaction: {steps} of its steps {} done, and the next run continues after {}",
                if steps == 1 { "is" } else { "are" },
                if steps == 1 { "it" } else { "them" },
            ),
        });
        if !self.done.is_empty() {
            lines.push(format!("done before it and kept: {}", few(&self.done)));
        }
        lines
    }
}

/// Returns a statement on one line, shortened.
fn one_line(sql: &str) -> String {
    let mut line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(400) {
        line.truncate(cut);
        line.push('…');
    }
    line
}
