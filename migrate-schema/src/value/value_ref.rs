//! A borrowed value of a column.

use std::borrow::Cow;
use std::fmt;

use super::{ColumnValue, Value};

/// The value of a column in one row: like [`Value`], but it can borrow its text.
#[derive(Debug, Clone)]
pub enum ValueRef<'a> {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

impl ValueRef<'_> {
    /// Returns it as an owned value.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Boolean(value) => Value::Boolean(value),
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => Value::Text(text.into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.into_owned()),
        }
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> ValueRef<'a> {
        match value {
            Value::Null => ValueRef::Null,
            Value::Boolean(value) => ValueRef::Boolean(*value),
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.into()),
            Value::Blob(bytes) => ValueRef::Blob(bytes.into()),
        }
    }
}

/// Values are equal if a database would store the same value. NaN equals itself.
impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (ValueRef::Null, ValueRef::Null) => true,
            (ValueRef::Boolean(left), ValueRef::Boolean(right)) => left == right,
            (ValueRef::Integer(left), ValueRef::Integer(right)) => left == right,
            (ValueRef::Real(left), ValueRef::Real(right)) => left.to_bits() == right.to_bits(),
            (ValueRef::Text(left), ValueRef::Text(right)) => left == right,
            (ValueRef::Blob(left), ValueRef::Blob(right)) => left == right,
            _ => false,
        }
    }
}

/// The value as shown in errors: `NULL`, `17`, `'Ann'`, truncated if it is long.
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueRef::Null => f.write_str("NULL"),
            ValueRef::Boolean(value) => value.fmt(f),
            ValueRef::Integer(number) => number.fmt(f),
            ValueRef::Real(number) => number.fmt(f),
            ValueRef::Text(text) => {
                write!(f, "'{}'", crate::text::printable(text).replace('\'', "''"))
            }
            ValueRef::Blob(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// The values of one row, taken one after the other by `Row::from_reader`.
#[derive(Debug)]
pub struct RowReader<'a> {
    values: &'a [ValueRef<'a>],
    at: usize,
}

impl<'a> RowReader<'a> {
    /// Returns a reader of the values of a row, in the order of its columns.
    #[must_use]
    pub fn new(values: &'a [ValueRef<'a>]) -> RowReader<'a> {
        RowReader { values, at: 0 }
    }

    /// Returns the next value, converted to a value of the field's type.
    ///
    /// # Errors
    ///
    /// [`TypeMismatch`] if the type can't hold the value. A value after the last one is NULL.
    pub fn take<T: ColumnValue>(&mut self) -> Result<T, TypeMismatch> {
        let value_ref = self.values.get(self.at).unwrap_or(&ValueRef::Null);
        let value = T::from_value_ref(value_ref).map_err(|mismatch| mismatch.in_column(self.at));
        self.at += 1;
        value
    }
}

/// A value that can't be converted to the Rust type of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeMismatch {
    column: usize,
    found: String,
    expected: String,
    because: Option<String>,
}

impl TypeMismatch {
    /// Returns the mismatch of a value with the type `T`.
    #[must_use]
    pub fn new<T>(found: &ValueRef<'_>) -> TypeMismatch {
        TypeMismatch {
            column: 0,
            found: found.to_string(),
            expected: short_name::<T>(),
            because: None,
        }
    }

    /// Adds the reason, if the type does not explain it: `expected an address with an @`.
    #[must_use]
    pub fn because(mut self, reason: impl fmt::Display) -> TypeMismatch {
        self.because = Some(reason.to_string());
        self
    }

    /// Returns the number of the column among those that the row type reads.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns whether the value was NULL.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.found == "NULL"
    }

    fn in_column(mut self, at: usize) -> TypeMismatch {
        self.column = at;
        self
    }
}

impl fmt::Display for TypeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} can't be converted to `{}`",
            self.found, self.expected
        )?;
        match &self.because {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TypeMismatch {}

/// Returns the name of a type without its modules: `Option<String>`.
pub fn short_name<T: ?Sized>() -> String {
    let full = std::any::type_name::<T>();
    let mut short = String::new();
    let mut rest = full;
    while let Some(end) = rest.find(|c: char| !(c.is_alphanumeric() || "_:".contains(c))) {
        short.push_str(last_segment(&rest[..end]));
        let after = rest[end..].chars().next().map_or(1, char::len_utf8);
        short.push_str(&rest[end..end + after]);
        rest = &rest[end + after..];
    }
    short.push_str(last_segment(rest));
    short
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_without_its_modules() {
        assert_eq!(short_name::<Option<String>>(), "Option<String>");
        assert_eq!(short_name::<(Vec<u8>, Value)>(), "(Vec<u8>, Value)");
        assert_eq!(short_name::<i64>(), "i64");
    }

    #[test]
    fn a_mismatch_names_the_found_and_the_expected_type() {
        let values = [ValueRef::Integer(1), ValueRef::Null];
        let mut reader = RowReader::new(&values);
        assert_eq!(reader.take::<i64>(), Ok(1));
        let mismatch = reader.take::<String>().unwrap_err();
        assert_eq!(mismatch.to_string(), "NULL can't be converted to `String`");
        assert_eq!(mismatch.column, 1);
    }

    #[test]
    fn values_are_equal_if_a_database_would_store_the_same() {
        assert_eq!(ValueRef::Real(f64::NAN), ValueRef::Real(f64::NAN));
        assert_ne!(ValueRef::Real(0.0), ValueRef::Real(-0.0));
        assert_ne!(ValueRef::Null, ValueRef::Text("".into()));
    }
}
