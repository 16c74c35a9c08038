//! A difference as text and as JSON.

use super::{Difference, Question};

impl Difference {
    /// Returns the difference as text, one line each: operations, then notes, questions and kept tables.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        let operations = self.operations.iter().map(|operation| operation.title());
        let notes = self.notes.iter().map(|note| note.message());
        let questions = self.questions.iter().map(Question::message);
        let kept = self
            .kept_tables
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
                json!({ "title": operation.title(), "compatibility": operation.effect().as_str() })
            })
            .collect();
        let notes: Vec<_> = self
            .notes
            .iter()
            .map(|note| json!({ "message": note.message(), "help": note.help() }))
            .collect();
        let questions: Vec<_> = self.questions.iter().map(question).collect();
        json!({
            "operations": operations,
            "notes": notes,
            "questions": questions,
            "unmanaged_tables": self.kept_tables,
        })
    }
}

#[cfg(feature = "cli")]
fn question(question: &Question) -> serde_json::Value {
    use serde_json::json;

    match question {
        Question::RenameTable { from, to, score } => {
            json!({ "rename": "table", "from": from, "to": to, "score": score })
        }
        Question::RenameColumn {
            table,
            from,
            to,
            score,
        } => {
            json!({ "rename": "column", "table": table, "from": from, "to": to, "score": score })
        }
    }
}

impl Question {
    /// Returns the question as a sentence without a question mark.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Question::RenameTable { from, to, .. } => {
                format!("was table `{from}` renamed to `{to}`")
            }
            Question::RenameColumn {
                table, from, to, ..
            } => format!("was column `{table}.{from}` renamed to `{to}`"),
        }
    }
}
