//! Rows of a table as values of a Rust type, for revisions that change data.
//!
//! ```text
//! SELECT … WHERE key > ? ORDER BY key LIMIT n ─► values ─► R ─► the revision's function ─► R ─► what changed ─► UPDATE
//! ```
//!
//! A [`Row`] type names its table, its columns and its key. The helpers run statements on the backend's session, and
//! hold one batch in memory at a time. This module does not depend on the revision graph or on a driver.

mod batch;
mod progress;
mod row_type_source;
mod run;
mod statement;
mod target_table;
#[cfg(test)]
mod tests;

use migrate_schema::schema::dotted;

#[cfg(feature = "sqlite")]
pub(crate) use batch::reuse;
pub use migrate_schema::value::{ColumnValue, RowReader, TypeMismatch, ValueRef};
pub use run::{Rows, UpdateStats};

/// Returns the table of a row type, for messages.
fn qualified_table<R: Row>() -> String {
    dotted(R::SCHEMA, R::TABLE)
}

/// A Rust type for the rows of a table. It contains all or some of the columns, including the key.
///
/// `#[derive(Model)]` implements it for the application's own types, and `#[derive(Row)]` for a struct in a revision
/// file:
///
/// ```ignore
/// #[derive(Row)]
/// #[row(table = "users", key = "id")]
/// struct UserRow {
///     id: i64,
///     avatar: Option<String>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row type",
    label = "not a row type",
    note = "add `#[derive(Row)]` and `#[row(table = \"…\", key = \"…\")]` to it, or `#[derive(Model)]`",
    note = "the type of each field must implement `ColumnValue`"
)]
pub trait Row: Sized {
    /// The schema of the table, if it is not the connection's own.
    const SCHEMA: Option<&'static str> = None;

    /// The table.
    const TABLE: &'static str;

    /// The columns that the type reads, in the order of [`value_ref`](Row::value_ref).
    const COLUMNS: &'static [&'static str];

    /// The columns that identify a row: the primary key, or unique columns. Each is among `COLUMNS`.
    const KEY: &'static [&'static str];

    /// Reads a row: one value for each of `COLUMNS`, in their order, taken with [`RowReader::take`].
    ///
    /// # Errors
    ///
    /// [`TypeMismatch`] if a field can't hold its value.
    fn from_reader(reader: &mut RowReader<'_>) -> Result<Self, TypeMismatch>;

    /// Returns the value for column number `at` of `COLUMNS`; NULL if there is no such column.
    fn value_ref(&self, at: usize) -> ValueRef<'_>;
}
