//! Columns as SQL: in CREATE TABLE, added, and changed.

use std::fmt::Write as _;

use super::constraint::references;
use super::{CommentSyntax, Dialect};
use crate::operation::{AddColumn, AlterColumn, Cast, Position};
use crate::schema::{Column, DefaultValue, Generated, Identity, PrimaryKey};

pub(super) fn add(dialect: &dyn Dialect, op: &AddColumn) -> Vec<String> {
    let (table, name) = (
        dialect.identifier(&op.table),
        dialect.identifier(&op.column.name),
    );
    let late = op.fill.is_some() && op.column.not_null && !op.column.has_value();
    let added = Column {
        not_null: op.column.not_null && !late,
        ..op.column.clone()
    };
    let position = match &op.position {
        Position::Last => String::new(),
        Position::First => " FIRST".to_owned(),
        Position::After(other) => format!(" AFTER {}", dialect.identifier(other)),
    };
    let mut statements = vec![format!(
        "ALTER TABLE {table} ADD COLUMN {}{position}",
        column(dialect, &added)
    )];
    if let Some(fill) = &op.fill {
        statements.push(format!("UPDATE {table} SET {name} = ({fill})"));
    }
    if late {
        statements.push(format!(
            "ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL"
        ));
    }
    if let (CommentSyntax::Statement, Some(text)) =
        (dialect.comment_syntax(), op.column.comment.as_deref())
    {
        statements.push(comment(dialect, &op.table, &op.column.name, Some(text)));
    }
    statements
}

/// Returns the statements that change the requested properties of a column, and no others.
pub(super) fn alter(dialect: &dyn Dialect, op: &AlterColumn) -> Vec<String> {
    let (table, name) = (dialect.identifier(&op.table), dialect.identifier(&op.name));
    let head = format!("ALTER TABLE {table} ALTER COLUMN {name}");
    let mut statements = Vec::new();
    if op.identity == Some(None) {
        statements.push(format!("{head} DROP IDENTITY"));
    }
    let type_change = change_type(dialect, &head, op);
    // The old default may not be valid for the new type.
    if op.default == Some(None) || (op.default.is_some() && type_change.is_some()) {
        statements.push(format!("{head} DROP DEFAULT"));
    }
    statements.extend(type_change);
    if let Some(Some(value)) = &op.default {
        let value = default_value(dialect, value);
        statements.push(format!("{head} SET DEFAULT {value}"));
    }
    if let Some(fill) = &op.fill {
        statements.push(format!(
            "UPDATE {table} SET {name} = ({fill}) WHERE {name} IS NULL"
        ));
    }
    match op.not_null {
        Some(true) => statements.push(format!("{head} SET NOT NULL")),
        Some(false) => statements.push(format!("{head} DROP NOT NULL")),
        None => {}
    }
    if let Some(Some(identity)) = op.identity {
        statements.push(set_identity(&head, op, identity));
    }
    if let (CommentSyntax::Statement, Some(text)) = (dialect.comment_syntax(), &op.comment) {
        statements.push(comment(dialect, &op.table, &op.name, text.as_deref()));
    }
    statements
}

/// Returns the statement that changes a type or a collation. A collation is written after a type, and a type without
/// one resets the collation.
fn change_type(dialect: &dyn Dialect, head: &str, op: &AlterColumn) -> Option<String> {
    let from = op.from.as_deref();
    let data_type = match (&op.data_type, &op.collation) {
        (None, Some(_)) => from.map(|from| &from.data_type),
        (data_type, _) => data_type.as_ref(),
    }?;
    let collation = match &op.collation {
        Some(collation) => collation.as_ref(),
        None => from.and_then(|from| from.collation.as_ref()),
    };
    let mut change = format!("{head} TYPE {}", dialect.type_name(data_type));
    if let Some(collation) = collation {
        let _ = write!(change, " COLLATE {}", dialect.identifier(collation));
    }
    match (&op.using, &op.casts.to) {
        (Some(expression), _) | (None, Cast::Explicit(expression)) if op.data_type.is_some() => {
            let _ = write!(change, " USING {expression}");
        }
        _ => {}
    }
    Some(change)
}

fn set_identity(head: &str, op: &AlterColumn, desired: Identity) -> String {
    let clause = identity(Some(desired));
    match op.from.as_ref().and_then(|from| from.identity) {
        None => format!("{head} ADD{clause}"),
        Some(_) => format!("{head} SET{}", clause.trim_end_matches(" AS IDENTITY")),
    }
}

