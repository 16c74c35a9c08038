//! The methods of [`Op`] that inspect the database.

use super::Op;
use crate::backend::Backend;
use crate::error::OpError;
use crate::v1::Result;
use migrate_schema::schema::{Column, Schema};
use migrate_schema::value::Value;

impl<B: Backend> Op<'_, B> {
    /// Returns whether a table of this name exists.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be inspected.
    #[track_caller]
    pub fn has_table(&mut self, name: &str) -> Result<bool> {
        self.is_there(&["table", name], |op| {
            let tables = B::tables(&mut op.session).map_err(OpError::Inspection)?;
            Ok(tables.iter().any(|table| table.eq_ignore_ascii_case(name)))
        })
    }

    /// Returns whether a table has a column of this name.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be inspected.
    #[track_caller]
    pub fn has_column(&mut self, table: &str, column: &str) -> Result<bool> {
        self.is_there(&["column", table, column], |op| {
            let columns = B::columns(&mut op.session, table).map_err(OpError::Inspection)?;
            let mut names = columns.iter().map(|found| &found.name);
            Ok(names.any(|name| name.eq_ignore_ascii_case(column)))
        })
    }

    /// Returns whether an index of this name exists.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be inspected.
    #[track_caller]
    pub fn has_index(&mut self, name: &str) -> Result<bool> {
        self.is_there(&["index", name], |op| {
            let schema = B::inspect(&mut op.session, None).map_err(OpError::Inspection)?;
            let mut names = schema.indexes.iter().map(|index| &index.name);
            Ok(names.any(|found| found.eq_ignore_ascii_case(name)))
        })
    }

    /// Returns whether an object exists. A resumed run returns the result of the earlier run.
    fn is_there(
        &mut self,
        what: &[&str],
        look: impl FnOnce(&mut Self) -> Result<bool>,
    ) -> Result<bool> {
        let rows = self.replay_query(
            || {
                let words = what.iter().map(|word| Value::from(*word));
                ("is there".to_owned(), words.collect())
            },
            |op| Ok(vec![vec![Value::Boolean(look(op)?)]]),
        )?;
        let first = rows.first().and_then(|row| row.first());
        Ok(first == Some(&Value::Boolean(true)))
    }

    /// Returns the names of the tables, sorted.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be inspected.
    #[track_caller]
    pub fn tables(&mut self) -> Result<Vec<String>> {
        let rows = self.replay_query(
            || ("tables".to_owned(), Vec::new()),
            |op| {
                let names = B::tables(&mut op.session).map_err(OpError::Inspection)?;
                Ok(names
                    .into_iter()
                    .map(|name| vec![Value::Text(name)])
                    .collect())
            },
        )?;
        let names = rows.into_iter().flatten().filter_map(|name| match name {
            Value::Text(name) => Some(name),
            _ => None,
        });
        Ok(names.collect())
    }

    /// Returns the columns of a table, in order; empty if there is no such table.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be inspected.
    #[track_caller]
    pub fn columns(&mut self, table: &str) -> Result<Vec<Column>> {
        self.looked();
        Ok(B::columns(&mut self.session, table).map_err(OpError::Inspection)?)
    }

    /// Returns the whole schema, the version table included.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be inspected.
    #[track_caller]
    pub fn schema(&mut self) -> Result<Schema> {
        self.looked();
        Ok(B::inspect(&mut self.session, None).map_err(OpError::Inspection)?)
    }
}
