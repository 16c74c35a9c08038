//! Models: structs of the application, and the schema that they describe.
//!
//! ```text
//! #[derive(Model)] ──► Spec (constants) ──► inventory ──► registered() ──► ModelTable ──► wanted() ──► Schema, hints
//! ```
//!
//! The derive writes constants for each model. This module combines them into one schema, named by the naming
//! convention, and collects the previous names that the models list. It reads no file and opens no connection: a model
//! is only data.
//!
//! ```
//! use migrate_runtime::Model;
//!
//! #[derive(Model)]
//! #[model(table = "users")]
//! struct User {
//!     #[model(primary_key)]
//!     id: i64,
//!     #[model(unique, length = 120)]
//!     email: String,
//!     avatar: Option<String>,
//! }
//!
//! let users = User::describe().table;
//! assert_eq!(users.name, "users");
//! assert!(users.columns[1].not_null && !users.columns[2].not_null);
//! ```

mod crates;
mod desired;
pub(crate) mod spec;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod type_tests;

pub use crates::ModelCrates;
pub use desired::desired_schema_with;
pub use desired::{DesiredSchema, desired_schema};
pub use migrate_macros::{ColumnType, Model};
#[cfg(feature = "serde_json")]
pub use migrate_schema::column_type::Json;
pub use migrate_schema::column_type::{ColumnType, Shape};

use migrate_schema::schema::{EnumType, Index, Table, dotted};

/// A struct whose values are rows of a table. `#[derive(Model)]` implements the trait and registers the struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model)]` to it, or name the table in quotes: `references(\"users\"(\"id\"))`"
)]
pub trait Model {
    /// The schema of the table, if the model names one.
    const SCHEMA: Option<&'static str> = None;

    /// The table.
    const TABLE: &'static str;

    /// The fields that are columns, each with its column name, in order.
    const FIELDS: &'static [(&'static str, &'static str)];

    /// The columns of the primary key; empty if the table has none.
    const PRIMARY_KEY: &'static [&'static str];

    /// Returns the table that the model describes.
    fn describe() -> ModelTable;
}

/// The definition that a model describes: a table, its indexes, and their previous names.
///
/// Constraints and indexes without an explicit name are unnamed here; [`desired_schema`] names them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelTable {
    /// The schema of the table, if the model names one.
    pub schema: Option<String>,
    /// The table.
    pub table: Table,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// The types that its columns need.
    pub enums: Vec<EnumType>,
    /// The previous name of the table, if the model lists one.
    pub renamed_from: Option<String>,
    /// The renamed columns, each with its previous name.
    pub renamed_columns: Vec<(String, String)>,
    /// The location of the model: `file:line`.
    pub location: String,
    /// The module that contains the model; its first segment is the crate.
    pub module: &'static str,
    /// The package that contains the model, as Cargo names it.
    pub package: &'static str,
}

impl ModelTable {
    /// Returns the name of its table, with the schema if the model names one.
    pub fn qualified_name(&self) -> String {
        dotted(self.schema.as_deref(), &self.table.name)
    }
}

/// Returns the models that are linked into this application, sorted by file and line: those of all crates.
///
/// A model registers itself, even in an unused module. A model with `managed = false` is omitted.
#[must_use]
pub fn registered() -> Vec<ModelTable> {
    let mut specs: Vec<&spec::Spec> = inventory::iter::<spec::Registered>
        .into_iter()
        .map(|registered| registered.0)
        .collect();
    specs.sort_by_key(|spec| (spec.file, spec.line, spec.table));
    specs.into_iter().map(spec::Spec::describe).collect()
}
