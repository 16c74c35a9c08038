//! A borrowed value of a column.

use std::borrow::Cow;
use std::fmt;

use crate::value::Value;

use super::ColumnValue;

/// The value of a column in one row: like [`Value`], but it can borrow its text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Cell<'a> {
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

impl Cell<'_> {
    /// Returns the cell as an owned value.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self {
            Cell::Null => Value::Null,
            Cell::Boolean(value) => Value::Boolean(value),
            Cell::Integer(number) => Value::Integer(number),
            Cell::Real(number) => Value::Real(number),
            Cell::Text(text) => Value::Text(text.into_owned()),
            Cell::Blob(bytes) => Value::Blob(bytes.into_owned()),
        }
    }
}

impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Cell<'a> {
        match value {
            Value::Null => Cell::Null,
            Value::Boolean(value) => Cell::Boolean(*value),
            Value::Integer(number) => Cell::Integer(*number),
            Value::Real(number) => Cell::Real(*number),
            Value::Text(text) => Cell::Text(text.into()),
            Value::Blob(bytes) => Cell::Blob(bytes.into()),
        }
    }
}

/// Cells are equal if a database would store the same value. NaN equals itself.
impl PartialEq for Cell<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Cell::Null, Cell::Null) => true,
            (Cell::Boolean(left), Cell::Boolean(right)) => left == right,
            (Cell::Integer(left), Cell::Integer(right)) => left == right,
            (Cell::Real(left), Cell::Real(right)) => left.to_bits() == right.to_bits(),
            (Cell::Text(left), Cell::Text(right)) => left == right,
            (Cell::Blob(left), Cell::Blob(right)) => left == right,
            _ => false,
        }
    }
}

/// The cell as shown in errors: `NULL`, `17`, `'Ann'`, truncated if it is long.
impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Null => f.write_str("NULL"),
            Cell::Boolean(value) => value.fmt(f),
            Cell::Integer(number) => number.fmt(f),
            Cell::Real(number) => number.fmt(f),
            Cell::Text(text) => {
                write!(f, "'{}'", crate::error::printable(text).replace('\'', "''"))
            }
            Cell::Blob(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// The cells of one row, taken one after the other by [`Row::from_cells`](super::Row::from_cells).
#[derive(Debug)]
pub struct Cells<'a> {
    cells: &'a [Cell<'a>],
    at: usize,
}

impl<'a> Cells<'a> {
    /// Returns the cells of a row, in the order of its columns.
    #[must_use]
    pub fn new(cells: &'a [Cell<'a>]) -> Cells<'a> {
        Cells { cells, at: 0 }
    }

    /// Returns the next cell as a value of the field's type.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] if the type can't hold the value. A cell after the last one is NULL.
    pub fn take<T: ColumnValue>(&mut self) -> Result<T, Mismatch> {
        let cell = self.cells.get(self.at).unwrap_or(&Cell::Null);
        let taken = T::from_cell(cell).map_err(|mismatch| mismatch.in_column(self.at));
        self.at += 1;
        taken
    }
}

/// A cell whose value can't be converted to the Rust type of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    pub(super) column: usize,
    pub(super) found: String,
    pub(super) wanted: String,
    pub(super) because: Option<String>,
}

impl Mismatch {
    /// Returns the mismatch of a cell with the type `T`.
    #[must_use]
    pub fn new<T>(found: &Cell<'_>) -> Mismatch {
        Mismatch {
            column: 0,
            found: found.to_string(),
            wanted: short_name::<T>(),
            because: None,
        }
    }

    /// Adds the reason, if the type does not explain it: `expected an address with an @`.
    #[must_use]
    pub fn because(mut self, reason: impl fmt::Display) -> Mismatch {
        self.because = Some(reason.to_string());
        self
    }

    /// Returns whether the cell was NULL.
    pub(super) fn is_null(&self) -> bool {
        self.found == "NULL"
    }

    fn in_column(mut self, at: usize) -> Mismatch {
        self.column = at;
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} can't be converted to `{}`", self.found, self.wanted)?;
        match &self.because {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mismatch {}

/// Returns the name of a type without its modules: `Option<String>`.
pub(super) fn short_name<T: ?Sized>() -> String {
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
    fn a_mismatch_says_what_was_found_and_what_was_wanted() {
        let cells = [Cell::Integer(1), Cell::Null];
        let mut cells = Cells::new(&cells);
        assert_eq!(cells.take::<i64>(), Ok(1));
        let mismatch = cells.take::<String>().unwrap_err();
        assert_eq!(mismatch.to_string(), "NULL can't be converted to `String`");
        assert_eq!(mismatch.column, 1);
    }

    #[test]
    fn cells_are_equal_where_a_database_would_store_the_same() {
        assert_eq!(Cell::Real(f64::NAN), Cell::Real(f64::NAN));
        assert_ne!(Cell::Real(0.0), Cell::Real(-0.0));
        assert_ne!(Cell::Null, Cell::Text("".into()));
    }
}
