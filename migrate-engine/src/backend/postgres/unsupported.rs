//! Rejects operations that PostgreSQL does not support, before anything runs, with a workaround.

use super::statements::settings;
use migrate_schema::operation::{Operation, Position};

/// Returns why PostgreSQL does not support `operation`, and a workaround; `None` if it does.
pub(super) fn unsupported_reason(operation: &Operation) -> Option<(String, &'static str)> {
    match operation {
        Operation::CreateTable(op) => in_options(op.table.options.as_deref()?),
        Operation::AddColumn(op) if op.position != Position::Last => Some((
            "PostgreSQL can add a column only after the last one".to_owned(),
            "leave out `first()` or `after(…)`: statements name their columns, so the order does not matter",
        )),
        Operation::SetTableOptions(op) => {
            let options = op.options.as_deref()?;
            if let Some(refusal) = in_options(options) {
                return Some(refusal);
            }
            settings(options).is_none().then(|| {
                (
                    format!("`{options}` can't be set on an existing table"),
                    "write storage parameters, such as `WITH (fillfactor=70)`; other options need a new table",
                )
            })
        }
        Operation::CreateIndex(op) => op.index.parts.iter().find_map(|part| {
            let length = part.prefix_length?;
            Some((
                format!("PostgreSQL indexes whole values, not their first {length} characters"),
                "leave `prefix_length(…)` out, or index the expression `left(column, …)`",
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
