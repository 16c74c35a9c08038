//! What PostgreSQL can't, told before anything runs, with the way round.

use super::statements::settings;
use crate::op::{Operation, Position};

/// Returns why PostgreSQL can't do `operation`, and what to do instead, if it can't.
pub(super) fn refusal(operation: &Operation) -> Option<(String, &'static str)> {
    match operation {
        Operation::CreateTable(op) => in_options(op.table.options.as_deref()?),
        Operation::AddColumn(op) if op.position != Position::Last => Some((
            "PostgreSQL adds a column after the last one, and nowhere else".to_owned(),
            "leave `first()` or `after(…)` out: statements name their columns, so the order does not count",
        )),
        Operation::SetTableOptions(op) => {
            let options = op.options.as_deref()?;
            if let Some(refusal) = in_options(options) {
                return Some(refusal);
            }
            settings(options).is_none().then(|| {
                (
                    format!("`{options}` can't be said of a table that is there"),
                    "write settings of storage, `WITH (fillfactor=70)`; other things need a new table",
                )
            })
        }
        Operation::CreateIndex(op) => op.index.parts.iter().find_map(|part| {
            let length = part.length?;
            Some((
                format!("PostgreSQL indexes values whole, not their first {length} characters"),
                "leave `prefix(…)` out, or index the expression `left(column, …)`",
            ))
        }),
        _ => None,
    }
}

fn in_options(options: &str) -> Option<(String, &'static str)> {
    let words = [
        "STRICT",
        "WITHOUT ROWID",
        "AUTO_INCREMENT",
        "ENGINE",
        "CHARSET",
    ];
    let options = options.to_ascii_uppercase();
    let word = words.iter().find(|word| options.contains(**word))?;
    Some((
        format!("`{word}` is an option of another database"),
        "leave it out, or write a revision for each database",
    ))
}
