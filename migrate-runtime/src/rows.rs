//! Rows of a table as values of a Rust type, for revisions that change data.
//!
//! ```text
//! SELECT … WHERE key > ? ORDER BY key LIMIT n ─► cells ─► R ─► the revision's function ─► R ─► what changed ─► UPDATE
//! ```
//!
//! Comes in: a type that names its table, its columns and its key. Goes out: statements on the backend's session, a batch
//! in memory at a time. Knows no graph and no driver.

mod cell;
mod page;
mod progress;
mod run;
mod statement;
mod subject;
#[cfg(test)]
mod tests;
mod value;
mod written;

use crate::schema::dotted;

pub use cell::{Cell, Cells, Mismatch};
#[cfg(feature = "sqlite")]
pub(crate) use page::emptied;
pub use run::{Rows, Updated};
pub use value::ColumnValue;

/// Returns the table of a row type as messages name it.
fn told_table<R: Row>() -> String {
    dotted(R::SCHEMA, R::TABLE)
}

/// A Rust type for the rows of a table: all of its columns or some, the key among them.
///
/// `#[derive(Model)]` implements it for the application's own types, and `#[derive(Row)]` for a struct that stands in a
/// revision file:
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
    /// The schema of the table, where it is not the connection's own.
    const SCHEMA: Option<&'static str> = None;

    /// The table.
    const TABLE: &'static str;

    /// The columns that the type reads, in the order of [`cell`](Row::cell).
    const COLUMNS: &'static [&'static str];

    /// The columns that tell one row from all others: the primary key, or a unique one. Each is among `COLUMNS`.
    const KEY: &'static [&'static str];

    /// Reads a row: one cell for each of `COLUMNS`, in their order, taken with [`Cells::take`].
    ///
    /// # Errors
    ///
    /// [`Mismatch`] if a cell holds what its field can't.
    fn from_cells(cells: &mut Cells<'_>) -> Result<Self, Mismatch>;

    /// Returns what column number `at` of `COLUMNS` is to hold; NULL for a number that there is not.
    fn cell(&self, at: usize) -> Cell<'_>;
}
