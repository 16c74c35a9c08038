//! Tables as SQL.

use std::fmt::Write as _;

use super::{CommentSyntax, Dialect, column, constraint, constraints};
use crate::operation::{Constraint, CreateTable, SetTableOptions};
use crate::schema::{PrimaryKey, Table, Validity};

pub(super) fn create(dialect: &dyn Dialect, op: &CreateTable) -> Vec<String> {
    let table = &op.table;
    let numbered = numbered_key(table);
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .map(|item| {
            let key = numbered.filter(|key| key.columns[0] == item.name);
            column::with_key(dialect, item, key)
        })
        .collect();
    let table_constraints = constraints(table)
        .into_iter()
        .filter(|item| numbered.is_none() || !matches!(item, Constraint::PrimaryKey(_)));
    // A new table has no rows to skip, and only ALTER TABLE accepts NOT VALID.
    let (late, table_constraints): (Vec<_>, Vec<_>) =
        table_constraints.partition(|item| item.validity() == Validity::NotValid);
    lines.extend(
        table_constraints
            .iter()
            .map(|item| constraint(dialect, item)),
    );
    let inside = match lines.is_empty() {
        true => String::new(),
        false => format!("\n    {}\n", lines.join(",\n    ")),
    };
    let mut statement = format!(
        "CREATE TABLE {} ({inside})",
        dialect.identifier(&table.name)
    );
    if let (CommentSyntax::Inline, Some(comment)) = (dialect.comment_syntax(), &table.comment) {
        let _ = write!(statement, " COMMENT {}", dialect.string_literal(comment));
    }
    if let Some(options) = &table.options {
        let _ = write!(statement, " {options}");
    }
    let name = dialect.identifier(&table.name);
    let late = late
        .iter()
        .map(|item| format!("ALTER TABLE {name} ADD {}", constraint(dialect, item)));
    let mut statements: Vec<String> = std::iter::once(statement).chain(late).collect();
    if dialect.comment_syntax() == CommentSyntax::Statement {
        statements.extend(comments(dialect, table));
    }
    statements
}

/// Returns the statements that write the comments of a table and its columns.
fn comments(dialect: &dyn Dialect, table: &Table) -> Vec<String> {
    let of_table = table.comment.as_deref();
    let of_columns = table.columns.iter().filter_map(|column| {
        let text = column.comment.as_deref()?;
        Some(column::comment(
            dialect,
            &table.name,
            &column.name,
            Some(text),
        ))
    });
    of_table
        .map(|text| comment(dialect, &table.name, Some(text)))
        .into_iter()
        .chain(of_columns)
        .collect()
}

pub(super) fn comment(dialect: &dyn Dialect, table: &str, comment: Option<&str>) -> String {
    let text = comment.map_or_else(|| "NULL".to_owned(), |text| dialect.string_literal(text));
    format!("COMMENT ON TABLE {} IS {text}", dialect.identifier(table))
}

pub(super) fn set_options(dialect: &dyn Dialect, op: &SetTableOptions) -> Vec<String> {
    let options = op.options.as_deref().unwrap_or_default();
    vec![format!(
        "ALTER TABLE {} {options}",
        dialect.identifier(&op.table)
    )]
}

/// Returns the auto-increment key of one column, which is written in the column.
fn numbered_key(table: &Table) -> Option<&PrimaryKey> {
    let key = table.primary_key.as_ref()?;
    let [only] = key.columns.as_slice() else {
        return None;
    };
    let numbers = table.find_column(only)?.autoincrement;
    numbers.then_some(key)
}
