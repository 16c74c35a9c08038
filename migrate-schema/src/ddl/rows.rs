//! Rows as SQL with literal values, so that the printed text equals the text that runs.

use std::fmt::Write as _;

use super::{Dialect, names};
use crate::operation::{DeleteRows, Insert};
use crate::value::Value;

/// The maximum number of rows in one statement.
const ROWS: usize = 500;

/// The length at which a statement is ended before the next row, well below the limit of any server.
const BYTES: usize = 256 * 1024;

/// Returns a value as a literal.
#[must_use]
pub fn value(dialect: &dyn Dialect, value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(value) => dialect.boolean(*value).to_owned(),
        Value::Integer(number) => number.to_string(),
        // `{:?}` writes 1.0 as `1.0`, so that it stays a floating-point number.
        Value::Real(number) if number.is_finite() => format!("{number:?}"),
        Value::Real(number) => dialect.non_finite_float(*number),
        Value::Text(text) => dialect.string_literal(text),
        Value::Blob(bytes) => dialect.blob_literal(bytes),
    }
}

/// Returns bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02X}");
    }
    text
}

/// Returns the statements that insert the rows, several per statement.
pub(super) fn insert(dialect: &dyn Dialect, op: &Insert) -> Vec<String> {
    let head = format!(
        "INSERT INTO {} ({}) VALUES",
        dialect.identifier(&op.table),
        names(dialect, &op.columns)
    );
    chunks(dialect, &op.rows)
        .into_iter()
        .map(|rows| format!("{head}\n    {}", rows.join(",\n    ")))
        .collect()
}

/// Returns the statements that delete the rows with these keys, several per statement.
pub(super) fn delete(dialect: &dyn Dialect, op: &DeleteRows) -> Vec<String> {
    let table = dialect.identifier(&op.table);
    let one = |row: &Vec<Value>| {
        let parts: Vec<String> = op
            .key
            .iter()
            .zip(row)
            .map(|(column, value_ref)| match value_ref {
                Value::Null => format!("{} IS NULL", dialect.identifier(column)),
                value_ref => format!(
                    "{} = {}",
                    dialect.identifier(column),
                    value(dialect, value_ref)
                ),
            })
            .collect();
        format!("DELETE FROM {table} WHERE {}", parts.join(" AND "))
    };
    op.rows.iter().map(one).collect()
}

fn chunks(dialect: &dyn Dialect, rows: &[Vec<Value>]) -> Vec<Vec<String>> {
    let mut chunks: Vec<Vec<String>> = Vec::new();
    let mut length = BYTES;
    for row in rows {
        let values: Vec<String> = row.iter().map(|item| value(dialect, item)).collect();
        let row = format!("({})", values.join(", "));
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < ROWS && length + row.len() <= BYTES => {
                length += row.len();
                chunk.push(row);
            }
            _ => {
                length = row.len();
                chunks.push(vec![row]);
            }
        }
    }
    chunks
}
