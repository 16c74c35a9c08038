//! What a revision may ask about the database.

use super::Op;
use crate::backend::Backend;
use crate::error::OpError;
use crate::schema::{Column, Schema};
use crate::v1::Result;

impl<B: Backend> Op<'_, B> {
    /// Returns whether a table of this name is there.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    #[track_caller]
    pub fn has_table(&mut self, name: &str) -> Result<bool> {
        Ok(self
            .tables()?
            .iter()
            .any(|table| table.eq_ignore_ascii_case(name)))
    }

    /// Returns whether a table has a column of this name.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    #[track_caller]
    pub fn has_column(&mut self, table: &str, column: &str) -> Result<bool> {
        let columns = B::columns(&mut self.session, table).map_err(OpError::Inspection)?;
        Ok(columns
            .iter()
            .any(|found| found.name.eq_ignore_ascii_case(column)))
    }

    /// Returns whether an index of this name is there.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    #[track_caller]
    pub fn has_index(&mut self, name: &str) -> Result<bool> {
        Ok(self
            .schema()?
            .indexes
            .iter()
            .any(|index| index.name.eq_ignore_ascii_case(name)))
    }

    /// Returns the names of the tables, sorted.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    #[track_caller]
    pub fn tables(&mut self) -> Result<Vec<String>> {
        Ok(B::tables(&mut self.session).map_err(OpError::Inspection)?)
    }

    /// Returns the columns of a table, in order; none if there is no such table.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    #[track_caller]
    pub fn columns(&mut self, table: &str) -> Result<Vec<Column>> {
        Ok(B::columns(&mut self.session, table).map_err(OpError::Inspection)?)
    }

    /// Returns the whole schema, the version table included.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    #[track_caller]
    pub fn schema(&mut self) -> Result<Schema> {
        Ok(B::inspect(&mut self.session, None).map_err(OpError::Inspection)?)
    }
}
