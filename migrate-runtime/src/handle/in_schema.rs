//! Names that belong to another schema of the database.

use std::panic::Location;

use super::Op;
use crate::backend::{Backend, SearchPath};
use crate::v1::Result;

impl<'t, B: Backend> Op<'t, B> {
    /// Runs `work` with names that belong to the schema `name` of the database: what it makes is made there, and what it does not
    /// find there is looked for where it was before, so that a foreign key may lead back. PostgreSQL only.
    ///
    /// The schema must be there. Inspections, and so models, `check` and `verify`, see it where `schemas` in
    /// `[package.metadata.migrate]` names it, else only the connection's own schema.
    ///
    /// ```
    /// # use migrate_runtime::v1::*;
    /// pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    ///     op.create_schema("billing")?;
    ///     op.in_schema("billing", |op| {
    ///         op.create_table("invoices", |t| {
    ///             t.column(Column::new("id", BigInt).primary_key());
    ///             t.column(Column::new("owner", BigInt).references(ForeignKey::to("users", "id")));
    ///         })
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// What `work` returns; [`OpError::Invalid`](crate::error::OpError::Invalid) if there is no such schema;
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) where a database has no schemas.
    #[track_caller]
    pub fn in_schema(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Op<'t, B>) -> Result<()>,
    ) -> Result<()> {
        self.record.place = Some(Location::caller());
        let SearchPath { enter, leave } = B::search_path(&mut self.session, name)?;
        self.script(&enter)?;
        let done = work(self);
        let left = self.script(&leave);
        // After an error the transaction may take nothing any more, and is rolled back with its settings.
        done.and(left)
    }
}
