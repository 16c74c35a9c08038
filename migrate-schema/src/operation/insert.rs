//! Inserted rows, and their deletion.

use crate::schema::IntoNames;
use crate::value::Value;

/// Inserts rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// The table.
    pub table: String,
    /// The columns of the rows, in order.
    pub columns: Vec<String>,
    /// The rows, each with one value per column.
    pub rows: Vec<Vec<Value>>,
    /// The columns that identify a row; empty if that is not known.
    pub key: Vec<String>,
}

impl Insert {
    /// Returns the operation that inserts no rows yet.
    pub fn new(table: impl Into<String>, columns: impl IntoNames) -> Insert {
        Insert {
            table: table.into(),
            columns: columns.into_names(),
            rows: Vec::new(),
            key: Vec::new(),
        }
    }

    /// Adds a row: `.row(params!["EUR", "Euro"])`.
    #[must_use]
    pub fn row(mut self, values: impl Into<Vec<Value>>) -> Insert {
        self.rows.push(values.into());
        self
    }

    /// Sets the columns that identify a row, so that the operation can be reversed.
    #[must_use]
    pub fn key(mut self, columns: impl IntoNames) -> Insert {
        self.key = columns.into_names();
        self
    }

    /// Returns the operation that deletes the rows, if their key is known.
    #[must_use]
    pub fn reverse(self) -> Option<DeleteRows> {
        let places: Option<Vec<usize>> = self
            .key
            .iter()
            .map(|name| self.columns.iter().position(|column| column == name))
            .collect();
        let places = places.filter(|places| !places.is_empty())?;
        let of_row = |row: &Vec<Value>| -> Option<Vec<Value>> {
            places.iter().map(|at| row.get(*at).cloned()).collect()
        };
        let rows = self.rows.iter().map(of_row).collect::<Option<Vec<_>>>()?;
        Some(DeleteRows {
            table: self.table.clone(),
            key: self.key.clone(),
            rows,
            inserted: Some(Box::new(self)),
        })
    }
}

/// Deletes rows by their key.
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteRows {
    /// The table.
    pub table: String,
    /// The columns that identify a row.
    pub key: Vec<String>,
    /// The key of each row.
    pub rows: Vec<Vec<Value>>,
    /// The inserted rows, if they are known.
    pub inserted: Option<Box<Insert>>,
}

impl DeleteRows {
    /// Returns the operation that deletes the rows with these keys.
    pub fn new(
        table: impl Into<String>,
        key: impl IntoNames,
        rows: impl Into<Vec<Vec<Value>>>,
    ) -> DeleteRows {
        DeleteRows {
            table: table.into(),
            key: key.into_names(),
            rows: rows.into(),
            inserted: None,
        }
    }

    /// Returns the operation that inserts the rows again, if they are known.
    #[must_use]
    pub fn reverse(self) -> Option<Insert> {
        self.inserted.map(|insert| *insert)
    }
}
