//! A difference as text and as JSON.

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

    /// Returns the difference as JSON: `operations`, `notes`, `questions` and `unmanaged_tables`.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::json;

        let operations: Vec<_> = self
            .operations
            .iter()
            .map(|operation| {
                json!({ "title": operation.title(), "compatibility": operation.compatibility().as_str() })
            })
            .collect();
        let notes: Vec<_> = self
            .unresolved
            .iter()
            .map(|note| json!({ "message": note.message(), "help": note.help() }))
            .collect();
        let questions: Vec<_> = self.rename_candidates.iter().map(question).collect();
        json!({
            "operations": operations,
            "notes": notes,
            "questions": questions,
            "unmanaged_tables": self.unmanaged_tables,
        })
    }
}

#[cfg(feature = "cli")]
fn question(question: &RenameCandidate) -> serde_json::Value {
    use serde_json::json;

    match question {
        RenameCandidate::RenameTable { from, to, score } => {
            json!({ "rename": "table", "from": from, "to": to, "score": score })
        }
        RenameCandidate::RenameColumn {
            table,
            from,
            to,
            score,
        } => {
            json!({ "rename": "column", "table": table, "from": from, "to": to, "score": score })
        }
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
