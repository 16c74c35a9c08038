//! Conversion of values to parameters, and of row columns to values.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef as SqliteRef};
use rusqlite::{Connection, Row};

use crate::rows::{ValueRef, reuse};
use migrate_schema::value::Value;

/// Returns a column of a row as an owned value.
pub(super) fn value(row: &Row<'_>, at: usize) -> rusqlite::Result<Value> {
    Ok(match row.get_ref(at)? {
        SqliteRef::Null => Value::Null,
        SqliteRef::Integer(number) => Value::Integer(number),
        SqliteRef::Real(number) => Value::Real(number),
        // SQLite also stores invalid UTF-8, which is converted with replacement characters.
        SqliteRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        SqliteRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn value_ref<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<ValueRef<'r>> {
    Ok(match row.get_ref(at)? {
        SqliteRef::Null => ValueRef::Null,
        SqliteRef::Integer(number) => ValueRef::Integer(number),
        SqliteRef::Real(number) => ValueRef::Real(number),
        SqliteRef::Text(text) => ValueRef::Text(shown(text)),
        SqliteRef::Blob(bytes) => ValueRef::Blob(bytes.into()),
    })
}

/// Returns the text of a value, with replacement characters for invalid UTF-8.
fn shown(text: &[u8]) -> Cow<'_, str> {
    // For valid text, this check is several times faster than the lossy conversion.
    std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed)
}

/// Runs a query and passes each row to `row` without copying its strings.
pub(super) fn query_ref(
    session: &Connection,
    sql: &str,
    params: &[ValueRef<'_>],
    each: &mut dyn FnMut(&[ValueRef<'_>]),
) -> rusqlite::Result<()> {
    let mut statement = super::single_statement::prepare(session, sql)?;
    let width = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(
        params.iter().map(Parameter::bound),
    ))?;
    let mut spare = Vec::with_capacity(width);
    while let Some(row) = rows.next()? {
        let mut values = spare;
        for at in 0..width {
            values.push(value_ref(row, at)?);
        }
        each(&values);
        spare = reuse(values);
    }
    Ok(())
}

/// A value that a statement can have as a parameter.
pub(super) trait Parameter {
    /// Returns the value in the driver's form.
    fn bound(&self) -> ToSqlOutput<'_>;
}

impl Parameter for Value {
    fn bound(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(match self {
            Value::Null => SqliteRef::Null,
            Value::Boolean(value) => SqliteRef::Integer(i64::from(*value)),
            Value::Integer(number) => SqliteRef::Integer(*number),
            Value::Real(number) => SqliteRef::Real(*number),
            Value::Text(text) => SqliteRef::Text(text.as_bytes()),
            Value::Blob(bytes) => SqliteRef::Blob(bytes),
        })
    }
}

impl Parameter for ValueRef<'_> {
    fn bound(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(match self {
            ValueRef::Null => SqliteRef::Null,
            ValueRef::Boolean(value) => SqliteRef::Integer(i64::from(*value)),
            ValueRef::Integer(number) => SqliteRef::Integer(*number),
            ValueRef::Real(number) => SqliteRef::Real(*number),
            ValueRef::Text(text) => SqliteRef::Text(text.as_bytes()),
            ValueRef::Blob(bytes) => SqliteRef::Blob(bytes),
        })
    }
}