/// Returns a column as in CREATE TABLE and after ADD COLUMN.
#[must_use]
pub fn column(dialect: &dyn Dialect, column: &Column) -> String {
    with_key(dialect, column, None)
}

/// Returns a column, with the primary key if it is defined on the column.
pub(super) fn with_key(dialect: &dyn Dialect, column: &Column, key: Option<&PrimaryKey>) -> String {
    let mut sql = dialect.identifier(&column.name);
    let data_type = dialect.type_name(&column.data_type);
    if !data_type.is_empty() {
        let _ = write!(sql, " {data_type}");
    }
    if let Some(collation) = &column.collation {
        let _ = write!(sql, " COLLATE {}", dialect.identifier(collation));
    }
    if let Some(generated) = &column.generated {
        sql.push_str(&computed(generated));
    }
    sql.push_str(identity(column.identity));
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    if let Some(value) = &column.default {
        let _ = write!(sql, " DEFAULT {}", default_value(dialect, value));
    }
    if column.primary_key || key.is_some() {
        sql.push_str(&named(dialect, key.and_then(|key| key.name.as_deref())));
        sql.push_str(" PRIMARY KEY");
        if column.autoincrement {
            sql.push_str(dialect.autoincrement());
        }
    }
    if column.unique {
        sql.push_str(" UNIQUE");
    }
    if let Some(condition) = &column.check {
        let _ = write!(sql, " CHECK ({condition})");
    }
    if let Some(key) = &column.references {
        let name = named(dialect, key.name.as_deref());
        let _ = write!(sql, "{name} {}", references(dialect, key));
    }
    if let (CommentSyntax::Inline, Some(text)) = (dialect.comment_syntax(), &column.comment) {
        let _ = write!(sql, " COMMENT {}", dialect.string_literal(text));
    }
    sql
}

fn computed(generated: &Generated) -> String {
    match generated {
        Generated::Virtual(expression) => format!(" GENERATED ALWAYS AS ({expression}) VIRTUAL"),
        Generated::Stored(expression) => format!(" GENERATED ALWAYS AS ({expression}) STORED"),
    }
}

/// Returns the keywords that name the following constraint.
fn named(dialect: &dyn Dialect, name: Option<&str>) -> String {
    name.map(|name| format!(" CONSTRAINT {}", dialect.identifier(name)))
        .unwrap_or_default()
}

fn identity(identity: Option<Identity>) -> &'static str {
    match identity {
        None => "",
        Some(Identity::Always) => " GENERATED ALWAYS AS IDENTITY",
        Some(Identity::ByDefault) => " GENERATED BY DEFAULT AS IDENTITY",
    }
}

pub(super) fn comment(
    dialect: &dyn Dialect,
    table: &str,
    column: &str,
    comment: Option<&str>,
) -> String {
    let text = comment.map_or_else(|| "NULL".to_owned(), |text| dialect.string_literal(text));
    let (table, column) = (dialect.identifier(table), dialect.identifier(column));
    format!("COMMENT ON COLUMN {table}.{column} IS {text}")
}

/// Returns a default as SQL.
#[must_use]
pub fn default_value(dialect: &dyn Dialect, value: &DefaultValue) -> String {
    match value {
        DefaultValue::Null => "NULL".to_owned(),
        DefaultValue::Boolean(value) => dialect.boolean(*value).to_owned(),
        DefaultValue::Integer(number) => number.to_string(),
        // `{:?}` writes 1.0 as `1.0`, so that it stays a floating-point number.
        DefaultValue::Real(number) => format!("{number:?}"),
        DefaultValue::Text(text) => dialect.string_literal(text),
        DefaultValue::Expression(sql) if needs_no_parentheses(sql) => sql.clone(),
        DefaultValue::Expression(sql) => format!("({sql})"),
    }
}

/// Returns whether an expression may follow DEFAULT without parentheses: a word, a number or a string literal.
#[must_use]
pub fn needs_no_parentheses(sql: &str) -> bool {
    let digits = sql.strip_prefix(['-', '+']).unwrap_or(sql);
    let text = sql.len() > 1 && sql.starts_with('\'') && sql.ends_with('\'');
    let inside = sql.get(1..sql.len().saturating_sub(1)).unwrap_or_default();
    (text && !inside.replace("''", "").contains('\''))
        || (!digits.is_empty()
            && digits.parse::<f64>().is_ok()
            && digits.starts_with(|c: char| c.is_ascii_digit()))
        || [
            "NULL",
            "TRUE",
            "FALSE",
            "CURRENT_TIMESTAMP",
            "CURRENT_DATE",
            "CURRENT_TIME",
        ]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(sql))
}
