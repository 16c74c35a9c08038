//! A difference as text.

use super::{RenameCandidate, SchemaDiff};

impl SchemaDiff {
    /// Returns the difference as text, one line each: operations, then notes, questions and kept tables.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        let operations = self.operations.iter().map(|operation| operation.title());
        let notes = self.unresolved.iter().map(|note| note.message());
        let questions = self.rename_candidates.iter().map(RenameCandidate::message);
        let kept = self
            .unmanaged_tables
            .iter()
            .map(|table| format!("table `{table}` is kept, because it is not in `drop_tables`"));
        operations
            .chain(notes)
            .chain(questions)
            .chain(kept)
            .collect()
    }
}

impl RenameCandidate {
    /// Returns the question as a sentence without a question mark.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            RenameCandidate::RenameTable { from, to, .. } => {
                format!("was table `{from}` renamed to `{to}`")
            }
            RenameCandidate::RenameColumn {
                table, from, to, ..
            } => format!("was column `{table}.{from}` renamed to `{to}`"),
        }
    }
}
