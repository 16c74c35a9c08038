//! Models: the application's own structs, and the schema that they ask for.
//!
//! ```text
//! #[derive(Model)] ──► Spec (constants) ──► inventory ──► registered() ──► ModelTable ──► wanted() ──► Schema, hints
//! ```
//!
//! Comes in: what the derive wrote into each model. Goes out: one schema, named by the naming convention, and what the
//! models say about older names. Reads no database and no file: a model is data, and deriving has no effects.
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

/// The chapter about models, so that its example is tried.
#[cfg(doctest)]
#[doc = include_str!("../../docs/models.md")]
mod chapter {}

mod column_type;
pub(crate) mod spec;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod type_tests;
mod types;
mod wanted;

pub use column_type::{ColumnType, Shape};
pub use migrate_macros::{ColumnType, Model};
#[cfg(feature = "serde_json")]
pub use types::Json;
pub(crate) use wanted::wanted_where;
pub use wanted::{Wanted, wanted};

use crate::schema::{EnumType, Index, Table, dotted};

/// A struct whose values are rows of a table. `#[derive(Model)]` implements it and registers the struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no model",
    label = "no model",
    note = "write `#[derive(Model)]` above it, or name the table in quotes: `references(\"users\"(\"id\"))`"
)]
pub trait Model {
    /// The schema of the table, if the model says one.
    const SCHEMA: Option<&'static str> = None;

    /// The table.
    const TABLE: &'static str;

    /// The fields that are columns, each with the column's name, in order.
    const FIELDS: &'static [(&'static str, &'static str)];

    /// The columns of the primary key; none where the table has none.
    const PRIMARY_KEY: &'static [&'static str];

    /// Returns the table that the model asks for.
    fn describe() -> ModelTable;
}

/// What a model asks for: a table, its indexes, and the names they had before.
///
/// Constraints and indexes without a name of their own have none yet: [`wanted`] names them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelTable {
    /// The schema of the table, if the model says one.
    pub schema: Option<String>,
    /// The table.
    pub table: Table,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// The types that its columns need.
    pub enums: Vec<EnumType>,
    /// The table's name before, if the model says so.
    pub was: Option<String>,
    /// The columns that had another name, each with that name.
    pub columns_was: Vec<(String, String)>,
    /// Where the model stands: `file:line`.
    pub place: String,
    /// The module that the model stands in; its first part is the crate.
    pub module: &'static str,
}

impl ModelTable {
    /// Returns the name of its table, with the schema where it says one.
    pub(crate) fn told_table(&self) -> String {
        dotted(self.schema.as_deref(), &self.table.name)
    }
}

/// Returns the models that are linked into this program, sorted by file and line.
///
/// A model registers itself, also in a module that nothing uses. One that says `managed = false` is left out.
#[must_use]
pub fn registered() -> Vec<ModelTable> {
    let mut specs: Vec<&spec::Spec> = inventory::iter::<spec::Registered>
        .into_iter()
        .map(|registered| registered.0)
        .collect();
    specs.sort_by_key(|spec| (spec.file, spec.line, spec.table));
    specs.into_iter().map(spec::Spec::describe).collect()
}
