//! Operations in another schema of the database.

use std::panic::Location;

use super::Op;
use crate::backend::{Backend, SearchPath};
use crate::v1::Result;

impl<'t, B: Backend> Op<'t, B> {
    /// Runs `work` in the schema `name`: new objects are created there, and names are looked up there first, then in
    /// the previous search path. A foreign key can therefore reference a table of the previous schema. PostgreSQL only.
    ///
    /// The schema must exist. Inspections, and so models, `check` and `verify`, include it if `schemas` in
    /// `[package.metadata.migrate]` names it. Otherwise they only cover the connection's own schema.
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
    /// The error of `work`; [`OpError::Invalid`](crate::error::OpError::Invalid) if there is no such schema;
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) if the database has no schemas.
    #[track_caller]
    pub fn in_schema(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Op<'t, B>) -> Result<()>,
    ) -> Result<()> {
        self.record.location = Some(Location::caller());
        let SearchPath { enter, leave } = B::search_path(&mut self.session, name)?;
        self.execute_batch(&enter)?;
        let done = work(self);
        let left = self.execute_batch(&leave);
        // After an error, the transaction may reject statements. Its rollback also restores the settings.
        done.and(left)
    }
}
